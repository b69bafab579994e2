//! Workflows as forges see them: by their schemas, by a linter, and run step by step.

#![expect(clippy::unwrap_used, reason = "what tests share fails as tests do")]
#![expect(clippy::disallowed_methods, reason = "referees run as their users run them")]

#[path = "../newcomer/mod.rs"]
mod newcomer;
mod referees;
mod runner;
mod workflow;
