//! What is said of a commit; what runs in the forge's own Actions is said so as well.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::client::Method;
use super::super::dialect::Statuses;
use super::super::fit::fit_line;
use super::super::{ForgeProblem, Status, StatusState};
use super::wire::CommitStatus;
use super::{Gitea, PAGES};
use crate::http::percent_encode;

const DESCRIPTION: usize = 255;

impl Statuses for Gitea {
    /// The newest of each name.
    fn statuses(&self, commit: &str) -> Result<Vec<Status>, ForgeProblem> {
        let path = self.path(&format!("/commits/{}/status?limit=50", percent_encode(commit)));
        let all: Vec<CommitStatus> = self.client.pages("reading statuses", &path, PAGES.items("statuses"))?;
        let all: BTreeMap<String, Status> =
            all.into_iter().map(|status| (status.context.clone(), self.said(status))).collect();
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
            "target_url": status.url.as_deref().unwrap_or_default(),
        });
        let path = self.path(&format!("/statuses/{}", percent_encode(commit)));
        self.client.send::<IgnoredAny>("setting a status", Method::Post, &path, &body)?;
        Ok(())
    }
}

impl Gitea {
    fn said(&self, status: CommitStatus) -> Status {
        let state = match status.state.as_str() {
            "success" | "skipped" => StatusState::Passed,
            "pending" => StatusState::Pending,
            // A warning stops a merge there, too.
            _ => StatusState::Failed,
        };
        let url = match status.target_url.as_str() {
            "" => None,
            // As the forge's own Actions have it.
            url if url.starts_with('/') => Some(format!("{}{url}", self.site)),
            url => Some(url.to_owned()),
        };
        let description = match status.state.as_str() {
            "skipped" => Status::aside("skipped", Some(&status.description)),
            _ => status.description,
        };
        Status { name: status.context, state, description, url }
    }
}
