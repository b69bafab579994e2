//! Bitbucket Data Center (and Server, which it was called before), on one's own machines. Facts are those of Atlassian's description of its API
//! (dac-static.atlassian.com/server/bitbucket).
//!
//! What can be changed has a version; who names an old one is refused, reads again, and tries once more. It has no labels, assignees and milestones,
//! which are left out. Drafts want 8.18, merging by itself 8.15, deployments 7.16; build statuses are set as since 7.4.

mod comment;
mod deployment;
mod explain;
mod merge;
mod proposal;
mod status;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::super::client::{Client, Paging};
use super::super::dialect::{Commits, Dialect};
use super::super::{ForgeError, ForgeProblem, Place};
use super::BODY;
use crate::http::percent_encode;

/// How long an address may be.
const URL: usize = 450;
/// How lists go on.
const PAGES: Paging = Paging::field("nextPageStart", "start").items("values");

/// A repository on Bitbucket Data Center.
pub struct DataCenter {
    client: Client,
    /// Where people look at it, and below which the APIs are.
    site: String,
    /// The project's key; `~user` is somebody's own.
    project: String,
    name: String,
    description: String,
}

impl DataCenter {
    /// Connects; nothing is asked yet.
    ///
    /// # Errors
    /// When the address, the repository's name or the credential cannot be used.
    pub fn connect(place: &Place) -> Result<Self, ForgeError> {
        let description = |name: &str| format!("{name} on the Bitbucket of {}", place.host);
        let Some((context, project, name)) = repository(&place.path) else {
            return Err(ForgeError {
                forge: description(&place.path),
                problem: ForgeProblem::Invalid {
                    doing: "reading the repository's name".to_owned(),
                    reason: format!("`{}` is no `PROJECT/name`", place.path),
                },
            });
        };
        let description = description(&format!("{project}/{name}"));
        let failed = |problem| ForgeError { forge: description.clone(), problem };
        let site = match &place.url {
            Some(url) => site(url).to_owned(),
            None => format!("{}://{}{context}", place.scheme, place.host),
        };
        let authorization = super::authorization(&place.credential).map_err(failed)?;
        let client = Client::new(&site, place.clock.clone()).map_err(failed)?;
        let client = client
            .authorized(Arc::new(authorization))
            .authorities(place.ca_cert_path.clone(), place.insecure_skip_tls)
            .limits(place.limits.clone())
            .explained(explain::explain);
        Ok(Self { client, site, project, name, description })
    }

    /// Says where the credential came from, for when it is not accepted.
    #[must_use]
    pub fn with_credential_of(self, place: &str) -> Self {
        Self { client: self.client.with_credential_of(place), ..self }
    }

    /// The path of something in the repository.
    fn path(&self, rest: &str) -> String {
        let (project, name) = (percent_encode(&self.project), percent_encode(&self.name));
        format!("/rest/api/latest/projects/{project}/repos/{name}{rest}")
    }

    /// Where people look at something in the repository.
    fn page(&self, rest: &str) -> String {
        let owner = match self.project.strip_prefix('~') {
            Some(user) => format!("users/{}", percent_encode(user)),
            None => format!("projects/{}", percent_encode(&self.project)),
        };
        format!("{}/{owner}/repos/{}{rest}", self.site, percent_encode(&self.name))
    }

    /// Where there is more of a commit: what somebody said, where that fits, else its page.
    fn place_of(&self, url: Option<&String>, commit: &str) -> String {
        let fits = url.filter(|url| url.chars().count() <= URL).cloned();
        fits.unwrap_or_else(|| self.page(&format!("/commits/{}", percent_encode(commit))))
    }
}

impl Dialect for DataCenter {
    fn kind(&self) -> &'static str {
        "bitbucket_data_center"
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn body_limit(&self) -> usize {
        BODY
    }
}

impl Commits for DataCenter {}

/// The path that the whole site is below, the project and the repository, as remotes and browsers have them: `scm/KEY/name` over HTTP, `KEY/name`
/// over ssh, `projects/KEY/repos/name` and `users/name/repos/name` in a browser.
fn repository(path: &str) -> Option<(String, String, String)> {
    let parts: Vec<&str> = path.split('/').collect();
    let (context, project, name): (&[&str], String, &str) = match parts.as_slice() {
        [context @ .., "scm", project, name] => (context, (*project).to_owned(), *name),
        [context @ .., "projects", project, "repos", name] => (context, (*project).to_owned(), *name),
        [context @ .., "users", user, "repos", name] => (context, format!("~{user}"), *name),
        [project, name] => (&[], (*project).to_owned(), *name),
        _ => return None,
    };
    let is_whole = !project.trim_matches('~').is_empty() && !name.is_empty();
    let context = context.iter().map(|part| format!("/{part}")).collect();
    is_whole.then(|| (context, project, name.to_owned()))
}

/// The site of an address that may be the API's.
fn site(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    let site = ["/rest/api/latest", "/rest/api/1.0", "/rest"].iter().find_map(|end| url.strip_suffix(end));
    site.unwrap_or(url)
}
