//! How phases stand in a plan, and what holds them.

use jiff::Timestamp;

use super::Move;
use crate::forge::Proposal;
use crate::gate::Report;
use crate::ledger::{Freeze, Pause, Pin, Quarantine};
use crate::model::{Join, State};
use crate::observe::Problem;

/// Whether a phase moves, and if not, why not.
#[derive(Debug, Clone)]
pub enum Standing {
    /// It begins the pipeline: states come from there.
    Origin(State),
    /// It has what its upstreams have.
    Current(State),
    /// It moves.
    Moves(Box<Move>),
    /// It is proposed, and waits to be merged.
    Proposed {
        /// The state it is in until then.
        state: State,
        /// The move that is proposed.
        planned: Box<Move>,
    },
    /// Something holds it.
    Held {
        /// The state it stays in.
        state: State,
        /// What holds it, the most important first; never empty.
        holds: Vec<Hold>,
        /// The move that is held, where it is known: it can be forced.
        held: Option<Box<Move>>,
    },
    /// Its state, or the way to the next one, cannot be known.
    Broken(Problem),
}

impl Standing {
    /// The move that is to be made, or that would be if nothing held it.
    pub fn candidate(&self) -> Option<&Move> {
        match self {
            Self::Moves(planned)
            | Self::Proposed { planned, .. }
            | Self::Held { held: Some(planned), .. } => Some(planned),
            _ => None,
        }
    }

    /// The state that the phase is in, where it is known.
    pub fn state(&self) -> Option<&State> {
        match self {
            Self::Origin(state)
            | Self::Current(state)
            | Self::Proposed { state, .. }
            | Self::Held { state, .. } => Some(state),
            Self::Moves(planned) => Some(&planned.from),
            Self::Broken(_) => None,
        }
    }

    /// Whether something that must be known cannot be: nobody decided to hold the phase, something failed.
    pub fn is_broken(&self) -> bool {
        match self {
            Self::Broken(_) => true,
            Self::Held { holds, .. } => holds.iter().any(|hold| matches!(hold, Hold::Upstream { .. })),
            _ => false,
        }
    }
}

/// What holds a phase.
#[derive(Debug, Clone)]
pub enum Hold {
    /// Its upstreams do not agree on a state.
    Join {
        /// How many must agree.
        join: Join,
        /// What each upstream has; none where it cannot be known.
        upstreams: Vec<(String, Option<State>)>,
    },
    /// An upstream's state cannot be known, and the move depends on it.
    Upstream {
        /// The upstream.
        phase: String,
        /// Why.
        problem: Problem,
    },
    /// The line is stopped.
    Frozen(Freeze),
    /// The phase is to stay as it is.
    Pinned(Pin),
    /// The state is known to be bad.
    Quarantined {
        /// The state.
        state: State,
        /// Who said so, and why.
        quarantine: Quarantine,
    },
    /// An upstream has the state, and its own verification is not passed.
    Unverified {
        /// The upstream.
        phase: String,
        /// Its verification.
        reports: Vec<Report>,
    },
    /// Gates on the way in are not open.
    Gates(Vec<Report>),
    /// A rollout's step is not over.
    Step {
        /// The step, counted from 1.
        step: u32,
        /// How many there are.
        of: u32,
        /// The candidate's share, in percent.
        share: u32,
        /// Until when it lasts at least.
        until: Timestamp,
    },
    /// A rollout is to stay at its step.
    Paused(Pause),
    /// An upstream has the state for a part only: its own rollout is under way.
    RollingOut {
        /// The upstream.
        phase: String,
    },
    /// Only a person can say how it goes on; a sentence that says why, and the ways out.
    Undecided(String),
    /// Somebody has added to the branch of its proposal.
    EditedByHand {
        /// The proposal; none where none is open.
        proposal: Option<Box<Proposal>>,
        /// The branch.
        head: String,
        /// Who.
        author: String,
    },
    /// Somebody has closed the proposal of this state.
    ClosedByHand {
        /// The proposal.
        proposal: Box<Proposal>,
    },
}

impl Hold {
    /// Whether somebody has decided it, so that it holds what is proposed already as well.
    pub(super) fn is_decided(&self) -> bool {
        matches!(self, Self::Quarantined { .. })
    }
}
