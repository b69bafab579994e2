//! Git repositories: read and written as objects through libgit2, fetched and pushed by the `git` program.
//!
//! A work tree is never read, and is moved only where a local branch that is checked out there moves.

mod access;
mod advertised;
mod base64;
mod chain;
mod clone;
mod commit;
mod error;
mod failure;
mod fetch;
mod history;
mod id;
mod identity;
mod listing;
mod local;
mod lock;
mod overwrite;
mod program;
mod push;
mod repository;
mod sent;
mod sign;
mod store;
mod touches;
mod tree;
mod url;

pub use commit::Signature;
pub use error::{GitError, GitProblem};
pub use history::{LogEntry, PathChange};
pub use id::{BlobId, CommitId, TreeId};
pub use listing::{Content, Listed};
pub use lock::RepositoryLock;
pub use push::{Push, Reason, RefUpdate, Rejection};
pub use repository::Repository;
pub use sent::{basic, credential_in};
pub use touches::{Before, Touch};

/// The version of the installed git program.
///
/// # Errors
/// When it is missing or too old.
pub fn installed_version() -> Result<String, GitProblem> {
    program::version()
}

#[cfg(test)]
mod tests;
