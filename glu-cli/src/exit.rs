//! How a run ends: a documented exit code, and for failures a message with hints.

use std::fmt;

use glu_core::facts::FactsError;
use glu_core::ledger::LedgerError;
use glu_core::model::{Refusals, SelectError};
use glu_core::observe::Problem;
use glu_core::rollback::RollbackError;

use crate::config::ConfigError;
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
}

impl Failure {
    /// A failure.
    pub fn new(code: Code, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string(), hints: Vec::new() }
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
            std::io::ErrorKind::BrokenPipe => {
                Self { code: Code::Done, message: String::new(), hints: Vec::new() }
            }
            _ => Self::new(Code::Failed, error),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Code::Usage, error)
    }
}

impl From<CollectError> for Failure {
    fn from(error: CollectError) -> Self {
        let failure = Self::new(Code::Usage, &error);
        match error {
            CollectError::NoPipelines => failure.hint(
                "mark a function with `#[pipeline]`; pipelines of another crate have to be named: `use my_pipelines as _;`",
            ),
            CollectError::Failed(_) => failure,
        }
    }
}

impl From<Refusals> for Failure {
    fn from(refusals: Refusals) -> Self {
        Self::new(Code::Usage, refusals)
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
        Self::new(Code::Failed, problem)
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
