//! The git program: which version, and in which surroundings it runs.

use std::env;
use std::path::Path;
use std::sync::OnceLock;

use super::error::GitProblem;
use super::failure;
use crate::process::{Finished, Process};

/// Debian 12's. Earlier ones lack options that are used here.
const MINIMUM: (u32, u32) = (2, 39);

/// The minimum version, for messages.
pub(super) fn minimum() -> String {
    format!("{}.{}", MINIMUM.0, MINIMUM.1)
}

/// Variables that would lead git to another repository, or change how it reads paths and prints.
const FOREIGN: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIFF_OPTS",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_TRACE",
    "GIT_TRACE_CURL",
    "GIT_TRACE_PACKET",
    "GIT_TRACE_SETUP",
    "GIT_WORK_TREE",
    // Asks on a screen that nobody may be looking at. Who wants git to ask a program sets GIT_ASKPASS or core.askPass.
    "SSH_ASKPASS",
];

/// A git command in no repository in particular. The version has been checked.
///
/// # Errors
/// When git is missing or too old.
pub(super) fn git() -> Result<Process, GitProblem> {
    static CHECKED: OnceLock<()> = OnceLock::new();
    if CHECKED.get().is_none() {
        version()?;
        // Whoever was first, the answer is the same.
        let _ = CHECKED.set(());
    }
    Ok(bare())
}

/// The installed version.
///
/// # Errors
/// When git is missing or too old.
pub(super) fn version() -> Result<String, GitProblem> {
    let output = bare().argument("--version").run()?;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    check_version(&output)?;
    Ok(output.trim().trim_start_matches("git version ").to_owned())
}

/// A git command on the repository whose git directory this is.
///
/// # Errors
/// As [`git`].
pub(super) fn git_in(directory: &Path) -> Result<Process, GitProblem> {
    let mut argument = std::ffi::OsString::from("--git-dir=");
    argument.push(directory);
    Ok(git()?.argument(argument))
}

/// Runs a git command that must succeed.
///
/// # Errors
/// When it does not, with what it says.
pub(super) fn succeed(command: &'static str, process: Process) -> Result<Finished, GitProblem> {
    let finished = process.run()?;
    if finished.code == 0 {
        Ok(finished)
    } else {
        Err(failure::problem(command, &finished, "without a credential"))
    }
}

fn bare() -> Process {
    let process = Process::new(
        "git",
        "talking to git remotes and reading history",
        "install git 2.39 or later and see that it is on the PATH",
    );
    let process = FOREIGN.iter().fold(process, |process, name| Process::without_environment(process, *name));
    process
        .environment("GIT_TERMINAL_PROMPT", "0")
        .environment("GIT_OPTIONAL_LOCKS", "0")
        // A monitor started from here would outlive us; hooks are for people at work in their checkout.
        .arguments(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
}

fn check_version(output: &str) -> Result<(), GitProblem> {
    let found = output.trim().trim_start_matches("git version ");
    let mut numbers = found.split(['.', ' ', '-']).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= MINIMUM => Ok(()),
        _ => Err(GitProblem::TooOld { found: found.to_owned() }),
    }
}

/// Settings for one git process, given through the environment, where other users of the machine cannot read them.
#[derive(Default)]
pub(super) struct Configuration {
    entries: Vec<(String, String)>,
}

impl Configuration {
    pub(super) fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.entries.push((key.into(), value.into()));
    }

    /// Appends the settings to those which the environment already holds.
    pub(super) fn apply(self, process: Process) -> Process {
        if self.entries.is_empty() {
            return process;
        }
        let first =
            env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.trim().parse().ok()).unwrap_or(0usize);
        let count = first + self.entries.len();
        let process = process.environment("GIT_CONFIG_COUNT", count.to_string());
        self.entries.into_iter().zip(first..).fold(process, |process, ((key, value), number)| {
            process
                .environment(format!("GIT_CONFIG_KEY_{number}"), key)
                .environment(format!("GIT_CONFIG_VALUE_{number}"), value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for good in [
            "git version 2.39.5\n",
            "git version 2.100.0",
            "git version 2.39.5 (Apple Git-154)",
            "git version 3.0-rc1",
        ] {
            assert!(check_version(good).is_ok(), "{good}");
        }
        let error = check_version("git version 2.9.1\n").unwrap_err();
        assert_eq!(error.to_string(), "git 2.9.1 is too old: 2.39 or later is needed");
        assert!(check_version("nonsense").is_err());
    }

    #[test]
    fn settings_reach_git_without_an_argument() {
        let mut configuration = Configuration::default();
        configuration.set("glu.one", "1");
        configuration.set("glu.two", "a b\nc");
        let process = configuration.apply(git().unwrap()).arguments(["config", "--get-regexp", "^glu\\."]);
        assert_eq!(process.run().unwrap().stdout, b"glu.one 1\nglu.two a b\nc\n");
    }
}
