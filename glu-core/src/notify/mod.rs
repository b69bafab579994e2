//! Notifications: people and programs are told what a run did, and what keeps it from doing more.
//!
//! They are told after the fact, and nothing waits for them longer than a short time: a notification that fails is a warning. What stays
//! as it is (a hold, a failure) is told once, which the ledger remembers, so that a job on a fresh machine does not tell it again.

mod command;
mod deliver;
mod event;
mod message;
mod news;
mod own;
#[cfg(feature = "registry")]
mod post;
mod settings;
#[cfg(feature = "registry")]
mod signature;
#[cfg(feature = "registry")]
mod slack;
mod target;
#[cfg(feature = "registry")]
mod webhook;

pub use deliver::{Limits, Told, tell};
pub use event::{Event, Made, Notification, ProposalLink};
pub use news::News;
pub use own::{Notify, NotifyError};
pub use settings::{Mistake, TargetKind, TargetSettings};
pub use target::{Target, targets};

#[cfg(test)]
mod tests;
