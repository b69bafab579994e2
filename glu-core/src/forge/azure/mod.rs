//! Azure DevOps, in the cloud and on one's own servers: pull requests of Azure Repos.
//!
//! A personal access token is looked for in `AZURE_DEVOPS_TOKEN`. It wants the scopes Code (read & write) and Code (status), and where reviewers are
//! named Identity (read), for teams Project and Team (read). In Azure Pipelines, `SYSTEM_ACCESSTOKEN` does when a step is given it; the project's
//! build service then wants "Contribute to pull requests". Reviewers are named by login, address, alias or display name, `team/NAME` is a team of the
//! project. There are no assignees, no milestones, and no deployments that others than pipelines make; a description has at most 4,000 characters.
//! Servers want `type = "azure"` unless their addresses have `/_git/`, and `url` (the collection's address) where that is not in the remote's address.
//!
//! Facts are those of Microsoft's description of the API, version 7.1 (learn.microsoft.com/rest/api/azure/devops).

mod address;
mod auto_complete;
mod comment;
mod explain;
mod people;
mod policy;
mod proposal;
mod review;
mod scope;
mod status;
mod wire;

#[cfg(test)]
mod tests;

pub use address::Address;

use std::path::PathBuf;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Authorization, Authorize, Client, Limits, Method, Paging, Request};
use super::dialect::{Commits, Deployments, Dialect};
use super::{Deployment, ForgeError, ForgeProblem, Place};
use crate::clock::Clock;
use crate::credential::{Credential, Secret};
use crate::http::percent_encode;
use scope::Scope;

/// The version of the API that is spoken.
const VERSION: &str = "api-version=7.1";
/// The same of what is not final in it.
const PREVIEW: &str = "api-version=7.1-preview.1";
/// How long a description may be, in UTF-16 code units.
const DESCRIPTION: usize = 4_000;
/// How long a comment may be.
const COMMENT: usize = 150_000;
/// How many of a list are asked for at once.
const PAGE: usize = 100;

/// How to reach a repository on Azure DevOps.
pub struct Connection {
    /// The repository, and the addresses around it.
    pub address: Address,
    /// A token.
    pub credential: Option<Credential>,
    /// Whether the token is one that a pipeline's job was given.
    pub is_of_job: bool,
    /// How many of a list are asked for at once.
    pub page: usize,
    /// Extra certificate authorities, PEM.
    pub ca_cert_path: Option<PathBuf>,
    /// Skips certificate checks. For throw-away machines only.
    pub insecure_skip_tls: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is known of its limits.
    pub limits: Limits,
}

/// A repository on Azure DevOps.
pub struct AzureDevOps {
    client: Client,
    /// Where people are looked up.
    identities: Client,
    address: Address,
    page: usize,
    description: String,
}

impl Connection {
    /// The connection to a place.
    ///
    /// # Errors
    /// When the place does not name a repository as Azure DevOps does.
    pub fn of(place: Place) -> Result<Self, ForgeError> {
        let address = Address::of(place.scheme, &place.host, &place.path, place.url.as_deref());
        let Some(address) = address else {
            let problem = ForgeProblem::Invalid {
                doing: "reading the repository's address".to_owned(),
                reason: format!(
                    "`{}/{}` is none of Azure DevOps, such as `dev.azure.com/ORGANISATION/PROJECT/_git/REPOSITORY`",
                    place.host, place.path
                ),
            };
            return Err(ForgeError { forge: place.describe(), problem });
        };
        Ok(Self {
            address,
            is_of_job: place.variable == Some("SYSTEM_ACCESSTOKEN"),
            credential: Some(place.credential),
            page: PAGE,
            ca_cert_path: place.ca_cert_path,
            insecure_skip_tls: place.insecure_skip_tls,
            clock: place.clock,
            limits: place.limits,
        })
    }
}

impl AzureDevOps {
    /// Connects; nothing is asked yet.
    ///
    /// # Errors
    /// When the address or the credential cannot be used.
    pub fn connect(connection: &Connection) -> Result<Self, ForgeError> {
        let description = describe(&connection.address);
        let failed = |problem| ForgeError { forge: description.clone(), problem };
        let authorize = authorize(connection).map_err(failed)?;
        let client = |api: &str| -> Result<Client, ForgeProblem> {
            Ok(Client::new(api, connection.clock.clone())?
                // Otherwise a token that is not valid is answered with the way to a sign-in page.
                .header("x-tfs-fedauthredirect", "Suppress")
                .authorities(connection.ca_cert_path.clone(), connection.insecure_skip_tls)
                .limits(connection.limits.clone())
                .explained(explain::explain)
                .authorized(authorize.clone()))
        };
        Ok(Self {
            client: client(&connection.address.collection).map_err(failed)?,
            identities: client(&connection.address.identities).map_err(failed)?,
            address: connection.address.clone(),
            page: connection.page,
            description,
        })
    }

    /// Says where the credential came from, for when it is not accepted.
    #[must_use]
    pub fn with_credential_of(self, place: &str) -> Self {
        let client = self.client.with_credential_of(place);
        Self { client, identities: self.identities.with_credential_of(place), ..self }
    }

