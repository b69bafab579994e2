//! Standard error as a CI system's log: lines, and groups around the steps of long work.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use glu_core::clock::Clock;
use glu_core::progress::Progress;

use super::{Hazard, Section, System, harmless, without_controls};

/// A log that is written to.
pub(crate) struct Log {
    to: Box<dyn Write + Send>,
    system: Option<&'static System>,
    clock: Arc<dyn Clock>,
    title: String,
    open: Option<Section>,
    groups: u32,
}

impl Log {
    pub(crate) fn new(
        to: Box<dyn Write + Send>,
        system: Option<&'static System>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { to, system, clock, title: "glu".to_owned(), open: None, groups: 0 }
    }

    /// Names what is running, and goes by another clock.
    pub(crate) fn about(&mut self, title: &str, clock: Arc<dyn Clock>) {
        title.clone_into(&mut self.title);
        self.clock = clock;
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// Writes lines that may have text from outside in them, outside of any group. Talk that nobody hears is no failure.
    pub(crate) fn lines(&mut self, text: &str) {
        self.close();
        let hazard = self.system.map_or(Hazard::None, |system| system.hazard);
        let text = harmless(text, hazard).into_owned();
        self.command(&text);
    }

    /// Writes a line that is meant to be what it is.
    pub(crate) fn command(&mut self, line: &str) {
        let _ = writeln!(self.to, "{line}").and_then(|()| self.to.flush());
    }

    /// Writes as it is, and ends no line.
    pub(crate) fn prompt(&mut self, text: &str) -> std::io::Result<()> {
        self.close();
        write!(self.to, "{text}")?;
        self.to.flush()
    }

    /// Writes a step of long work, inside a group that lasts until somebody has something else to say.
    pub(crate) fn step(&mut self, what: &str) {
        let Some(system) = self.system else { return };
        let Some(group) = system.group else { return };
        if self.open.is_none() {
            self.groups += 1;
            let (title, number) = (format!("{}: what it does", self.title), self.groups);
            let section = Section { title, number, second: self.clock.now().as_second() };
            self.command(&(group.begin)(&section));
            self.open = Some(section);
        }
        let what = without_controls(what).replace('\n', " ");
        let what = harmless(&what, system.hazard).into_owned();
        self.command(&what);
    }

    /// Ends the group, if there is one.
    pub(crate) fn close(&mut self) {
        if let (Some(section), Some(group)) = (self.open.take(), self.system.and_then(|system| system.group))
        {
            let section = Section { second: self.clock.now().as_second(), ..section };
            self.command(&(group.end)(&section));
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.close();
    }
}

/// Tells a log of the steps of long work.
pub(crate) struct Steps(pub(crate) Arc<Mutex<Log>>);

impl Progress for Steps {
    fn began(&self, _task: u64, what: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).step(what);
    }

    fn ended(&self, _task: u64) {}
}
