//! One notification, as plain data and as JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::message;
use crate::forge::Proposal;
use crate::model::{PhaseId, State};
use crate::plan::Cause;
use crate::source::git::CommitId;

/// What is told. Its JSON is what webhooks and commands get; see [`FORMAT_VERSION`](Self::FORMAT_VERSION).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Notification {
    /// Its identifier; the same when it is sent again.
    pub id: String,
    /// When it was found.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
    /// Where.
    pub phase: PhaseId,
    /// The state that the phase was in, where it is known.
    pub from: Option<State>,
    /// The state that it has got, or would get, where there is one.
    pub to: Option<State>,
    /// The upstreams that have that state.
    pub upstreams: Vec<String>,
    /// Who ran what found it.
    pub actor: String,
    /// Why, in one sentence.
    pub reason: Option<String>,
    /// Until when nothing can change, where that is known.
    pub until: Option<Timestamp>,
    /// What was made.
    pub made: Option<Made>,
    /// The proposal that it is about.
    pub proposal: Option<ProposalLink>,
    /// What tells it from others of the same phase; none where it happens once by itself.
    pub(super) standing: Option<String>,
}

/// What a promotion left behind.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Made {
    /// The promotion's identifier, as in the commit's trailers.
    pub promotion: String,
    /// The git source.
    pub source: String,
    /// The branch.
    pub branch: String,
    /// The commit.
    pub commit: CommitId,
}

/// Where people find a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProposalLink {
    /// Its number in the repository, as people know it.
    pub number: u64,
    /// Its address.
    pub url: String,
}

impl From<&Proposal> for ProposalLink {
    fn from(proposal: &Proposal) -> Self {
        Self { number: proposal.number, url: proposal.url.clone() }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A state moved into a phase: glu has pushed it, or somebody has merged what was proposed.
    Promoted,
    /// A state was proposed to a phase: a proposal was opened, or brings another state than before.
    Proposed,
    /// Something holds a phase.
    Held,
    /// Something that must be known cannot be, or a move could not be made.
    Failed,
    /// An older state came back.
    RolledBack,
    /// Nothing holds a phase but that nobody has approved the state that it would get.
    ApprovalNeeded,
    /// Somebody tries whether notifications arrive.
    Test,
}

impl Event {
    /// Every event that can be asked for, as written.
    pub const NAMES: &[&str] = &["promoted", "proposed", "held", "failed", "rolled_back", "approval_needed"];

    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::Proposed => "proposed",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::RolledBack => "rolled_back",
            Self::ApprovalNeeded => "approval_needed",
            Self::Test => "test",
        }
    }

    /// The event that is written so.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Promoted, Self::Proposed, Self::Held, Self::Failed, Self::RolledBack, Self::ApprovalNeeded]
            .into_iter()
            .find(|event| event.name() == name)
    }

    /// What a move that was made is called.
    pub(super) fn of(cause: Cause) -> Self {
        match cause {
            Cause::Promotion => Self::Promoted,
            Cause::Rollback | Cause::Abort => Self::RolledBack,
        }
    }
}

impl Notification {
    /// The version of the JSON: the first number changes when something is taken away or changes its meaning, the second when something
    /// is added.
    pub const FORMAT_VERSION: &str = "1.1";

    /// One that tells nothing, to try whether it arrives.
    pub fn test(id: String, at: Timestamp, actor: String) -> Self {
        Self {
            id,
            at,
            event: Event::Test,
            phase: PhaseId::new("test", "test"),
            from: None,
            to: None,
            upstreams: Vec::new(),
            actor,
            reason: Some("somebody tries whether notifications arrive".to_owned()),
            until: None,
            made: None,
            proposal: None,
            standing: None,
        }
    }

    /// What happened, on one line.
    pub fn headline(&self) -> String {
        message::headline(self)
    }

    /// The whole of it as JSON.
    pub fn json(&self) -> serde_json::Value {
        let written = Written {
            format_version: Self::FORMAT_VERSION,
            event: self.event,
            id: &self.id,
            at: self.at,
            pipeline: &self.phase.pipeline,
            phase: &self.phase.phase,
            headline: self.headline(),
            from: self.from.as_ref().map(WrittenState::from),
            to: self.to.as_ref().map(WrittenState::from),
            upstreams: &self.upstreams,
            actor: &self.actor,
            reason: self.reason.as_deref(),
            until: self.until,
            made: self.made.as_ref(),
            proposal: self.proposal.as_ref(),
        };
        serde_json::to_value(written).expect("a notification has only text for keys")
    }
}

#[derive(Serialize)]
struct Written<'a> {
    format_version: &'static str,
    event: Event,
    id: &'a str,
    at: Timestamp,
    pipeline: &'a str,
    phase: &'a str,
    headline: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<WrittenState<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<WrittenState<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    upstreams: &'a [String],
    actor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(flatten)]
    made: Option<&'a Made>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<&'a ProposalLink>,
}

#[derive(Serialize)]
struct WrittenState<'a> {
    digest: &'a str,
    label: &'a str,
    fields: BTreeMap<&'a str, &'a str>,
}

impl<'a> From<&'a State> for WrittenState<'a> {
    fn from(state: &'a State) -> Self {
        Self { digest: state.digest.as_str(), label: &state.label, fields: state.fields.iter().collect() }
    }
}
