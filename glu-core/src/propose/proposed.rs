//! What is known of a phase's proposal, and what is to become of it. Plain data, and trees, which never change.

use std::fmt;
use std::sync::Arc;

use crate::forge::{Fate, Proposal, Review, Status};
use crate::model::StateDigest;
use crate::observe::BranchId;
use crate::source::git::CommitId;
use crate::tree::Tree;

/// What is known of a phase's proposal.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The branch it comes from.
    pub head: String,
    /// Where that branch is; none where there is none.
    pub tip: Option<CommitId>,
    /// What that branch holds.
    pub content: Content,
    /// The open proposal, else the one that was opened last.
    pub proposal: Option<Proposal>,
    /// What its text says of it, in the part that is ours.
    pub mark: Option<Mark>,
    /// What checks say of it, while it is open.
    pub statuses: Vec<Status>,
    /// What people say of it, while it is open.
    pub reviews: Vec<Review>,
}

impl Proposed {
    /// The proposal, if it is open.
    pub fn open(&self) -> Option<&Proposal> {
        self.proposal.as_ref().filter(|proposal| proposal.fate == Fate::Open)
    }

    /// The state that is proposed, or was last.
    pub fn state(&self) -> Option<&StateDigest> {
        match &self.content {
            Content::Ours { state, .. } => Some(state),
            _ => self.mark.as_ref().map(|mark| &mark.state),
        }
    }

    /// The proposal, if it was of this state and somebody has closed it by hand.
    pub fn closed_by_hand(&self, state: &StateDigest) -> Option<&Proposal> {
        let of_this = match &self.mark {
            Some(mark) => !mark.closed && mark.state == *state,
            None => self.state() == Some(state),
        };
        self.proposal.as_ref().filter(|proposal| of_this && matches!(proposal.fate, Fate::Closed { .. }))
    }

    /// Nothing is known yet.
    pub(crate) fn unknown(head: String) -> Self {
        Self {
            head,
            tip: None,
            content: Content::Nothing,
            proposal: None,
            mark: None,
            statuses: Vec::new(),
            reviews: Vec::new(),
        }
    }
}

/// What the branch of a proposal holds besides its base.
#[derive(Clone)]
pub enum Content {
    /// Nothing: there is no branch, or all of it is in the base branch.
    Nothing,
    /// One commit that glu made and nobody changed.
    Ours {
        /// The state that it brings.
        state: StateDigest,
        /// Its promotion's identifier.
        promotion: String,
        /// Why it was proposed although something held it.
        forced: Option<String>,
        /// The base branch with it merged; none where that conflicts.
        merged: Option<Arc<dyn Tree>>,
    },
    /// Commits that somebody else made.
    Foreign {
        /// Who made the newest.
        author: String,
    },
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => formatter.write_str("Nothing"),
            Self::Ours { state, merged, .. } => formatter
                .debug_struct("Ours")
                .field("state", state)
                .field("conflicts", &merged.is_none())
                .finish_non_exhaustive(),
            Self::Foreign { author } => formatter.debug_struct("Foreign").field("author", author).finish(),
        }
    }
}

/// What the part of a proposal's text that is ours says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The state that is proposed.
    pub state: StateDigest,
    /// A digest of the title that was given last: another title is somebody's own.
    pub title: String,
    /// A digest of what the gates said when the words were written: which are open, and not in which words.
    pub gates: String,
    /// Whether glu closed it, and not somebody by hand.
    pub closed: bool,
}

/// How a move gets to its branch.
#[derive(Debug, Clone)]
pub enum Way {
    /// By a push.
    Push,
    /// By a proposal.
    Propose(Box<Offer>),
}

/// A move by a proposal.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What is to be done.
    pub step: Step,
    /// What there is.
    pub proposed: Proposed,
}

/// What is to be done with a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A new one is opened.
    Open,
    /// It is brought up to date in place.
    Update,
    /// It is closed, and a new one opened.
    Replace,
    /// The forge is told to merge it as soon as its rules allow.
    Merge,
    /// Nothing: it waits to be merged.
    Wait,
}

/// What was done with a proposal.
#[derive(Debug, Clone)]
pub struct Offered {
    /// What was done.
    pub step: Step,
    /// The proposal.
    pub proposal: Proposal,
    /// What could not be done about it, a sentence each.
    pub warnings: Vec<String>,
}

/// What is no longer wanted of a phase's proposal.
#[derive(Debug, Clone)]
pub struct Cleanup {
    /// The branch that it goes to.
    pub base: BranchId,
    /// The branch that it comes from, which is deleted.
    pub head: String,
    /// Where that branch was.
    pub tip: Option<CommitId>,
    /// The proposal.
    pub proposal: Box<Proposal>,
    /// Why it is closed; none where it is decided already.
    pub close: Option<String>,
}
