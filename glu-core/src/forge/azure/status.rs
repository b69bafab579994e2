//! What is said of a commit. Azure DevOps keeps statuses of commits, statuses of pull requests (which its policies look at), and builds that policies
//! start; people see one list.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::super::client::Method;
use super::super::dialect::Statuses;
use super::super::{ForgeProblem, Status, StatusState};
use super::scope::Scope;
use super::wire::{GitStatus, Pull};
use super::{AzureDevOps, fit_line};
use crate::http::percent_encode;

const LINE: usize = 256;

impl Statuses for AzureDevOps {
    /// The newest of each name. Where several kinds share a name, the worse one counts.
    fn statuses(&self, commit: &str) -> Result<Vec<Status>, ForgeProblem> {
        let doing = "reading statuses";
        let path = self.path(&format!("/commits/{}/statuses", percent_encode(commit)));
        let path = format!("{path}&latestOnly=true");
        let mut said: Vec<Status> = newest(self.pages::<GitStatus>(doing, &path, ["top", "skip"])?);
        for pull in self.pulls_at(doing, commit)? {
            said.extend(self.statuses_of(&pull, commit)?);
            said.extend(self.builds_of(&pull)?);
        }
        let mut all: BTreeMap<String, Status> = BTreeMap::new();
        for status in said {
            match all.get(&status.name) {
                Some(other) if other.state >= status.state => {}
                _ => drop(all.insert(status.name.clone(), status)),
            }
        }
        Ok(all.into_values().collect())
    }

    fn set_status(&self, commit: &str, status: &Status) -> Result<(), ForgeProblem> {
        let doing = "setting a status";
        let state = match status.state {
            StatusState::Passed => "succeeded",
            StatusState::Pending => "pending",
            StatusState::Failed => "failed",
        };
        let (genre, name) = status.name.split_once('/').unwrap_or(("", &status.name));
        let mut body = json!({
            "state": state,
            "description": fit_line(&status.description, LINE),
            "context": {"name": name, "genre": genre},
        });
        if let Some(url) = &status.url {
            body["targetUrl"] = json!(url);
        }
        let path = self.path(&format!("/commits/{}/statuses", percent_encode(commit)));
        self.send::<IgnoredAny>(Scope::Status, doing, Method::Post, &path, &body)?;
        // A policy wants it of the pull request, and of what was pushed last.
        for pull in self.pulls_at(doing, commit)? {
            let number = pull.pull_request_id;
            let mut body = body.clone();
            if let Some(iteration) = self.iteration_of(number, commit)? {
                body["iterationId"] = json!(iteration);
            }
            let path = self.path(&format!("/pullRequests/{number}/statuses"));
            self.send::<IgnoredAny>(Scope::Status, doing, Method::Post, &path, &body)?;
        }
        Ok(())
    }
}

impl AzureDevOps {
    /// The open pull requests that propose a commit.
    fn pulls_at(&self, doing: &str, commit: &str) -> Result<Vec<Pull>, ForgeProblem> {
        let mut pulls = self.open_pulls(doing)?;
        let proposes = |pull: &Pull| {
            pull.last_merge_source_commit.as_ref().is_some_and(|source| source.commit_id == commit)
        };
        pulls.retain(proposes);
        Ok(pulls)
    }

    fn statuses_of(&self, pull: &Pull, commit: &str) -> Result<Vec<Status>, ForgeProblem> {
        let number = pull.pull_request_id;
        let path = self.path(&format!("/pullRequests/{number}/statuses"));
        let mut statuses: Vec<GitStatus> = self.list("reading a proposal's statuses", &path)?;
        if statuses.iter().any(|status| status.iteration_id.is_some_and(|iteration| iteration > 0)) {
            let current = self.iteration_of(number, commit)?;
            // What was said of an earlier push is not said of this one.
            statuses.retain(|status| {
                status.iteration_id.is_none_or(|iteration| iteration == 0 || Some(iteration) == current)
            });
        }
        Ok(newest(statuses))
    }

    /// The push that brought a commit.
    fn iteration_of(&self, number: u64, commit: &str) -> Result<Option<u64>, ForgeProblem> {
        let all = self.iterations(number)?;
        let is_it = |source: &super::wire::Commit| source.commit_id == commit;
        let found = all.iter().rfind(|iteration| iteration.source_ref_commit.as_ref().is_some_and(is_it));
        Ok(found.map(|iteration| iteration.id))
    }

    /// What the builds that the branch's policies start say of a pull request.
    fn builds_of(&self, pull: &Pull) -> Result<Vec<Status>, ForgeProblem> {
        let evaluations = self.evaluations(pull)?;
        let status = |evaluation: super::wire::Evaluation| {
            let word = evaluation.status.as_deref()?;
            let state = match word {
                "approved" => StatusState::Passed,
                "queued" | "running" => StatusState::Pending,
                "notApplicable" => return None,
                _ => StatusState::Failed,
            };
            let build = evaluation.context.as_ref().and_then(|context| context.get("buildId"));
            let url = build.and_then(Value::as_u64).map(|build| {
                let project = percent_encode(&self.address.project);
                format!("{}/{project}/_build/results?buildId={build}", self.address.collection)
            });
            let name = evaluation.configuration.name();
            Some(Status { name, state, description: word.to_owned(), url })
        };
        Ok(evaluations
            .into_iter()
            .filter(|evaluation| evaluation.configuration.is_build())
            .filter_map(status)
            .collect())
    }
}

/// The last of each name.
fn newest(mut statuses: Vec<GitStatus>) -> Vec<Status> {
    statuses.sort_by_key(|status| status.id);
    let mut all: BTreeMap<String, Status> = BTreeMap::new();
    for status in statuses.into_iter().map(Status::from) {
        all.insert(status.name.clone(), status);
    }
    all.into_values().collect()
}

impl From<GitStatus> for Status {
    fn from(status: GitStatus) -> Self {
        let state = match status.state.as_str() {
            "succeeded" | "notApplicable" => StatusState::Passed,
            "pending" | "notSet" => StatusState::Pending,
            _ => StatusState::Failed,
        };
        let name = match status.context.genre.as_deref() {
            Some(genre) if !genre.is_empty() => format!("{genre}/{}", status.context.name),
            _ => status.context.name,
        };
        let description = match status.state.as_str() {
            // It does not apply to what it was said of.
            "notApplicable" => Self::aside("skipped", status.description.as_deref()),
            _ => status.description.unwrap_or_default(),
        };
        Self { name, state, description, url: status.target_url.filter(|url| !url.is_empty()) }
    }
}
