//! Signing commits, by the programs and keys that git itself would use here.

use std::time::Duration;

use super::error::{GitError, GitProblem};
use super::id::{CommitId, TreeId};
use super::program::{self, Configuration};
use super::repository::Repository;
use super::store::find_commit;

/// Long enough for a person to unlock a key, short enough for a job that nobody watches.
const TIMEOUT: Duration = Duration::from_secs(120);

/// What a commit says, as `git commit-tree` wants to be told.
struct Parts {
    tree: TreeId,
    parents: Vec<CommitId>,
    message: Vec<u8>,
    author: Person,
    committer: Person,
}

struct Person {
    name: String,
    email: String,
    date: String,
}

impl Repository {
    /// Whether commits are signed: as the settings say, else as git's own configuration does (`commit.gpgsign`).
    ///
    /// # Errors
    /// When git's configuration cannot be read.
    pub fn signs(&self, setting: Option<bool>) -> Result<bool, GitError> {
        match setting {
            Some(signs) => Ok(signs),
            None => self.git_signs().map_err(self.failed()),
        }
    }

    /// The same commit with a signature: by ssh, gpg or X.509 as git's `gpg.format` says, with `user.signingkey`.
    ///
    /// # Errors
    /// When there is no key, or the program that signs fails.
    pub fn sign(&self, commit: &CommitId) -> Result<CommitId, GitError> {
        self.signed(commit).map_err(self.failed())
    }

    fn git_signs(&self) -> Result<bool, GitProblem> {
        let arguments = ["config", "--type=bool", "--get", "commit.gpgsign"];
        let answer = program::git_in(self.store.directory())?.arguments(arguments).run()?;
        match answer.code {
            0 => Ok(answer.stdout.trim_ascii() == b"true"),
            // Nobody said.
            1 => Ok(false),
            code => Err(GitProblem::Program {
                command: "config".to_owned(),
                code,
                detail: answer.stderr.trim().to_owned(),
            }),
        }
    }

    fn signed(&self, commit: &CommitId) -> Result<CommitId, GitProblem> {
        let parts = self.parts(commit)?;
        let mut configuration = Configuration::default();
        // Messages are UTF-8, whatever this machine's people write theirs in.
        configuration.set("i18n.commitEncoding", "UTF-8");
        let mut process = configuration.apply(program::git_in(self.store.directory())?);
        process = process.arguments(["commit-tree", "-S", "-F", "-"]);
        for parent in &parts.parents {
            process = process.arguments(["-p", parent.as_str()]);
        }
        for (role, person) in [("AUTHOR", &parts.author), ("COMMITTER", &parts.committer)] {
            process = process
                .environment(format!("GIT_{role}_NAME"), &person.name)
                .environment(format!("GIT_{role}_EMAIL"), &person.email)
                .environment(format!("GIT_{role}_DATE"), &person.date);
        }
        let process = process.argument(parts.tree.as_str()).input(parts.message.clone()).timeout(TIMEOUT);
        let finished = process.run()?;
        let unsigned = |detail: String| GitProblem::Unsigned { detail };
        if finished.code != 0 {
            return Err(unsigned(finished.stderr.trim().replace('\n', "; ")));
        }
        let signed = CommitId::parse(String::from_utf8_lossy(&finished.stdout).trim())
            .ok_or_else(|| unsigned("git named no commit".to_owned()))?;
        if !self.is_signed_copy(commit, &signed)? {
            return Err(unsigned("the signed commit does not say what the unsigned one says".to_owned()));
        }
        Ok(signed)
    }

    fn parts(&self, commit: &CommitId) -> Result<Parts, GitProblem> {
        self.store.with(|handle| {
            let commit = find_commit(handle, commit)?;
            let person = |signature: &git2::Signature<'_>| {
                let time = signature.when();
                let (sign, minutes) = (time.sign(), time.offset_minutes().unsigned_abs());
                Person {
                    name: String::from_utf8_lossy(signature.name_bytes()).into_owned(),
                    email: String::from_utf8_lossy(signature.email_bytes()).into_owned(),
                    date: format!("@{} {sign}{:02}{:02}", time.seconds(), minutes / 60, minutes % 60),
                }
            };
            Ok(Parts {
                tree: commit.tree_id().into(),
                parents: commit.parent_ids().map(Into::into).collect(),
                message: commit.message_raw_bytes().to_owned(),
                author: person(&commit.author()),
                committer: person(&commit.committer()),
            })
        })
    }

    /// Whether a commit has a signature and is otherwise, byte for byte, another one.
    fn is_signed_copy(&self, plain: &CommitId, signed: &CommitId) -> Result<bool, GitProblem> {
        self.store.with(|handle| {
            let (plain, signed) = (find_commit(handle, plain)?, find_commit(handle, signed)?);
            let header = signed.raw_header_bytes();
            let mut rest = Vec::new();
            let mut inside = false;
            let mut found = false;
            for line in header.split_inclusive(|byte| *byte == b'\n') {
                inside = line.starts_with(b"gpgsig ") || (inside && line.starts_with(b" "));
                found |= inside;
                if !inside {
                    rest.extend_from_slice(line);
                }
            }
            let same =
                rest == plain.raw_header_bytes() && plain.message_raw_bytes() == signed.message_raw_bytes();
            Ok(found && same)
        })
    }
}
