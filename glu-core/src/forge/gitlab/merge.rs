//! Merging as soon as the rules allow; at once, if they do already.

use std::time::Duration;

use serde_json::json;

use super::super::ForgeProblem;
use super::super::client::Method;
use super::super::dialect::Merging;
use super::GitLab;
use super::wire::MergeRequest;

pub(super) const DOING: &str = "setting a proposal to merge by itself";

/// How often and how long to wait for GitLab to find out whether it merges at all.
const LOOKS: usize = 10;
const PAUSE: Duration = Duration::from_secs(1);

impl Merging for GitLab {
    fn merge_when_ready(&self, number: u64) -> Result<(), ForgeProblem> {
        self.may_write(DOING)?;
        let request = self.checked(number)?;
        if is_set(&request) {
            return Ok(());
        }
        let invalid =
            |reason: &str| ForgeProblem::Invalid { doing: DOING.to_owned(), reason: reason.to_owned() };
        if request.state == "closed" {
            return Err(invalid("it is closed"));
        }
        if request.draft {
            return Err(invalid("it is a draft"));
        }
        // What is at the commit that was looked at, and nothing newer. GitLab before 17.11 only knows the longer word, and would merge at once.
        let body = json!({"auto_merge": true, "merge_when_pipeline_succeeds": true, "sha": request.sha});
        let path = self.path(&format!("/merge_requests/{number}/merge"));
        match self.client.send::<MergeRequest>(DOING, Method::Put, &path, &body) {
            Ok(_) => Ok(()),
            Err(ForgeProblem::Invalid { reason, .. }) => {
                // The answer to the first try may have been lost.
                let request = self.request(number)?;
                if is_set(&request) {
                    return Ok(());
                }
                let words = [request.detailed_merge_status, request.merge_status];
                let word = words.into_iter().find(|word| !word.is_empty()).unwrap_or_default();
                Err(invalid(&format!("{reason}; GitLab calls it `{}`", word.replace('_', " "))))
            }
            Err(problem) => Err(problem),
        }
    }
}

impl GitLab {
    /// A merge request when GitLab has found out whether it merges, or after a while.
    fn checked(&self, number: u64) -> Result<MergeRequest, ForgeProblem> {
        for _ in 0..LOOKS {
            let request = self.request(number)?;
            let is_unknown = matches!(
                request.detailed_merge_status.as_str(),
                "unchecked" | "checking" | "preparing" | "approvals_syncing"
            ) || matches!(request.merge_status.as_str(), "unchecked" | "checking");
            if request.state != "opened" || !is_unknown {
                return Ok(request);
            }
            self.client.clock().sleep(PAUSE);
        }
        self.request(number)
    }
}

/// Whether nothing is left to do.
fn is_set(request: &MergeRequest) -> bool {
    request.merge_when_pipeline_succeeds || matches!(request.state.as_str(), "merged" | "locked")
}
