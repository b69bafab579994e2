//! A message at a place in a file.

use std::path::{Path, PathBuf};

use glu_core::model::{Declared, ResourceError};
use glu_core::observe;
use glu_core::promote;

/// A message at a place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How bad it is.
    pub level: Level,
    /// What is speaking, such as `glu plan`.
    pub title: String,
    /// The message.
    pub message: String,
    /// The place; none where the whole run is meant.
    pub place: Option<Place>,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It failed.
    Error,
    /// It should be known.
    Warning,
}

impl Level {
    /// The level in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
}

impl Place {
    /// Where something is declared in the user's program.
    pub fn declared(at: Declared) -> Self {
        Self { file: at.file().to_owned(), line: usize::try_from(at.line()).ok() }
    }

    /// The place in a manifest that a problem is about.
    pub fn of_problem(problem: &observe::Problem) -> Option<Self> {
        let error = match problem {
            observe::Problem::Files { error, .. } | observe::Problem::Resource(error) => error,
            _ => return None,
        };
        match &**error {
            ResourceError::Document { file, error } => Some(Self { file: file.clone(), line: error.line }),
            ResourceError::NoFile { file } => Some(Self { file: file.clone(), line: None }),
            _ => None,
        }
    }

    /// The place in a manifest that a move failed at.
    pub fn of_failure(failure: &promote::Failure) -> Option<Self> {
        match failure {
            promote::Failure::Problem(problem) => Self::of_problem(problem),
            _ => None,
        }
    }
}

/// Finds files as a forge names them: relative to the top of the repository.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The top of the repository.
    root: PathBuf,
    /// What the names in messages may be relative to.
    bases: Vec<PathBuf>,
}

impl Places {
    /// Looks in these directories of the repository at `root`.
    pub fn new(root: PathBuf, bases: Vec<PathBuf>) -> Self {
        Self { root, bases }
    }

    /// The place by the file's name in the repository; as it is, where there is no such file.
    pub fn resolve(&self, place: &Place) -> Place {
        let named = Path::new(&place.file);
        let found = self.bases.iter().map(|base| base.join(named)).find(|path| path.is_file());
        let file = found.as_deref().and_then(|path| self.relative(path));
        Place { file: file.unwrap_or_else(|| place.file.clone()), line: place.line }
    }

    fn relative(&self, path: &Path) -> Option<String> {
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        let path = real(path)?.strip_prefix(real(&self.root)?).ok()?.to_owned();
        Some(path.to_string_lossy().replace('\\', "/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::SYSTEMS;

    fn annotate(system: &str, place: Option<Place>, message: &str) -> String {
        let system = SYSTEMS.iter().find(|known| known.name == system).unwrap();
        let (level, title) = (Level::Error, "glu plan".to_owned());
        let annotation = Annotation { level, title, message: message.to_owned(), place };
        (system.annotation.unwrap())(&annotation)
    }

    #[test]
    fn everything_is_escaped_where_it_stands() {
        let place = || Some(Place { file: "a,b:c]d;e%.yaml".to_owned(), line: Some(7) });
        let hostile = "50% bad\r\n::set-output name=x::y, ##vso[task.x]";
        assert_eq!(
            annotate("github", place(), hostile),
            "::error file=a%2Cb%3Ac]d;e%25.yaml,line=7,title=glu plan::50%25 bad%0D%0A::set-output name=x::y, ##vso[task.x]"
        );
        assert_eq!(
            annotate("azure", place(), "50% bad\nx"),
            "##vso[task.logissue type=error;sourcepath=a,b:c%5Dd%3Be%AZP25.yaml;linenumber=7;]glu plan: 50%AZP25 bad%0Ax"
        );
        assert_eq!(annotate("gitea", None, "no"), "::error title=glu plan::no");
        let file = Some(Place { file: "x".to_owned(), line: None });
        assert_eq!(annotate("github", file, "no"), "::error file=x,title=glu plan::no");
    }

    #[test]
    fn a_file_is_named_from_the_top_of_the_repository() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::fs::create_dir_all(root.join("ops/delivery/src")).unwrap();
        std::fs::write(root.join("ops/delivery/src/main.rs"), "").unwrap();
        std::fs::write(root.join("ops/glu.toml"), "").unwrap();
        let places = Places::new(root.to_owned(), vec![root.join("ops"), root.join("ops/delivery")]);
        let resolve = |file: &str| places.resolve(&Place { file: file.to_owned(), line: Some(3) }).file;
        assert_eq!(resolve("src/main.rs"), "ops/delivery/src/main.rs");
        assert_eq!(resolve("glu.toml"), "ops/glu.toml");
        assert_eq!(resolve(&root.join("ops/glu.toml").to_string_lossy()), "ops/glu.toml");
        assert_eq!(resolve("env/staging/app.yaml"), "env/staging/app.yaml");
    }
}
