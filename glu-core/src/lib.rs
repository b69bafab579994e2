//! The domain of glu: what moves, where it is, where it may go, and how it gets there.
//!
//! Three values carry everything: `observe` gives a snapshot, `plan` makes a plan of it, `promote` makes the plan true.
//! The rest of the crate is what they stand on.

pub mod access;
pub mod announce;
pub mod author;
pub mod binding;
pub mod change;
pub mod clock;
mod commit;
pub mod credential;
pub mod document;
pub mod facts;
pub mod forge;
pub mod gate;
pub mod history;
#[cfg(feature = "registry")]
mod http;
pub mod image;
pub mod ledger;
pub mod model;
pub mod notify;
pub mod observe;
pub mod patch;
mod percent;
pub mod plan;
pub mod process;
pub mod progress;
pub mod promote;
pub mod propose;
pub mod queue;
pub mod rollback;
pub mod rollout;
pub mod sample;
pub mod schedule;
pub mod settings;
pub mod simulate;
pub mod source;
pub mod testing;
pub mod trailer;
pub mod tree;

pub use glu_path as path;
pub use glu_path::nearest;
