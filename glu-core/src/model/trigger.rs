//! When a phase moves without being told to, if nothing holds it, and which states it takes.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Declared;
use crate::gate::Cron;
use crate::gate::rule::zone;
use crate::gate::words::length;

/// When a phase moves by itself.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// Whenever something can move.
    Change,
    /// When the phase has been in its state for this long.
    Every(Duration),
    /// When one of these times has come since the new state came to the upstreams and the phase into the state it is in.
    Cron(Timetable),
}

/// Which of its upstream's states a phase takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Intake {
    /// The newest, which supersedes those before it.
    #[default]
    Supersede,
    /// One after another, in the order in which they came.
    Queue,
}

impl Trigger {
    /// Whether it goes by since when the phase is in its state.
    pub fn counts_from_arrival(&self) -> bool {
        !matches!(self, Self::Change)
    }

    /// Whether it goes by since when the upstreams have the new state.
    pub fn counts_from_upstreams(&self) -> bool {
        matches!(self, Self::Cron(_))
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change => formatter.write_str("at once"),
            Self::Every(time) => write!(formatter, "every {}", length(*time)),
            Self::Cron(timetable) => formatter.write_str(&timetable.said),
        }
    }
}

/// The times of a cron expression on the clocks of a time zone.
#[derive(Debug, Clone)]
pub struct Timetable {
    /// As the user wrote it: the expression and the zone.
    said: String,
    parsed: Result<(Cron, TimeZone), Vec<String>>,
    declared: Declared,
}

impl Timetable {
    /// Reads an expression and the IANA name of a zone; what is wrong with them is reported at start, at this place.
    pub fn new(expression: &str, time_zone: &str, declared: Declared) -> Self {
        let cron = Cron::parse(expression).map_err(|error| error.to_string());
        let parsed = match (cron, zone(time_zone)) {
            (Ok(cron), Ok(zone)) => Ok((cron, zone)),
            (cron, zone) => Err(cron.err().into_iter().chain(zone.err()).collect()),
        };
        Self { said: format!("{expression} {time_zone}"), parsed, declared }
    }

    /// The first time after this one; none where there is none for years.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let (cron, zone) = self.parsed.as_ref().ok()?;
        cron.next(after, zone)
    }

    /// What makes no sense in it, one sentence each.
    pub fn mistakes(&self) -> &[String] {
        self.parsed.as_ref().err().map_or(&[], Vec::as_slice)
    }

    /// Where it was declared.
    pub fn declared(&self) -> Declared {
        self.declared
    }
}
