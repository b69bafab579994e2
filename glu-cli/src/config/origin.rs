//! Remembers where each key was written, so that a mistake can name the place.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::error::Origin;

/// Where keys were written.
#[derive(Debug, Default)]
pub(super) struct Origins {
    file: Option<PathBuf>,
    lines: BTreeMap<String, usize>,
    variables: BTreeMap<String, String>,
}

impl Origins {
    pub(super) fn new(file: PathBuf, lines: BTreeMap<String, usize>) -> Self {
        Self { file: Some(file), lines, variables: BTreeMap::new() }
    }

    /// Notes that the key at `path` was set by the variable `name`.
    pub(super) fn set_by_variable(&mut self, path: &str, name: &str) {
        self.variables.insert(path.to_owned(), name.to_owned());
    }

    /// Where the key at `path` was written; for a key that is missing, where its nearest parent was.
    pub(super) fn of(&self, path: &str) -> Origin {
        if let Some(name) = self.variables.get(path) {
            return Origin::Variable(name.clone());
        }
        let line = std::iter::successors(Some(path), |path| path.rsplit_once('.').map(|(parent, _)| parent))
            .find_map(|path| self.lines.get(path).copied());
        if line.is_none()
            && let Some((_, name)) =
                self.variables.iter().find(|(key, _)| key.starts_with(&format!("{path}.")))
        {
            return Origin::Variable(name.clone());
        }
        match &self.file {
            Some(file) => Origin::File { path: file.clone(), line },
            None => Origin::Default,
        }
    }

    /// The file as a whole.
    pub(super) fn of_file(&self) -> Origin {
        match &self.file {
            Some(file) => Origin::File { path: file.clone(), line: None },
            None => Origin::Default,
        }
    }
}
