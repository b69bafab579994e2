//! Directories for the length of a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::{Random as _, SystemRandom};

/// An empty directory that is removed with its value.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// Makes one below the system's directory for temporary files.
    ///
    /// # Panics
    /// When none can be made.
    #[expect(clippy::new_without_default, reason = "a default should not touch the disk")]
    pub fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("glu-test-{}-{count}-{:08x}", std::process::id(), SystemRandom.next() >> 32);
        let base = fs::canonicalize(std::env::temp_dir()).expect("there is a directory for temporary files");
        let path = base.join(name);
        fs::create_dir(&path).expect("a directory with a new name can be made");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file below it, with the directories it needs.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.0.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).expect("directories below a test's can be made");
        }
        fs::write(&file, content).expect("files below a test's directory can be written");
        file
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A test that fails to clean up has still said what it had to say.
        let _ = fs::remove_dir_all(&self.0);
    }
}
