//! The configuration as types: one struct a section, every key optional, nothing resolved yet.

use std::collections::BTreeMap;
use std::path::PathBuf;

use glu_core::credential::Secret;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A configuration file with the environment on top.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the pipelines program is.
    pub program: Program,
    /// What pipelines read from and write to.
    pub sources: Sources,
    /// How to sign in, by name.
    pub credentials: BTreeMap<String, CredentialConfig>,
    /// Who writes commits.
    pub commit: Commit,
    /// Where bare clones are kept.
    pub cache: Option<PathBuf>,
    /// What is logged, and how.
    pub log: Log,
    /// Where the server listens. Reserved for the server.
    pub server: Server,
    /// What the server measures. Reserved for the server.
    pub metrics: Metrics,
    /// Where the Go project kept its history. Accepted and without effect: history is in git.
    pub history: History,
    /// Where the ledger is kept.
    pub ledger: LedgerConfig,
    /// Whom to tell what happened, by name.
    pub notifications: BTreeMap<String, NotificationConfig>,
}

impl Config {
    /// Types a value. One that passed validation always fits.
    pub(super) fn from_value(value: Value) -> Result<Self, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }
}

/// Where the pipelines program is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Program {
    /// The directory of the pipelines crate.
    pub package: Option<PathBuf>,
    /// A program that is built already.
    pub binary: Option<PathBuf>,
}

/// Sources by kind and name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sources {
    /// Git repositories.
    pub git: BTreeMap<String, GitSource>,
    /// OCI repositories.
    pub oci: BTreeMap<String, OciSource>,
}

/// A git repository.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GitSource {
    /// A repository on this machine.
    pub path: Option<PathBuf>,
    /// The branch phases live on unless they name another.
    pub default_branch: Option<String>,
    /// The remote that holds the truth.
    pub remote: Option<RemoteConfig>,
    /// How proposals are opened.
    pub proposals: Proposals,
}

/// A git remote.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoteConfig {
    /// Its name; `origin` unless set.
    pub name: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// The credential to sign in with, by name.
    pub credential: Option<String>,
    /// Extra certificate authorities, PEM.
    pub ca_cert_path: Option<PathBuf>,
    /// Skips certificate checks.
    pub insecure_skip_tls: Option<bool>,
}

/// How proposals are opened.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Proposals {
    /// The credential for the forge, by name.
    pub credential: Option<String>,
    /// Which kind of forge it is.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Where its API is.
    pub url: Option<String>,
}

/// An OCI repository.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OciSource {
    /// Which image: a registry's repository with a tag or digest, or an image layout on disk.
    pub reference: Option<String>,
    /// The credential to sign in with, by name.
    pub credential: Option<String>,
    /// The name images have in manifests, for a layout.
    pub name: Option<String>,
    /// Speaks plain HTTP.
    pub insecure_http: Option<bool>,
    /// Extra certificate authorities, PEM.
    pub ca_cert_path: Option<PathBuf>,
}

/// How to sign in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CredentialConfig {
    /// Which kind it is; told by the one kind that has keys unless set.
    #[serde(rename = "type")]
    pub kind: Option<CredentialType>,
    /// A user name and a password.
    pub basic: Option<Basic>,
    /// An ssh key.
    pub ssh: Option<Ssh>,
    /// A bearer token.
    pub access_token: Option<AccessToken>,
    /// A GitHub App installation.
    pub github_app: Option<GithubApp>,
}

/// The kinds of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialType {
    /// A user name and a password.
    Basic,
    /// An ssh key.
    Ssh,
    /// A bearer token.
    AccessToken,
    /// A GitHub App installation.
    GithubApp,
    /// Whatever `docker login` left behind.
    DockerLocal,
}

/// A user name and a password.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Basic {
    /// The user name.
    pub username: Option<String>,
    /// The password.
    #[serde(deserialize_with = "secret")]
    pub password: Option<Secret>,
}

