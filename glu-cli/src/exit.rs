//! How a run ends: a documented exit code, and for failures a message with hints.

use std::fmt;

use glu_core::facts::FactsError;
use glu_core::ledger::LedgerError;
use glu_core::model::{Refusals, SelectError};
use glu_core::observe::Problem;
use glu_core::rollback::RollbackError;

use crate::ci::Place;
use crate::config::{ConfigError, Origin};
use crate::launcher::LaunchError;
use crate::registration::CollectError;

/// The exit codes. They are stable: scripts and CI jobs rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Done, or nothing to do.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// The command, the configuration or the pipelines are not as they must be.
    Usage = 2,
    /// Held: by a gate, a pin, a window, a join.
    Held = 3,
    /// Something moved: a stale plan, a lost race that could not be resolved.
    Moved = 4,
    /// Changes are pending; only where asked for.
    Pending = 5,
}

impl From<Code> for std::process::ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Why a run ended early.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: Code,
    /// What went wrong, as a lower-case fragment; several lines where there are several mistakes.
    pub message: String,
    /// What to do about it.
    pub hints: Vec<String>,
    /// The message taken apart, where its mistakes have places of their own.
    pub mistakes: Vec<Mistake>,
}

/// One of the mistakes that a run ended for.
#[derive(Debug)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
}

impl Failure {
    /// A failure.
    pub fn new(code: Code, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string(), hints: Vec::new(), mistakes: Vec::new() }
    }

    /// Says where each of its mistakes is.
    #[must_use]
    pub fn mistakes(mut self, mistakes: impl IntoIterator<Item = Mistake>) -> Self {
        self.mistakes = mistakes.into_iter().collect();
        self
    }

    /// Says where it is.
    #[must_use]
    pub fn at(self, place: Option<Place>) -> Self {
        let message = self.message.clone();
        self.mistakes(place.map(|place| Mistake { message, place: Some(place) }))
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        // The alternate form is the chain of causes on one line, and never a backtrace.
        Self::new(Code::Failed, format!("{error:#}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            // Whoever reads has had enough: that is no failure.
            std::io::ErrorKind::BrokenPipe => Self::new(Code::Done, ""),
            _ => Self::new(Code::Failed, error),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let place = |path: &std::path::Path, line| Place { file: path.to_string_lossy().into_owned(), line };
        let mistakes: Vec<Mistake> = match &error {
            ConfigError::Invalid { problems } => problems
                .iter()
                .map(|problem| Mistake {
                    message: problem.to_string(),
                    place: match &problem.origin {
                        Origin::File { path, line } => Some(place(path, *line)),
                        Origin::Variable(_) | Origin::Default => None,
                    },
                })
                .collect(),
            ConfigError::Parse { path, .. } => {
                vec![Mistake { message: error.to_string(), place: Some(place(path, None)) }]
            }
            ConfigError::Ambiguous { .. } | ConfigError::Read { .. } => Vec::new(),
        };
        Self::new(Code::Usage, error).mistakes(mistakes)
    }
}

impl From<CollectError> for Failure {
    fn from(error: CollectError) -> Self {
        let failure = Self::new(Code::Usage, &error);
        match error {
            CollectError::NoPipelines => failure.hint(
                "mark a function with `#[pipeline]`; pipelines of another crate have to be named: `use my_pipelines as _;`",
            ),
            CollectError::Failed(failures) => failure.mistakes(failures.iter().map(|failed| Mistake {
                message: failed.to_string(),
                place: Some(Place::declared(failed.declared)),
            })),
        }
    }
}

impl From<Refusals> for Failure {
    fn from(refusals: Refusals) -> Self {
        let mistakes = refusals.0.iter().map(|refusal| Mistake {
            message: refusal.to_string(),
            place: Some(Place::declared(refusal.at)),
        });
        Self::new(Code::Usage, &refusals).mistakes(mistakes)
    }
}

impl From<SelectError> for Failure {
    fn from(error: SelectError) -> Self {
        let hint = match &error.nearest {
            Some(near) => format!("did you mean `{near}`?"),
            None if error.known.is_empty() => "there are no pipelines".to_owned(),
            None => {
                let known: Vec<String> =
                    error.known.iter().take(20).map(|name| format!("`{name}`")).collect();
                let more = if error.known.len() > 20 { ", ..." } else { "" };
                format!("there are {}{more}", known.join(", "))
            }
        };
        Self::new(Code::Usage, &error).hint(hint)
    }
}

impl From<FactsError> for Failure {
    fn from(error: FactsError) -> Self {
        Self::new(Code::Failed, error)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let place = Place::of_problem(&problem);
        Self::new(Code::Failed, problem).at(place)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::new(Code::Failed, error)
    }
}

impl From<RollbackError> for Failure {
    fn from(error: RollbackError) -> Self {
        let code = if error == RollbackError::NoOlder { Code::Failed } else { Code::Usage };
        Self::new(code, error)
    }
}

impl From<LaunchError> for Failure {
    fn from(error: LaunchError) -> Self {
        let code = if error.exit_code() == Code::Usage as u8 { Code::Usage } else { Code::Failed };
        let failure = Self::new(code, &error);
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
