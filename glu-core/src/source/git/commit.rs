//! Writing commits: the parent's tree with some files replaced, never through a checkout.

use std::sync::Arc;

use git2::FileMode;
use git2::build::TreeUpdateBuilder;

use super::error::{GitError, GitProblem};
use super::id::{BlobId, CommitId, TreeId};
use super::repository::Repository;
use super::store::find_commit;
use super::tree::{CommitTree, Unreadable, find};
use crate::tree::{FileChange, Tree};

/// The mode of an ordinary file.
const ORDINARY: u32 = 0o100_644;

/// Who wrote a commit, and when. The time is recorded in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The time; git keeps whole seconds.
    pub time: jiff::Timestamp,
}

impl Repository {
    /// The files of a commit. Reading them touches no work tree; any number of threads may read at once.
    ///
    /// # Errors
    /// When there is no such commit here.
    pub fn tree(&self, commit: &CommitId) -> Result<Arc<dyn Tree>, GitError> {
        let root =
            self.store.with(|handle| Ok(find_commit(handle, commit)?.tree_id())).map_err(self.failed())?;
        Ok(Arc::new(CommitTree::new(Arc::clone(&self.store), root)))
    }

    /// The identifier of a commit's tree.
    ///
    /// # Errors
    /// When there is no such commit here.
    pub fn tree_id(&self, commit: &CommitId) -> Result<TreeId, GitError> {
        self.store.with(|handle| Ok(find_commit(handle, commit)?.tree_id().into())).map_err(self.failed())
    }

    /// The tree that [`Repository::commit`] would make. It is written to the object store, where nothing refers to it.
    ///
    /// # Errors
    /// As [`Repository::commit`].
    pub fn expected_tree(&self, parent: &CommitId, changes: &[FileChange]) -> Result<TreeId, GitError> {
        self.store
            .with(|handle| {
                let base = find_commit(handle, parent)?.tree()?;
                Ok(changed_tree(handle, &base, changes)?.into())
            })
            .map_err(self.failed())
    }

    /// The first of these files that is written and is no ordinary one, and its mode: an executable keeps being one.
    ///
    /// # Errors
    /// When there is no such commit here, or a path leads through a link or a submodule.
    pub fn special_file(
        &self,
        parent: &CommitId,
        changes: &[FileChange],
    ) -> Result<Option<(String, u32)>, GitError> {
        let found = self.store.with(|handle| {
            let root = find_commit(handle, parent)?.tree_id();
            for FileChange { path, .. } in changes.iter().filter(|change| change.after.is_some()) {
                let entry = find(handle, root, path).map_err(|Unreadable(reason)| {
                    GitProblem::ChangedUnderneath { path: path.clone(), reason }
                })?;
                let mode = entry.map_or(ORDINARY, |entry| entry.mode.unsigned_abs());
                if mode != ORDINARY {
                    return Ok(Some((path.clone(), mode)));
                }
            }
            Ok(None)
        });
        found.map_err(self.failed())
    }

    /// Writes a commit on top of `parent`. No ref moves. Files keep their modes, new ones are ordinary files, and
    /// everything that is not named stays as it is.
    ///
    /// # Errors
    /// When a file at the parent is not what the change says was there before, when a path leads through a link or a
    /// submodule, or when the object store cannot be written.
    pub fn commit(
        &self,
        parent: &CommitId,
        changes: &[FileChange],
        message: &str,
        author: &Signature,
        committer: &Signature,
    ) -> Result<CommitId, GitError> {
        self.write_commit(Some(parent), changes, message, author, committer)
    }

    /// Writes a commit without a parent, for a ref that does not exist yet.
    ///
    /// # Errors
    /// As [`Repository::commit`].
    pub fn first_commit(
        &self,
        changes: &[FileChange],
        message: &str,
        author: &Signature,
        committer: &Signature,
    ) -> Result<CommitId, GitError> {
        self.write_commit(None, changes, message, author, committer)
    }

    /// A file's content by its identifier.
    ///
    /// # Errors
    /// When there is no such blob here.
    pub fn blob(&self, id: &BlobId) -> Result<Vec<u8>, GitError> {
        self.store
            .with(|handle| match handle.find_blob(id.oid()?) {
                Ok(blob) => Ok(blob.content().to_owned()),
                Err(error) if error.code() == git2::ErrorCode::NotFound => Err(GitProblem::MissingObject {
                    kind: "blob",
                    id: id.to_string(),
                    shallow: handle.is_shallow(),
                }),
                Err(error) => Err(error.into()),
            })
            .map_err(self.failed())
    }

    /// Whether `ancestor` is `descendant` or one of those it stands on.
    ///
    /// # Errors
    /// When one of them is not here.
    pub fn is_ancestor(&self, ancestor: &CommitId, descendant: &CommitId) -> Result<bool, GitError> {
        self.store.with(|handle| is_ancestor(handle, ancestor, descendant)).map_err(self.failed())
    }

