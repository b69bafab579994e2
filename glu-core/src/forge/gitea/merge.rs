//! Merging as soon as the rules allow.

use std::time::Duration;

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::client::Method;
use super::super::dialect::{Merging, Statuses};
use super::super::{ForgeProblem, Kind, StatusState};
use super::Gitea;
use super::wire::{Pull, Repository};

const DOING: &str = "setting a proposal to merge by itself";
/// How often it is asked again while the forge finds out whether a proposal merges.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

impl Merging for Gitea {
    fn merge_when_ready(&self, number: u64) -> Result<(), ForgeProblem> {
        let pull = self.pull(number)?;
        if pull.merged {
            return Ok(());
        }
        let invalid =
            |reason: &str| ForgeProblem::Invalid { doing: DOING.to_owned(), reason: reason.to_owned() };
        if pull.state != "open" {
            return Err(invalid("it is closed"));
        }
        if pull.draft {
            return Err(invalid("it is a draft"));
        }
        let repository: Repository = self.client.get(DOING, &self.path(""))?;
        let way = repository.default_merge_style.filter(|way| !way.is_empty());
        let way = way.as_deref().unwrap_or("merge");
        // Where nothing is said of the commit, some versions would wait for ever; where something has not passed yet, they know what to wait for.
        let statuses = self.statuses(&pull.head.sha)?;
        let is_clean = statuses.iter().all(|status| status.state == StatusState::Passed);
        if is_clean && !self.is_to_merge(number)? {
            match self.merge(&pull, way, false) {
                // The rules do not allow it yet.
                Err(ForgeProblem::Invalid { .. }) => {}
                merged => return merged,
            }
        }
        match self.merge(&pull, way, true) {
            // It is to merge by itself already.
            Err(ForgeProblem::Conflict { reason, .. }) if reason.contains("already scheduled") => Ok(()),
            scheduled => scheduled,
        }
    }
}

impl Gitea {
    /// Merges the commit that was looked at, and nothing newer; or says that it shall be merged later.
    fn merge(&self, pull: &Pull, way: &str, later: bool) -> Result<(), ForgeProblem> {
        let path = self.path(&format!("/pulls/{}/merge", pull.number));
        // They differ in how they write it.
        let field = if self.kind == Kind::Forgejo { "Do" } else { "do" };
        let body = match later {
            true => json!({field: way, "merge_when_checks_succeed": true}),
            false => json!({field: way, "head_commit_id": pull.head.sha}),
        };
        let mut attempt = 1;
        loop {
            match self.client.send::<IgnoredAny>(DOING, Method::Post, &path, &body) {
                Err(ForgeProblem::Invalid { reason, .. })
                    if reason.contains("try again later") && attempt < ATTEMPTS =>
                {
                    self.client.clock().sleep(PAUSE);
                    attempt += 1;
                }
                Err(ForgeProblem::Invalid { doing, reason }) if reason.contains("try again later") => {
                    let reason = "it has conflicts, or the forge has not found out whether it has".to_owned();
                    return Err(ForgeProblem::Conflict { doing, reason });
                }
                answer => return answer.map(drop),
            }
        }
    }
}
