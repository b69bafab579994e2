//! Progressive rollouts: a state comes into a phase by steps, each of which is a commit, a hold, and what has to hold meanwhile.
//!
//! Where a rollout stands is read from git alone: the trailers of the phase's newest promotion say which step it is at and which commit
//! was before it, and the files say whether that is still so. The ledger adds what was seen and what people said (samples, pauses, skipped
//! steps); without it a rollout goes on from the same step.

mod course;
mod definition;
mod going_on;
mod mistakes;
mod number;
mod places;
mod progress;
mod question;
mod retreat;

pub use course::{Course, NumberChange, StateChange, Turn};
pub use definition::{Rollout, Step, canary, in_place, percent};
pub use going_on::{Newer, Underway, abort, resume};
pub use number::{Number, number};
pub use progress::{Base, Progress};
pub use retreat::Retreat;

pub(crate) use course::Found;
pub(crate) use going_on::{begin, going_on};
pub(crate) use mistakes::refusals;
pub(crate) use progress::progress;
pub(crate) use question::of_step;
pub(crate) use retreat::{Answer, failing, retreat, retreats};

#[cfg(test)]
mod tests;
