//! The harness of the end-to-end suite: real programs in surroundings of their own, real servers, a real terminal.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test starts what it needs, and a failure ends it"
)]

pub mod descendants;
pub mod program;
pub mod secrets;
pub mod server;
pub mod site;
pub mod terminal;
