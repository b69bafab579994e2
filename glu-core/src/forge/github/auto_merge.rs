//! Merging as soon as the rules allow. GitHub refuses to wait for what is there already: such a pull request is merged at once.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::super::ForgeProblem;
use super::super::client::Method;
use super::super::dialect::Merging;
use super::GitHub;
use super::graphql::Document;

pub(super) const STATE: Document = Document {
    text: "query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { \
           autoMergeAllowed viewerDefaultMergeMethod pullRequest(number: $number) { \
           id state isDraft headRefOid mergeStateStatus autoMergeRequest { enabledAt } } } }",
    is_repeatable: true,
};

pub(super) const ENABLE: Document = Document {
    text: "mutation($pull: ID!, $method: PullRequestMergeMethod!) { \
           enablePullRequestAutoMerge(input: {pullRequestId: $pull, mergeMethod: $method}) { pullRequest { id } } }",
    is_repeatable: true,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    auto_merge_allowed: bool,
    /// `MERGE`, `SQUASH` or `REBASE`: one that the repository allows.
    viewer_default_merge_method: String,
    pull_request: Option<PullRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullRequest {
    id: String,
    state: String,
    is_draft: bool,
    head_ref_oid: String,
    merge_state_status: String,
    auto_merge_request: Option<IgnoredAny>,
}

impl Merging for GitHub {
    fn merge_when_ready(&self, number: u64) -> Result<(), ForgeProblem> {
        let doing = "setting a proposal to merge by itself";
        let variables = json!({"owner": self.owner, "name": self.name, "number": number});
        let mut data = self.graphql(doing, &STATE, &variables)?;
        let repository: Option<Repository> =
            serde_json::from_value(data["repository"].take()).map_err(|error| ForgeProblem::Unavailable {
                doing: doing.to_owned(),
                reason: format!("the answer is not what is documented: {error}"),
            })?;
        let not_found = || ForgeProblem::NotFound { doing: doing.to_owned() };
        let mut repository = repository.ok_or_else(not_found)?;
        let pull = repository.pull_request.take().ok_or_else(not_found)?;
        if pull.auto_merge_request.is_some() || pull.state == "MERGED" {
            return Ok(());
        }
        let invalid =
            |reason: &str| ForgeProblem::Invalid { doing: doing.to_owned(), reason: reason.to_owned() };
        if pull.is_draft {
            return Err(invalid("it is a draft"));
        }
        // `HAS_HOOKS` merges as `CLEAN` does; `UNSTABLE` is clean but for checks that nobody requires.
        if matches!(pull.merge_state_status.as_str(), "CLEAN" | "HAS_HOOKS" | "UNSTABLE") {
            return self.merge(number, &repository, &pull);
        }
        if !repository.auto_merge_allowed {
            return Err(invalid("the repository's settings do not allow auto-merge"));
        }
        let variables = json!({"pull": pull.id, "method": repository.viewer_default_merge_method});
        match self.graphql(doing, &ENABLE, &variables) {
            // It became so in the meantime.
            Err(ForgeProblem::Invalid { reason, .. }) if is_ready(&reason) => {
                self.merge(number, &repository, &pull)
            }
            answer => answer.map(drop),
        }
    }
}

impl GitHub {
    /// Merges what is at the commit that was looked at, and nothing newer.
    fn merge(&self, number: u64, repository: &Repository, pull: &PullRequest) -> Result<(), ForgeProblem> {
        let path = self.path(&format!("/pulls/{number}/merge"));
        let method = repository.viewer_default_merge_method.to_lowercase();
        let body = json!({"sha": pull.head_ref_oid, "merge_method": method});
        self.client.send::<Value>("merging a proposal", Method::Put, &path, &body)?;
        Ok(())
    }
}

fn is_ready(reason: &str) -> bool {
    reason.contains("clean status") || reason.contains("unstable status")
}
