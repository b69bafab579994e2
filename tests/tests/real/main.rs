//! Whole promotions by real programs against real parts: remotes, servers, a registry, a terminal; and what happens when several
//! write at once or one is killed.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start the programs they need, and a failure ends them"
)]

mod forge;
mod git_http;
mod git_ssh;
mod kill;
mod launcher;
mod notifications;
mod races;
mod registry;
mod rollout;
mod signing;
mod source;
mod terminal;
mod tokens;
