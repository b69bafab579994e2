//! What Bitbucket Cloud answers, as far as it is read. Everything that may be missing may be missing.

use jiff::Timestamp;
use serde::Deserialize;

/// A pull request. Lists leave out who reviews it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pull {
    pub(super) id: u64,
    pub(super) title: String,
    pub(super) summary: Option<Markup>,
    pub(super) state: String,
    pub(super) draft: Option<bool>,
    pub(super) queued: Option<bool>,
    pub(super) close_source_branch: Option<bool>,
    pub(super) source: Endpoint,
    pub(super) destination: Endpoint,
    pub(super) merge_commit: Option<Commit>,
    /// Who merged or declined it.
    pub(super) closed_by: Option<User>,
    #[serde(default)]
    pub(super) reviewers: Vec<User>,
    #[serde(default)]
    pub(super) participants: Vec<Participant>,
    pub(super) links: Links,
}

/// A text as it was written, among the forms it is shown in.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Markup {
    #[serde(default)]
    pub(super) raw: String,
}

/// One side of a pull request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Endpoint {
    pub(super) branch: Option<Branch>,
    pub(super) commit: Option<Commit>,
    /// None where the fork is gone.
    pub(super) repository: Option<Repository>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Branch {
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Commit {
    pub(super) hash: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Repository {
    pub(super) full_name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) uuid: Option<String>,
    pub(super) account_id: Option<String>,
    /// Programs have none.
    pub(super) nickname: Option<String>,
    pub(super) display_name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Participant {
    /// None where the account is gone.
    pub(super) user: Option<User>,
    #[serde(default)]
    pub(super) role: String,
    /// `approved`, `changes_requested`, or nothing.
    pub(super) state: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Member {
    pub(super) user: User,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Links {
    pub(super) html: Link,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Link {
    pub(super) href: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) deleted: Option<bool>,
    pub(super) content: Option<Markup>,
    pub(super) links: Links,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct BuildStatus {
    pub(super) key: String,
    pub(super) name: Option<String>,
    pub(super) state: String,
    pub(super) description: Option<String>,
    pub(super) url: Option<String>,
    pub(super) updated_on: Option<Timestamp>,
}
