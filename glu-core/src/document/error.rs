//! Why a document could not be read or edited.

use std::fmt;

use glu_path::Path;

/// Why a document could not be read or edited. The caller knows the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DocumentError {
    /// The path that was followed, as written; none where the whole document is at fault.
    pub path: Option<String>,
    /// The line nearest to the cause, counted from 1.
    pub line: Option<usize>,
    /// The sort of problem.
    pub problem: Problem,
    /// The reason, as a lower-case fragment.
    pub reason: String,
}

/// The sort of problem a [`DocumentError`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The text is not of its format.
    Syntax,
    /// The path leads nowhere.
    Missing,
    /// The path leads to several places, or over a key that is there twice.
    Ambiguous,
    /// The path leads to a map or a list, or into a scalar.
    NotAScalar,
    /// The edit cannot be made without touching other bytes, or would not mean what was asked for.
    Refused,
}

impl DocumentError {
    pub(super) fn syntax(text: &str, at: usize, reason: impl fmt::Display) -> Self {
        Self {
            path: None,
            line: Some(line_at(text, at)),
            problem: Problem::Syntax,
            reason: format!("the text cannot be parsed: {reason}"),
        }
    }

    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self { path: None, line: None, problem: Problem::Refused, reason: reason.into() }
    }

    pub(super) fn at_path(mut self, path: &Path, text: &str, at: usize) -> Self {
        self.path = Some(path.to_string());
        self.line.get_or_insert(line_at(text, at));
        self
    }
}

/// The line of a byte offset, counted from 1.
pub(super) fn line_at(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

impl fmt::Display for DocumentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.path, self.line) {
            (Some(path), Some(line)) => write!(formatter, "`{path}` (line {line}): {}", self.reason),
            (Some(path), None) => write!(formatter, "`{path}`: {}", self.reason),
            (None, Some(line)) => write!(formatter, "line {line}: {}", self.reason),
            (None, None) => formatter.write_str(&self.reason),
        }
    }
}
