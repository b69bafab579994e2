//! A commit that a forge makes itself.

use super::ForgeProblem;

/// Changes to a branch that a forge is to commit itself, so that it vouches for them with its own signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeCommit {
    /// The branch, which exists.
    pub branch: String,
    /// The commit it has to be at, in full.
    pub parent: String,
    /// The whole message.
    pub message: String,
    /// Files by their paths: the new content, or none for one that is to go.
    pub files: Vec<(String, Option<Vec<u8>>)>,
}

impl ForgeCommit {
    /// The problem of a forge that makes no commits.
    pub(super) fn unsupported(&self) -> ForgeProblem {
        ForgeProblem::Unsupported(format!("committing to `{}` through its API", self.branch))
    }
}
