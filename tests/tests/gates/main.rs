//! Gates against the real things: statistics against SciPy, queries against Prometheus, requests and commands against small servers and scripts.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests start the programs they need")]
#![allow(missing_docs, unreachable_pub, reason = "a test has no readers from outside")]

mod asked;
mod command;
mod comparison;
mod http;
mod kubernetes;
mod metrics;
mod prometheus;
mod scipy;
mod signature;
