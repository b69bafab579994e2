//! What people say of a pull request.

use std::collections::BTreeMap;

use super::super::dialect::Reviews;
use super::super::{ForgeProblem, Review, ReviewVerdict};
use super::wire::PullReview;
use super::{Gitea, PAGES};

impl Reviews for Gitea {
    /// The last decisive word of each whose word counts. One that was dismissed leaves none, nor does an approval of what has changed since; that
    /// somebody wants it otherwise stays, as in the forge's own rules.
    fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeProblem> {
        let mut last: BTreeMap<String, PullReview> = BTreeMap::new();
        let mut asked: Vec<String> = Vec::new();
        for review in self.pull_reviews(number)? {
            match (review.state.as_str(), &review.team, &review.user) {
                ("REQUEST_REVIEW", Some(team), _) => asked.push(format!("team/{}", team.name)),
                ("REQUEST_REVIEW", None, Some(user)) => asked.push(user.login.clone()),
                ("APPROVED" | "REQUEST_CHANGES", _, Some(user)) => {
                    last.insert(user.login.clone(), review);
                }
                _ => {}
            }
        }
        let mut reviews: Vec<Review> = Vec::new();
        for (reviewer, review) in last {
            let verdict = match review.state.as_str() {
                _ if review.dismissed || !review.official => continue,
                "APPROVED" if review.stale => continue,
                "APPROVED" => ReviewVerdict::Approved,
                _ => ReviewVerdict::ChangesRequested,
            };
            reviews.push(Review { reviewer, verdict, commit: review.commit_id.filter(|id| !id.is_empty()) });
        }
        for reviewer in asked {
            if !reviews.iter().any(|review| review.reviewer == reviewer) {
                reviews.push(Review { reviewer, verdict: ReviewVerdict::Requested, commit: None });
            }
        }
        Ok(reviews)
    }
}

impl Gitea {
    /// All reviews in their order, and who was asked for one.
    pub(super) fn pull_reviews(&self, number: u64) -> Result<Vec<PullReview>, ForgeProblem> {
        let path = self.path(&format!("/pulls/{number}/reviews?limit=50"));
        self.client.pages("reading reviews", &path, PAGES)
    }
}
