//! The configuration file: found upwards, overlaid with the environment, checked as a whole, resolved into the core's settings.
//!
//! The steps are `discover` (which file), `document` (text to values), `environment` (variables on top), `validate` (unknown keys and
//! wrong types against the table in `keys`), `model` (typed), `resolve` (what the core is told). Every mistake is collected, so that one
//! run shows them all.

mod discover;
mod environment;
mod error;
mod keys;
mod ledger;
mod lines;
mod model;
mod notifications;
mod origin;
mod resolve;
mod secrets;
mod validate;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use glu_core::document::{Format, to_value};
use glu_core::settings::Settings;
use serde_json::Value;

pub(crate) use self::discover::{Repository, enclosing_repository};
pub use self::error::{ConfigError, Origin, Problem};
pub use self::model::{
    AccessToken, Basic, Commit, Config, CredentialConfig, CredentialType, GitSource, GithubApp, History,
    HistoryFile, LedgerConfig, LedgerFile, LedgerGit, LedgerType, Log, Metrics, NotificationConfig,
    NotificationType, OciSource, Program, Proposals, RemoteConfig, Server, Sources, Ssh,
};
use self::origin::Origins;

/// Every key with its meaning, as a configuration file in which all of them are set.
pub const REFERENCE: &str = include_str!("reference.toml");

/// The file names that are looked for in each directory.
pub const FILE_NAMES: [&str; 4] = discover::FILE_NAMES;

/// A configuration, read and resolved.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The file it came from, if there was one.
    pub file: Option<PathBuf>,
    /// What relative paths are relative to: the file's directory, else the enclosing repository, else where the search began.
    pub root: PathBuf,
    /// The keys as they were written.
    pub config: Config,
    /// What the core is told.
    pub settings: Settings,
}

/// Loads the configuration that holds at `start`, with `environment` on top.
///
/// # Errors
/// When a directory has two configuration files, one cannot be read or parsed, or any key or value in it is wrong.
pub fn load(start: &Path, environment: &BTreeMap<String, String>) -> Result<Loaded, ConfigError> {
    let start = absolute(start)?;
    let mut source = Source::find(&start)?;
    let mut problems = environment::overlay(&mut source.value, environment, &mut source.origins);
    problems.extend(validate::prune(&mut source.value, &source.origins));
    let config = match Config::from_value(source.value) {
        Ok(config) => config,
        Err(message) => {
            problems.push(Problem { origin: source.origins.of_file(), key: String::new(), message });
            return Err(ConfigError::Invalid { problems });
        }
    };
    let root = match (&source.file, enclosing_repository(&start)) {
        (Some(file), _) => directory_of(file),
        (None, Some(repository)) => repository.root,
        (None, None) => start,
    };
    let settings = resolve::resolve(&config, &root, environment, &source.origins, &mut problems);
    if problems.is_empty() {
        Ok(Loaded { file: source.file, root, config, settings })
    } else {
        problems.sort_by_key(|problem| problem.origin.place());
        Err(ConfigError::Invalid { problems })
    }
}

/// The directory of the configuration file that holds at `start`, where there is one.
pub(crate) fn root(start: &Path) -> Option<PathBuf> {
    discover::configuration_file(start).ok().flatten().as_deref().map(directory_of)
}

/// The values of the configuration file that holds at `start`, without what variables put on top; an empty table where there is none.
///
/// # Errors
/// When a directory has two configuration files, or one cannot be read or parsed.
pub(crate) fn written(start: &Path) -> Result<Value, ConfigError> {
    Ok(Source::find(&absolute(start)?)?.value)
}

/// Where the configuration says the pipelines program is, with paths made absolute.
///
/// It looks at the `program` section alone, so that a launcher does not refuse keys that only a newer program knows.
///
/// # Errors
/// When a directory has two configuration files, one cannot be read or parsed, or the `program` section is wrong.
pub(crate) fn program(
    start: &Path,
    environment: &BTreeMap<String, String>,
) -> Result<ProgramPlace, ConfigError> {
    let start = absolute(start)?;
    let mut source = Source::find(&start)?;
    if let Value::Object(sections) = &mut source.value {
        sections.retain(|name, _| name == "program");
    }
    let variables = environment
        .iter()
        .filter(|(name, _)| name.starts_with("GLU_PROGRAM_"))
        .map(|(name, value)| (name.clone(), value.clone()));
    let mut problems = environment::overlay(&mut source.value, &variables.collect(), &mut source.origins);
    problems.extend(validate::prune(&mut source.value, &source.origins));
    let program = match Config::from_value(source.value) {
        Ok(config) => config.program,
        Err(message) => {
            problems.push(Problem { origin: source.origins.of_file(), key: String::new(), message });
            Program::default()
        }
    };
    if !problems.is_empty() {
        return Err(ConfigError::Invalid { problems });
    }
    let root = source.file.as_deref().map_or(start, directory_of);
    Ok(ProgramPlace {
        package: program.package.map(|path| root.join(path)),
        binary: program.binary.map(|path| root.join(path)),
        file: source.file,
    })
}

/// The `program` section, resolved.
#[derive(Debug)]
pub(crate) struct ProgramPlace {
    /// The configuration file, if there is one.
    pub(crate) file: Option<PathBuf>,
    /// The directory of the pipelines crate.
    pub(crate) package: Option<PathBuf>,
    /// A program that is built already.
    pub(crate) binary: Option<PathBuf>,
}

/// A configuration file as values, before anything is known about them.
struct Source {
    file: Option<PathBuf>,
    value: Value,
    origins: Origins,
}

impl Source {
    fn find(start: &Path) -> Result<Self, ConfigError> {
        let Some(file) = discover::configuration_file(start)? else {
            return Ok(Self {
                file: None,
                value: Value::Object(serde_json::Map::new()),
                origins: Origins::default(),
            });
        };
        let text = std::fs::read_to_string(&file)
            .map_err(|source| ConfigError::Read { path: file.clone(), source })?;
        let format = file.to_str().and_then(Format::of).unwrap_or(Format::Toml);
        let mut value = to_value(format, &text)
            .map_err(|error| ConfigError::Parse { path: file.clone(), message: error.to_string() })?;
        if value.is_null() {
            value = Value::Object(serde_json::Map::new());
        }
        if !value.is_object() {
            return Err(ConfigError::Parse {
                path: file,
                message: "expected a table of sections".to_owned(),
            });
        }
        let lines = if format == Format::Toml { lines::of_keys(&text) } else { BTreeMap::new() };
        Ok(Self { origins: Origins::new(file.clone(), lines), file: Some(file), value })
    }
}

fn absolute(path: &Path) -> Result<PathBuf, ConfigError> {
    std::path::absolute(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })
}

fn directory_of(file: &Path) -> PathBuf {
    file.parent().map(Path::to_owned).unwrap_or_default()
}

#[cfg(test)]
mod tests;
