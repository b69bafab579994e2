//! The facts that gates judge by.

use jiff::Timestamp;

use crate::forge::{Review, Status};
use crate::ledger::{Subject, View};
use crate::model::State;

/// The facts of a case.
pub struct Case<'a> {
    /// The phase and the state that it would get, or has.
    pub subject: &'a Subject,
    /// The state that it would get, or has.
    pub state: &'a State,
    /// The state that the phase is in, where it is another.
    pub from: Option<&'a State>,
    /// The ledger.
    pub ledger: &'a View,
    /// Who has the state: the upstreams, for a gate on the way in; the phase itself, for a gate on what runs now.
    pub upstreams: &'a [Stay],
    /// How many of those must have it, as the phase's join says.
    pub needed: usize,
    /// What a forge says of the change that would bring the state; none where nobody was asked.
    pub word: Option<&'a Word>,
    /// The time.
    pub now: Timestamp,
}

/// What a forge says of the change that brings a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// This.
    Said {
        /// What it was asked about, in words.
        of: String,
        /// The commit that the reviews have to be of.
        commit: String,
        /// What checks say.
        statuses: Vec<Status>,
        /// What people say; none where nothing was put before them.
        reviews: Option<Vec<Review>>,
    },
    /// There is nothing yet that it could be asked about.
    Nothing(String),
    /// It cannot tell.
    Unknown(String),
}

/// How long a phase has had the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// The phase.
    pub phase: String,
    /// Since when, without a break.
    pub since: Option<Timestamp>,
    /// Who wrote the change that brought it: excluded from approving it.
    pub authors: Vec<String>,
    /// Whether the phase's own verification of the state is passed; true where it has none.
    pub healthy: bool,
    /// When that verification last saw it fail.
    pub failed: Option<Timestamp>,
}

impl Case<'_> {
    /// Since when enough phases have had the state; none where that is not known.
    pub fn arrived(&self) -> Option<Timestamp> {
        let mut known: Vec<Timestamp> = self.upstreams.iter().filter_map(|stay| stay.since).collect();
        known.sort_unstable();
        known.get(self.needed.max(1) - 1).copied()
    }
}