    /// The best common ancestor of two commits, or nothing where they share no history.
    ///
    /// # Errors
    /// When one of them is not here.
    pub fn merge_base(&self, one: &CommitId, other: &CommitId) -> Result<Option<CommitId>, GitError> {
        self.store
            .with(|handle| {
                let (one, other) = (find_commit(handle, one)?.id(), find_commit(handle, other)?.id());
                match handle.merge_base(one, other) {
                    Ok(base) => Ok(Some(base.into())),
                    Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
                    Err(error) => Err(error.into()),
                }
            })
            .map_err(self.failed())
    }

    /// Whether the commit is here.
    ///
    /// # Errors
    /// When the object store cannot be read.
    pub fn contains(&self, commit: &CommitId) -> Result<bool, GitError> {
        let found = self.store.with(|handle| match find_commit(handle, commit) {
            Ok(_) => Ok(true),
            Err(GitProblem::MissingObject { .. }) => Ok(false),
            Err(problem) => Err(problem),
        });
        found.map_err(self.failed())
    }

    /// As many of a commit's digits as tell it from all other objects here, seven at least.
    pub fn short(&self, commit: &CommitId) -> String {
        let short = self.store.with(|handle| {
            let short = handle.find_object(commit.oid()?, None)?.short_id()?;
            Ok(short.as_str().map(ToOwned::to_owned).unwrap_or_default())
        });
        match short {
            Ok(short) if short.len() >= 7 => short,
            _ => commit.as_str()[..7].to_owned(),
        }
    }

    fn write_commit(
        &self,
        parent: Option<&CommitId>,
        changes: &[FileChange],
        message: &str,
        author: &Signature,
        committer: &Signature,
    ) -> Result<CommitId, GitError> {
        self.store
            .with(|handle| {
                let parent = parent.map(|parent| find_commit(handle, parent)).transpose()?;
                let base = match &parent {
                    Some(parent) => parent.tree()?,
                    None => handle.find_tree(handle.treebuilder(None)?.write()?)?,
                };
                let tree = handle.find_tree(changed_tree(handle, &base, changes)?)?;
                let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
                let message = format!("{}\n", message.trim_end());
                let (author, committer) = (author.for_library()?, committer.for_library()?);
                Ok(handle.commit(None, &author, &committer, &message, &tree, &parents)?.into())
            })
            .map_err(self.failed())
    }
}

impl Signature {
    fn for_library(&self) -> Result<git2::Signature<'static>, git2::Error> {
        git2::Signature::new(&self.name, &self.email, &git2::Time::new(self.time.as_second(), 0))
    }
}

pub(super) fn is_ancestor(
    handle: &git2::Repository,
    ancestor: &CommitId,
    descendant: &CommitId,
) -> Result<bool, GitProblem> {
    let (ancestor, descendant) = (find_commit(handle, ancestor)?.id(), find_commit(handle, descendant)?.id());
    Ok(ancestor == descendant || handle.graph_descendant_of(descendant, ancestor)?)
}

fn changed_tree(
    handle: &git2::Repository,
    base: &git2::Tree<'_>,
    changes: &[FileChange],
) -> Result<git2::Oid, GitProblem> {
    let mut builder = TreeUpdateBuilder::new();
    for change in changes {
        let changed = |reason: &str| GitProblem::ChangedUnderneath {
            path: change.path.clone(),
            reason: reason.to_owned(),
        };
        if let Some(reason) = unusable(&change.path) {
            return Err(changed(reason));
        }
        let entry = find(handle, base.id(), &change.path).map_err(|Unreadable(reason)| changed(&reason))?;
        let mut mode = FileMode::Blob;
        match (&entry, &change.before) {
            (None, None) => {}
            (None, Some(_)) => return Err(changed("the file is not there")),
            (Some(entry), before) => {
                entry.must_be_file().map_err(|Unreadable(reason)| changed(&reason))?;
                let Some(before) = before else { return Err(changed("the file is there already")) };
                if handle.find_blob(entry.id)?.content() != before.as_slice() {
                    return Err(changed("its content is another"));
                }
                mode = match entry.mode {
                    0o100_755 => FileMode::BlobExecutable,
                    0o100_664 => FileMode::BlobGroupWritable,
                    _ => FileMode::Blob,
                };
            }
        }
        match (&change.after, entry) {
            (Some(after), _) => {
                let blob = handle.blob(after)?;
                builder.upsert(change.path.as_str(), blob, mode);
            }
            (None, Some(_)) => {
                builder.remove(change.path.as_str());
            }
            (None, None) => {}
        }
    }
    Ok(builder.create_updated(handle, base)?)
}

/// Why no file may have this path.
fn unusable(path: &str) -> Option<&'static str> {
    let odd =
        |name: &str| name.is_empty() || name == "." || name == ".." || name.eq_ignore_ascii_case(".git");
    path.split('/').any(odd).then_some("the path is not a plain one inside the repository")
}
