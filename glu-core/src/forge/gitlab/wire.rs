//! What GitLab answers, as far as it is read. Everything that may be missing in some version may be missing.

use serde::Deserialize;

/// A merge request, as lists and single ones have it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct MergeRequest {
    pub(super) iid: u64,
    pub(super) web_url: String,
    /// `opened`, `closed`, `merged`, or `locked` for the moment in which it is merged.
    pub(super) state: String,
    pub(super) title: String,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) draft: bool,
    pub(super) source_branch: String,
    pub(super) target_branch: String,
    /// None where the fork is gone.
    pub(super) source_project_id: Option<u64>,
    pub(super) target_project_id: u64,
    /// None where the branch has no commit.
    pub(super) sha: Option<String>,
    pub(super) merge_commit_sha: Option<String>,
    pub(super) squash_commit_sha: Option<String>,
    pub(super) merge_user: Option<User>,
    /// What `merge_user` was called before GitLab 14.7.
    pub(super) merged_by: Option<User>,
    pub(super) closed_by: Option<User>,
    #[serde(default)]
    pub(super) has_conflicts: Option<bool>,
    #[serde(default)]
    pub(super) merge_status: String,
    /// In more words, since GitLab 15.6.
    #[serde(default)]
    pub(super) detailed_merge_status: String,
    #[serde(default)]
    pub(super) merge_when_pipeline_succeeds: bool,
    #[serde(default)]
    pub(super) labels: Vec<String>,
    pub(super) milestone: Option<Milestone>,
    pub(super) assignees: Option<Vec<User>>,
    pub(super) reviewers: Option<Vec<User>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) username: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Milestone {
    pub(super) id: u64,
    pub(super) title: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Note {
    pub(super) id: u64,
    pub(super) body: String,
    /// Whether GitLab itself says it.
    #[serde(default)]
    pub(super) system: bool,
}

/// A job, a bridge to another pipeline, or what somebody else has said.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct CommitStatus {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) description: Option<String>,
    pub(super) target_url: Option<String>,
    #[serde(default)]
    pub(super) allow_failure: bool,
    pub(super) pipeline_id: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pipeline {
    pub(super) id: u64,
    pub(super) status: String,
    pub(super) web_url: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Approvals {
    #[serde(default)]
    pub(super) approved_by: Vec<Approval>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Approval {
    pub(super) user: User,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Reviewer {
    pub(super) user: User,
    /// `unreviewed`, `review_started`, `reviewed`, `requested_changes`, `approved` or `unapproved`.
    #[serde(default)]
    pub(super) state: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Deployed {
    pub(super) id: u64,
    pub(super) sha: String,
    pub(super) status: String,
    pub(super) environment: Option<Environment>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Environment {
    pub(super) id: u64,
    pub(super) external_url: Option<String>,
}
