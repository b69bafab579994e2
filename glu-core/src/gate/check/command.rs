//! A program of one's own: `command(["./smoke.sh", "--quick"])`.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;

use super::evidence::{Evidence, tail};
use crate::gate::{Asked, Check};
use crate::ledger::Sample;
use crate::process::{Process, ProcessError, Streamed};

/// How long a program may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How much of the end of its output is looked at.
const KEPT: usize = 4096;
/// How long one line of it may be.
const LINE: usize = 1 << 20;

/// Runs a program: exit code 0 passes, others fail; made by [`command`].
///
/// The program gets the pipeline, the phase and the state in the variables `GLU_PIPELINE`, `GLU_PHASE`, `GLU_STATE`, `GLU_DIGEST`, `GLU_FROM`
/// and `GLU_FIELD_IMAGE` and the like, and as JSON on its standard input.
#[derive(Debug, Clone)]
#[must_use]
pub struct Command {
    arguments: Vec<String>,
    directory: Option<PathBuf>,
    inconclusive: Vec<i32>,
    timeout: Duration,
}

/// A check that runs a program, given with its arguments; there is no shell between.
pub fn command(arguments: impl IntoIterator<Item = impl Into<String>>) -> Command {
    Command {
        arguments: arguments.into_iter().map(Into::into).collect(),
        directory: None,
        inconclusive: Vec::new(),
        timeout: TIMEOUT,
    }
}

impl Command {
    /// An exit code that says neither yes nor no, such as 75.
    pub fn inconclusive(mut self, code: i32) -> Self {
        self.inconclusive.push(code);
        self
    }

    /// Runs in this directory; without, in the current one.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// How long it may take; 30 seconds otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What is wrong with the check itself.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.arguments.first().is_none_or(String::is_empty) {
            mistakes.push("the command names no program".to_owned());
        }
        if self.inconclusive.contains(&0) {
            mistakes.push("exit code 0 is a pass, and cannot be inconclusive".to_owned());
        }
        mistakes
    }

    fn process(&self, program: &str, asked: &Asked<'_>) -> Process {
        let phase = &asked.subject.phase;
        let input = json!({
            "pipeline": phase.pipeline,
            "phase": phase.phase,
            "state": asked.state,
            "from": asked.from,
            "now": asked.now,
            "since": asked.since,
        });
        let mut process = Process::new(program, "a gate", "install it, or correct the gate's command")
            .arguments(&self.arguments[1..])
            .environment("GLU_PIPELINE", &phase.pipeline)
            .environment("GLU_PHASE", &phase.phase)
            .environment("GLU_STATE", &asked.state.label)
            .environment("GLU_DIGEST", asked.subject.state.as_str())
            .input(input.to_string())
            .output_limit(LINE)
            .timeout(self.timeout);
        process = match asked.from {
            Some(from) => process.environment("GLU_FROM", &from.label),
            None => process.without_environment("GLU_FROM"),
        };
        for (name, value) in asked.state.fields.iter() {
            process = process.environment(variable(name), value);
        }
        match &self.directory {
            Some(directory) => process.directory(directory),
            None => process,
        }
    }
}

impl Check for Command {
    fn mistakes(&self) -> Vec<String> {
        Self::mistakes(self)
    }

    fn kind(&self) -> &'static str {
        "command"
    }

    fn specification(&self) -> String {
        json!({"argv": self.arguments, "directory": self.directory, "inconclusive": self.inconclusive})
            .to_string()
    }

    fn sample(&self, asked: &Asked<'_>) -> Sample {
        let mut evidence = Evidence::default();
        evidence.note("argv", self.arguments.clone());
        if let Some(mistake) = self.mistakes().into_iter().next() {
            return evidence.mistake(mistake);
        }
        let program = &self.arguments[0];
        let mut stdout = Vec::new();
        let started = Instant::now();
        let outcome = self.process(program, asked).stream(b'\n', &mut |line| {
            stdout.extend_from_slice(line);
            stdout.push(b'\n');
            if stdout.len() > 2 * KEPT {
                stdout.drain(..stdout.len() - KEPT);
            }
            ControlFlow::Continue(())
        });
        let took = started.elapsed();
        evidence.note("seconds", took.as_millis() as f64 / 1000.0);
        note_output(&mut evidence, "stdout", &stdout);
        let finished = match outcome {
            Ok(Streamed::Finished(finished)) => finished,
            Ok(Streamed::Stopped) => return evidence.error("it was stopped"),
            Err(error) => {
                if let ProcessError::Timeout { stderr, .. } = &error {
                    note_output(&mut evidence, "stderr", stderr.as_bytes());
                }
                return evidence.error(error);
            }
        };
        note_output(&mut evidence, "stderr", finished.stderr.as_bytes());
        evidence.note("exit_code", finished.code);
        let said = last_line(finished.stderr.as_bytes()).or_else(|| last_line(&stdout));
        let said = said.map_or(String::new(), |line| format!(": {line}"));
        let code = finished.code;
        if code == 0 {
            evidence.pass(format!("`{program}` succeeded after {:.1} s", took.as_secs_f64()))
        } else if self.inconclusive.contains(&code) {
            evidence
                .inconclusive(format!("`{program}` ended with {code}, which says neither yes nor no{said}"))
        } else {
            evidence.fail(format!("`{program}` ended with {code}{said}"))
        }
    }
}

fn note_output(evidence: &mut Evidence, name: &str, output: &[u8]) {
    let tail = tail(output);
    if !tail.is_empty() {
        evidence.note(name, tail);
    }
}

fn last_line(output: &[u8]) -> Option<String> {
    tail(output).lines().map(str::trim).rfind(|line| !line.is_empty()).map(str::to_owned)
}

/// The variable of a field: `image-tag` is in `GLU_FIELD_IMAGE_TAG`.
fn variable(field: &str) -> OsString {
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    format!("GLU_FIELD_{}", field.chars().map(letter).collect::<String>()).into()
}
