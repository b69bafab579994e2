//! The verbs: each parses its arguments, calls the core once, and shows what came of it.

pub mod approve;
pub mod build;
pub mod check;
pub mod ci;
pub mod completions;
pub mod diff;
pub mod doctor;
pub mod explain;
pub mod freeze;
pub mod graph;
pub mod history;
pub mod init;
pub mod ledger;
pub mod list;
pub mod man;
pub mod pin;
pub mod plan;
pub mod promote;
pub mod quarantine;
pub mod rollback;
pub mod rollout;
pub mod run;
pub mod simulate;
pub mod status;
mod wait;
