//! Drafts: REST can open one, but not make one of a proposal or a proposal of one.

use serde_json::json;

use super::super::ForgeProblem;
use super::GitHub;
use super::graphql::Document;

pub(super) const DRAFT: Document = Document {
    text: "mutation($pull: ID!) { convertPullRequestToDraft(input: {pullRequestId: $pull}) { pullRequest { isDraft } } }",
    is_repeatable: true,
};

pub(super) const READY: Document = Document {
    text: "mutation($pull: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $pull}) { pullRequest { isDraft } } }",
    is_repeatable: true,
};

impl GitHub {
    pub(super) fn set_draft(&self, node: &str, draft: bool) -> Result<(), ForgeProblem> {
        let (doing, document) = match draft {
            true => ("making a proposal a draft", &DRAFT),
            false => ("making a draft a proposal", &READY),
        };
        self.graphql(doing, document, &json!({"pull": node}))?;
        Ok(())
    }
}
