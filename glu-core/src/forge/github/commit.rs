//! Commits through the API, which GitHub signs itself: those of an App show as verified.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::dialect::Commits;
use super::super::{ForgeCommit, ForgeProblem};
use super::GitHub;
use super::graphql::Document;

pub(super) const COMMIT: Document = Document {
    text: "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }",
    // The parent it names is there once.
    is_repeatable: true,
};

impl Commits for GitHub {
    fn makes_commits(&self) -> bool {
        true
    }

    fn commit(&self, commit: &ForgeCommit) -> Result<String, ForgeProblem> {
        let doing = "committing through the API";
        let (headline, body) = commit.message.split_once('\n').unwrap_or((&commit.message, ""));
        let (mut additions, mut deletions) = (Vec::new(), Vec::new());
        for (path, content) in &commit.files {
            match content {
                Some(content) => additions.push(json!({"path": path, "contents": STANDARD.encode(content)})),
                None => deletions.push(json!({"path": path})),
            }
        }
        let input = json!({
            "branch": {
                "repositoryNameWithOwner": format!("{}/{}", self.owner, self.name),
                "branchName": commit.branch,
            },
            "expectedHeadOid": commit.parent,
            "message": {"headline": headline, "body": body.trim_start_matches('\n')},
            "fileChanges": {"additions": additions, "deletions": deletions},
        });
        let data = self.graphql(doing, &COMMIT, &json!({"input": input}))?;
        match data.pointer("/createCommitOnBranch/commit/oid") {
            Some(Value::String(id)) => Ok(id.clone()),
            _ => Err(ForgeProblem::Unavailable {
                doing: doing.to_owned(),
                reason: "the answer names no commit".to_owned(),
            }),
        }
    }
}
