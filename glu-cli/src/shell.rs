//! Where output goes: data to one stream, talk to the other, colour and progress only where a person looks on.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use console::Style;
use glu_core::clock::{Clock, SystemClock};
use glu_core::credential::Secret;
use glu_core::progress::{Progress, Silent};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ci::log::{Log, Steps};
use crate::ci::{
    Annotation, Ci, Hazard, Level, Place, Report, automation, harmless, harmless_json, is_hazardous,
    without_controls,
};
use crate::cli::Output;
use crate::exit::Failure;
use crate::view::View;

/// Masking what is shorter would make a log unreadable, and hide nothing.
const SHORTEST_SECRET: usize = 4;

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
    log: Arc<Mutex<Log>>,
    out_colored: bool,
    err_colored: bool,
    interactive: bool,
    automation: bool,
    draws: bool,
    /// Whether standard output is a file, which no CI system reads commands from.
    into_file: bool,
    /// Whether standard error is one: no secret is told to a log that is kept.
    kept: bool,
    ci: Option<Ci>,
    report: Box<Report>,
}

impl Shell {
    /// The process's own streams.
    pub fn process(env: &BTreeMap<String, String>) -> Self {
        let shell = Self::captured(Box::new(io::stdout()), Box::new(io::stderr()), env);
        let automation = shell.automation;
        // A log that cannot show colours cannot show them through a terminal either.
        let shows = shell.ci.is_none_or(|ci| ci.system.colors);
        Self {
            out_colored: io::stdout().is_terminal() && shows,
            err_colored: shell.err_colored || io::stderr().is_terminal() && shows,
            interactive: io::stdin().is_terminal() && io::stderr().is_terminal() && !automation,
            draws: io::stderr().is_terminal()
                && !automation
                && env.get("TERM").is_none_or(|term| term != "dumb"),
            into_file: is_file(io::stdout().as_fd()),
            kept: is_file(io::stderr().as_fd()),
            ..shell
        }
    }

    /// Two writers, of which neither is a terminal.
    pub fn captured(
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
        env: &BTreeMap<String, String>,
    ) -> Self {
        let ci = Ci::here(env);
        let log = Log::new(err, ci.map(|ci| ci.system), Arc::new(SystemClock));
        Self {
            out,
            log: Arc::new(Mutex::new(log)),
            out_colored: false,
            // Talk goes to the log; data may go anywhere.
            err_colored: ci.is_some_and(|ci| ci.system.colors),
            interactive: false,
            draws: false,
            into_file: false,
            kept: false,
            automation: automation(env),
            ci,
            report: Box::default(),
        }
    }

    /// Settles on colours: what was asked for, else `NO_COLOR` and `CLICOLOR_FORCE`, else whether a terminal or a log looks on.
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

    /// Names what is running, and where its reports go besides the streams.
    pub fn about(&mut self, report: Report, clock: Arc<dyn Clock>) {
        self.log().about(&report.title, clock);
        *self.report = report;
    }

    /// Whether data is coloured.
    pub fn colored(&self) -> bool {
        self.out_colored
    }

    /// Whether a person can answer questions.
    pub fn interactive(&self) -> bool {
        self.interactive
    }

    /// Writes a view in a form; its Markdown goes into the summaries and its outputs to whoever goes on from here.
    ///
    /// # Errors
    /// When standard output is gone, or a file that was asked for cannot be written.
    pub fn show(&mut self, view: &impl View, output: Output) -> Result<(), Failure> {
        let text = view.render(output, self.out_colored)?;
        let hazard = self.hazard();
        let text = match output {
            Output::Json => harmless_json(&text, hazard).into_owned(),
            Output::Text => harmless(&text, hazard).into_owned(),
            Output::Markdown if self.ci.is_some() && !self.into_file => {
                harmless(&without_controls(&text), hazard).into_owned()
            }
            Output::Markdown => text,
        };
        self.data(&text)?;
        self.report(view)
    }

    /// Writes a view whose bytes matter, such as a patch. A CI system that would take some of its lines for commands is told to look
    /// away, where it can be told.
    ///
    /// # Errors
    /// As with [`show`](Self::show).
    pub fn show_exactly(&mut self, view: &impl View, output: Output) -> Result<(), Failure> {
        let hazard = self.hazard();
        let pause = self.ci.and_then(|ci| ci.system.pause);
        let (Output::Text, Some(pause)) = (output, pause) else { return self.show(view, output) };
        let text = view.render(output, self.out_colored)?;
        if !is_hazardous(&text, hazard) {
            return self.show(view, output);
        }
        let (begin, end) = pause(&format!("glu_{:016x}{:016x}", self.report.chance(), self.report.chance()));
        self.data(&begin)?;
        self.data(&text)?;
        self.data(&end)?;
        self.report(view)
    }

