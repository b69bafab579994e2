//! What the files cannot say, as events: each is written once and never changed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::gate::Verdict;
use crate::model::{PhaseId, StateDigest};

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its identifier, which sorts by time (a ULID).
    pub id: String,
    /// When it was written.
    pub at: Timestamp,
    /// Who did it: a name and an address, or a CI's actor.
    pub actor: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What an event tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// A gate looked once.
    Sampled {
        /// The gate.
        gate: GateId,
        /// What it looked at.
        subject: Subject,
        /// Which attempt this belongs to; a retry begins a new one.
        attempt: u32,
        /// What it saw.
        sample: Sample,
    },
    /// A gate's samples were set aside, so that it is tried anew.
    Retried {
        /// The gate.
        gate: GateId,
        /// What it looks at.
        subject: Subject,
        /// Why.
        reason: String,
    },
    /// Somebody approved exactly one state for a phase.
    Approved {
        /// The phase and the state.
        subject: Subject,
        /// What they had to say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    /// Somebody took their approval back.
    Disapproved {
        /// The phase and the state.
        subject: Subject,
        /// Why.
        reason: String,
    },
    /// A phase is to stay in the state it is in.
    Pinned {
        /// The phase and the state.
        subject: Subject,
        /// Why.
        reason: String,
        /// Until when; without, until it is unpinned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// A phase may move again.
    Unpinned {
        /// The phase.
        #[serde(flatten)]
        phase: PhaseId,
        /// Why.
        reason: String,
    },
    /// Nothing is to move: stop the line.
    Frozen {
        /// Where.
        scope: FreezeScope,
        /// Why.
        reason: String,
        /// Until when; without, until it is unfrozen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Things may move again.
    Unfrozen {
        /// Where.
        scope: FreezeScope,
        /// Why.
        reason: String,
    },
    /// A state is bad: automation does not bring it in again.
    Quarantined {
        /// The phase and the state; of all phases of the pipeline where the phase is `*`.
        subject: Subject,
        /// Why.
        reason: String,
    },
    /// A state is no longer bad.
    Released {
        /// As in the quarantine.
        subject: Subject,
        /// Why.
        reason: String,
    },
    /// A promotion was made although something held it.
    Forced {
        /// The phase and the state it got.
        subject: Subject,
        /// The promotion.
        promotion: String,
        /// What held it, one sentence each.
        held: Vec<String>,
        /// Why it was forced.
        reason: String,
    },
}

impl What {
    /// Every kind there is, as written.
    pub const KINDS: &[&str] = &[
        "sampled",
        "retried",
        "approved",
        "disapproved",
        "pinned",
        "unpinned",
        "frozen",
        "unfrozen",
        "quarantined",
        "released",
        "forced",
    ];

    /// Which kind it is, as written.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sampled { .. } => "sampled",
            Self::Retried { .. } => "retried",
            Self::Approved { .. } => "approved",
            Self::Disapproved { .. } => "disapproved",
            Self::Pinned { .. } => "pinned",
            Self::Unpinned { .. } => "unpinned",
            Self::Frozen { .. } => "frozen",
            Self::Unfrozen { .. } => "unfrozen",
            Self::Quarantined { .. } => "quarantined",
            Self::Released { .. } => "released",
            Self::Forced { .. } => "forced",
        }
    }

    /// The phase and the state it is about, where it is about one.
    pub fn subject(&self) -> Option<&Subject> {
        match self {
            Self::Sampled { subject, .. }
            | Self::Retried { subject, .. }
            | Self::Approved { subject, .. }
            | Self::Disapproved { subject, .. }
            | Self::Pinned { subject, .. }
            | Self::Quarantined { subject, .. }
            | Self::Released { subject, .. }
            | Self::Forced { subject, .. } => Some(subject),
            Self::Unpinned { .. } | Self::Frozen { .. } | Self::Unfrozen { .. } => None,
        }
    }

    /// Whether it is about a phase: by name, or with its whole pipeline, or with everything.
    pub fn concerns(&self, phase: &PhaseId) -> bool {
        match self {
            Self::Unpinned { phase: named, .. } => named == phase,
            Self::Frozen { scope, .. } | Self::Unfrozen { scope, .. } => match scope {
                FreezeScope::Everything => true,
                FreezeScope::Pipeline(pipeline) => *pipeline == phase.pipeline,
                FreezeScope::Phase(named) => named == phase,
            },
            _ => self.subject().is_some_and(|Subject { phase: named, .. }| {
                named.pipeline == phase.pipeline && (named.phase == phase.phase || named.phase == "*")
            }),
        }
    }

    /// Why it was done, in the words of whoever did it or of what was seen.
    pub fn reason(&self) -> &str {
        match self {
            Self::Sampled { sample, .. } => &sample.reason,
            Self::Approved { comment, .. } => comment.as_deref().unwrap_or_default(),
            Self::Retried { reason, .. }
            | Self::Disapproved { reason, .. }
            | Self::Pinned { reason, .. }
            | Self::Unpinned { reason, .. }
            | Self::Frozen { reason, .. }
            | Self::Unfrozen { reason, .. }
            | Self::Quarantined { reason, .. }
            | Self::Released { reason, .. }
            | Self::Forced { reason, .. } => reason,
        }
    }
}

/// A phase, and the state it is about: the one it is in, or the one it would get.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// The phase.
    #[serde(flatten)]
    pub phase: PhaseId,
    /// The state.
    pub state: StateDigest,
}

/// A gate by its name in the phase and by what it asks: a gate that asks something else is another gate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GateId {
    /// The name, such as `soak` or `http:staging.example.com`.
    pub name: String,
    /// A digest of everything that the gate asks.
    pub specification: String,
}

/// Where the line is stopped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreezeScope {
    /// Everywhere.
    Everything,
    /// In a pipeline.
    Pipeline(String),
    /// In a phase.
    Phase(PhaseId),
}

/// One look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Why, in one line.
    pub reason: String,
    /// What was seen: the resolved query or address, the window, the values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub evidence: BTreeMap<String, serde_json::Value>,
}
