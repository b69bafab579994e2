//! What Gitea and Forgejo answer, as far as it is read. Lists that are empty may be null, and what older versions do not have is missing.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// A pull request; lists have all of it but who merged it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) html_url: String,
    pub(super) state: String,
    pub(super) title: String,
    #[serde(default)]
    pub(super) body: String,
    #[serde(default)]
    pub(super) draft: bool,
    pub(super) head: Branch,
    pub(super) base: Branch,
    /// Not while it is looked at, with conflicts, and of a draft.
    #[serde(default)]
    pub(super) mergeable: bool,
    pub(super) merged: bool,
    pub(super) merge_commit_sha: Option<String>,
    pub(super) merged_by: Option<User>,
    #[serde(default, deserialize_with = "list")]
    pub(super) labels: Vec<Label>,
    #[serde(default, deserialize_with = "list")]
    pub(super) assignees: Vec<User>,
    pub(super) milestone: Option<Milestone>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) closed_at: Option<Timestamp>,
}

/// One side of a pull request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Branch {
    /// The branch's name, even when it is gone; its `ref` is another then.
    pub(super) label: String,
    pub(super) sha: String,
    /// Less than one where the fork is gone.
    pub(super) repo_id: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Label {
    pub(super) id: u64,
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Milestone {
    pub(super) id: u64,
    pub(super) title: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) login: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Team {
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Repository {
    pub(super) default_merge_style: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) html_url: String,
    pub(super) body: String,
}

/// Something that happened to a pull request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) user: Option<User>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct CommitStatus {
    pub(super) context: String,
    #[serde(rename = "status")]
    pub(super) state: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) target_url: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PullReview {
    /// None of a team that was asked.
    pub(super) user: Option<User>,
    pub(super) team: Option<Team>,
    pub(super) state: String,
    pub(super) commit_id: Option<String>,
    #[serde(default)]
    pub(super) stale: bool,
    /// Whether the word counts: of somebody who may write, or whom the branch's protection names.
    #[serde(default)]
    pub(super) official: bool,
    #[serde(default)]
    pub(super) dismissed: bool,
}

fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
