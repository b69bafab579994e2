//! What GitHub answers, as far as it is read. Everything that may be missing may be missing.

use jiff::Timestamp;
use serde::Deserialize;

/// A pull request, as lists and single ones have it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) node_id: String,
    pub(super) html_url: String,
    pub(super) state: String,
    pub(super) title: String,
    pub(super) body: Option<String>,
    #[serde(default)]
    pub(super) draft: bool,
    pub(super) head: Branch,
    pub(super) base: Branch,
    pub(super) merged_at: Option<Timestamp>,
    pub(super) merge_commit_sha: Option<String>,
    pub(super) auto_merge: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    pub(super) labels: Vec<Label>,
    pub(super) milestone: Option<Milestone>,
    pub(super) assignees: Option<Vec<User>>,
    pub(super) requested_reviewers: Option<Vec<User>>,
    pub(super) requested_teams: Option<Vec<Team>>,
    /// Only where it was asked for by its number; none while GitHub has not found out.
    pub(super) mergeable: Option<bool>,
    /// Only where it was asked for by its number.
    pub(super) merged_by: Option<User>,
}

/// One side of a pull request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Branch {
    #[serde(rename = "ref")]
    pub(super) name: String,
    pub(super) sha: String,
    /// None where the fork is gone.
    pub(super) repo: Option<Repository>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Repository {
    pub(super) full_name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Label {
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Milestone {
    pub(super) number: u64,
    pub(super) title: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) login: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Team {
    pub(super) slug: String,
}

/// An issue, which every pull request is as well.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Issue {
    pub(super) closed_by: Option<User>,
    pub(super) assignees: Option<Vec<User>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) html_url: String,
    pub(super) body: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct CommitStatus {
    pub(super) context: String,
    pub(super) state: String,
    pub(super) description: Option<String>,
    pub(super) target_url: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct CheckRun {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) conclusion: Option<String>,
    pub(super) html_url: Option<String>,
    pub(super) output: CheckOutput,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct CheckOutput {
    pub(super) title: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PullReview {
    /// None where the account is gone.
    pub(super) user: Option<User>,
    pub(super) state: String,
    pub(super) commit_id: Option<String>,
    #[serde(default)]
    pub(super) author_association: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Permission {
    pub(super) permission: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct DeploymentMade {
    pub(super) id: u64,
}
