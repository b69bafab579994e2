//! Writes a working pipelines program into a repository that has manifests.
//!
//! Planning reads and decides, and gives every file with its contents; applying only writes them. Nothing is overwritten unless it is
//! forced, and files that others own (`.gitignore`, cargo's configuration) are only added to.

mod cargo_config;
mod example;
mod image;
mod manifest;
mod names;
mod order;
mod program;
mod scan;

use std::path::{Path, PathBuf};

use crate::ci::workflow::{Facts, Host, Needs, Standing};
use crate::config::{self, Repository};

/// The directory of the program.
const CRATE: &str = "delivery";

/// What the user chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InitOptions {
    /// Where the program takes `glu-cli` from: a version, a directory with a checkout, or the URL of a git repository. None: the
    /// version of this library.
    pub glu: Option<String>,
    /// Replaces files that exist.
    pub force: bool,
    /// Writes a small tree of manifests as well, where there is none.
    pub example: bool,
}

/// Everything that would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitPlan {
    /// The top of the repository.
    pub root: PathBuf,
    /// The phases, in order.
    pub phases: Vec<String>,
    /// The files, in the order in which a reader would look at them.
    pub files: Vec<PlannedFile>,
    /// What the user should know or do besides, as sentences.
    pub notes: Vec<String>,
}

/// A file that would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Its path, relative to the root.
    pub path: PathBuf,
    /// All of its contents.
    pub contents: String,
    /// What happens to what is there.
    pub change: Change,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Create,
    /// It exists and is replaced, as was forced.
    Replace,
    /// It exists and is added to.
    Extend,
}

/// Why nothing can be written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There are no manifests to promote between.
    #[error(
        "no manifests found in {}; looked for the same YAML file with a container image, a Kustomize `images` entry or a Helm `image` in \
         sibling directories called staging, production and the like, or inside env/, environments/ or overlays/; `--example` writes \
         a small tree to start from",
        .root.display()
    )]
    NoManifests {
        /// Where was looked.
        root: PathBuf,
    },
    /// There is one environment, and nothing that leads to it.
    #[error(
        "only one environment was found, `{phase}` in {file}, and its image names no registry that could lead to it"
    )]
    OnePhase {
        /// The environment.
        phase: String,
        /// The file, with `{phase}` for the environment.
        file: String,
    },
    /// Files are there already.
    #[error("{} already exists; `--force` replaces it", .files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "))]
    Exists {
        /// The files, relative to the root.
        files: Vec<PathBuf>,
    },
    /// A configuration of another format is there, and two would be refused.
    #[error("{} already exists; add to it by hand, or remove it", .file.display())]
    Configured {
        /// The file, relative to the root.
        file: PathBuf,
    },
    /// The given source of `glu-cli` is none.
    #[error("`{specification}` is neither a version, nor a directory with glu-cli, nor a git URL")]
    Dependency {
        /// What was given.
        specification: String,
    },
    /// A file cannot be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
}

/// Decides what to write into the repository that holds `root`.
///
/// # Errors
/// When there is nothing to promote between, or files would be overwritten.
pub fn plan(root: &Path, options: &InitOptions) -> Result<InitPlan, InitError> {
    let failed = |source| InitError::File { action: "find", path: root.to_owned(), source };
    let start = std::path::absolute(root).map_err(failed)?;
    let repository = config::enclosing_repository(&start);
    let root = repository.as_ref().map_or(start, |repository| repository.root.clone());
    let mut planner = Planner::new(&root, options.force);
    if repository.is_none() {
        planner.note("This is no git repository yet; run `git init` and commit.");
    }
    let (layout, others) = match scan::scan(&root) {
        Some(found) => found,
        None if options.example => {
            planner.create_all(example::files())?;
            (example::layout(), Vec::new())
        }
        None => return Err(InitError::NoManifests { root }),
    };
    if layout.source().is_none() && layout.phases.len() < 2 {
        return Err(InitError::OnePhase { phase: layout.phases.concat(), file: layout.file });
    }
    for other in others {
        planner.note(format!("{other} looks like a resource, too; add another pipeline for it."));
    }
    let program = program::Program::new(&layout);
    let standalone = !cargo_config::workspace_includes(&root, CRATE);
    planner.create(&format!("{CRATE}/src/main.rs"), program.main())?;
    planner.create(
        &format!("{CRATE}/Cargo.toml"),
        program::cargo_toml(CRATE, &dependency(options)?, standalone),
    )?;
    planner.configuration(program.configuration(CRATE))?;
    planner.cargo_alias()?;
    planner.ignore_target()?;
    planner.ci(repository.as_ref(), &layout)?;
    planner.finish(layout.phases)
}

