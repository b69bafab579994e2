//! What people say of a pull request. On a public repository anybody may approve; only those who may write count, as in GitHub's own rules.

use std::collections::BTreeMap;

use super::super::client::Paging;
use super::super::dialect::Reviews;
use super::super::{ForgeProblem, Review, ReviewVerdict};
use super::GitHub;
use super::wire::{Permission, PullReview};
use crate::http::percent_encode;

impl Reviews for GitHub {
    /// The last decisive word of each who may write; one that was dismissed leaves none.
    fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeProblem> {
        let pull = self.pull(number)?;
        let mut last: BTreeMap<String, PullReview> = BTreeMap::new();
        for review in self.pull_reviews(number)? {
            let Some(user) = &review.user else { continue };
            if matches!(review.state.as_str(), "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED") {
                last.insert(user.login.clone(), review);
            }
        }
        let mut reviews = Vec::new();
        for (reviewer, review) in last {
            let verdict = match review.state.as_str() {
                "APPROVED" => ReviewVerdict::Approved,
                "CHANGES_REQUESTED" => ReviewVerdict::ChangesRequested,
                _ => continue,
            };
            if self.may_write(&reviewer, &review.author_association)? {
                reviews.push(Review { reviewer, verdict, commit: review.commit_id });
            }
        }
        let people = pull.requested_reviewers.into_iter().flatten().map(|user| user.login);
        let teams = pull.requested_teams.into_iter().flatten().map(|team| format!("team/{}", team.slug));
        for reviewer in people.chain(teams) {
            if !reviews.iter().any(|review| review.reviewer == reviewer) {
                reviews.push(Review { reviewer, verdict: ReviewVerdict::Requested, commit: None });
            }
        }
        Ok(reviews)
    }
}

impl GitHub {
    /// All reviews in their order.
    pub(super) fn pull_reviews(&self, number: u64) -> Result<Vec<PullReview>, ForgeProblem> {
        let path = self.path(&format!("/pulls/{number}/reviews?per_page=100"));
        self.client.pages("reading reviews", &path, Paging::LINK)
    }

    fn may_write(&self, login: &str, association: &str) -> Result<bool, ForgeProblem> {
        let path = self.path(&format!("/collaborators/{}/permission", percent_encode(login)));
        match self.client.get::<Permission>("asking what a reviewer may do", &path) {
            Ok(found) => Ok(matches!(found.permission.as_str(), "admin" | "maintain" | "write")),
            Err(ForgeProblem::NotFound { .. }) => Ok(false),
            // Who may not ask goes by what GitHub says of everybody.
            Err(ForgeProblem::Forbidden { .. }) => {
                Ok(matches!(association, "OWNER" | "MEMBER" | "COLLABORATOR"))
            }
            Err(problem) => Err(problem),
        }
    }
}
