//! Where output goes: data to one stream, talk to the other, colour and progress only where a person looks on.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::sync::Arc;
use std::time::Duration;

use console::Style;
use glu_core::progress::{Progress, Silent};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::exit::Failure;

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The output of one run.
pub struct Shell {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    out_colored: bool,
    err_colored: bool,
    interactive: bool,
    automation: bool,
    draws: bool,
}

impl Shell {
    /// The process's own streams.
    pub fn process(env: &BTreeMap<String, String>) -> Self {
        let automation = automation(env);
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            out_colored: io::stdout().is_terminal(),
            err_colored: io::stderr().is_terminal(),
            interactive: io::stdin().is_terminal() && io::stderr().is_terminal() && !automation,
            draws: io::stderr().is_terminal()
                && !automation
                && env.get("TERM").is_none_or(|term| term != "dumb"),
            automation,
        }
    }

    /// Two writers, of which neither is a terminal.
    pub fn captured(
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
        env: &BTreeMap<String, String>,
    ) -> Self {
        Self {
            out,
            err,
            out_colored: false,
            err_colored: false,
            interactive: false,
            draws: false,
            automation: automation(env),
        }
    }

    /// Settles on colours: what was asked for, else `NO_COLOR` and `CLICOLOR_FORCE`, else whether a terminal looks on.
    pub fn color(&mut self, color: Color, env: &BTreeMap<String, String>) {
        let set = |name: &str| env.get(name).is_some_and(|value| !value.is_empty());
        let forced = match color {
            Color::Always => Some(true),
            Color::Never => Some(false),
            Color::Auto if set("NO_COLOR") || env.get("TERM").is_some_and(|term| term == "dumb") => {
                Some(false)
            }
            Color::Auto
                if env.get("CLICOLOR_FORCE").is_some_and(|value| value != "0" && !value.is_empty()) =>
            {
                Some(true)
            }
            Color::Auto => None,
        };
        if let Some(colored) = forced {
            self.out_colored = colored;
            self.err_colored = colored;
        }
    }

    /// Whether data is coloured.
    pub fn colored(&self) -> bool {
        self.out_colored
    }

    /// Whether a person can answer questions.
    pub fn interactive(&self) -> bool {
        self.interactive
    }

    /// Writes data.
    ///
    /// # Errors
    /// When the stream is closed; a closed pipe ends the run without failing it.
    pub fn data(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            self.out.write_all(b"\n")?;
        }
        Ok(self.out.flush()?)
    }

    /// Says something to the person who looks on. Talk that nobody hears is no failure.
    pub fn say(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}").and_then(|()| self.err.flush());
    }

    /// Gives advice on what to do next, unless a machine runs this.
    pub fn advise(&mut self, text: &str) {
        if !self.automation {
            let hint = Style::new().cyan().force_styling(self.err_colored).apply_to("hint:");
            self.say(&format!("{hint} {text}"));
        }
    }

    /// Warns.
    pub fn warn(&mut self, text: &str) {
        let warning = Style::new().yellow().bold().force_styling(self.err_colored).apply_to("warning:");
        self.say(&format!("{warning} {text}"));
    }

    /// Reports why a run failed.
    pub fn fail(&mut self, failure: &Failure) {
        if failure.message.is_empty() {
            return;
        }
        let error = Style::new().red().bold().force_styling(self.err_colored).apply_to("error:");
        for line in failure.message.lines() {
            // An indented line goes on from the one before.
            if line.starts_with(' ') { self.say(line) } else { self.say(&format!("{error} {line}")) }
        }
        let hint = Style::new().cyan().force_styling(self.err_colored).apply_to("hint:");
        for text in &failure.hints {
            self.say(&format!("{hint} {text}"));
        }
    }

    /// Asks a yes-or-no question; anything but yes is no.
    ///
    /// # Errors
    /// When the answer cannot be read.
    pub fn ask(&mut self, question: &str) -> Result<bool, Failure> {
        write!(self.err, "{question} [y/N] ")?;
        self.err.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Draws long work, where a person looks on.
    pub fn progress(&self) -> Arc<dyn Progress> {
        if self.draws { Arc::new(Bars::new()) } else { Arc::new(Silent) }
    }
}

/// Whether a machine runs this: CI systems set `CI`, other wrappers `GLU_IN_AUTOMATION`.
fn automation(env: &BTreeMap<String, String>) -> bool {
    ["CI", "GLU_IN_AUTOMATION"]
        .iter()
        .any(|name| env.get(*name).is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false")))
}

/// Spinners, one for each task; a task shorter than a moment is not shown.
struct Bars {
    all: MultiProgress,
    running: std::sync::Mutex<BTreeMap<u64, ProgressBar>>,
}

impl Bars {
    fn new() -> Self {
        // Ten frames a second: a task that ends before the first tick leaves no trace.
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        Self { all, running: std::sync::Mutex::default() }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, ProgressBar>> {
        self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Progress for Bars {
    fn began(&self, task: u64, what: &str) {
        let bar = self.all.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(150));
        self.running().insert(task, bar);
    }

    fn ended(&self, task: u64) {
        if let Some(bar) = self.running().remove(&task) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }
}