/// Writes a plan.
///
/// # Errors
/// When a file cannot be written, or one that was to be new has appeared.
pub fn apply(plan: &InitPlan) -> Result<(), InitError> {
    use std::io::Write;
    for file in &plan.files {
        let path = plan.root.join(&file.path);
        let failed = |source| InitError::File { action: "write", path: path.clone(), source };
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).map_err(failed)?;
        }
        let mut options = std::fs::File::options();
        match file.change {
            Change::Create => options.write(true).create_new(true),
            Change::Replace | Change::Extend => options.write(true).create(true).truncate(true),
        };
        options
            .open(&path)
            .and_then(|mut opened| opened.write_all(file.contents.as_bytes()))
            .map_err(failed)?;
    }
    Ok(())
}

/// What stands behind `glu-cli =` in a Cargo.toml.
fn dependency(options: &InitOptions) -> Result<String, InitError> {
    let Some(specification) = &options.glu else {
        let mut parts = env!("CARGO_PKG_VERSION").split('.');
        return Ok(format!("\"{}.{}\"", parts.next().unwrap_or("0"), parts.next().unwrap_or("0")));
    };
    let quoted = |key: &str, value: &str| format!("{{ {key} = {} }}", basic_string(value));
    if specification.starts_with(|first: char| first.is_ascii_digit()) && !specification.contains('/') {
        return Ok(basic_string(specification));
    }
    if specification.contains("://") || specification.starts_with("git@") {
        return Ok(quoted("git", specification));
    }
    let crates = [Path::new(specification).join("glu-cli"), PathBuf::from(specification)];
    let found = crates
        .iter()
        .find(|directory| directory.join("Cargo.toml").is_file())
        .and_then(|path| std::fs::canonicalize(path).ok());
    match found {
        Some(directory) => Ok(quoted("path", &directory.display().to_string())),
        None => Err(InitError::Dependency { specification: specification.clone() }),
    }
}

/// A TOML string; its escapes are those of JSON.
fn basic_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Collects files, each against what is there.
pub(crate) struct Planner<'a> {
    root: &'a Path,
    force: bool,
    files: Vec<PlannedFile>,
    notes: Vec<String>,
    exists: Vec<PathBuf>,
}

impl<'a> Planner<'a> {
    /// Plans nothing yet, in the repository at `root`.
    pub(crate) fn new(root: &'a Path, force: bool) -> Self {
        Self { root, force, files: Vec::new(), notes: Vec::new(), exists: Vec::new() }
    }

    fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    fn create(&mut self, path: &str, contents: String) -> Result<(), InitError> {
        let force = self.force;
        self.create_or(path, contents, |_| force)
    }

    /// Plans a file; one that is there is replaced if it may be.
    fn create_or(
        &mut self,
        path: &str,
        contents: String,
        may: impl FnOnce(&str) -> bool,
    ) -> Result<(), InitError> {
        let change = match self.existing(path)? {
            None => Change::Create,
            Some(existing) if existing == contents => return Ok(()),
            Some(existing) if may(&existing) => Change::Replace,
            Some(_) => {
                self.exists.push(PathBuf::from(path));
                return Ok(());
            }
        };
        self.files.push(PlannedFile { path: PathBuf::from(path), contents, change });
        Ok(())
    }

