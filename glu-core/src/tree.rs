//! Trees of files, as resources see them: an immutable tree to read from, and an edit on top of it to write to.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What went wrong while reading or editing a tree.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct TreeError {
    /// The file or directory.
    pub path: String,
    /// Why, as a lower-case fragment.
    pub reason: String,
}

/// An immutable tree of files, such as a commit's. Paths are relative, with forward slashes.
pub trait Tree: Send + Sync {
    /// The file at `path`, or `None` where there is none.
    ///
    /// # Errors
    /// When the path is a directory, a symbolic link or a submodule, or the store cannot be read.
    fn file(&self, path: &str) -> Result<Option<Vec<u8>>, TreeError>;

    /// The names in the directory at `path` (the empty string is the root), sorted; directories end in `/`.
    /// A directory that does not exist is empty.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn list(&self, path: &str) -> Result<Vec<String>, TreeError>;
}

/// A tree in memory, for tests and simulations.
impl Tree for BTreeMap<String, Vec<u8>> {
    fn file(&self, path: &str) -> Result<Option<Vec<u8>>, TreeError> {
        Ok(self.get(path).cloned())
    }

    fn list(&self, path: &str) -> Result<Vec<String>, TreeError> {
        let prefix = if path.is_empty() { String::new() } else { format!("{}/", path.trim_end_matches('/')) };
        let mut names: Vec<String> = self
            .keys()
            .filter_map(|file| file.strip_prefix(&prefix))
            .map(|rest| match rest.split_once('/') {
                Some((directory, _)) => format!("{directory}/"),
                None => rest.to_owned(),
            })
            .collect();
        names.dedup();
        Ok(names)
    }
}

/// A set of changes on top of a tree: reads see what was written.
pub struct Edit<'a> {
    base: &'a dyn Tree,
    written: BTreeMap<String, Option<Vec<u8>>>,
}

impl<'a> Edit<'a> {
    /// Starts with no change.
    pub fn new(base: &'a dyn Tree) -> Self {
        Self { base, written: BTreeMap::new() }
    }

    /// The file as it would be after this edit.
    ///
    /// # Errors
    /// As [`Tree::file`].
    pub fn file(&self, path: &str) -> Result<Option<Vec<u8>>, TreeError> {
        match self.written.get(path) {
            Some(content) => Ok(content.clone()),
            None => self.base.file(path),
        }
    }

    /// Writes a whole file.
    pub fn write(&mut self, path: &str, content: Vec<u8>) {
        self.written.insert(path.to_owned(), Some(content));
    }

    /// Removes a file.
    pub fn remove(&mut self, path: &str) {
        self.written.insert(path.to_owned(), None);
    }

    /// What really differs from the base, by path. The same bytes are no change.
    ///
    /// # Errors
    /// As [`Tree::file`].
    pub fn changes(self) -> Result<Vec<FileChange>, TreeError> {
        let mut changes = Vec::new();
        for (path, after) in self.written {
            let before = self.base.file(&path)?;
            if before != after {
                changes.push(FileChange { path, before, after });
            }
        }
        Ok(changes)
    }
}

/// One file's change. A file's mode is kept; a new file is an ordinary one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub path: String,
    /// Its bytes before, or `None` where it is new.
    pub before: Option<Vec<u8>>,
    /// Its bytes after, or `None` where it is removed.
    pub after: Option<Vec<u8>>,
}

/// A tree with changes laid over it.
#[derive(Clone)]
pub struct Layered {
    base: Arc<dyn Tree>,
    changed: BTreeMap<String, Option<Vec<u8>>>,
}

impl Layered {
    /// Nothing changed yet.
    pub fn new(base: Arc<dyn Tree>) -> Self {
        Self { base, changed: BTreeMap::new() }
    }

    /// Lays more changes over it.
    pub fn apply(&mut self, changes: &[FileChange]) {
        for change in changes {
            self.changed.insert(change.path.clone(), change.after.clone());
        }
    }
}

impl Tree for Layered {
    fn file(&self, path: &str) -> Result<Option<Vec<u8>>, TreeError> {
        match self.changed.get(path) {
            Some(content) => Ok(content.clone()),
            None => self.base.file(path),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<String>, TreeError> {
        let mut names: std::collections::BTreeSet<String> = self.base.list(path)?.into_iter().collect();
        let prefix = if path.is_empty() { String::new() } else { format!("{}/", path.trim_end_matches('/')) };
        for (file, content) in &self.changed {
            match (file.strip_prefix(&prefix).map(|rest| rest.split_once('/')), content) {
                (Some(Some((directory, _))), Some(_)) => drop(names.insert(format!("{directory}/"))),
                (Some(None), Some(_)) => drop(names.insert(file[prefix.len()..].to_owned())),
                (Some(None), None) => drop(names.remove(&file[prefix.len()..])),
                _ => {}
            }
        }
        Ok(names.into_iter().collect())
    }
}
