//! What people say of a merge request: who approved is one list, who was asked and what came of it another.

use std::collections::BTreeMap;

use super::super::client::Paging;
use super::super::dialect::Reviews;
use super::super::{ForgeProblem, Review, ReviewVerdict};
use super::GitLab;
use super::wire::{Approvals, Reviewer};

impl Reviews for GitLab {
    fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeProblem> {
        let place = self.path(&format!("/merge_requests/{number}"));
        let approvals: Approvals = self.client.get("reading approvals", &format!("{place}/approvals"))?;
        let mut verdicts: BTreeMap<String, ReviewVerdict> = approvals
            .approved_by
            .into_iter()
            .map(|approval| (approval.user.username, ReviewVerdict::Approved))
            .collect();
        for reviewer in self.reviewers(number, &place)? {
            let login = reviewer.user.username;
            match reviewer.state.as_str() {
                "requested_changes" => drop(verdicts.insert(login, ReviewVerdict::ChangesRequested)),
                _ => drop(verdicts.entry(login).or_insert(ReviewVerdict::Requested)),
            }
        }
        // Who has decided comes before who has not.
        let (asked, decided): (Vec<_>, Vec<_>) =
            verdicts.into_iter().partition(|(_, verdict)| *verdict == ReviewVerdict::Requested);
        let all = decided.into_iter().chain(asked);
        Ok(all.map(|(reviewer, verdict)| Review { reviewer, verdict, commit: None }).collect())
    }
}

impl GitLab {
    fn reviewers(&self, number: u64, place: &str) -> Result<Vec<Reviewer>, ForgeProblem> {
        let path = format!("{place}/reviewers?per_page=100");
        match self.client.pages("reading reviews", &path, Paging::LINK) {
            // Old versions only tell who was asked.
            Err(ForgeProblem::NotFound { .. }) => {
                let asked = self.request(number)?.reviewers.unwrap_or_default();
                Ok(asked.into_iter().map(|user| Reviewer { user, state: String::new() }).collect())
            }
            answer => answer,
        }
    }
}
