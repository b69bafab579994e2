//! Whom to tell, as whoever read a configuration file says it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Event;
use crate::credential::Secret;

/// One target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSettings {
    /// How it is told.
    pub kind: TargetKind,
    /// What it is told. None: everything.
    pub events: Option<BTreeSet<Event>>,
    /// Of which phases, as they are named on the command line. None: of all.
    pub phases: Option<Vec<String>>,
}

/// How somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetKind {
    /// By a Slack incoming webhook, or what understands the same.
    Slack {
        /// Its address.
        url: Secret,
    },
    /// By a request with JSON.
    Webhook {
        /// Where to.
        url: Secret,
        /// What it is signed with. None: it is not signed.
        secret: Option<Secret>,
        /// Further headers, as `Name: value`.
        headers: Vec<Secret>,
    },
    /// By a program.
    Command {
        /// The program and its arguments.
        arguments: Vec<String>,
        /// Where it runs.
        directory: PathBuf,
    },
}

/// What is wrong with a target, without anything secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Which of its values.
    pub key: &'static str,
    /// What is wrong with it, as a lower-case fragment.
    pub message: String,
}

impl Mistake {
    pub(super) fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self { key, message: message.into() }
    }
}

impl TargetKind {
    /// The kind in one word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Slack { .. } => "slack",
            Self::Webhook { .. } => "webhook",
            Self::Command { .. } => "command",
        }
    }

    /// Whether what is sent can be read on its way.
    pub fn is_exposed(&self) -> bool {
        match self {
            Self::Slack { url } | Self::Webhook { url, .. } => {
                url.expose().get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
            }
            Self::Command { .. } => false,
        }
    }
}
