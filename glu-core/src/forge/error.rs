//! Why a forge does not do what it is asked.

use jiff::Timestamp;

use super::Purpose;

/// Why a forge did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{forge}: {problem}")]
pub struct ForgeError {
    /// Which forge and repository.
    pub forge: String,
    /// What went wrong.
    pub problem: ForgeProblem,
}

impl ForgeError {
    /// Says what the forge was wanted for, where there is none.
    #[must_use]
    pub fn wanted_for(mut self, wanted: Purpose) -> Self {
        if let ForgeProblem::NotHosted { purpose, .. } = &mut self.problem {
            *purpose = wanted;
        }
        self
    }
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForgeProblem {
    /// It is not known which forge it is.
    #[error("{0}")]
    Unknown(String),
    /// The source's repository is on no forge.
    #[error(
        "its repository is on no forge, so {}; set `sources.git.{source_name}.remote.url` to a repository on a forge, or {}{}",
        .purpose.missed(),
        .purpose.instead(),
        if *.is_configured { format!("; `sources.git.{source_name}.proposals` says how to ask a forge, not where the repository is") } else { String::new() },
    )]
    NotHosted {
        /// The git source.
        source_name: String,
        /// What the forge is wanted for.
        purpose: Purpose,
        /// Whether the configuration says how to ask its forge all the same.
        is_configured: bool,
    },
    /// There is no credential.
    #[error("no credential is configured; set {0}")]
    NoCredential(String),
    /// The credential is not accepted.
    #[error("the credential is not accepted while {doing}: {reason}")]
    Unauthorized {
        /// What was being done.
        doing: String,
        /// In the forge's words.
        reason: String,
    },
    /// The credential may not do this.
    #[error("the credential may not go on {doing}: {reason}")]
    Forbidden {
        /// What was being done.
        doing: String,
        /// In the forge's words, with the permission it wants where that is known.
        reason: String,
    },
    /// It is not there, or the credential may not see it.
    #[error("not found while {doing}; it is not there, or the credential may not see it")]
    NotFound {
        /// What was being done.
        doing: String,
    },
    /// The forge has no such thing.
    #[error("{0} is something this forge does not have")]
    Unsupported(String),
    /// Something changed at the same time.
    #[error("something else changed while {doing}: {reason}")]
    Conflict {
        /// What was being done.
        doing: String,
        /// In the forge's words.
        reason: String,
    },
    /// What was asked is not acceptable to it.
    #[error("refused while {doing}: {reason}")]
    Invalid {
        /// What was being done.
        doing: String,
        /// In the forge's words.
        reason: String,
    },
    /// It has made something else than what it was asked for.
    #[error("it made {commit}, which is not the commit that was asked for: {reason}")]
    Altered {
        /// The commit.
        commit: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It wants to be left alone for a while.
    #[error("the rate limit is used up{}", match .until { Some(until) => format!(" until {until}"), None => String::new() })]
    RateLimited {
        /// Until when, where it tells.
        until: Option<Timestamp>,
    },
    /// It cannot answer, or answers nonsense.
    #[error("no useful answer while {doing}: {reason}")]
    Unavailable {
        /// What was being done.
        doing: String,
        /// Why.
        reason: String,
    },
}
