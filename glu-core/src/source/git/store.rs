//! The objects and refs of one repository, read and written through libgit2 by any number of threads.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

use super::error::GitProblem;
use super::id::CommitId;

/// Open handles on one repository. A handle serves one thread at a time, so there are as many as threads at work.
pub(super) struct Store {
    directory: PathBuf,
    idle: Mutex<Vec<git2::Repository>>,
}

impl Store {
    /// Opens the repository whose git directory this is.
    pub(super) fn open(directory: &Path) -> Result<Self, GitProblem> {
        let handle = open(directory)?;
        Ok(Self { directory: directory.to_owned(), idle: Mutex::new(vec![handle]) })
    }

    /// Finds the repository that holds a path.
    pub(super) fn discover(path: &Path) -> Result<Self, GitProblem> {
        read_as_git_does();
        let handle = git2::Repository::discover(path).map_err(|error| problem(path, error))?;
        Ok(Self { directory: handle.path().to_owned(), idle: Mutex::new(vec![handle]) })
    }

    /// The git directory: `.git`, that of a linked work tree, or the bare repository itself.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The directory that holds refs and objects, which linked work trees share.
    pub(super) fn shared_directory(&self) -> PathBuf {
        self.with(|handle| Ok(handle.commondir().to_owned())).unwrap_or_else(|_| self.directory.clone())
    }

    /// Works with a handle.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&git2::Repository) -> Result<T, GitProblem>,
    ) -> Result<T, GitProblem> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let handle = match idle {
            Some(handle) => handle,
            None => open(&self.directory)?,
        };
        let result = work(&handle);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
        result
    }

    /// Closes the handles, for when what they point at has been replaced.
    pub(super) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Where a ref points, or nothing where there is none.
    pub(super) fn tip(&self, full_name: &str) -> Result<Option<CommitId>, GitProblem> {
        self.with(|handle| match handle.find_reference(full_name) {
            Ok(reference) => Ok(Some(reference.peel_to_commit()?.id().into())),
            Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        })
    }

    /// Whether history is cut off somewhere.
    pub(super) fn is_shallow(&self) -> bool {
        self.with(|handle| Ok(handle.is_shallow())).unwrap_or(false)
    }
}

/// Finds an object's commit; the error knows about shallow clones.
pub(super) fn find_commit<'a>(
    handle: &'a git2::Repository,
    id: &CommitId,
) -> Result<git2::Commit<'a>, GitProblem> {
    handle.find_commit(id.oid()?).map_err(|error| match error.code() {
        git2::ErrorCode::NotFound => {
            GitProblem::MissingObject { kind: "commit", id: id.to_string(), shallow: handle.is_shallow() }
        }
        _ => error.into(),
    })
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Store").field(&self.directory).finish()
    }
}

fn open(directory: &Path) -> Result<git2::Repository, GitProblem> {
    read_as_git_does();
    let flags = git2::RepositoryOpenFlags::NO_SEARCH | git2::RepositoryOpenFlags::NO_DOTGIT;
    let nowhere: [&Path; 0] = [];
    git2::Repository::open_ext(directory, flags, nowhere).map_err(|error| problem(directory, error))
}

/// The library hashes every object again that it reads, which takes longer than reading it. Git does not: objects are hashed as they
/// arrive, and what is compressed has a checksum of its own.
fn read_as_git_does() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| git2::opts::strict_hash_verification(false));
}

fn problem(path: &Path, error: git2::Error) -> GitProblem {
    match error.code() {
        git2::ErrorCode::Owner => GitProblem::UnsafeDirectory { path: work_tree_of(path) },
        git2::ErrorCode::NotFound => GitProblem::NotARepository { path: path.to_owned() },
        _ if error.class() == git2::ErrorClass::Repository => {
            GitProblem::Unreadable { detail: error.message().to_owned() }
        }
        _ => error.into(),
    }
}

/// What `safe.directory` wants to hear: the work tree where there is one.
fn work_tree_of(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = absolute.ancestors().find(|ancestor| ancestor.join(".git").exists());
    found.map_or_else(|| absolute.clone(), Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_of_somebody_else_is_explained() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(directory.path().join("repo/.git")).unwrap();
        let error =
            git2::Error::new(git2::ErrorCode::Owner, git2::ErrorClass::Config, "not owned by current user");
        let message = problem(&directory.path().join("repo/.git"), error).to_string();
        let command =
            format!("git config --global --add safe.directory {}", directory.path().join("repo").display());
        assert!(message.contains(&command), "{message}");
    }

    #[test]
    fn a_path_without_a_repository_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let problem = Store::discover(directory.path()).unwrap_err();
        assert!(matches!(problem, GitProblem::NotARepository { path } if path == directory.path()));
    }
}