    fn create_all(&mut self, files: Vec<(String, String)>) -> Result<(), InitError> {
        files.into_iter().try_for_each(|(path, contents)| self.create(&path, contents))
    }

    /// Plans a file from what is there; `None` leaves it alone.
    fn extend(&mut self, path: &str, extended: impl FnOnce(&str) -> Option<String>) -> Result<(), InitError> {
        let existing = self.existing(path)?;
        if let Some(contents) = extended(existing.as_deref().unwrap_or_default()) {
            let change = if existing.is_some() { Change::Extend } else { Change::Create };
            self.files.push(PlannedFile { path: PathBuf::from(path), contents, change });
        }
        Ok(())
    }

    fn configuration(&mut self, contents: String) -> Result<(), InitError> {
        for other in config::FILE_NAMES.iter().filter(|name| **name != "glu.toml") {
            if self.root.join(other).exists() {
                return Err(InitError::Configured { file: PathBuf::from(other) });
            }
        }
        self.create("glu.toml", contents)
    }

    fn cargo_alias(&mut self) -> Result<(), InitError> {
        let path = ".cargo/config.toml";
        let existing = self.existing(path)?.unwrap_or_default();
        match cargo_config::with_alias(&existing, CRATE) {
            cargo_config::Alias::There => {}
            cargo_config::Alias::Added(contents) => self.extend(path, |_| Some(contents))?,
            cargo_config::Alias::Impossible(line) => {
                self.note(format!("Add `{line}` to the aliases in {path} by hand."));
            }
        }
        Ok(())
    }

    fn ignore_target(&mut self) -> Result<(), InitError> {
        let line = format!("/{CRATE}/target");
        self.extend(".gitignore", |existing| {
            let covered = existing
                .lines()
                .map(str::trim)
                .any(|present| present.trim_end_matches('/') == line || present == "target");
            let covered = covered || existing.lines().any(|present| present.trim() == "target/");
            let separator = if existing.is_empty() || existing.ends_with('\n') { "" } else { "\n" };
            (!covered).then(|| format!("{existing}{separator}{line}\n"))
        })
    }

    fn ci(&mut self, repository: Option<&Repository>, layout: &scan::Layout) -> Result<(), InitError> {
        let origin = repository.and_then(|repository| repository.remote_url("origin"));
        let registry = layout.source().and_then(|(repository, _)| repository.split('/').next());
        let facts = Facts {
            package: CRATE.to_owned(),
            program: CRATE.to_owned(),
            directory: ".".to_owned(),
            phases: layout.phases.clone(),
            registries: registry.map(str::to_owned).into_iter().collect(),
            source: "default".to_owned(),
            needs: Needs::default(),
        };
        self.workflow(Host::recognise(origin.as_deref(), self.root).unwrap_or(Host::Github), &facts)
    }

    /// Plans a workflow. A file that glu wrote and nobody edited is replaced.
    pub(crate) fn workflow(&mut self, host: Host, facts: &Facts) -> Result<(), InitError> {
        let force = self.force;
        let file = host.file(facts);
        let may = |existing: &str| force || file.standing(existing) == Standing::Ours;
        self.create_or(&file.path, file.text.clone(), may)?;
        if let Some((entry, advice)) = host.entry() {
            match self.existing(&entry.path)? {
                None => self.create(&entry.path, entry.text)?,
                Some(existing) if existing.contains(&file.path) => {}
                Some(_) => self.note(advice),
            }
        }
        Ok(())
    }

    /// The plan, unless something stands in its way.
    pub(crate) fn finish(self, phases: Vec<String>) -> Result<InitPlan, InitError> {
        if !self.exists.is_empty() {
            return Err(InitError::Exists { files: self.exists });
        }
        Ok(InitPlan { root: self.root.to_owned(), phases, files: self.files, notes: self.notes })
    }

    fn existing(&self, path: &str) -> Result<Option<String>, InitError> {
        let path = self.root.join(path);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(InitError::File { action: "read", path, source }),
        }
    }
}

#[cfg(test)]
mod tests;
