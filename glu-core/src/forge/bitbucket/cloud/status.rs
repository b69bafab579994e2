//! What is said of a commit: build statuses, each by a key of at most 40 characters and a name for people.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::super::client::Method;
use super::super::super::dialect::Statuses;
use super::super::super::{ForgeProblem, Status, StatusState};
use super::super::{LINE, fit_line, key};
use super::wire::BuildStatus;
use super::{Cloud, PAGES};
use crate::http::percent_encode;

const KEY: usize = 40;

impl Statuses for Cloud {
    /// The newest of each name; two that report under one name may have different keys.
    fn statuses(&self, commit: &str) -> Result<Vec<Status>, ForgeProblem> {
        let path = self.path(&format!("/commit/{}/statuses?pagelen=100", percent_encode(commit)));
        let all: Vec<BuildStatus> = self.client.pages("reading statuses", &path, PAGES)?;
        let mut newest: BTreeMap<String, BuildStatus> = BTreeMap::new();
        for status in all {
            let name = status.name.clone().filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| status.key.clone());
            match newest.get(&name) {
                Some(other) if other.updated_on > status.updated_on => {}
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
        // It has to lead somewhere.
        let url = status.url.clone().unwrap_or_else(|| {
            format!("https://bitbucket.org/{}/commits/{}", self.full_name(), percent_encode(commit))
        });
        let body = json!({
            "key": key(&status.name, KEY),
            "name": fit_line(&status.name, LINE),
            "state": state,
            "description": fit_line(&status.description, LINE),
            "url": url,
        });
        let path = self.path(&format!("/commit/{}/statuses/build", percent_encode(commit)));
        self.client.send::<IgnoredAny>("setting a status", Method::Post, &path, &body)?;
        Ok(())
    }
}

impl BuildStatus {
    fn named(self, name: String) -> Status {
        let state = match self.state.as_str() {
            "SUCCESSFUL" => StatusState::Passed,
            "INPROGRESS" => StatusState::Pending,
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
