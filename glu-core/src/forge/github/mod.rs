//! GitHub, in the cloud and on one's own machines: REST for all that it does, GraphQL for what only that does (drafts, automatic merges, commits).
//!
//! Facts are those of GitHub's own description of its API (github.com/github/rest-api-description), against which the tests hold every request.

mod app;
mod auto_merge;
mod checks;
mod comment;
mod commit;
mod deployment;
mod draft;
mod explain;
mod graphql;
mod proposal;
mod request;
mod review;
mod wire;

#[cfg(test)]
mod tests;

pub use app::App;

use std::path::PathBuf;
use std::sync::Arc;

use super::client::{Authorization, Authorize, Client, Limits};
use super::dialect::Dialect;
use super::{ForgeError, ForgeProblem, Place};
use crate::clock::Clock;
use crate::credential::{Credential, Secret, Tokens};
use crate::http::percent_encode;

/// The version of the API that is spoken.
const VERSION: &str = "2022-11-28";
/// How long a body may be, in characters.
const BODY: usize = 65_536;

/// How to reach a repository on GitHub.
pub struct Connection {
    /// The API's address: [`api_of`] a host.
    pub api: String,
    /// The repository: `owner/name`.
    pub repository: String,
    /// A token, or an App.
    pub credential: Option<Credential>,
    /// Extra certificate authorities, PEM.
    pub ca_cert_path: Option<PathBuf>,
    /// Skips certificate checks. For throw-away machines only.
    pub insecure_skip_tls: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is known of its limits.
    pub limits: Limits,
}

/// A repository on GitHub.
pub struct GitHub {
    client: Client,
    /// Where GraphQL is spoken.
    graphql: String,
    owner: String,
    name: String,
    description: String,
}

/// The address of the API of a host: `github.com`, a company's own `*.ghe.com`, or an Enterprise server.
pub fn api_of(host: &str) -> String {
    match host {
        "github.com" | "www.github.com" | "ssh.github.com" => "https://api.github.com".to_owned(),
        host if host.ends_with(".ghe.com") => format!("https://api.{host}"),
        host => format!("https://{host}/api/v3"),
    }
}

impl Connection {
    /// The connection to a place.
    pub fn of(place: Place) -> Self {
        let api = place.url.unwrap_or_else(|| match place.scheme {
            "http" => format!("http://{}/api/v3", place.host),
            _ => api_of(&place.host),
        });
        Self {
            api,
            repository: place.path,
            credential: Some(place.credential),
            ca_cert_path: place.ca_cert_path,
            insecure_skip_tls: place.insecure_skip_tls,
            clock: place.clock,
            limits: place.limits,
        }
    }
}

impl GitHub {
    /// Connects; nothing is asked yet.
    ///
    /// # Errors
    /// When the address, the repository's name or the credential cannot be used.
    pub fn connect(connection: &Connection) -> Result<Self, ForgeError> {
        let description = describe(connection);
        let failed = |problem| ForgeError { forge: description.clone(), problem };
        let Some((owner, name)) = connection
            .repository
            .split_once('/')
            .filter(|(owner, name)| !owner.is_empty() && !name.is_empty() && !name.contains('/'))
        else {
            return Err(failed(ForgeProblem::Invalid {
                doing: "reading the repository's name".to_owned(),
                reason: format!("`{}` is no `owner/name`", connection.repository),
            }));
        };
        let authorize = authorize(connection, name).map_err(failed)?;
        let api = connection.api.trim_end_matches('/');
        let graphql = match api.strip_suffix("/api/v3") {
            Some(host) => format!("{host}/api/graphql"),
            None => format!("{api}/graphql"),
        };
        let client = client(api, connection).map_err(failed)?.authorized(authorize);
        Ok(Self { client, graphql, owner: owner.to_owned(), name: name.to_owned(), description })
    }

    /// Says where the credential came from, for when it is not accepted.
    #[must_use]
    pub fn with_credential_of(self, place: &str) -> Self {
        Self { client: self.client.with_credential_of(place), ..self }
    }

    /// The path of something in the repository.
    fn path(&self, rest: &str) -> String {
        format!("/repos/{}/{}{rest}", percent_encode(&self.owner), percent_encode(&self.name))
    }
}

impl Dialect for GitHub {
    fn kind(&self) -> &'static str {
        "github"
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn body_limit(&self) -> usize {
        BODY
    }
}

/// The tokens of the App that a connection names.
///
/// # Errors
/// When it names none, or the App's key cannot be used.
pub fn tokens(connection: &Connection) -> Result<Arc<dyn Tokens>, ForgeError> {
    let failed = |problem| ForgeError { forge: describe(connection), problem };
    let name = connection.repository.rsplit('/').next().unwrap_or_default();
    match &connection.credential {
        Some(Credential::GithubApp { app_id, installation_id, key }) => {
            let client = client(&connection.api, connection).map_err(failed)?;
            Ok(Arc::new(App::new(client, *app_id, *installation_id, key, name).map_err(failed)?))
        }
        _ => Err(failed(ForgeProblem::Unsupported("a token of an App without one".to_owned()))),
    }
}

/// A client that speaks this API, without a credential.
fn client(api: &str, connection: &Connection) -> Result<Client, ForgeProblem> {
    Ok(Client::new(api, connection.clock.clone())?
        .header("accept", "application/vnd.github+json, application/json;q=0.9")
        .header("x-github-api-version", VERSION)
        .authorities(connection.ca_cert_path.clone(), connection.insecure_skip_tls)
        .limits(connection.limits.clone())
        .explained(explain::explain))
}

fn authorize(connection: &Connection, name: &str) -> Result<Arc<dyn Authorize>, ForgeProblem> {
    let unfit = |reason: &str| ForgeProblem::Unauthorized {
        doing: "preparing to sign in".to_owned(),
        reason: reason.to_owned(),
    };
    let token = |token: &Secret| -> Arc<dyn Authorize> { Arc::new(Authorization::bearer(token)) };
    match &connection.credential {
        Some(Credential::AccessToken(secret)) => Ok(token(secret)),
        // Git remotes take a token for a password, so that is what people have configured.
        Some(Credential::Basic { password, .. }) => Ok(token(password)),
        Some(Credential::GithubApp { app_id, installation_id, key }) => {
            let client = client(&connection.api, connection)?;
            Ok(Arc::new(App::new(client, *app_id, *installation_id, key, name)?))
        }
        Some(Credential::Ssh { .. }) => {
            Err(unfit("an ssh key opens the repository, not the API; give it a token"))
        }
        Some(Credential::DockerLocal) => {
            Err(unfit("Docker's credentials are for registries; give it a token"))
        }
        None => Err(ForgeProblem::NoCredential("GITHUB_TOKEN or GH_TOKEN".to_owned())),
    }
}

fn describe(connection: &Connection) -> String {
    let api = connection.api.trim_end_matches('/');
    match api.strip_prefix("https://") {
        Some("api.github.com") => format!("GitHub's {}", connection.repository),
        _ => {
            let host = api.split("://").last().and_then(|place| place.split('/').next());
            let host = host.map_or("", |host| host.strip_prefix("api.").unwrap_or(host));
            format!("{} on the GitHub of {host}", connection.repository)
        }
    }
}
