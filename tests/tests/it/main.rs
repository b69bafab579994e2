//! The end-to-end suite: real command lines over real repositories and image layouts, on a clock that stands still, so that whole
//! outputs are snapshots. A file is a verb, or a thing that crosses the verbs.
//!
//! `cargo insta test -p glu-tests --test it --review` shows changed snapshots and accepts them; read them before.

#![expect(clippy::unwrap_used, reason = "what tests share fails as tests do")]

#[macro_use]
mod shop;

mod announce;
mod branches;
mod ci;
mod comment;
mod commits;
mod completions;
mod configuration;
mod diff;
mod discovery;
mod doctor;
mod exit_codes;
mod forges;
mod gates;
mod graph;
mod help;
mod history;
mod joins;
mod kubernetes;
mod landings;
mod list;
mod loops;
mod man;
mod notifications;
mod plan;
mod plan_file;
mod programs;
mod promote;
mod property;
mod proposals;
mod proposals_elsewhere;
mod queue;
mod refusals;
mod resources;
mod rollback;
mod rollout;
mod rollout_property;
mod simulate;
mod simulate_property;
mod status;
mod streams;
mod triggers;
