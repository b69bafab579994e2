//! The core's own way to real servers, below the verbs.

mod git;
mod registry;
