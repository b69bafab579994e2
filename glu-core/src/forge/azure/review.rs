//! What people say of a pull request: votes. Azure DevOps keeps them when something is pushed, unless a policy resets them, so what they were given
//! to is read from its own notes about votes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::dialect::Reviews;
use super::super::{ForgeProblem, Review, ReviewVerdict};
use super::AzureDevOps;
use super::wire::{Identity, Iteration};

impl Reviews for AzureDevOps {
    fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeProblem> {
        let pull = self.pull(number)?;
        let is_decisive = |reviewer: &Identity| !reviewer.is_container && reviewer.vote != 0;
        let seen = match pull.reviewers.iter().any(is_decisive) {
            true => self.seen(number)?,
            false => BTreeMap::new(),
        };
        let review = |reviewer: &Identity| {
            let verdict = match reviewer.vote {
                // What a group says is what its members said, who are reviewers then.
                _ if reviewer.is_container && reviewer.vote != 0 => return None,
                0 if reviewer.has_declined => return None,
                0 => ReviewVerdict::Requested,
                // 10, and 5 with suggestions; -5 waits for the author, -10 rejects.
                1.. => ReviewVerdict::Approved,
                _ => ReviewVerdict::ChangesRequested,
            };
            let commit = seen.get(&reviewer.id).filter(|_| verdict != ReviewVerdict::Requested);
            Some(Review { reviewer: reviewer.login(), verdict, commit: commit.cloned() })
        };
        let mut reviews: Vec<Review> = pull.reviewers.iter().filter_map(review).collect();
        reviews.sort_by(|one, other| one.reviewer.cmp(&other.reviewer));
        Ok(reviews)
    }
}

impl AzureDevOps {
    /// The pushes of a pull request, the oldest first.
    pub(super) fn iterations(&self, number: u64) -> Result<Vec<Iteration>, ForgeProblem> {
        let path = self.path(&format!("/pullRequests/{number}/iterations"));
        let mut all: Vec<Iteration> = self.list("reading what was pushed to a proposal", &path)?;
        all.sort_by_key(|iteration| iteration.id);
        Ok(all)
    }

    /// The commit that each voter's last vote was given to, by their identifiers, where it can be told.
    fn seen(&self, number: u64) -> Result<BTreeMap<String, String>, ForgeProblem> {
        let iterations = self.iterations(number)?;
        let mut last: BTreeMap<String, Timestamp> = BTreeMap::new();
        for thread in self.threads("reading votes", number)? {
            let property = |name: &str| thread.properties.as_ref()?.get(name)?.get("$value")?.as_str();
            let author = thread.comments.first().and_then(|comment| comment.author.as_ref());
            let (Some("VoteUpdate"), Some(author), Some(at)) =
                (property("CodeReviewThreadType"), author, thread.published_date)
            else {
                continue;
            };
            let known = last.entry(author.id.clone()).or_insert(at);
            *known = at.max(*known);
        }
        let commit_at = |at: Timestamp| {
            let before = |iteration: &&Iteration| iteration.created_date.is_some_and(|created| created <= at);
            Some(iterations.iter().rfind(before)?.source_ref_commit.as_ref()?.commit_id.clone())
        };
        Ok(last.into_iter().filter_map(|(voter, at)| Some((voter, commit_at(at)?))).collect())
    }
}
