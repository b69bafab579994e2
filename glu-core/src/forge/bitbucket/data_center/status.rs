//! What is said of a commit: build statuses. They are listed for a commit wherever it is, and set for a repository.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::super::client::Method;
use super::super::super::dialect::Statuses;
use super::super::super::{ForgeProblem, Status, StatusState};
use super::super::{LINE, fit_line, key};
use super::wire::BuildStatus;
use super::{DataCenter, PAGES};
use crate::http::percent_encode;

impl Statuses for DataCenter {
    /// The newest of each name; two that report under one name may have different keys.
    fn statuses(&self, commit: &str) -> Result<Vec<Status>, ForgeProblem> {
        let path = format!("/rest/build-status/latest/commits/{}?limit=100", percent_encode(commit));
        let all: Vec<BuildStatus> = self.client.pages("reading statuses", &path, PAGES)?;
        let mut newest: BTreeMap<String, BuildStatus> = BTreeMap::new();
        for status in all {
            let name = status.name.clone().filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| status.key.clone());
            match newest.get(&name) {
                Some(other) if other.date_added > status.date_added => {}
                _ => drop(newest.insert(name, status)),
            }
        }
        Ok(newest.into_iter().map(|(name, status)| status.named(name)).collect())
    }

    fn set_status(&self, commit: &str, status: &Status) -> Result<(), ForgeProblem> {
        let state = match status.state {
            StatusState::Passed => "SUCCESSFUL",
            StatusState::Pending => "INPROGRESS",
            StatusState::Failed => "FAILED",
        };
        let key = key(&status.name, LINE);
        let body = json!({
            "key": key,
            // What a required build is known by.
            "parent": key,
            "name": fit_line(&status.name, LINE),
            "state": state,
            "description": fit_line(&status.description, LINE),
            "url": self.place_of(status.url.as_ref(), commit),
        });
        let path = self.path(&format!("/commits/{}/builds", percent_encode(commit)));
        self.client.send::<IgnoredAny>("setting a status", Method::Post, &path, &body).map(drop)
    }
}

impl BuildStatus {
    fn named(self, name: String) -> Status {
        let state = match self.state.as_str() {
            "SUCCESSFUL" => StatusState::Passed,
            "INPROGRESS" | "UNKNOWN" => StatusState::Pending,
            _ => StatusState::Failed,
        };
        Status {
            name,
            state,
            description: self.description.unwrap_or_default(),
            url: self.url.filter(|url| !url.is_empty()),
        }
    }
}
