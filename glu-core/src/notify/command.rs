//! A program that is told.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Notification;
use super::deliver::{Attempt, Channel, Undelivered};
use super::message::one_line;
use super::settings::Mistake;
use crate::process::Process;

/// How much it may write, in bytes.
const OUTPUT: usize = 1 << 20;

/// A program that gets each notification as JSON on its standard input, and the most important of it in the variables `GLU_EVENT`,
/// `GLU_PIPELINE`, `GLU_PHASE`, `GLU_FROM`, `GLU_STATE`, `GLU_DIGEST` and `GLU_HEADLINE`.
pub(super) struct Command {
    arguments: Vec<String>,
    directory: PathBuf,
}

impl Command {
    /// Takes the program with its arguments.
    ///
    /// # Errors
    /// When there is no program.
    pub(super) fn new(arguments: &[String], directory: &Path) -> Result<Self, Mistake> {
        match arguments.first() {
            Some(program) if !program.is_empty() => {
                Ok(Self { arguments: arguments.to_vec(), directory: directory.to_owned() })
            }
            _ => Err(Mistake::new("command", "it names no program")),
        }
    }

    fn process(&self, notification: &Notification, attempt: &Attempt) -> Process {
        let Notification { phase, from, to, .. } = notification;
        let purpose = "telling what happened";
        let process = Process::new(&self.arguments[0], purpose, "install it, or correct the command")
            .arguments(&self.arguments[1..])
            .directory(&self.directory)
            .input(notification.json().to_string())
            .output_limit(OUTPUT)
            .timeout(attempt.until.saturating_duration_since(Instant::now()));
        let variables = [
            ("GLU_EVENT", Some(notification.event.name().to_owned())),
            ("GLU_PIPELINE", Some(phase.pipeline.clone())),
            ("GLU_PHASE", Some(phase.phase.clone())),
            ("GLU_HEADLINE", Some(notification.headline())),
            ("GLU_FROM", from.as_ref().map(|state| state.label.clone())),
            ("GLU_STATE", to.as_ref().map(|state| state.label.clone())),
            ("GLU_DIGEST", to.as_ref().map(|state| state.digest.to_string())),
        ];
        variables.into_iter().fold(process, |process, (name, value)| match value {
            Some(value) => process.environment(name, one_line(&value)),
            None => process.without_environment(name),
        })
    }
}

impl Channel for Command {
    fn send(&self, notifications: &[Notification], attempt: &Attempt) -> Result<(), Undelivered> {
        for notification in notifications {
            let finished = self
                .process(notification, attempt)
                .run()
                .map_err(|error| Undelivered::for_good(one_line(&error.to_string())))?;
            if finished.code != 0 {
                let said = finished.stderr.lines().map(one_line).rfind(|line| !line.is_empty());
                let said: String =
                    said.map_or(String::new(), |line| format!(": {line}")).chars().take(200).collect();
                let program = &self.arguments[0];
                return Err(Undelivered::for_good(format!("`{program}` ended with {}{said}", finished.code)));
            }
        }
        Ok(())
    }
}
