//! Gitea and Forgejo, which speak the same API for all that is done here (`/api/v1`, described by each server at `/swagger.v1.json`).
//!
//! A token comes from `GITEA_TOKEN` or `FORGEJO_TOKEN` and wants the scopes `write:repository` and `write:issue` (proposals are issues there), and
//! `read:organization` where the labels of an organisation are to be found; its account wants write access to the repository. Hosts other than
//! `codeberg.org`, `gitea.*` and `forgejo.*` are named with `proposals.type`. A draft is a proposal whose title begins with `WIP:`. Teams review only in
//! repositories of an organisation. There are no deployments and no commits by the forge; whether a proposal merges is told as unknown for a
//! minute after it changed, since the forge does not tell a conflict from not knowing yet.

mod comment;
mod explain;
mod label;
mod merge;
mod proposal;
mod review;
mod reviewer;
mod status;
mod timeline;
mod title;
mod wire;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use super::client::{Authorization, Client, Limits, Paging};
use super::dialect::{Commits, Deployments, Dialect};
use super::{Deployment, ForgeError, ForgeProblem, Kind, Place};
use crate::clock::Clock;
use crate::credential::Credential;
use crate::http::percent_encode;

/// How long a body may be, in characters. The forge has no limit of its own; this is the one that texts are written for elsewhere.
const BODY: usize = 65_536;
/// How most lists go on; some have a `Link` header, all of these count their items.
const PAGES: Paging = Paging::total("x-total-count", "page");

/// How to reach a repository on Gitea or Forgejo.
pub struct Connection {
    /// [`Kind::Gitea`] or [`Kind::Forgejo`].
    pub kind: Kind,
    /// The API's address: `https://gitea.example.com/api/v1`.
    pub api: String,
    /// The repository: `owner/name`.
    pub repository: String,
    /// A token, or a name and a password.
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

/// A repository on Gitea or Forgejo.
pub struct Gitea {
    client: Client,
    kind: Kind,
    /// Where addresses without a host lead to.
    site: String,
    owner: String,
    name: String,
    description: String,
}

impl Connection {
    /// The connection to a place. What stands before the owner in the path of the remote's address is where the forge is installed.
    pub fn of(place: Place) -> Self {
        let mut pieces: Vec<&str> = place.path.split('/').collect();
        let repository = pieces.split_off(pieces.len().saturating_sub(2)).join("/");
        pieces.insert(0, &place.host);
        let api = place.url.unwrap_or_else(|| format!("{}://{}/api/v1", place.scheme, pieces.join("/")));
        Self {
            kind: place.kind,
            api,
            repository,
            credential: Some(place.credential),
            ca_cert_path: place.ca_cert_path,
            insecure_skip_tls: place.insecure_skip_tls,
            clock: place.clock,
            limits: place.limits,
        }
    }
}

impl Gitea {
    /// Connects; nothing is asked yet.
    ///
    /// # Errors
    /// When the address, the repository's name or the credential cannot be used.
    pub fn connect(connection: &Connection) -> Result<Self, ForgeError> {
        let api = connection.api.trim_end_matches('/');
        let (scheme, rest) = api.split_once("://").unwrap_or(("https", api));
        let host = rest.split('/').next().unwrap_or_default();
        let word = if connection.kind == Kind::Forgejo { "Forgejo" } else { "Gitea" };
        let description = format!("{} on the {word} of {host}", connection.repository);
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
        let authorization = authorization(connection).map_err(failed)?;
        let client = Client::new(api, connection.clock.clone())
            .map_err(failed)?
            .authorities(connection.ca_cert_path.clone(), connection.insecure_skip_tls)
            .limits(connection.limits.clone())
            .explained(explain::explain)
            .authorized(Arc::new(authorization));
        Ok(Self {
            client,
            kind: connection.kind,
            site: format!("{scheme}://{host}"),
            owner: owner.to_owned(),
            name: name.to_owned(),
            description,
        })
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

impl Dialect for Gitea {
    fn kind(&self) -> &'static str {
        self.kind.name()
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn body_limit(&self) -> usize {
        BODY
    }
}

impl Deployments for Gitea {
    fn deploy(&self, deployment: &Deployment) -> Result<(), ForgeProblem> {
        let what = format!("noting a deployment to `{}`", deployment.environment);
        Err(ForgeProblem::Unsupported(what))
    }
}

impl Commits for Gitea {}

fn authorization(connection: &Connection) -> Result<Authorization, ForgeProblem> {
    let unfit = |reason: &str| {
        Err(ForgeProblem::Unauthorized {
            doing: "preparing to sign in".to_owned(),
            reason: reason.to_owned(),
        })
    };
    match &connection.credential {
        Some(Credential::AccessToken(token)) => Ok(Authorization::scheme("token", token)),
        // A token is taken for a password as well.
        Some(Credential::Basic { username, password }) => Ok(Authorization::basic(username, password)),
        Some(Credential::GithubApp { .. }) => unfit("a GitHub App is known to GitHub only; give it a token"),
        Some(Credential::Ssh { .. }) => {
            unfit("an ssh key opens the repository, not the API; give it a token")
        }
        Some(Credential::DockerLocal) => unfit("Docker's credentials are for registries; give it a token"),
        None => Err(ForgeProblem::NoCredential(connection.kind.wanted_variables())),
    }
}
