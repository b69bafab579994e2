//! The fixed command `glu`: finds the user's pipelines program, builds it if it is stale, and becomes it.
//!
//! It becomes the program (`exec`) instead of running it, so that exit codes and signals are exact. Where nothing is to be built, all it
//! does is look at file times, which takes milliseconds; cargo alone would take a fifth of a second.

mod arguments;
mod build;
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
use std::path::Path;
use std::process::ExitCode;

pub use self::arguments::Invocation;
pub use self::error::LaunchError;
use self::locate::Located;

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
        Err(error) => return report(&error),
    };
    if invocation.verb.as_deref() == Some(protocol::HANDSHAKE) {
        return report(&LaunchError::IsLauncher);
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
    report(&error)
}

/// The environment as text; variables that are not text are none of ours.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
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

fn report(error: &LaunchError) -> ExitCode {
    let mut text = format!("error: {error}\n");
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
