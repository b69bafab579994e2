//! Moves: one state on its way into one phase.

use crate::gate::Report;
use crate::model::{PhaseId, State};
use crate::observe::BranchId;
use crate::propose::{Offer, Way};
use crate::rollout::Course;
use crate::source::git::CommitId;
use crate::tree::FileChange;

/// Why a state is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It moves on from an upstream.
    Promotion,
    /// It comes back from the phase's own history.
    Rollback,
    /// A rollout is given up, and what was before it comes back.
    Abort,
}

/// One state's move into one phase: everything that promoting needs to know.
#[derive(Debug, Clone)]
pub struct Move {
    /// The phase that gets the state.
    pub id: PhaseId,
    /// Why.
    pub cause: Cause,
    /// The upstreams that have the state.
    pub upstreams: Vec<String>,
    /// The state the phase is in.
    pub from: State,
    /// The state it gets.
    pub to: State,
    /// The branch that is written to.
    pub branch: BranchId,
    /// Where the branch was.
    pub tip: CommitId,
    /// What changes in which files, on top of the moves before it on the same branch.
    pub changes: Vec<FileChange>,
    /// What the gates on the way in say.
    pub gates: Vec<Report>,
    /// Why it is made although something holds it.
    pub forced: Option<String>,
    /// What it does to a rollout, where it is part of one.
    pub course: Option<Box<Course>>,
    /// Why the state that it takes away is to be quarantined before it is made: so that whoever goes on after an interruption sees that too.
    pub quarantine: Option<String>,
    /// How it gets to its branch.
    pub way: Way,
}

impl Move {
    /// What is to be done with its proposal, and what there is of it; none where it is pushed.
    pub fn offer(&self) -> Option<&Offer> {
        match &self.way {
            Way::Push => None,
            Way::Propose(offer) => Some(offer),
        }
    }

    /// Whether the phase keeps its state and only places that disagree with it are mended.
    pub fn mends(&self) -> bool {
        self.course.is_none() && self.from.same(&self.to)
    }

    /// Whether it goes on with something that was begun before, or takes it back: no trigger is asked for that.
    pub fn goes_on(&self) -> bool {
        match &self.course {
            Some(course) => course.goes_on(),
            None => self.cause == Cause::Rollback,
        }
    }

    /// The state that it takes away, where it is known to be bad.
    pub fn bad(&self) -> Option<(&State, &str)> {
        let reason = self.quarantine.as_deref()?;
        Some((self.course.as_ref().map_or(&self.from, |course| &course.candidate), reason))
    }
}
