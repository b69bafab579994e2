//! What is said of a commit. GitLab has one list for its own jobs, for bridges to other pipelines, and for what others say.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::client::{Method, Paging};
use super::super::dialect::Statuses;
use super::super::fit::fit_line;
use super::super::{ForgeProblem, Status, StatusState};
use super::GitLab;
use super::wire::{CommitStatus, Pipeline};
use crate::http::{form, percent_encode};

/// How long a description or an address may be, in characters.
pub(super) const LENGTH: usize = 255;

impl Statuses for GitLab {
    /// The newest of each name, over all pipelines of the commit; and a pipeline that failed before it had any job.
    fn statuses(&self, commit: &str) -> Result<Vec<Status>, ForgeProblem> {
        let place = percent_encode(commit);
        let path = self.path(&format!("/repository/commits/{place}/statuses?per_page=100"));
        let all: Vec<CommitStatus> = self.client.pages("reading statuses", &path, Paging::LINK)?;
        let with_jobs: BTreeSet<Option<u64>> = all.iter().map(|status| status.pipeline_id).collect();
        let mut newest: BTreeMap<String, CommitStatus> = BTreeMap::new();
        for status in all {
            match newest.get(&status.name) {
                Some(other) if other.id > status.id => {}
                _ => drop(newest.insert(status.name.clone(), status)),
            }
        }
        let mut all: BTreeMap<String, Status> =
            newest.into_iter().map(|(name, status)| (name, Status::from(status))).collect();

        let query = form(&[("sha", commit), ("order_by", "id"), ("sort", "desc"), ("per_page", "100")]);
        let path = self.path(&format!("/pipelines?{query}"));
        let pipelines: Vec<Pipeline> = self.client.pages("reading pipelines", &path, Paging::LINK)?;
        // Old versions do not tell which pipeline a job is of.
        let is_known = !with_jobs.contains(&None);
        let empty = pipelines.into_iter().find(|pipeline| {
            is_known && pipeline.status == "failed" && !with_jobs.contains(&Some(pipeline.id))
        });
        if let Some(pipeline) = empty {
            let name = format!("pipeline {}", pipeline.id);
            let description = "it failed before it had a job".to_owned();
            let url = pipeline.web_url;
            all.insert(name.clone(), Status { name, state: StatusState::Failed, description, url });
        }
        Ok(all.into_values().collect())
    }

    fn set_status(&self, commit: &str, status: &Status) -> Result<(), ForgeProblem> {
        let doing = "setting a status";
        self.may_write(doing)?;
        let state = match status.state {
            StatusState::Passed => "success",
            StatusState::Pending => "pending",
            StatusState::Failed => "failed",
        };
        let mut body = json!({
            "state": state,
            "name": status.name,
            "description": fit_line(&status.description, LENGTH),
        });
        // Half an address is none.
        if let Some(url) = status.url.as_ref().filter(|url| url.chars().count() <= LENGTH) {
            body["target_url"] = json!(url);
        }
        let path = self.path(&format!("/statuses/{}", percent_encode(commit)));
        match self.client.send::<IgnoredAny>(doing, Method::Post, &path, &body) {
            Ok(_) => Ok(()),
            // It waits or runs already, and GitLab does not want to hear that twice.
            Err(ForgeProblem::Invalid { reason, .. })
                if status.state == StatusState::Pending
                    && reason.contains("Cannot transition status via :enqueue from") =>
            {
                Ok(())
            }
            Err(problem) => Err(problem),
        }
    }
}

impl From<CommitStatus> for Status {
    fn from(status: CommitStatus) -> Self {
        let state = match status.status.as_str() {
            "success" | "skipped" => StatusState::Passed,
            // One that nobody has to start holds nothing up, and one that may fail has done no harm.
            "manual" | "failed" if status.allow_failure => StatusState::Passed,
            "failed" | "canceled" => StatusState::Failed,
            // Among them: created, waiting_for_resource, preparing, pending, running, canceling, manual, scheduled.
            _ => StatusState::Pending,
        };
        let said = status.description.filter(|text| !text.is_empty());
        let description = match (status.status.as_str(), said) {
            ("skipped", said) => Self::aside("skipped", said.as_deref()),
            ("manual", said) if status.allow_failure => {
                Self::aside("skipped", Some(said.as_deref().unwrap_or("manual")))
            }
            (_, Some(said)) => said,
            (word, None) => word.replace('_', " "),
        };
        Self { name: status.name, state, description, url: status.target_url.filter(|url| !url.is_empty()) }
    }
}
