//! Who writes commits.

use super::commit::Signature;
use super::error::{GitError, GitProblem};
use super::program;
use super::repository::Repository;
use crate::settings::Author;

impl Repository {
    /// Who writes commits: the settings, else what git would use here (`GIT_AUTHOR_*`, `author.*`, `user.*`). A name
    /// guessed from the machine's is not accepted.
    ///
    /// # Errors
    /// When nobody said who it is; the message tells how to.
    pub fn signature(&self, author: Option<&Author>, time: jiff::Timestamp) -> Result<Signature, GitError> {
        match author {
            Some(author) => Ok(Signature { name: author.name.clone(), email: author.email.clone(), time }),
            None => self.git_identity(time).map_err(self.failed()),
        }
    }

    fn git_identity(&self, time: jiff::Timestamp) -> Result<Signature, GitProblem> {
        let answer = program::git_in(self.store.directory())?
            .arguments(["-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT"])
            .run()?;
        let line = String::from_utf8_lossy(&answer.stdout);
        let parsed = line.rsplit_once("> ").and_then(|(identity, _)| identity.rsplit_once(" <"));
        match parsed {
            Some((name, email)) if answer.code == 0 && !name.is_empty() && !email.is_empty() => {
                Ok(Signature { name: name.to_owned(), email: email.to_owned(), time })
            }
            _ => Err(GitProblem::NoIdentity),
        }
    }
}
