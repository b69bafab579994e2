//! Which CI system a run is in, and what that system can do: groups in the log, annotations at file and line, masks, a summary, outputs.
//!
//! `system` has one file a system, which says what its log, its variables and its files are like; everything else goes by those tables.

pub(crate) mod annotation;
mod harmless;
pub(crate) mod log;
mod output;
mod pull_request;
mod report;
mod summary;
mod system;
pub mod workflow;

use std::collections::BTreeMap;

pub(crate) use annotation::{Annotation, Level, Place, Places};
pub(crate) use harmless::{harmless, harmless_json, is_hazardous, without_controls};
pub(crate) use output::Outputs;
pub use pull_request::PullRequest;
pub(crate) use report::Report;
pub use system::{Group, Hazard, OutputForm, SYSTEMS, Section, SummaryForm, System};

/// Names whoever acts, above everything else: for other CI systems, and for programs that act for somebody.
const ACTOR: &str = "GLU_ACTOR";
/// The address of the run, above everything else.
const RUN: &str = "GLU_RUN_URL";
/// Longer addresses are none.
const MAX_ADDRESS: usize = 2000;

/// The CI system that a run is in.
#[derive(Debug, Clone, Copy)]
pub struct Ci {
    /// What it can do.
    pub system: &'static System,
}

impl Ci {
    /// Recognises the system by its variables.
    pub fn here(environment: &BTreeMap<String, String>) -> Option<Self> {
        let variables = Variables(environment);
        SYSTEMS.iter().find(|system| (system.present)(&variables)).map(|system| Self { system })
    }
}

/// Whether a machine runs this: a CI system, or another wrapper that says so by `GLU_IN_AUTOMATION`.
pub fn automation(environment: &BTreeMap<String, String>) -> bool {
    let variables = Variables(environment);
    variables.says("CI") || variables.says("GLU_IN_AUTOMATION") || Ci::here(environment).is_some()
}

/// Who acts, where the environment says so: `GLU_ACTOR`, else the CI system's actor, such as `github:octocat`.
pub fn actor(environment: &BTreeMap<String, String>) -> Option<String> {
    let variables = Variables(environment);
    variables.line(ACTOR).or_else(|| {
        let system = Ci::here(environment)?.system;
        let actor = system.actors.iter().find_map(|name| variables.line(name))?;
        Some(format!("{}:{actor}", system.name))
    })
}

/// The address of the run, where the environment says so: `GLU_RUN_URL`, else what the CI system shows the run at.
pub fn run_address(environment: &BTreeMap<String, String>) -> Option<String> {
    let variables = Variables(environment);
    let address = variables.line(RUN).or_else(|| (Ci::here(environment)?.system.run)(&variables)).filter(
        |address| {
            address.len() <= MAX_ADDRESS && !address.contains(|character: char| character.is_whitespace())
        },
    )?;
    // An address with a user and a password in it is not for everybody to read.
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (!host.is_empty() && !host.contains('@')).then_some(address)
}

/// Environment variables as CI systems mean them.
#[derive(Debug, Clone, Copy)]
pub struct Variables<'a>(&'a BTreeMap<String, String>);

impl Variables<'_> {
    /// A variable's value on one line; none where it is absent or blank.
    pub fn line(&self, name: &str) -> Option<String> {
        let value = self.0.get(name)?.replace(char::is_control, " ").trim().to_owned();
        (!value.is_empty()).then_some(value)
    }

    /// Whether a variable is set to anything that does not mean no.
    pub fn says(&self, name: &str) -> bool {
        self.line(name).is_some_and(|value| !matches!(value.as_str(), "0" | "false" | "False"))
    }
}

#[cfg(test)]
mod tests;
