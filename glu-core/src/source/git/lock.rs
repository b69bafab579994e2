//! One process at a time: kernel locks, which nobody has to clear away after a crash.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::error::{GitError, GitProblem};
use super::repository::Repository;

/// Keeps others from fetching into and writing to a repository; dropping it lets them.
#[derive(Debug)]
#[must_use]
pub struct RepositoryLock {
    _file: File,
}

/// A first fetch of a large repository is what others may have to wait for.
const PATIENCE: Duration = Duration::from_secs(600);

impl Repository {
    /// Waits until no other thread or process holds this repository, and holds it.
    ///
    /// Whoever fetches, or writes and pushes, holds it meanwhile; [`Repository::fetch`] and [`Repository::push`] do not
    /// take it themselves. It must not be taken twice by one thread.
    ///
    /// # Errors
    /// When it is not free within ten minutes; the message names the file.
    pub fn lock(&self) -> Result<RepositoryLock, GitError> {
        acquire(&self.lock_file).map_err(self.failed())
    }
}

/// Waits for the lock on a file, which is made if need be.
pub(super) fn acquire(path: &Path) -> Result<RepositoryLock, GitProblem> {
    acquire_within(path, PATIENCE)
}

fn acquire_within(path: &Path, patience: Duration) -> Result<RepositoryLock, GitProblem> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(GitProblem::io(parent))?;
    }
    let file =
        File::options().create(true).truncate(false).write(true).open(path).map_err(GitProblem::io(path))?;
    let deadline = Instant::now() + patience;
    let mut pause = Duration::from_millis(1);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(RepositoryLock { _file: file }),
            Err(TryLockError::Error(source)) => return Err(GitProblem::Io { path: path.to_owned(), source }),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(GitProblem::Locked { file: path.to_owned(), seconds: patience.as_secs() });
            }
            Err(TryLockError::WouldBlock) => {
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(50));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_waits_for_the_first() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("locks/app.lock");
        let first = acquire(&path).unwrap();
        let message = acquire_within(&path, Duration::from_millis(50)).unwrap_err().to_string();
        assert!(message.contains(&path.display().to_string()), "{message}");
        let second = thread::spawn({
            let path = path.clone();
            move || acquire_within(&path, Duration::from_secs(20)).map(drop)
        });
        thread::sleep(Duration::from_millis(50));
        assert!(!second.is_finished());
        drop(first);
        second.join().unwrap().unwrap();
    }
}