    /// Writes data as it is.
    ///
    /// # Errors
    /// When the stream is closed; a closed pipe ends the run without failing it.
    pub fn data(&mut self, text: &str) -> Result<(), Failure> {
        self.log().close();
        self.out.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            self.out.write_all(b"\n")?;
        }
        Ok(self.out.flush()?)
    }

    /// Says something to the person who looks on. Talk that nobody hears is no failure.
    pub fn say(&mut self, text: &str) {
        self.log().lines(text);
    }

    /// Gives advice on what to do next, unless a machine runs this.
    pub fn advise(&mut self, text: &str) {
        if !self.automation {
            self.hint(text);
        }
    }

    /// Warns.
    pub fn warn(&mut self, text: &str) {
        let warning = Style::new().yellow().bold().force_styling(self.err_colored).apply_to("warning:");
        self.say(&format!("{warning} {}", without_controls(text)));
    }

    /// Reports why a run failed: where a CI system can show it, at the place in the file.
    pub fn fail(&mut self, failure: &Failure) {
        if failure.message.is_empty() {
            return;
        }
        if self.annotates() {
            if failure.mistakes.is_empty() {
                self.annotate(&failure.message, None);
            }
            for mistake in &failure.mistakes {
                self.annotate(&mistake.message, mistake.place.as_ref());
            }
        } else {
            let error = Style::new().red().bold().force_styling(self.err_colored).apply_to("error:");
            for line in without_controls(&failure.message).lines() {
                // An indented line goes on from the one before.
                if line.starts_with(' ') { self.say(line) } else { self.say(&format!("{error} {line}")) }
            }
        }
        for text in &failure.hints {
            self.hint(text);
        }
    }

    /// Whether messages can be shown at places in files.
    pub fn annotates(&self) -> bool {
        self.ci.is_some_and(|ci| ci.system.annotation.is_some())
    }

    /// Shows a message at a place in a file, where the CI system can.
    pub fn annotate(&mut self, message: &str, place: Option<&Place>) {
        let Some(write) = self.ci.and_then(|ci| ci.system.annotation) else { return };
        let place = place.map(|place| self.report.places.resolve(place));
        let mut log = self.log();
        let (level, title) = (Level::Error, log.title().to_owned());
        let annotation = Annotation { level, title, message: without_controls(message), place };
        log.close();
        log.command(&write(&annotation));
    }

    /// Hides secrets from the log, should anything that runs from here print them.
    pub fn mask(&mut self, secrets: &[Secret]) {
        let Some(mask) = self.ci.and_then(|ci| ci.system.mask).filter(|_| !self.kept) else { return };
        let mut told = BTreeSet::new();
        let mut log = self.log();
        for secret in secrets {
            // A log is masked line by line; what is too short would make it unreadable.
            for line in secret.expose().lines().map(str::trim).filter(|line| line.len() >= SHORTEST_SECRET) {
                if told.insert(line) {
                    log.command(&mask(line));
                }
            }
        }
    }

    /// Asks a yes-or-no question; anything but yes is no.
    ///
    /// # Errors
    /// When the answer cannot be read.
    pub fn ask(&mut self, question: &str) -> Result<bool, Failure> {
        self.log().prompt(&format!("{question} [y/N] "))?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Tells of long work: drawn where a person looks on, in a group of the log where a CI system has groups.
    pub fn progress(&self) -> Arc<dyn Progress> {
        if self.ci.is_some_and(|ci| ci.system.group.is_some()) {
            Arc::new(Steps(self.log.clone()))
        } else if self.draws {
            Arc::new(Bars::new())
        } else {
            Arc::new(Silent)
        }
    }

    /// Puts a view where others look for it: the summaries and the outputs.
    fn report(&mut self, view: &impl View) -> Result<(), Failure> {
        let told = self.report.write(view, self.ci.map(|ci| ci.system))?;
        let mut log = self.log();
        for line in &told.lines {
            log.command(line);
        }
        drop(log);
        for warning in &told.warnings {
            self.warn(warning);
        }
        Ok(())
    }

    /// Gives advice, whoever runs this.
    pub fn hint(&mut self, text: &str) {
        let hint = Style::new().cyan().force_styling(self.err_colored).apply_to("hint:");
        self.say(&format!("{hint} {}", without_controls(text)));
    }

    /// What a CI system would make of lines on standard output.
    fn hazard(&self) -> Hazard {
        self.ci.filter(|_| !self.into_file).map_or(Hazard::None, |ci| ci.system.hazard)
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_file(stream: BorrowedFd<'_>) -> bool {
    let file = stream.try_clone_to_owned().map(std::fs::File::from);
    file.and_then(|file| file.metadata()).is_ok_and(|metadata| metadata.is_file())
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
