//! What can go wrong with a git repository. Every message names the source, and no message carries a password.

use std::path::PathBuf;

use super::url::redact;
use crate::process::ProcessError;

/// A failure of one git source.
#[derive(Debug, thiserror::Error)]
#[error("git source `{repository}` ({place}): {problem}")]
pub struct GitError {
    /// The source's name.
    pub repository: String,
    /// Its address without any user, or its path.
    pub place: String,
    /// What went wrong.
    pub problem: Box<GitProblem>,
}

/// What went wrong with a git repository.
#[derive(Debug, thiserror::Error)]
pub enum GitProblem {
    /// Neither a path nor an address is configured.
    #[error("neither a path nor the address of a remote is configured")]
    NotConfigured,
    /// The path holds no repository.
    #[error("there is no git repository at {}", path.display())]
    NotARepository {
        /// The path.
        path: PathBuf,
    },
    /// The repository belongs to another user.
    #[error(
        "the repository belongs to another user, so git will not read it; if you trust it, run \
         `git config --global --add safe.directory {}`",
        path.display()
    )]
    UnsafeDirectory {
        /// What to declare safe.
        path: PathBuf,
    },
    /// The repository uses something that libgit2 cannot read.
    #[error(
        "the repository cannot be read: {detail}; partial clones, reftables and SHA-256 are not supported"
    )]
    Unreadable {
        /// The library's reason.
        detail: String,
    },
    /// The repository at the path knows no such remote.
    #[error("the repository has no remote `{remote}`")]
    NoSuchRemote {
        /// The remote's name.
        remote: String,
    },
    /// The git program is too old.
    #[error("git {found} is too old: {} or later is needed", super::program::minimum())]
    TooOld {
        /// What `git --version` says.
        found: String,
    },
    /// This kind of credential cannot sign in here.
    #[error("a credential of kind `{kind}` cannot sign in to this remote: {reason}")]
    CredentialDoesNotFit {
        /// The credential's kind.
        kind: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// There is no token to sign in with.
    #[error("there is no token to sign in with: {reason}")]
    NoToken {
        /// Why not.
        reason: String,
    },
    /// The remote does not accept who we are, or does not let us do this.
    #[error("signing in failed {credential}: {detail}")]
    AuthenticationFailed {
        /// Which credential was used, as in "with the access token".
        credential: String,
        /// The remote's words.
        detail: String,
    },
    /// The remote knows no such repository, or hides it from us.
    #[error("the remote has no such repository, or hides it from whoever signs in {credential}: {detail}")]
    RepositoryNotFound {
        /// Which credential was used, as in "with the access token".
        credential: String,
        /// The remote's words.
        detail: String,
    },
    /// The remote cannot be reached.
    #[error("the remote cannot be reached: {detail}")]
    Unreachable {
        /// What git says.
        detail: String,
    },
    /// The remote's certificate is not trusted.
    #[error("the remote's certificate was not accepted: {detail}")]
    Tls {
        /// What git says.
        detail: String,
    },
    /// The remote's ssh host key is not known, or has changed.
    #[error(
        "the remote's ssh host key was not accepted; add it to known_hosts, for instance with `ssh-keyscan`: {detail}"
    )]
    HostKey {
        /// What ssh says.
        detail: String,
    },
    /// The remote has no branch at all.
    #[error("the repository is empty: push a first commit to it")]
    Empty,
    /// The remote's HEAD names no branch.
    #[error("the repository's HEAD names no branch; configure `default_branch`")]
    NoDefaultBranch,
    /// There is no such branch.
    #[error("there is no branch `{branch}`{}", nearest_branches(nearest))]
    MissingBranch {
        /// The branch that was asked for.
        branch: String,
        /// The branches there are, nearest names first.
        nearest: Vec<String>,
    },
    /// There is no such commit, tree or blob here.
    #[error("there is no {kind} {id} here{}", shallow_hint(*shallow))]
    MissingObject {
        /// `commit`, `tree` or `blob`.
        kind: &'static str,
        /// Its identifier.
        id: String,
        /// Whether the repository is a shallow clone, which may explain it.
        shallow: bool,
    },
    /// A file is not what the change was computed from.
    #[error("`{path}` is not what the change was made for: {reason}")]
    ChangedUnderneath {
        /// The file.
        path: String,
        /// What is there instead.
        reason: String,
    },
    /// The new commit does not follow the old one.
    #[error("commit {new} does not follow {old}, and history is never rewritten")]
    NotForward {
        /// The branch's tip.
        old: String,
        /// What was to become its tip.
        new: String,
    },
    /// The work tree's own changes are in the way.
    #[error("branch `{branch}` is checked out in {}, where local changes are in the way; nothing was changed: {detail}", path.display())]
    LocalChanges {
        /// The branch.
        branch: String,
        /// The work tree.
        path: PathBuf,
        /// What git says.
        detail: String,
    },
    /// Nobody said who writes commits.
    #[error(
        "it is not known who writes commits: configure `commit.name` and `commit.email`, or run `git config --global user.name NAME` and \
         `git config --global user.email ADDRESS`"
    )]
    NoIdentity,
    /// A commit is to be signed, and cannot be.
    #[error(
        "the commit cannot be signed: {detail}; git's `user.signingkey`, `gpg.format` and `gpg.program` say how, and `commit.sign = false` goes without"
    )]
    Unsigned {
        /// What git and the program that signs say.
        detail: String,
    },
    /// Another process works on this repository.
    #[error("another process has held the lock {} for {seconds} seconds", file.display())]
    Locked {
        /// The lock's file.
        file: PathBuf,
        /// How long we waited.
        seconds: u64,
    },
    /// No room, or no permission to write.
    #[error("writing failed: {detail}")]
    Disk {
        /// What git or the operating system says.
        detail: String,
    },
    /// The stored objects are damaged.
    #[error("the stored repository is damaged: {detail}")]
    Damaged {
        /// What git says.
        detail: String,
    },
    /// The git program failed in a way that has no name here.
    #[error("`git {command}` failed with exit code {code}: {detail}")]
    Program {
        /// The git command.
        command: String,
        /// The exit code.
        code: i32,
        /// What git says.
        detail: String,
    },
    /// The git program could not be run to its end.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The git program's output was not understood.
    #[error("the output of `git {command}` was not understood: {detail}")]
    Output {
        /// The git command.
        command: &'static str,
        /// What was not understood.
        detail: String,
    },
    /// A file outside the repository could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The library failed in a way that has no name here.
    #[error("{}", redact(.0.message()))]
    Library(git2::Error),
}

impl From<git2::Error> for GitProblem {
    fn from(error: git2::Error) -> Self {
        match (error.class(), error.code()) {
            (git2::ErrorClass::Os, _) => Self::Disk { detail: redact(error.message()) },
            _ => Self::Library(error),
        }
    }
}

impl GitProblem {
    /// Names the file of a failed operation.
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

fn nearest_branches(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return String::new();
    }
    format!(
        "; there is {}",
        nearest.iter().map(|branch| format!("`{branch}`")).collect::<Vec<_>>().join(", ")
    )
}

fn shallow_hint(shallow: bool) -> &'static str {
    if shallow { "; this is a shallow clone, so it may be beyond its edge" } else { "" }
}
