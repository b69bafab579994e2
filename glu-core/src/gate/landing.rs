//! The commits that brought a state to its phases: what a controller has to have seen before it can speak of that state.

use super::Asked;
use crate::source::git::CommitId;

/// A commit that brought a state into a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// The phase.
    pub phase: String,
    /// The git source that the commit is in.
    pub source: String,
    /// The commit.
    pub commit: CommitId,
}

impl Asked<'_> {
    /// Whether a revision, in full, has what a landing's commit brought; none where this run does not know the revision, such as one of
    /// another repository.
    pub fn has(&self, revision: &CommitId, landing: &Landing) -> Option<bool> {
        if *revision == landing.commit {
            return Some(true);
        }
        let repository = self.access.repository(&landing.source).ok()?;
        repository.is_ancestor(&landing.commit, revision).ok()
    }
}