    /// The path of something in the repository, to which parameters can be added.
    fn path(&self, rest: &str) -> String {
        let repository = percent_encode(&self.address.repository);
        self.project(&format!("/_apis/git/repositories/{repository}{rest}"), VERSION)
    }

    /// The path of something in the project.
    fn project(&self, rest: &str, version: &str) -> String {
        format!("/{}{rest}?{version}", percent_encode(&self.address.project))
    }

    /// The address for people of something in the repository.
    fn site(&self, rest: &str) -> String {
        let [project, repository] =
            [&self.address.project, &self.address.repository].map(|name| percent_encode(name));
        format!("{}/{project}/_git/{repository}{rest}", self.address.collection)
    }

    fn get<T: DeserializeOwned>(&self, doing: &str, path: &str) -> Result<T, ForgeProblem> {
        self.client.get(doing, path).map_err(|problem| Scope::Read.wanted(problem))
    }

    /// A list that comes whole, in an envelope.
    fn list<T: DeserializeOwned>(&self, doing: &str, path: &str) -> Result<Vec<T>, ForgeProblem> {
        // Where there is more than one page after all, a header says so.
        self.listed(doing, path, Paging::header("x-ms-continuationtoken", "continuationToken"))
    }

    /// A list that comes in pages; `top` and `skip` are its parameters.
    fn pages<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
        [top, skip]: [&'static str; 2],
    ) -> Result<Vec<T>, ForgeProblem> {
        self.listed(doing, &format!("{path}&{top}={}", self.page), Paging::offset(skip, self.page))
    }

    fn listed<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
        paging: Paging,
    ) -> Result<Vec<T>, ForgeProblem> {
        let all = self.client.pages(doing, path, paging.items("value"));
        all.map_err(|problem| Scope::Read.wanted(problem))
    }

    fn send<T: DeserializeOwned>(
        &self,
        scope: Scope,
        doing: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<T, ForgeProblem> {
        let answer = self.client.ask(&Request::new(method, doing, path).body(body));
        answer.and_then(|answer| answer.read(doing)).map_err(|problem| scope.wanted(problem))
    }
}

impl Dialect for AzureDevOps {
    fn kind(&self) -> &'static str {
        "azure"
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn body_limit(&self) -> usize {
        DESCRIPTION
    }

    fn comment_limit(&self) -> usize {
        COMMENT
    }
}

impl Deployments for AzureDevOps {
    fn deploy(&self, deployment: &Deployment) -> Result<(), ForgeProblem> {
        let what = format!("noting a deployment to `{}` from outside of a pipeline", deployment.environment);
        Err(ForgeProblem::Unsupported(what))
    }
}

impl Commits for AzureDevOps {}

/// Tokens that people make are passwords without a user; those of jobs and of Entra, which are JSON Web Tokens, are carried as they are.
fn authorize(connection: &Connection) -> Result<Arc<dyn Authorize>, ForgeProblem> {
    let unfit = |reason: &str| ForgeProblem::Unauthorized {
        doing: "preparing to sign in".to_owned(),
        reason: reason.to_owned(),
    };
    let is_bearer = |token: &Secret| {
        let token = token.expose();
        connection.is_of_job || (token.starts_with("eyJ") && token.matches('.').count() == 2)
    };
    match &connection.credential {
        Some(Credential::AccessToken(token)) if is_bearer(token) => {
            Ok(Arc::new(Authorization::bearer(token)))
        }
        Some(Credential::AccessToken(token)) => {
            Ok(Arc::new(Authorization::basic("", &Secret::new(token.expose().trim()))))
        }
        Some(Credential::Basic { username, password }) => {
            Ok(Arc::new(Authorization::basic(username, password)))
        }
        Some(Credential::GithubApp { .. }) => Err(unfit("a GitHub App is none of its own; give it a token")),
        Some(Credential::Ssh { .. }) => {
            Err(unfit("an ssh key opens the repository, not the API; give it a token"))
        }
        Some(Credential::DockerLocal) => {
            Err(unfit("Docker's credentials are for registries; give it a token"))
        }
        None => Err(ForgeProblem::NoCredential("AZURE_DEVOPS_TOKEN or SYSTEM_ACCESSTOKEN".to_owned())),
    }
}

fn describe(address: &Address) -> String {
    let Address { collection, project, repository, .. } = address;
    match collection.strip_prefix("https://dev.azure.com/") {
        Some(organisation) => format!("Azure DevOps' {organisation}/{project}/{repository}"),
        None => {
            let place = collection.split("://").last().unwrap_or_default();
            format!("{project}/{repository} on the Azure DevOps of {place}")
        }
    }
}

/// A text that fits into so many UTF-16 code units, whatever was asked.
fn fit(text: &str, limit: usize) -> String {
    const REST: &str = "\n\n(There was more than fits.)";
    if units(text) <= limit {
        return text.to_owned();
    }
    cut(text, limit - units(REST)) + REST
}

/// A line that fits.
fn fit_line(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if units(&line) <= limit { line } else { cut(&line, limit - 3) + "..." }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn cut(text: &str, limit: usize) -> String {
    let mut room = limit;
    text.chars()
        .take_while(|letter| {
            let fits = letter.len_utf16() <= room;
            room = room.saturating_sub(letter.len_utf16());
            fits
        })
        .collect()
}
