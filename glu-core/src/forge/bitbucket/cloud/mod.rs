//! Bitbucket Cloud. Facts are those of Atlassian's description of its API (dac-static.atlassian.com/cloud/bitbucket/swagger.v3.json).
//!
//! It has no labels, assignees and milestones, which are left out; it does not merge by itself through the API, and notes deployments for its own
//! pipelines only, both of which are unsupported; it does not tell beforehand whether there are conflicts.

mod comment;
mod explain;
mod people;
mod proposal;
mod status;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::client::{Client, Paging};
use super::super::dialect::{Commits, Deployments, Dialect, Merging};
use super::super::{Deployment, ForgeError, ForgeProblem, Place};
use super::BODY;
use crate::http::percent_encode;

/// Where the API is.
const API: &str = "https://api.bitbucket.org/2.0";
/// How lists go on.
const PAGES: Paging = Paging::address("next").items("values");

/// A repository on Bitbucket Cloud.
pub struct Cloud {
    client: Client,
    workspace: String,
    name: String,
    description: String,
    /// Commits by the short form in which pull requests name them.
    commits: Mutex<BTreeMap<String, String>>,
}

impl Cloud {
    /// Connects; nothing is asked yet.
    ///
    /// # Errors
    /// When the address, the repository's name or the credential cannot be used.
    pub fn connect(place: &Place) -> Result<Self, ForgeError> {
        let description = format!("Bitbucket's {}", place.path);
        let failed = |problem| ForgeError { forge: description.clone(), problem };
        let parts: Vec<&str> = place.path.split('/').collect();
        let [workspace, name] = parts[..] else {
            return Err(failed(ForgeProblem::Invalid {
                doing: "reading the repository's name".to_owned(),
                reason: format!("`{}` is no `workspace/name`", place.path),
            }));
        };
        let authorization = super::authorization(&place.credential).map_err(failed)?;
        let client = Client::new(place.url.as_deref().unwrap_or(API), place.clock.clone()).map_err(failed)?;
        let client = client
            .authorized(Arc::new(authorization))
            .authorities(place.ca_cert_path.clone(), place.insecure_skip_tls)
            .limits(place.limits.clone())
            .explained(explain::explain);
        let (workspace, name) = (workspace.to_owned(), name.to_owned());
        Ok(Self { client, workspace, name, description, commits: Mutex::default() })
    }

    /// Says where the credential came from, for when it is not accepted.
    #[must_use]
    pub fn with_credential_of(self, place: &str) -> Self {
        Self { client: self.client.with_credential_of(place), ..self }
    }

    /// The path of something in the repository.
    fn path(&self, rest: &str) -> String {
        format!("/repositories/{}/{}{rest}", percent_encode(&self.workspace), percent_encode(&self.name))
    }

    /// The repository as others name it.
    fn full_name(&self) -> String {
        format!("{}/{}", self.workspace, self.name)
    }

    /// A commit in full. One that is gone stays as it is.
    fn in_full(&self, commit: &str) -> Result<String, ForgeProblem> {
        if commit.is_empty() || commit.len() >= 40 {
            return Ok(commit.to_owned());
        }
        let known = self.commits.lock().unwrap_or_else(PoisonError::into_inner).get(commit).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let path = self.path(&format!("/commit/{}", percent_encode(commit)));
        let Some(found) = self.client.get_if_there::<wire::Commit>("reading a commit", &path)? else {
            return Ok(commit.to_owned());
        };
        let mut commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        commits.insert(commit.to_owned(), found.hash.clone());
        Ok(found.hash)
    }
}

impl Dialect for Cloud {
    fn kind(&self) -> &'static str {
        "bitbucket"
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn body_limit(&self) -> usize {
        BODY
    }
}

impl Merging for Cloud {
    /// What the site offers as "merge when builds pass" is not in the API.
    fn merge_when_ready(&self, _: u64) -> Result<(), ForgeProblem> {
        Err(ForgeProblem::Unsupported("merging by itself through its API".to_owned()))
    }
}

impl Deployments for Cloud {
    /// Deployments are steps of Bitbucket Pipelines; the API lists them and makes none.
    fn deploy(&self, _: &Deployment) -> Result<(), ForgeProblem> {
        let what = "noting a deployment that its own pipelines did not make".to_owned();
        Err(ForgeProblem::Unsupported(what))
    }
}

impl Commits for Cloud {}
