//! Why a forge does not do what it is asked.

use jiff::Timestamp;

/// Why a forge did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{forge}: {problem}")]
pub struct ForgeError {
    /// Which forge and repository.
    pub forge: String,
    /// What went wrong.
    pub problem: ForgeProblem,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForgeProblem {
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
