//! The ledger: append-only events about what files cannot say. Samples, approvals, pins, freezes, quarantines, pauses.
//!
//! Events are facts with identifiers of their own, so any two ledgers can be merged by union; what they mean together is a
//! [`View`], derived and never stored. An entry that cannot be trusted is skipped and told, never fatal.
//!
//! Whoever may write to the ledger's place may write anything into it: its protection is that of the repository. Nothing in it is
//! secret, and nothing secret belongs into it, evidence included.

pub mod actor;
mod contents;
mod entry;
mod event;
mod file;
mod git;
mod memory;
mod open;
mod ulid;
mod view;

pub use contents::Contents;
pub use event::{Event, FreezeScope, GateId, RolloutStep, Sample, Subject, What};
pub use file::FileLedger;
pub use git::GitLedger;
pub use memory::MemoryLedger;
pub use open::open;
pub(crate) use ulid::time as time_of;
pub use view::{Approval, Freeze, Notice, Pause, Pin, Quarantine, Skip, View};

/// A place that keeps events.
pub trait Ledger: Send + Sync {
    /// All events that can be read, by identifier, and a sentence for each entry that cannot be trusted.
    ///
    /// # Errors
    /// When the ledger as a whole cannot be read.
    fn read(&self) -> Result<Contents, LedgerError>;

    /// Adds events. Those it has already are left as they are.
    ///
    /// # Errors
    /// When they cannot all be kept; then none is.
    fn append(&self, events: &[Event]) -> Result<(), LedgerError>;

    /// Where it is, for people.
    fn describe(&self) -> String;
}

/// Why a ledger cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("ledger {place}: {reason}")]
pub struct LedgerError {
    /// The ledger, for people.
    pub place: String,
    /// Why, as a lower-case fragment.
    pub reason: String,
}

#[cfg(test)]
mod tests;
