//! One `cargo build` of the user's program.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use glu_core::clock::SystemClock;
use serde::Deserialize;

use super::compile_errors;
use super::error::LaunchError;
use super::manifest::Package;
use super::say;
use super::target::Target;
use crate::ci::log::Log;
use crate::ci::{self, Annotation, Ci, Level, Places, System, without_controls};

/// Builds the package and says where its binary is.
///
/// On a terminal cargo's own progress is shown; in a CI system's log what it said, folded; elsewhere one line, and what cargo said only
/// if it failed.
pub(super) fn build(
    package: &Package,
    target: &Target,
    environment: &BTreeMap<String, String>,
    reason: &str,
) -> Result<PathBuf, LaunchError> {
    let mut log = Ci::here(environment).map(|ci| BuildLog::new(ci, target, package));
    let shown = std::io::stderr().is_terminal() && log.is_none();
    if !shown {
        say(&format!("building pipelines ({}): {reason}\n", package.name));
    }
    let mut command = cargo(environment);
    command.current_dir(&package.directory).env("CARGO_TARGET_DIR", &target.directory).stdin(Stdio::null());
    command.args(["build", "--message-format=json-render-diagnostics"]);
    if ci::automation(environment) && target.workspace.join("Cargo.lock").is_file() {
        command.arg("--locked");
    }
    if shown {
        command.stderr(Stdio::inherit());
    }
    let output = command.output().map_err(|source| LaunchError::Cargo { source })?;
    if let Some(log) = &mut log {
        log.tell(&String::from_utf8_lossy(&output.stderr), output.status.success());
    }
    if !output.status.success() {
        if log.is_none() {
            let _ = std::io::stderr().lock().write_all(&output.stderr);
        }
        return Err(LaunchError::Build { package: package.name.clone() });
    }
    choose(package, binaries(&String::from_utf8_lossy(&output.stdout), &package.directory))
}

/// Cargo in this environment, without what an outer `cargo run` leaves behind: its toolchain would win over the crate's own
/// toolchain file, and its package variables would be taken for the crate's.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo draws its progress on the user's terminal and takes as long as it takes"
)]
fn cargo(environment: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new("cargo");
    if environment.contains_key("CARGO_MANIFEST_DIR") {
        let leaked = |name: &str| {
            matches!(
                name,
                "CARGO"
                    | "RUSTUP_TOOLCHAIN"
                    | "CARGO_MANIFEST_DIR"
                    | "CARGO_MANIFEST_PATH"
                    | "CARGO_BIN_NAME"
                    | "OUT_DIR"
            ) || name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_BIN_EXE_")
        };
        for name in environment.keys().filter(|name| leaked(name)) {
            command.env_remove(name);
        }
    }
    command
}

/// A build in a CI system's log: folded away where it went well; where it did not, in the open, with each mistake at its place.
struct BuildLog {
    system: &'static System,
    log: Log,
    places: Places,
}

impl BuildLog {
    fn new(ci: Ci, target: &Target, package: &Package) -> Self {
        let mut log = Log::new(Box::new(std::io::stderr()), Some(ci.system), Arc::new(SystemClock));
        log.about("cargo build", Arc::new(SystemClock));
        let root = crate::config::enclosing_repository(&package.directory)
            .map_or_else(|| target.workspace.clone(), |repository| repository.root);
        // The compiler names files from the top of the workspace.
        let places = Places::new(root, vec![target.workspace.clone(), package.directory.clone()]);
        Self { system: ci.system, log, places }
    }

    fn tell(&mut self, said: &str, well: bool) {
        let said = without_controls(said);
        if well {
            said.lines().for_each(|line| self.log.step(line));
            self.log.close();
            return;
        }
        self.log.lines(said.trim_end());
        let Some(write) = self.system.annotation else { return };
        for mistake in compile_errors::of(&said) {
            let place = mistake.place.map(|place| self.places.resolve(&place));
            let (level, title, message) = (Level::Error, "cargo build".to_owned(), mistake.message);
            self.log.command(&write(&Annotation { level, title, message, place }));
        }
    }
}

/// What of cargo's messages is read.
#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<MessageTarget>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct MessageTarget {
    name: String,
    kind: Vec<String>,
}

/// The binaries of the package in `directory`, by name.
fn binaries(messages: &str, directory: &Path) -> BTreeMap<String, PathBuf> {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let manifest = real(&directory.join("Cargo.toml"));
    // A build script may print lines of its own among the messages.
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    messages
        .filter(|message| message.reason == "compiler-artifact")
        .filter(|message| message.manifest_path.as_deref().is_some_and(|path| real(path) == manifest))
        .filter_map(|message| {
            let target = message.target.filter(|target| target.kind.iter().any(|kind| kind == "bin"))?;
            Some((target.name, message.executable?))
        })
        .collect()
}

fn choose(package: &Package, mut binaries: BTreeMap<String, PathBuf>) -> Result<PathBuf, LaunchError> {
    if binaries.len() == 1
        && let Some((_, binary)) = binaries.pop_first()
    {
        return Ok(binary);
    }
    let named = package
        .default_run
        .as_ref()
        .and_then(|name| binaries.get(name))
        .or_else(|| binaries.get(&package.name));
    match named {
        Some(binary) => Ok(binary.clone()),
        None if binaries.is_empty() => Err(LaunchError::NoBinaries { package: package.name.clone() }),
        None => Err(LaunchError::ManyBinaries {
            package: package.name.clone(),
            names: binaries.into_keys().collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(default_run: Option<&str>) -> Package {
        Package {
            directory: PathBuf::from("/p"),
            name: "ship".to_owned(),
            default_run: default_run.map(str::to_owned),
        }
    }

    fn artifact(manifest: &str, name: &str, kind: &str, executable: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","manifest_path":"{manifest}","target":{{"name":"{name}","kind":["{kind}"]}},"executable":{executable}}}"#
        )
    }

    #[test]
    fn binaries_of_other_packages_and_other_lines_are_passed_over() {
        let messages = [
            artifact("/other/Cargo.toml", "tool", "bin", "\"/t/tool\""),
            artifact("/p/Cargo.toml", "ship", "lib", "null"),
            "warning: something".to_owned(),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
            artifact("/p/Cargo.toml", "ship", "bin", "\"/t/ship\""),
        ];
        let found = binaries(&messages.join("\n"), Path::new("/p"));
        assert_eq!(found, BTreeMap::from([("ship".to_owned(), PathBuf::from("/t/ship"))]));
    }

    #[test]
    fn one_of_several_binaries_is_chosen_by_default_run_then_by_name() {
        let several = |names: &[&str]| {
            names.iter().map(|name| ((*name).to_owned(), PathBuf::from(format!("/t/{name}")))).collect()
        };
        let chosen = |default_run, names| choose(&package(default_run), several(names));
        assert_eq!(chosen(Some("b"), &["a", "b", "ship"]).unwrap(), Path::new("/t/b"));
        assert_eq!(chosen(None, &["a", "ship"]).unwrap(), Path::new("/t/ship"));
        assert_eq!(chosen(None, &["only"]).unwrap(), Path::new("/t/only"));
        assert!(
            matches!(chosen(None, &["a", "b"]), Err(LaunchError::ManyBinaries { names, .. }) if names == ["a", "b"])
        );
        assert!(matches!(chosen(None, &[]), Err(LaunchError::NoBinaries { .. })));
    }
}
