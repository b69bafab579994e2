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
    /// The address of the CI run that wrote it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
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
    /// A state was seen for the first time in a phase of which no history is kept, such as a registry.
    Sighted {
        /// The phase and the state.
        subject: Subject,
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
    /// Somebody was told how a phase stands.
    Notified {
        /// Who.
        target: String,
        /// The phase.
        #[serde(flatten)]
        phase: PhaseId,
        /// What: the name of a notification's event, or `recovered`, of which nobody is told.
        told: String,
        /// A digest of what makes it differ from the next time.
        digest: String,
    },
    /// A rollout is to stay at the step it is at.
    Paused {
        /// The phase, the state that is rolled out, and the step.
        subject: Subject,
        /// Why.
        reason: String,
    },
    /// A rollout may go on.
    Resumed {
        /// As in the pause, whatever the step.
        subject: Subject,
        /// Why.
        reason: String,
    },
    /// The rest of a rollout's step was skipped.
    Skipped {
        /// The phase, the state that is rolled out, and the step that is cut short.
        subject: Subject,
        /// The step that follows; without, the next one. One more than there are steps is the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<u32>,
        /// Why.
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
        "sighted",
        "forced",
        "notified",
        "paused",
        "resumed",
        "skipped",
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
            Self::Sighted { .. } => "sighted",
            Self::Forced { .. } => "forced",
            Self::Notified { .. } => "notified",
            Self::Paused { .. } => "paused",
            Self::Resumed { .. } => "resumed",
            Self::Skipped { .. } => "skipped",
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
            | Self::Sighted { subject }
            | Self::Forced { subject, .. }
            | Self::Paused { subject, .. }
            | Self::Resumed { subject, .. }
            | Self::Skipped { subject, .. } => Some(subject),
            Self::Unpinned { .. } | Self::Frozen { .. } | Self::Unfrozen { .. } | Self::Notified { .. } => {
                None
            }
        }
    }

    /// Whether it is about a phase: by name, or with its whole pipeline, or with everything.
    pub fn concerns(&self, phase: &PhaseId) -> bool {
        match self {
            Self::Unpinned { phase: named, .. } | Self::Notified { phase: named, .. } => named == phase,
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
            Self::Sighted { .. } => "",
            Self::Approved { comment, .. } => comment.as_deref().unwrap_or_default(),
            Self::Notified { told, .. } => told,
            Self::Retried { reason, .. }
            | Self::Disapproved { reason, .. }
            | Self::Pinned { reason, .. }
            | Self::Unpinned { reason, .. }
            | Self::Frozen { reason, .. }
            | Self::Unfrozen { reason, .. }
            | Self::Quarantined { reason, .. }
            | Self::Released { reason, .. }
            | Self::Forced { reason, .. }
            | Self::Paused { reason, .. }
            | Self::Resumed { reason, .. }
            | Self::Skipped { reason, .. } => reason,
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
    /// The step of the rollout that it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<RolloutStep>,
}

impl Subject {
    /// A phase and a state.
    pub fn new(phase: PhaseId, state: StateDigest) -> Self {
        Self { phase, state, rollout: None }
    }

    /// The same in a step of a rollout.
    #[must_use]
    pub fn in_step(self, rollout: &str, step: u32) -> Self {
        Self { rollout: Some(RolloutStep { id: rollout.to_owned(), step }), ..self }
    }
}

/// A step of a rollout: what was seen in one step says nothing of the next, and one rollout nothing of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RolloutStep {
    /// The promotion that began the rollout.
    pub id: String,
    /// The step, counted from 1.
    pub step: u32,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_without_a_step_is_written_as_it_always_was() {
        let plain = Subject::new(PhaseId::new("shop", "production"), StateDigest::new("sha256:aa"));
        let written = r#"{"pipeline":"shop","phase":"production","state":"sha256:aa"}"#;
        assert_eq!(serde_json::to_string(&plain).unwrap(), written);
        assert_eq!(serde_json::from_str::<Subject>(written).unwrap(), plain);
        let step = plain.in_step("01AB", 2);
        let text = serde_json::to_string(&step).unwrap();
        assert!(text.ends_with(r#","rollout":{"id":"01AB","step":2}}"#), "{text}");
        assert_eq!(serde_json::from_str::<Subject>(&text).unwrap(), step);
    }
}
