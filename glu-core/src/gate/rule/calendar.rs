//! Freeze calendars: dates on which nothing moves.

mod icalendar;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::zone;
use crate::gate::words::local_moment;
use crate::gate::{Answer, Case, Gate, Rule, rule};

/// Closes on dates such as `2026-12-24`, from the first to the last day of `2026-12-20..2027-01-02`, and between times such as
/// `2026-12-24T12:00..2026-12-27T09:00`, on the clocks of a zone.
#[track_caller]
pub fn freeze_calendar<E: AsRef<str>>(entries: impl IntoIterator<Item = E>, time_zone: &str) -> Gate {
    rule(Calendar::new(entries, time_zone))
}

/// The rule behind [`freeze_calendar`].
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    freezes: Vec<Freeze>,
    mistakes: Vec<String>,
}

/// From when until when nothing moves, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Freeze {
    begin: Timestamp,
    end: Timestamp,
    name: String,
}

impl Calendar {
    /// Reads dates and ranges; what is wrong with them is reported at start.
    pub fn new<E: AsRef<str>>(entries: impl IntoIterator<Item = E>, time_zone: &str) -> Self {
        let read = |zone: &TimeZone| {
            entries.into_iter().map(|entry| Freeze::parse(entry.as_ref(), zone)).collect::<Vec<_>>()
        };
        Self::read(time_zone, read)
    }

    /// Reads the events of a calendar in the format of RFC 5545, such as an `.ics` file included at build time. The zone is for events
    /// that name none. Events that repeat are refused.
    pub fn icalendar(text: &str, time_zone: &str) -> Self {
        Self::read(time_zone, |zone| icalendar::events(text, zone))
    }

    fn read(time_zone: &str, entries: impl FnOnce(&TimeZone) -> Vec<Result<Freeze, String>>) -> Self {
        let (zone, mut mistakes) = match zone(time_zone) {
            Ok(zone) => (zone, Vec::new()),
            Err(mistake) => (TimeZone::UTC, vec![mistake]),
        };
        let mut freezes = Vec::new();
        for entry in entries(&zone) {
            match entry {
                Ok(freeze) => freezes.push(freeze),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        Self { zone, freezes, mistakes }
    }
}

impl Rule for Calendar {
    fn kind(&self) -> &'static str {
        "calendar"
    }

    fn specification(&self) -> String {
        self.freezes
            .iter()
            .map(|freeze| format!("{}..{} {}", freeze.begin, freeze.end, freeze.name))
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn judge(&self, case: &Case<'_>) -> Answer {
        if !self.mistakes.is_empty() {
            return Answer::broken(&self.mistakes.join("; "));
        }
        let holding =
            |at: Timestamp| self.freezes.iter().find(move |freeze| (freeze.begin..freeze.end).contains(&at));
        let Some(first) = holding(case.now) else {
            let next = self
                .freezes
                .iter()
                .filter(|freeze| freeze.begin > case.now)
                .min_by_key(|freeze| freeze.begin);
            return Answer::pass(match next {
                Some(freeze) => {
                    format!("open until {}: {}", local_moment(freeze.begin, &self.zone), freeze.name)
                }
                None => "no freeze ahead".to_owned(),
            });
        };
        // One freeze may run into the next.
        let mut end = first.end;
        while let Some(freeze) = holding(end) {
            end = freeze.end;
        }
        let reason = format!("frozen: {}; it opens {}", first.name, local_moment(end, &self.zone));
        Answer::pending(Some(end), reason)
    }

    fn mistakes(&self) -> Vec<String> {
        self.mistakes.clone()
    }
}

impl Freeze {
    fn parse(text: &str, zone: &TimeZone) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` is no date such as `2026-12-24` and no range such as `2026-12-20..2027-01-02`")
        };
        let (begin, end) = text.split_once("..").unwrap_or((text, text));
        let (begin, end) = (begin.trim(), end.trim());
        let begin = midnight(begin).or_else(|| time(begin)).ok_or_else(wrong)?;
        // The last day belongs to it.
        let end =
            midnight(end).and_then(|day| day.tomorrow().ok()).or_else(|| time(end)).ok_or_else(wrong)?;
        Self::between(begin, end, zone, text).ok_or_else(|| format!("`{text}` ends before it begins"))
    }

    fn between(begin: DateTime, end: DateTime, zone: &TimeZone, name: &str) -> Option<Self> {
        let (begin, end) = (zone.to_timestamp(begin).ok()?, zone.to_timestamp(end).ok()?);
        (begin < end).then(|| Self { begin, end, name: name.to_owned() })
    }
}

fn midnight(text: &str) -> Option<DateTime> {
    let date: Date = text.parse().ok().filter(|_| text.len() == "2026-12-24".len())?;
    Some(date.at(0, 0, 0, 0))
}

fn time(text: &str) -> Option<DateTime> {
    text.contains('T').then(|| text.parse().ok())?
}
