//! Commits that the forge makes itself, so that it signs them for the App or the user whose token it is.
//!
//! Each is made on a branch of its own, is read back, and then gets to where it belongs by the push that all commits get there by. So several moves
//! are made all or none, lost races are run again, and the branch of an open proposal never stands at its base, which forges take for its end.

use std::cell::RefCell;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::access::Access;
use crate::forge::{Forge, ForgeCommit, ForgeError, ForgeProblem, Purpose};
use crate::ledger;
use crate::observe::{BranchId, Problem};
use crate::promote::Failure;
use crate::source::git::{CommitId, Push, Rejection, Repository};
use crate::trailer;
use crate::tree::FileChange;

/// The folder of the branches that commits are made on.
const FOLDER: &str = "glu-commits";

/// After this time a branch was left behind by a run that was killed.
const LEFT_BEHIND: SignedDuration = SignedDuration::from_hours(1);

/// Lets a forge make the commits to one repository.
pub(super) struct ForgeWriter<'a> {
    access: &'a Access,
    source: &'a str,
    repository: &'a Repository,
    forge: Arc<dyn Forge>,
    staging: RefCell<Option<Staging>>,
}

/// The branch that commits are made on, and where it is.
struct Staging {
    branch: String,
    tip: CommitId,
}

impl<'a> ForgeWriter<'a> {
    /// The forge of a git source, if it can.
    pub(super) fn new(
        access: &'a Access,
        source: &'a str,
        repository: &'a Repository,
    ) -> Result<Self, Failure> {
        let forge = access.forge_for(source, Purpose::Commit)?;
        if !forge.makes_commits() {
            let problem = ForgeProblem::Unsupported("making commits itself (`commit.through_forge`)".into());
            return Err(Problem::from(ForgeError { forge: forge.describe(), problem }).into());
        }
        Ok(Self { access, source, repository, forge, staging: RefCell::default() })
    }

    /// Lets the forge make a commit, and reads back what it has made.
    pub(super) fn write(
        &self,
        promotion: &str,
        parent: &CommitId,
        changes: &[FileChange],
        message: String,
    ) -> Result<CommitId, Failure> {
        // It makes ordinary files of all that it writes.
        if let Some((path, mode)) = self.repository.special_file(parent, changes)? {
            let what = format!("keeping the mode {mode:o} of `{path}` in a commit that it makes itself");
            return Err(self.failed(ForgeProblem::Unsupported(what)));
        }
        let branch = self.stage(promotion, parent)?;
        let files = changes.iter().map(|change| (change.path.clone(), change.after.clone())).collect();
        let asked = ForgeCommit { branch: branch.clone(), parent: parent.to_string(), message, files };
        let what = format!("committing through {}", self.forge.describe());
        let answer = self.access.step(&what, || self.forge.commit(&asked));
        let tip = match (&answer, self.fetch(&branch)) {
            (_, Ok(tip)) => tip,
            (Ok(_), Err(error)) => return Err(error),
            (Err(_), Err(_)) => None,
        };
        let commit = match answer {
            Ok(id) => CommitId::parse(&id)
                .ok_or_else(|| self.altered(&id, "that is no commit's identifier".to_owned()))?,
            // It may have made the commit before its answer was lost.
            Err(error) => match tip {
                Some(tip) if self.says(&tip, promotion)? => tip,
                _ => return Err(Problem::from(error).into()),
            },
        };
        if let Some(staging) = &mut *self.staging.borrow_mut() {
            staging.tip = commit.clone();
        }
        self.check(&commit, promotion, parent, changes)?;
        Ok(commit)
    }

    /// Brings the branch to the commit that the next one stands on.
    fn stage(&self, promotion: &str, parent: &CommitId) -> Result<String, Failure> {
        let (branch, at) = match &*self.staging.borrow() {
            Some(Staging { branch, tip }) if tip == parent => return Ok(branch.clone()),
            Some(Staging { branch, tip }) => (branch.clone(), Some(tip.clone())),
            // No other run has a branch of this name.
            None => (format!("{FOLDER}/{promotion}"), None),
        };
        let what = format!("pushing to {}", self.repository.describe());
        let pushed = self.access.step(&what, || self.repository.overwrite(&branch, at.as_ref(), parent))?;
        if let Push::Rejected(rejections) = pushed {
            let branch = BranchId { source: self.source.to_owned(), branch };
            return Err(match Rejection::refusal(rejections) {
                Some(reason) => Failure::Refused { branch, reason },
                None => Failure::Moved(format!("`{branch}` moved while a commit was made on it")),
            });
        }
        *self.staging.borrow_mut() = Some(Staging { branch: branch.clone(), tip: parent.clone() });
        Ok(branch)
    }

    /// Where the branch is. All others of their kind come along, so that those left behind are known.
    fn fetch(&self, branch: &str) -> Result<Option<CommitId>, Failure> {
        let what = format!("fetching {}", self.repository.describe());
        let mut tips = self.access.step(&what, || self.repository.fetch_along(&[], &[FOLDER, branch]))?;
        Ok(tips.remove(branch).flatten())
    }

    /// Whether a commit is the one of this promotion.
    fn says(&self, commit: &CommitId, promotion: &str) -> Result<bool, Failure> {
        let entry = self.repository.commits(&[commit.clone()].into())?.remove(commit);
        let record = entry.and_then(|entry| trailer::record(&entry.trailers));
        Ok(record.is_some_and(|record| record.promotion == promotion))
    }

    /// Holds what the forge has made against what was meant.
    fn check(
        &self,
        commit: &CommitId,
        promotion: &str,
        parent: &CommitId,
        changes: &[FileChange],
    ) -> Result<(), Failure> {
        let altered = |reason: &str| Err(self.altered(commit.as_str(), reason.to_owned()));
        if !self.repository.contains(commit)? {
            return altered("it cannot be fetched");
        }
        if self.repository.tree_id(commit)? != self.repository.expected_tree(parent, changes)? {
            return altered("its files are others than were meant");
        }
        let entry = self.repository.commits(&[commit.clone()].into())?.remove(commit);
        if entry.is_none_or(|entry| entry.parents != [parent.clone()]) {
            return altered("it stands on another commit than was meant");
        }
        if !self.says(commit, promotion)? {
            return altered("its message does not tell the promotion");
        }
        Ok(())
    }

    fn altered(&self, commit: &str, reason: String) -> Failure {
        self.failed(ForgeProblem::Altered { commit: commit.to_owned(), reason })
    }

    fn failed(&self, problem: ForgeProblem) -> Failure {
        Problem::from(ForgeError { forge: self.forge.describe(), problem }).into()
    }

    /// Takes the branch away, and those that were left behind by runs that were killed.
    fn clear(&self) {
        let Some(Staging { branch, tip }) = self.staging.borrow_mut().take() else { return };
        // What cannot be deleted now is so by a later run.
        let _ = self.repository.delete(&branch, &tip);
        for (branch, tip) in self.repository.brought_along(FOLDER).unwrap_or_default() {
            let began = branch.rsplit('/').next().and_then(ledger::time_of);
            if began.is_some_and(|began| self.access.now().duration_since(began) > LEFT_BEHIND) {
                let _ = self.repository.delete(&branch, &tip);
            }
        }
    }
}

impl Drop for ForgeWriter<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}
