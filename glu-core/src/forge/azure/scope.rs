//! What a token has to be allowed. Azure DevOps does not say it when it refuses, so we do.

use super::super::ForgeProblem;

/// A scope of a token, as it is called where tokens are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Read,
    Write,
    Status,
    Identity,
    Team,
}

impl Scope {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "Code (read)",
            Self::Write => "Code (read & write)",
            Self::Status => "Code (status)",
            Self::Identity => "Identity (read)",
            Self::Team => "Project and Team (read)",
        }
    }

    /// Says with a refusal what would change it.
    pub(super) fn wanted(self, problem: ForgeProblem) -> ForgeProblem {
        let with = |reason: String| format!("{reason}; a token wants the scope {}", self.name());
        match problem {
            ForgeProblem::Forbidden { doing, reason } => {
                ForgeProblem::Forbidden { doing, reason: with(reason) }
            }
            // One that is not valid at all has been told so; a scope that is missing is a 401 as well.
            ForgeProblem::Unauthorized { doing, reason } if !super::explain::is_told(&reason) => {
                ForgeProblem::Unauthorized { doing, reason: with(reason) }
            }
            other => other,
        }
    }
}
