//! The fixed command `glu`: finds the user's pipelines program, builds it if it is stale, and becomes it.
//!
//! It becomes the program (`exec`) instead of running it, so that exit codes and signals are exact. Where nothing is to be built, all it
//! does is look at file times, which takes milliseconds; cargo alone would take a fifth of a second.

mod arguments;
mod build;
mod compile_errors;
mod dep_info;
mod error;
mod fingerprint;
mod freshness;
mod handshake;
mod locate;
mod manifest;
pub mod protocol;
mod target;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub use self::arguments::Invocation;
pub use self::error::LaunchError;
use self::locate::Located;
use crate::ci::{Annotation, Ci, Level};

/// What the launcher answers itself. Each function returns `None` to let the launcher go on.
#[derive(Debug, Clone, Copy)]
pub struct Builtins {
    /// Verbs that need no program: asked first.
    pub always: fn(&Invocation) -> Option<ExitCode>,
    /// Verbs that can do without a program: asked when none is found.
    pub without_program: fn(&Invocation, &LaunchError) -> Option<ExitCode>,
}

/// The launcher: returns only if it could not become the program.
#[must_use]
pub fn main(builtins: &Builtins) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let environment = environment();
    let result = std::env::current_dir()
        .map_err(|source| LaunchError::CurrentDirectory { source })
        .and_then(|current| Invocation::new(arguments, &current, &environment));
    let invocation = match result {
        Ok(invocation) => invocation,
        Err(error) => return report(&error, &environment),
    };
    if invocation.verb.as_deref() == Some(protocol::HANDSHAKE) {
        return report(&LaunchError::IsLauncher, &environment);
    }
    if let Some(code) = (builtins.always)(&invocation) {
        return code;
    }
    let Err(error) = launch(&invocation, &environment);
    if let LaunchError::NotFound { .. } = error
        && let Some(code) = (builtins.without_program)(&invocation, &error)
    {
        return code;
    }
    report(&error, &environment)
}

/// The environment as text; variables that are not text are none of ours.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The program of the crate that holds at `start`, built if it is stale.
///
/// # Errors
/// When there is none, or it does not build.
pub fn build(start: &Path, environment: &BTreeMap<String, String>) -> Result<PathBuf, LaunchError> {
    match find(start, environment)? {
        Located::Binary(binary) => Ok(binary),
        Located::Package(package) => freshness::binary_of(&package, environment),
    }
}

/// The pipelines crate that holds at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Crate {
    /// Its directory.
    pub(crate) directory: PathBuf,
    /// The name of the program it is built into.
    pub(crate) program: String,
}

/// The crate that holds at `start`; none where the program is one that is built already, or where there is none.
pub(crate) fn crate_of(start: &Path, environment: &BTreeMap<String, String>) -> Option<Crate> {
    match find(start, environment).ok()? {
        Located::Binary(_) => None,
        Located::Package(package) => {
            let program = package.default_run.unwrap_or(package.name);
            Some(Crate { directory: package.directory, program })
        }
    }
}

/// What the configuration or the neighbourhood of `start` names, whatever was given on a command line.
fn find(start: &Path, environment: &BTreeMap<String, String>) -> Result<Located, LaunchError> {
    let invocation =
        Invocation { arguments: Vec::new(), verb: None, directory: start.to_owned(), program: None };
    locate::locate(&invocation, environment)
}

fn launch(
    invocation: &Invocation,
    environment: &BTreeMap<String, String>,
) -> Result<Infallible, LaunchError> {
    match locate::locate(invocation, environment)? {
        Located::Binary(binary) => {
            handshake::once(&binary, environment)?;
            become_program(&binary, &invocation.arguments)
        }
        Located::Package(package) => {
            let binary = freshness::binary_of(&package, environment)?;
            become_program(&binary, &invocation.arguments)
        }
    }
}

/// Replaces this process with the program.
#[expect(
    clippy::disallowed_methods,
    reason = "the program takes over terminal, streams and signals, which no captured child could"
)]
fn become_program(binary: &Path, arguments: &[OsString]) -> Result<Infallible, LaunchError> {
    let mut command = std::process::Command::new(binary);
    command.args(arguments).env(protocol::VARIABLE, protocol::VERSION.to_string());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let source = command.arg0("glu").exec();
        Err(LaunchError::Execute { binary: binary.to_owned(), source })
    }
    #[cfg(not(unix))]
    {
        let status =
            command.status().map_err(|source| LaunchError::Execute { binary: binary.to_owned(), source })?;
        std::process::exit(status.code().unwrap_or(1));
    }
}

fn report(error: &LaunchError, environment: &BTreeMap<String, String>) -> ExitCode {
    let message = error.to_string();
    let annotation = Ci::here(environment).and_then(|ci| ci.system.annotation);
    let mut text = match annotation {
        Some(write) => {
            let (level, title) = (Level::Error, "glu".to_owned());
            format!("{}\n", write(&Annotation { level, title, message, place: None }))
        }
        None => format!("error: {message}\n"),
    };
    if let Some(hint) = error.hint() {
        text.push_str(&format!("hint: {hint}\n"));
    }
    say(&text);
    ExitCode::from(error.exit_code())
}

/// Talk goes to stderr; whether anyone listens is not our affair.
fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
