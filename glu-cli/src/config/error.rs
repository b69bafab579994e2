//! What can be wrong with a configuration.

use std::fmt;
use std::path::PathBuf;

/// Why a configuration could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// One directory holds several configuration files.
    #[error("several configuration files in one directory: {}; keep one", names(.files))]
    Ambiguous {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what its extension says.
    #[error("cannot parse {}: {message}", .path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        message: String,
    },
    /// Keys or values are wrong; all of them are listed.
    #[error("{}", lines(.problems))]
    Invalid {
        /// What is wrong: in variables, then in the order of the file.
        problems: Vec<Problem>,
    },
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the wrong thing was written.
    pub origin: Origin,
    /// The key it is about, with dots; empty where it is about the whole.
    pub key: String,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.origin, self.message)
    }
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file, with the line where it is known.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: Option<usize>,
    },
    /// In an environment variable.
    Variable(String),
    /// Nowhere: it follows from what is absent.
    Default,
}

impl Origin {
    /// Where it stands among others: variables, then the file by line, then what is nowhere.
    pub(super) fn place(&self) -> (u8, usize) {
        match self {
            Self::Variable(_) => (0, 0),
            Self::File { line, .. } => (1, line.unwrap_or(0)),
            Self::Default => (2, 0),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(formatter, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(formatter, "{}", path.display()),
            Self::Variable(name) => formatter.write_str(name),
            Self::Default => formatter.write_str("configuration"),
        }
    }
}

fn names(files: &[PathBuf]) -> String {
    files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ")
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}
