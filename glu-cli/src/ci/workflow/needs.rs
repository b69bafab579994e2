//! What the jobs of a workflow need besides the right to push: what they ask of the forge with the system's token, and the secrets of the configuration.
//!
//! It goes by the pipelines and by what is written in the configuration's file, never by the variables around, so that a check in CI compares with the same.

use std::collections::BTreeSet;

use glu_core::credential::Credential;
use glu_core::gate::Gate;
use glu_core::model::{Phase, Pipeline, Source, System};
use glu_core::rollout::Rollout;
use glu_core::settings::Settings;
use serde_json::Value;

use super::capitals;
use crate::config::{CredentialConfig, CredentialType, Loaded, NotificationType};

/// What a token does everywhere but in moves.
pub(super) const COMMENTS: &str = "comments on pull requests";

/// What jobs need besides the right to push. What a credential of the configuration is there for is not among it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// They open pull requests.
    pub proposals: bool,
    /// They tell the forge of states: by statuses, and by deployments where it has them.
    pub announcements: bool,
    /// They ask what the forge says of a change, for gates.
    pub answers: bool,
    /// They have the forge make the commits.
    pub commits: bool,
    /// The configuration says how to sign in to every git remote.
    pub signs_in: bool,
    /// The variables with what the configuration's file leaves to them.
    pub secrets: Vec<String>,
}

impl Needs {
    /// The needs of pipelines, by a configuration and what its file says.
    pub(crate) fn of(system: &System, loaded: &Loaded, written: &Value) -> Self {
        let settings = &loaded.settings;
        let mut needs = Self {
            signs_in: !settings.git.is_empty() && settings.git.values().all(has_credential),
            secrets: secrets(loaded, written).into_iter().collect(),
            ..Self::default()
        };
        for (pipeline, phase) in
            system.pipelines().flat_map(|all| all.phases.iter().map(move |one| (all, one)))
        {
            let is_here = by_token(phase, settings);
            needs.proposals |= is_here && phase.proposing.is_some();
            needs.announcements |= is_here && phase.tells_forge.is_some();
            needs.commits |= is_here && settings.commit.through_forge;
            needs.answers |= asks(pipeline, phase, settings);
        }
        needs
    }

    /// Whether jobs that move something speak with the forge by the system's token.
    pub fn asks_forge(&self) -> bool {
        self.proposals || self.announcements || self.answers || self.commits
    }

    /// What a token for the forge does, as the end of a sentence, after what it does besides.
    pub(super) fn tasks(&self, besides: &str) -> String {
        let tasks = [
            (true, besides),
            (self.proposals, "opens pull requests"),
            (self.announcements, "notes statuses and deployments"),
            (self.answers, "reads statuses and reviews"),
            (self.commits, "makes commits"),
        ];
        let tasks: Vec<&str> = tasks.iter().filter(|(does, _)| *does).map(|(_, task)| *task).collect();
        match tasks.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    }
}

/// Whether a phase is in a repository for whose forge no credential is configured, so that the system's token is taken.
fn by_token(phase: &Phase, settings: &Settings) -> bool {
    let Source::Git { source, .. } = &phase.source else { return false };
    let Some(name) = source.as_deref().or_else(|| settings.default_git()) else { return true };
    let of_forge = settings.forges.get(name).is_some_and(|forge| forge.credential.is_some());
    let remote = settings.git.get(name).and_then(|git| git.remote.as_ref());
    let of_remote = remote.and_then(|remote| remote.credential.as_ref());
    // Other credentials of a remote are for git alone.
    let speaks = matches!(of_remote, Some(Credential::AccessToken(_) | Credential::GithubApp { .. }));
    !of_forge && !speaks
}

/// Whether a gate of a phase asks a forge there, about the phase itself or about what feeds it.
fn asks(pipeline: &Pipeline, phase: &Phase, settings: &Settings) -> bool {
    let own = phase.gates.iter().chain(&phase.verification);
    let steps = phase.rollout.iter().flat_map(Rollout::asked);
    let mut asked = std::iter::once(phase).chain(pipeline.upstreams(&phase.name));
    own.chain(steps).any(Gate::asks_forge) && asked.any(|phase| by_token(phase, settings))
}

fn has_credential(git: &glu_core::settings::GitSettings) -> bool {
    git.remote.as_ref().is_some_and(|remote| remote.credential.is_some())
}

/// The variables with what the file leaves to them: of credentials that it has or names, and the addresses of whom it tells.
fn secrets(loaded: &Loaded, written: &Value) -> BTreeSet<String> {
    let mut variables = BTreeSet::new();
    for name in credentials(written) {
        let Some(credential) = loaded.config.credentials.get(name) else { continue };
        let table = &written["credentials"][name];
        for key in keys(credential, table) {
            let there = key.split('.').fold(table, |table, segment| &table[segment]);
            if there.is_null() {
                variables.insert(format!("GLU_CREDENTIALS_{}_{}", capitals(name), capitals(key)));
            }
        }
    }
    for (name, table) in written["notifications"].as_object().into_iter().flatten() {
        let kind = loaded.config.notifications.get(name).and_then(|notification| notification.kind);
        if matches!(kind, Some(NotificationType::Slack | NotificationType::Webhook)) && table["url"].is_null()
        {
            variables.insert(format!("GLU_NOTIFICATIONS_{}_URL", capitals(name)));
        }
    }
    variables
}

/// The names of credentials that the file has or refers to.
fn credentials(written: &Value) -> BTreeSet<&str> {
    let own = written["credentials"].as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let sources = |kind: &str| written["sources"][kind].as_object().into_iter().flatten();
    let git =
        sources("git").flat_map(|(_, git)| [&git["remote"]["credential"], &git["proposals"]["credential"]]);
    let oci = sources("oci").map(|(_, oci)| &oci["credential"]);
    own.chain(git.chain(oci).filter_map(Value::as_str)).collect()
}

/// The keys without which a credential is none.
fn keys(credential: &CredentialConfig, table: &Value) -> &'static [&'static str] {
    let kinds = [
        (credential.basic.is_some(), CredentialType::Basic),
        (credential.ssh.is_some(), CredentialType::Ssh),
        (credential.access_token.is_some(), CredentialType::AccessToken),
        (credential.github_app.is_some(), CredentialType::GithubApp),
    ];
    let told = kinds.iter().find(|(is_there, _)| *is_there).map(|(_, kind)| *kind);
    let has_file = |section: &str| !table[section]["private_key_path"].is_null();
    match credential.kind.or(told) {
        Some(CredentialType::Basic) => &["basic.username", "basic.password"],
        Some(CredentialType::Ssh) if !has_file("ssh") => &["ssh.private_key_bytes"],
        Some(CredentialType::AccessToken) => &["access_token"],
        Some(CredentialType::GithubApp) if has_file("github_app") => {
            &["github_app.app_id", "github_app.installation_id"]
        }
        Some(CredentialType::GithubApp) => {
            &["github_app.app_id", "github_app.installation_id", "github_app.private_key_bytes"]
        }
        Some(CredentialType::Ssh | CredentialType::DockerLocal) | None => &[],
    }
}
