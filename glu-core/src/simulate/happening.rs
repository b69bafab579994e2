//! What happens from outside while a simulation goes on.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ledger::What;
use crate::model::{PhaseId, State};

/// Something that happens at a time, before the look at that time.
#[derive(Debug, Clone)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happens,
}

/// What can happen. States are named as in `glu rollback --to`, or by the label they were published under.
#[derive(Debug, Clone)]
pub enum Happens {
    /// An invented state appears at an origin.
    Published {
        /// The origin.
        origin: PhaseId,
        /// What it is called.
        label: String,
        /// Its fields and annotations, as far as they are told.
        fields: BTreeMap<String, String>,
    },
    /// A known state appears at an origin.
    Appeared {
        /// The origin.
        origin: PhaseId,
        /// The state.
        state: State,
    },
    /// Something is written into the ledger.
    Told {
        /// Who did it.
        actor: String,
        /// What.
        what: What,
    },
    /// Somebody approves the state that a phase would get.
    Approved {
        /// The phase.
        phase: PhaseId,
        /// The state; without, the one that it would get then.
        state: Option<String>,
        /// Who.
        actor: String,
    },
    /// Somebody pins a phase to the state that it is in then.
    Pinned {
        /// The phase.
        phase: PhaseId,
        /// Who.
        actor: String,
        /// Why.
        reason: String,
        /// Until when.
        until: Option<Timestamp>,
    },
    /// Somebody says that a state is bad.
    Quarantined {
        /// The phase.
        phase: PhaseId,
        /// The state.
        state: String,
        /// Who.
        actor: String,
        /// Why.
        reason: String,
    },
    /// Somebody promotes to a phase by hand.
    Promoted {
        /// The phase.
        phase: PhaseId,
        /// Why it is forced, where it is.
        forced: Option<String>,
    },
    /// Somebody rolls a phase back, which pins it.
    RolledBack {
        /// The phase.
        phase: PhaseId,
        /// The state to go back to; without, the one before.
        to: Option<String>,
        /// Who.
        actor: String,
    },
}
