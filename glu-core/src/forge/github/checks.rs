//! What is said of a commit: statuses and check runs, which GitHub keeps apart and people do not.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::client::{Method, Paging};
use super::super::dialect::Statuses;
use super::super::fit::fit_line;
use super::super::{ForgeProblem, Status, StatusState};
use super::GitHub;
use super::wire::{CheckRun, CommitStatus};
use crate::http::percent_encode;

const DESCRIPTION: usize = 140;

impl Statuses for GitHub {
    /// The newest of each name. Where a status and a check run share a name, the worse one counts.
    fn statuses(&self, commit: &str) -> Result<Vec<Status>, ForgeProblem> {
        let commit = percent_encode(commit);
        let path = self.path(&format!("/commits/{commit}/status?per_page=100"));
        let statuses: Vec<CommitStatus> =
            self.client.pages("reading statuses", &path, Paging::LINK.items("statuses"))?;
        let path = self.path(&format!("/commits/{commit}/check-runs?filter=latest&per_page=100"));
        let runs: Vec<CheckRun> =
            self.client.pages("reading check runs", &path, Paging::LINK.items("check_runs"))?;

        // Several workflows, or one that was started by several events, may have runs of one name.
        let mut newest: BTreeMap<String, CheckRun> = BTreeMap::new();
        for run in runs {
            match newest.get(&run.name) {
                Some(other) if other.id > run.id => {}
                _ => drop(newest.insert(run.name.clone(), run)),
            }
        }
        let mut all: BTreeMap<String, Status> = BTreeMap::new();
        for status in statuses.into_iter().map(Status::from).chain(newest.into_values().map(Status::from)) {
            match all.get(&status.name) {
                Some(other) if other.state >= status.state => {}
                _ => drop(all.insert(status.name.clone(), status)),
            }
        }
        Ok(all.into_values().collect())
    }

    fn set_status(&self, commit: &str, status: &Status) -> Result<(), ForgeProblem> {
        let state = match status.state {
            StatusState::Passed => "success",
            StatusState::Pending => "pending",
            StatusState::Failed => "failure",
        };
        let body = json!({
            "state": state,
            "context": status.name,
            "description": fit_line(&status.description, DESCRIPTION),
            "target_url": status.url,
        });
        let path = self.path(&format!("/statuses/{}", percent_encode(commit)));
        self.client.send::<IgnoredAny>("setting a status", Method::Post, &path, &body)?;
        Ok(())
    }
}

impl From<CommitStatus> for Status {
    fn from(status: CommitStatus) -> Self {
        let state = match status.state.as_str() {
            "success" => StatusState::Passed,
            "pending" => StatusState::Pending,
            _ => StatusState::Failed,
        };
        Self {
            name: status.context,
            state,
            description: status.description.unwrap_or_default(),
            url: status.target_url.filter(|url| !url.is_empty()),
        }
    }
}

impl From<CheckRun> for Status {
    fn from(run: CheckRun) -> Self {
        let word = run.conclusion.unwrap_or(run.status.clone());
        let state = match (run.status.as_str(), word.as_str()) {
            ("completed", "success" | "neutral" | "skipped") => StatusState::Passed,
            ("completed", _) => StatusState::Failed,
            _ => StatusState::Pending,
        };
        let title = run.output.title.filter(|title| !title.is_empty());
        let description = match (title, word.as_str()) {
            (title, "neutral" | "skipped") => Self::aside(&word, title.as_deref()),
            (Some(title), _) => title,
            (None, _) => word.replace('_', " "),
        };
        Self { name: run.name, state, description, url: run.html_url }
    }
}
