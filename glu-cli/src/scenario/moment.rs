//! Times in a scenario, as people write them: after so long, on a day after so many, or at a time.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Deserializer};

use crate::verb::freeze::length;

/// A time in a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// After so long: `2d`, `1h 30m`.
    After(SignedDuration),
    /// On the day that is so many after the first, at a time of day in UTC: `5d 14:00`.
    Day(i64, Time),
    /// At a time: `2026-09-01`, `2026-09-01T14:00:00Z`.
    At(Timestamp),
}

impl Moment {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(Self::At(at));
        }
        // Without a zone, times are in UTC.
        let midnight = |date: Date| date.to_datetime(Time::midnight());
        if text.len() >= 10 && text.as_bytes()[4] == b'-' {
            let civil = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(midnight));
            let civil = civil.map_err(|error| error.to_string())?;
            return TimeZone::UTC.to_timestamp(civil).map(Self::At).map_err(|error| error.to_string());
        }
        if let Some((days, time)) = text.split_once(char::is_whitespace)
            && let Some(days) = days.strip_suffix('d').and_then(|days| days.parse().ok())
            && let Ok(time) = Time::strptime("%H:%M", time.trim())
        {
            return Ok(Self::Day(days, time));
        }
        match length(text) {
            Ok(after) if !after.is_negative() => Ok(Self::After(after)),
            _ => Err(format!(
                "`{text}` is no time in a scenario; write how long after the beginning (`2d`, `90m`), a day and a time of day (`5d 14:00`), or a time (`2026-09-01T14:00:00Z`)"
            )),
        }
    }

    /// When it is in a scenario that begins at a time.
    pub fn since(self, start: Timestamp) -> Result<Timestamp, String> {
        let at = match self {
            Self::After(after) => start.checked_add(after),
            Self::At(at) => Ok(at),
            Self::Day(days, time) => {
                let first = TimeZone::UTC.to_datetime(start).date();
                first
                    .checked_add(Span::new().try_days(days).map_err(|error| error.to_string())?)
                    .and_then(|date| TimeZone::UTC.to_timestamp(date.to_datetime(time)))
            }
        };
        match at.map_err(|error| error.to_string())? {
            at if at < start => Err(format!("{at} is before the beginning, which is {start}")),
            at => Ok(at),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_apart() {
        let noon: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let since =
            |text: &str| Moment::parse(text).and_then(|moment| moment.since(noon)).map(|at| at.to_string());
        for (text, expected) in [
            ("2d", "2026-01-03T12:00:00Z"),
            ("1h 30m", "2026-01-01T13:30:00Z"),
            ("0d", "2026-01-01T12:00:00Z"),
            ("5d 14:00", "2026-01-06T14:00:00Z"),
            ("2026-02-01", "2026-02-01T00:00:00Z"),
            ("2026-02-01T08:00", "2026-02-01T08:00:00Z"),
            ("2026-02-01T08:00:00+02:00", "2026-02-01T06:00:00Z"),
        ] {
            assert_eq!(since(text), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_or_comes_before_the_beginning_is_refused() {
        let noon: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        for text in ["", "soon", "-2d", "2d 25:00", "5", "2026-13-01"] {
            assert!(Moment::parse(text).is_err(), "{text}");
        }
        // The day of the beginning is day 0, and its morning is over.
        for text in ["0d 09:00", "2025-12-31"] {
            assert!(
                Moment::parse(text).unwrap().since(noon).unwrap_err().contains("before the beginning"),
                "{text}"
            );
        }
    }
}
