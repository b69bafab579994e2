//! GitLab, in the cloud and self-managed, over version 4 of its REST API (docs.gitlab.com/api, and `lib/api` of its source where that is silent).
//!
//! - A personal, group or project access token (`GITLAB_TOKEN`) wants the scope `api` and the role Developer; Maintainer where the base branch's
//!   protection says so and glu is to merge.
//! - `CI_JOB_TOKEN` lists merge requests and notes deployments. GitLab lets it do nothing else here (`job_token_allowed` in its source): what would
//!   write is refused before it is asked for, and statuses and reviews are only to be had of public projects.
//! - GitLab has no teams as reviewers: `team/NAME` is left out. GitLab Free keeps one reviewer and one assignee, and drops the others.
//! - A deployment has neither a description nor an address there, though its environment has one; a review has no commit.
//! - A line that begins with a slash would be an order to GitLab (`/merge`): it gets a backslash, which nobody sees, and loses it when it is read.
//! - Merged-results pipelines run on a commit of GitLab's own, so their jobs are not among the proposed commit's statuses.

mod deployment;
mod explain;
mod merge;
mod merge_request;
mod note;
mod people;
mod review;
mod status;
mod text;
mod wire;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use super::client::{Authorization, Client, Limits};
use super::dialect::{Commits, Dialect};
use super::{ForgeError, ForgeProblem, Place};
use crate::clock::Clock;
use crate::credential::{Credential, Secret};
use crate::http::percent_encode;

/// How long a comment may be, in characters; a description may be a little longer.
const BODY: usize = 1_000_000;
/// Where the API is below a GitLab's address.
const API: &str = "/api/v4";

/// How to reach a project on GitLab.
pub struct Connection {
    /// The API's address: [`api_of`] a host, or where GitLab itself is.
    pub api: String,
    /// The project with its groups: `group/subgroup/project`.
    pub project: String,
    /// A token.
    pub credential: Option<Credential>,
    /// Whether the token is a job's own, which GitLab hears under another name.
    pub is_job: bool,
    /// Extra certificate authorities, PEM.
    pub ca_cert_path: Option<PathBuf>,
    /// Skips certificate checks. For throw-away machines only.
    pub insecure_skip_tls: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is known of its limits.
    pub limits: Limits,
}

/// A project on GitLab.
pub struct GitLab {
    client: Client,
    project: String,
    is_job: bool,
    description: String,
}

/// The address of the API of a host: `gitlab.com`, or one's own.
pub fn api_of(host: &str) -> String {
    match host {
        "www.gitlab.com" | "altssh.gitlab.com" => format!("https://gitlab.com{API}"),
        host => format!("https://{host}{API}"),
    }
}

impl Connection {
    /// The connection to a place.
    pub fn of(place: Place) -> Self {
        let api = place.url.unwrap_or_else(|| match place.scheme {
            "http" => format!("http://{}{API}", place.host),
            _ => api_of(&place.host),
        });
        Self {
            api,
            project: place.path,
            credential: Some(place.credential),
            is_job: place.variable == Some("CI_JOB_TOKEN"),
            ca_cert_path: place.ca_cert_path,
            insecure_skip_tls: place.insecure_skip_tls,
            clock: place.clock,
            limits: place.limits,
        }
    }
}

impl GitLab {
    /// Connects; nothing is asked yet.
    ///
    /// # Errors
    /// When the address, the project's path or the credential cannot be used.
    pub fn connect(connection: &Connection) -> Result<Self, ForgeError> {
        let api = whole_api(&connection.api);
        let project = below_root(&api, connection.project.trim_matches('/'));
        let description = describe(&api, project);
        let failed = |problem| ForgeError { forge: description.clone(), problem };
        if !project.contains('/') || project.split('/').any(str::is_empty) {
            return Err(failed(ForgeProblem::Invalid {
                doing: "reading the project's path".to_owned(),
                reason: format!("`{project}` is no `group/project`"),
            }));
        }
        let (token, is_job) = token(connection).map_err(failed)?;
        let name = if is_job { "job-token" } else { "private-token" };
        let client = Client::new(&api, connection.clock.clone())
            .map_err(failed)?
            .authorities(connection.ca_cert_path.clone(), connection.insecure_skip_tls)
            .limits(connection.limits.clone())
            .explained(if is_job { explain::to_job } else { explain::explain })
            .authorized(Arc::new(Authorization::header(name, token)));
        Ok(Self { client, project: percent_encode(project), is_job, description })
    }

    /// Says where the credential came from, for when it is not accepted.
    #[must_use]
    pub fn with_credential_of(self, place: &str) -> Self {
        Self { client: self.client.with_credential_of(place), ..self }
    }

    /// The path of something in the project.
    fn path(&self, rest: &str) -> String {
        format!("/projects/{}{rest}", self.project)
    }

    /// Refuses what GitLab does not let a job's own token do.
    fn may_write(&self, doing: &str) -> Result<(), ForgeProblem> {
        if !self.is_job {
            return Ok(());
        }
        let reason = explain::JOB.to_owned();
        Err(ForgeProblem::Forbidden { doing: doing.to_owned(), reason })
    }
}

impl Dialect for GitLab {
    fn kind(&self) -> &'static str {
        "gitlab"
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn body_limit(&self) -> usize {
        BODY
    }
}

impl Commits for GitLab {}

/// The token, and whether it is a job's own.
fn token(connection: &Connection) -> Result<(&Secret, bool), ForgeProblem> {
    // Newer versions mark them; before, they looked like nothing else did either.
    let is_job = |token: &Secret| connection.is_job || token.expose().trim().starts_with("glcbt-");
    let unfit = |reason: &str| {
        let doing = "preparing to sign in".to_owned();
        Err(ForgeProblem::Unauthorized { doing, reason: reason.to_owned() })
    };
    match &connection.credential {
        Some(Credential::AccessToken(token)) => Ok((token, is_job(token))),
        // Git remotes take a token for a password, so that is what people have configured.
        Some(Credential::Basic { username, password }) => {
            Ok((password, username == "gitlab-ci-token" || is_job(password)))
        }
        Some(Credential::GithubApp { .. }) => unfit("a GitHub App is none here; give it a token"),
        Some(Credential::Ssh { .. }) => {
            unfit("an ssh key opens the repository, not the API; give it a token")
        }
        Some(Credential::DockerLocal) => unfit("Docker's credentials are for registries; give it a token"),
        None => Err(ForgeProblem::NoCredential("GITLAB_TOKEN".to_owned())),
    }
}

/// The API's address of what may be GitLab's.
fn whole_api(address: &str) -> String {
    let address = address.trim_end_matches('/');
    match address.ends_with(API) {
        true => address.to_owned(),
        false => format!("{address}{API}"),
    }
}

/// A project's path below the folder that a GitLab may be in: `https://example.com/gitlab/group/project`.
fn below_root<'a>(api: &str, path: &'a str) -> &'a str {
    let place = api.trim_end_matches(API).split_once("://").map_or("", |(_, place)| place);
    let root = place.split_once('/').map_or("", |(_, root)| root.trim_matches('/'));
    match path.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) if !root.is_empty() => rest,
        _ => path,
    }
}

fn describe(api: &str, project: &str) -> String {
    let place = api.trim_end_matches(API);
    match place.split_once("://").map_or(place, |(_, place)| place) {
        "gitlab.com" => format!("GitLab's {project}"),
        place => {
            // Whoever has put a credential into the address does not want to read it here.
            let place = place.rsplit('@').next().unwrap_or(place);
            format!("{project} on the GitLab of {place}")
        }
    }
}
