//! What Bitbucket Data Center answers, as far as it is read. Everything that may be missing may be missing.

use serde::Deserialize;

/// A pull request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pull {
    pub(super) id: u64,
    pub(super) version: u64,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) state: String,
    /// Since 8.18.
    pub(super) draft: Option<bool>,
    pub(super) from_ref: Reference,
    pub(super) to_ref: Reference,
    #[serde(default)]
    pub(super) reviewers: Vec<Participant>,
    #[serde(default)]
    pub(super) participants: Vec<Participant>,
    pub(super) links: Option<Links>,
}

/// One side of a pull request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference {
    /// `refs/heads/main`.
    pub(super) id: String,
    pub(super) latest_commit: Option<String>,
    pub(super) repository: Option<Repository>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Repository {
    pub(super) slug: String,
    pub(super) project: Project,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Project {
    pub(super) key: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Participant {
    pub(super) user: User,
    /// `APPROVED`, `NEEDS_WORK` or `UNAPPROVED`.
    pub(super) status: Option<String>,
    pub(super) last_reviewed_commit: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Links {
    #[serde(default, rename = "self")]
    pub(super) own: Vec<Link>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Link {
    pub(super) href: String,
}

/// Something that happened to a pull request; lists have the newest first.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Activity {
    pub(super) action: String,
    pub(super) user: Option<User>,
    /// What was said.
    pub(super) comment: Option<Comment>,
    /// What was merged.
    pub(super) commit: Option<Commit>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) version: u64,
    #[serde(default)]
    pub(super) text: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Commit {
    pub(super) id: String,
    /// In milliseconds.
    pub(super) committer_timestamp: Option<i64>,
}

/// Whether it may be merged.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mergeability {
    #[serde(default)]
    pub(super) can_merge: bool,
    #[serde(default)]
    pub(super) conflicted: bool,
    pub(super) outcome: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BuildStatus {
    pub(super) key: String,
    pub(super) name: Option<String>,
    pub(super) state: String,
    pub(super) description: Option<String>,
    pub(super) url: Option<String>,
    /// In milliseconds.
    pub(super) date_added: Option<i64>,
}
