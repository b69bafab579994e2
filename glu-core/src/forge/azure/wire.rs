//! What Azure DevOps answers, as far as it is read. Everything that may be missing may be missing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// A pull request, as lists and single ones have it. Lists cut its description.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pull {
    pub(super) pull_request_id: u64,
    pub(super) status: String,
    pub(super) title: String,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) is_draft: bool,
    pub(super) source_ref_name: String,
    pub(super) target_ref_name: String,
    pub(super) merge_status: Option<String>,
    pub(super) last_merge_source_commit: Option<Commit>,
    pub(super) last_merge_commit: Option<Commit>,
    pub(super) auto_complete_set_by: Option<Identity>,
    pub(super) completion_options: Option<CompletionOptions>,
    pub(super) closed_by: Option<Identity>,
    #[serde(default)]
    pub(super) labels: Vec<Label>,
    #[serde(default)]
    pub(super) reviewers: Vec<Identity>,
    pub(super) repository: Repository,
    /// Only where its branch is one of a fork.
    pub(super) fork_source: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Commit {
    pub(super) commit_id: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompletionOptions {
    pub(super) merge_strategy: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Repository {
    pub(super) id: String,
    pub(super) project: Project,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Project {
    pub(super) id: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Label {
    pub(super) name: String,
    pub(super) active: Option<bool>,
}

/// Somebody, or a group; as a reviewer with a vote.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identity {
    pub(super) id: String,
    #[serde(default)]
    pub(super) display_name: String,
    pub(super) unique_name: Option<String>,
    #[serde(default)]
    pub(super) is_container: bool,
    #[serde(default)]
    pub(super) vote: i32,
    #[serde(default)]
    pub(super) has_declined: bool,
}

/// A branch.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference {
    pub(super) name: String,
    pub(super) object_id: String,
}

/// What was pushed to a pull request at one time.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Iteration {
    pub(super) id: u64,
    pub(super) created_date: Option<Timestamp>,
    pub(super) source_ref_commit: Option<Commit>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thread {
    pub(super) id: u64,
    pub(super) published_date: Option<Timestamp>,
    #[serde(default)]
    pub(super) is_deleted: bool,
    #[serde(default)]
    pub(super) comments: Vec<Comment>,
    /// What the forge says of threads of its own, each as `{"$type": ..., "$value": ...}`.
    pub(super) properties: Option<BTreeMap<String, Value>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Comment {
    pub(super) id: u64,
    pub(super) content: Option<String>,
    #[serde(default)]
    pub(super) is_deleted: bool,
    pub(super) author: Option<Identity>,
}

/// A status of a commit or of a pull request.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GitStatus {
    pub(super) id: u64,
    pub(super) state: String,
    pub(super) description: Option<String>,
    pub(super) target_url: Option<String>,
    pub(super) context: Context,
    /// Only of a pull request's, where it is meant of one push.
    pub(super) iteration_id: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Context {
    pub(super) name: String,
    pub(super) genre: Option<String>,
}

/// What a branch's policy says of a pull request.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Evaluation {
    pub(super) status: Option<String>,
    pub(super) configuration: Configuration,
    pub(super) context: Option<Value>,
}

/// A branch's policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Configuration {
    #[serde(default)]
    pub(super) is_enabled: bool,
    #[serde(default)]
    pub(super) is_deleted: bool,
    #[serde(rename = "type")]
    pub(super) kind: PolicyType,
    #[serde(default)]
    pub(super) settings: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyType {
    pub(super) id: String,
    #[serde(default)]
    pub(super) display_name: String,
}

/// Somebody as the directory knows them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Person {
    pub(super) id: String,
    #[serde(default)]
    pub(super) provider_display_name: String,
    pub(super) custom_display_name: Option<String>,
    #[serde(default)]
    pub(super) is_container: bool,
    pub(super) is_active: Option<bool>,
    #[serde(default)]
    pub(super) properties: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Team {
    pub(super) id: String,
}

/// Who asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionData {
    pub(super) authenticated_user: Myself,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Myself {
    pub(super) id: String,
}

impl Identity {
    /// What people call them: a login, or `team/NAME`.
    pub(super) fn login(&self) -> String {
        if self.is_container {
            return format!("team/{}", self.team());
        }
        match &self.unique_name {
            Some(name) if !name.trim().is_empty() => name.clone(),
            _ => self.display_name.clone(),
        }
    }

    /// A group's name without the project that stands before it: `[shop]\platform`.
    pub(super) fn team(&self) -> &str {
        self.display_name.rsplit('\\').next().unwrap_or_default()
    }
}
