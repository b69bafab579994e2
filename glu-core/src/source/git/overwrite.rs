//! Branches of our own, such as a proposal's: unlike those that phases live on, they may be written anew and deleted, but only from where they
//! were seen.

use std::sync::Arc;
use std::sync::PoisonError;

use super::error::{GitError, GitProblem};
use super::id::CommitId;
use super::push::Push;
use super::repository::Repository;
use super::store::find_commit;
use super::tree::CommitTree;
use crate::tree::Tree;

impl Repository {
    /// Moves a branch to a commit, whatever it held, if it still is where it was seen; none is a branch that must not exist yet.
    ///
    /// The caller holds [`Repository::lock`].
    ///
    /// # Errors
    /// When there is no remote, or it cannot be reached or refuses us. A branch that has moved is no error but a rejection.
    pub fn overwrite(
        &self,
        branch: &str,
        expected: Option<&CommitId>,
        new: &CommitId,
    ) -> Result<Push, GitError> {
        self.replace(branch, expected, Some(new))
    }

    /// Deletes a branch, if it still is where it was seen.
    ///
    /// The caller holds [`Repository::lock`].
    ///
    /// # Errors
    /// As [`Repository::overwrite`].
    pub fn delete(&self, branch: &str, expected: &CommitId) -> Result<Push, GitError> {
        self.replace(branch, Some(expected), None)
    }

    /// The branches of a folder that [came along](Repository::fetch_along) last, and where they were.
    ///
    /// # Errors
    /// When the repository here cannot be read.
    pub fn brought_along(&self, folder: &str) -> Result<Vec<(String, CommitId)>, GitError> {
        let Some(upstream) = &self.remote else { return Ok(Vec::new()) };
        let start = upstream.along_name("refs/heads/");
        let found = self.store.with(|handle| {
            let mut branches = Vec::new();
            for reference in handle.references_glob(&format!("{start}{folder}/*"))? {
                let reference = reference?;
                let name = reference.name().ok().and_then(|name| name.strip_prefix(&start));
                if let (Some(name), Some(id)) = (name, reference.target()) {
                    branches.push((name.to_owned(), id.into()));
                }
            }
            Ok(branches)
        });
        found.map_err(self.failed())
    }

    /// The files of one commit with another merged into it; none where they conflict.
    ///
    /// # Errors
    /// When one of them is not here, or they share no history.
    pub fn merged_tree(&self, into: &CommitId, other: &CommitId) -> Result<Option<Arc<dyn Tree>>, GitError> {
        let root = self.merge(into, other)?;
        Ok(root.map(|root| Arc::new(CommitTree::new(Arc::clone(&self.store), root)) as Arc<dyn Tree>))
    }

    /// Whether a commit is nothing but another and a third merged, without anything that somebody put in.
    ///
    /// # Errors
    /// As [`Repository::merged_tree`].
    pub fn is_plain_merge(
        &self,
        merge: &CommitId,
        into: &CommitId,
        other: &CommitId,
    ) -> Result<bool, GitError> {
        let merged = self.merge(into, other)?.map(|root| root.to_string());
        Ok(merged.as_deref() == Some(self.tree_id(merge)?.as_str()))
    }

    fn merge(&self, into: &CommitId, other: &CommitId) -> Result<Option<git2::Oid>, GitError> {
        let root = self.store.with(|handle| {
            let (into, other) = (find_commit(handle, into)?, find_commit(handle, other)?);
            let mut index = handle.merge_commits(&into, &other, None)?;
            match index.has_conflicts() {
                true => Ok(None),
                false => Ok(Some(index.write_tree_to(handle)?)),
            }
        });
        root.map_err(self.failed())
    }

    fn replace(
        &self,
        branch: &str,
        expected: Option<&CommitId>,
        new: Option<&CommitId>,
    ) -> Result<Push, GitError> {
        *self.advertised.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let upstream = self.remote.as_ref().ok_or(GitProblem::NotConfigured);
        upstream
            .and_then(|upstream| self.push_refs(upstream, &[(branch, expected, new)]))
            .map_err(self.failed())
    }
}
