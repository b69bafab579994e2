//! The CI systems: one file each, with what its documentation says of its variables, its log and its files.

mod azure;
mod bitbucket;
mod buildkite;
mod circleci;
mod drone;
mod gitea;
mod github;
mod gitlab;
mod jenkins;
mod woodpecker;

use std::fmt;

use super::{Annotation, PullRequest, Variables};

/// Every system. One that also sets another's variables stands before it.
pub const SYSTEMS: &[System] = &[
    gitea::SYSTEM,
    github::SYSTEM,
    gitlab::SYSTEM,
    bitbucket::SYSTEM,
    azure::SYSTEM,
    circleci::SYSTEM,
    buildkite::SYSTEM,
    woodpecker::SYSTEM,
    drone::SYSTEM,
    jenkins::SYSTEM,
];

/// What a CI system is like.
pub struct System {
    /// Its name, as actors begin with it.
    pub name: &'static str,
    /// Whether the variables are its.
    pub present: fn(&Variables<'_>) -> bool,
    /// The variables that name whoever acts, the best first.
    pub actors: &'static [&'static str],
    /// Where it shows this run.
    pub run: fn(&Variables<'_>) -> Option<String>,
    /// The pull request that this run is for.
    pub pull_request: fn(&Variables<'_>) -> Option<PullRequest>,
    /// Whether its logs show colours.
    pub colors: bool,
    /// How lines of the log are folded.
    pub group: Option<Group>,
    /// How a message is shown at a place in a file.
    pub annotation: Option<fn(&Annotation) -> String>,
    /// How a secret is hidden from the log. It must be on one line.
    pub mask: Option<fn(&str) -> String>,
    /// Which lines of the log it takes for commands.
    pub hazard: Hazard,
    /// Lines that make it take none for commands until the second of them, for a token that nobody can guess.
    pub pause: Option<Pause>,
    /// Where a summary goes.
    pub summary: SummaryForm,
    /// Where outputs go.
    pub outputs: OutputForm,
}

impl fmt::Debug for System {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

/// The two lines, for a token.
pub type Pause = fn(&str) -> (String, String);

/// How lines of a log are folded.
#[derive(Clone, Copy)]
pub struct Group {
    /// The line that begins a fold.
    pub begin: fn(&Section) -> String,
    /// The line that ends it.
    pub end: fn(&Section) -> String,
}

/// A fold of a log.
#[derive(Debug, Clone)]
pub struct Section {
    /// What people read.
    pub title: String,
    /// Its number in this run, from 1.
    pub number: u32,
    /// When it began, in seconds since 1970.
    pub second: i64,
}

/// Which lines of a log a system takes for commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hazard {
    /// None that can be written without control characters.
    None,
    /// `::` at the beginning of a line, and `##[` anywhere.
    Workflow,
    /// `##vso[` and `##[` anywhere.
    Logging,
    /// `---`, `+++`, `~~~` and `^^^` at the beginning of a line.
    Headings,
}

/// Where a summary goes.
#[derive(Debug, Clone, Copy)]
pub enum SummaryForm {
    /// Nowhere.
    None,
    /// To the end of the file that a variable names, which holds so many bytes and is lost beyond.
    File {
        /// The variable.
        variable: &'static str,
        /// How many bytes.
        limit: usize,
    },
    /// Into a file of its own in the directory that a variable names, told by a line.
    Upload {
        /// The variable.
        variable: &'static str,
        /// The line that tells it.
        tell: fn(&str) -> String,
    },
}

/// Where outputs go.
#[derive(Debug, Clone, Copy)]
pub enum OutputForm {
    /// Nowhere but to `--output-env`.
    None,
    /// To the end of the file that a variable names, each between two delimiters.
    File {
        /// The variable.
        variable: &'static str,
    },
    /// Into the log, each by a line.
    Line {
        /// The line of a name and a value.
        tell: fn(&str, &str) -> String,
    },
}