/// An ssh key.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ssh {
    /// The user at the remote.
    pub user: Option<String>,
    /// What unlocks the key.
    #[serde(deserialize_with = "secret")]
    pub password: Option<Secret>,
    /// The key's text.
    #[serde(deserialize_with = "secret")]
    pub private_key_bytes: Option<Secret>,
    /// The key's file.
    pub private_key_path: Option<PathBuf>,
    /// Accepts any host key.
    pub insecure_ignore_host_key: Option<bool>,
}

/// A bearer token, written as a plain string.
#[derive(Debug, Clone)]
pub struct AccessToken(pub Secret);

impl<'de> Deserialize<'de> for AccessToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|token| Self(Secret::new(token)))
    }
}

/// A GitHub App installation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GithubApp {
    /// The App's number.
    pub app_id: Option<u64>,
    /// The installation's number.
    pub installation_id: Option<u64>,
    /// The App's private key, PEM.
    #[serde(deserialize_with = "secret")]
    pub private_key_bytes: Option<Secret>,
    /// The App's private key as a file.
    pub private_key_path: Option<PathBuf>,
}

/// Who writes commits.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Commit {
    /// The name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether commits are signed; without, as git's `commit.gpgsign` says.
    pub sign: Option<bool>,
    /// Whether commits are signed off.
    pub sign_off: Option<bool>,
    /// Who else takes part, each as `Name <address>`.
    pub co_authors: Option<Vec<String>>,
    /// Whether the forge makes the commits, and signs them.
    pub through_forge: Option<bool>,
}

/// What is logged, and how.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least important level that is shown.
    pub level: Option<String>,
    /// The shape of a line.
    pub encoding: Option<String>,
}

/// Where the server listens.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// `http` or `https`.
    pub protocol: Option<String>,
    /// The certificate, PEM.
    pub cert_file: Option<PathBuf>,
    /// The certificate's key, PEM.
    pub key_file: Option<PathBuf>,
}

/// What the server measures.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Whether anything is measured.
    pub enabled: Option<bool>,
    /// Where measurements go.
    pub exporter: Option<String>,
}

/// Where the Go project kept its history.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct History {
    /// The kind of store.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The store in a file.
    pub file: HistoryFile,
}

/// A history in a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryFile {
    /// The file.
    pub path: Option<PathBuf>,
}

/// Where the ledger is kept.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LedgerConfig {
    /// Which kind it is; told by the one kind that has keys unless set.
    #[serde(rename = "type")]
    pub kind: Option<LedgerType>,
    /// A ledger on a ref of a git repository.
    pub git: LedgerGit,
    /// A ledger in a file.
    pub file: LedgerFile,
}

/// The kinds of ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerType {
    /// On a ref of a git repository.
    Git,
    /// In a file.
    File,
    /// Nowhere: it ends with the process.
    Memory,
}

/// A ledger on a ref of a git repository.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LedgerGit {
    /// The git source, by name.
    pub source: Option<String>,
    /// A branch, or a ref outside `refs/heads/` by its full name.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
}

/// A ledger in a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LedgerFile {
    /// The file.
    pub path: Option<PathBuf>,
}

/// Whom to tell what happened.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationConfig {
    /// How.
    #[serde(rename = "type")]
    pub kind: Option<NotificationType>,
    /// The address of a webhook, which is a secret.
    #[serde(deserialize_with = "secret")]
    pub url: Option<Secret>,
    /// What a webhook is signed with.
    #[serde(deserialize_with = "secret")]
    pub secret: Option<Secret>,
    /// Further headers of a webhook, as `Name: value`; any of them may be a secret.
    #[serde(deserialize_with = "secrets")]
    pub headers: Option<Vec<Secret>>,
    /// The program and its arguments.
    pub command: Option<Vec<String>>,
    /// Of what.
    pub events: Option<Vec<String>>,
    /// Of which phases.
    pub phases: Option<Vec<String>>,
}

/// The ways to tell somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationType {
    /// A Slack incoming webhook, or what takes the same.
    Slack,
    /// A request with JSON.
    Webhook,
    /// A program.
    Command,
}

fn secrets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Secret>>, D::Error> {
    let texts = Option::<Vec<String>>::deserialize(deserializer)?;
    Ok(texts.map(|texts| texts.into_iter().map(Secret::new).collect()))
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}
