//! Cron expressions: five fields as in crontab(5), on the clocks of a time zone.
//!
//! A parser of our own: those that exist bring ten crates and more.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// A cron expression: minute, hour, day of the month, month, day of the week.
///
/// Lists, ranges, steps, English names, 7 for Sunday, and `@hourly` to `@yearly`. Where both days are restricted, either fits, as in
/// crontab(5). A time that is skipped when clocks are put forward fires as much later; one that comes twice fires the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether the day of the month, or the day of the week, is said as `*`.
    any_day: bool,
    any_weekday: bool,
}

/// Why a cron expression cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// It has not five fields.
    #[error("`{0}` has not the five fields minute, hour, day of the month, month, day of the week")]
    Fields(String),
    /// A field cannot be read.
    #[error("`{text}` is no {field} from {from} to {to}")]
    Field {
        /// What it says.
        text: String,
        /// The field.
        field: &'static str,
        /// The smallest number.
        from: u32,
        /// The greatest number.
        to: u32,
    },
    /// No day fits, such as 30 February.
    #[error("`{0}` never comes")]
    Never(String),
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// When it has not five fields, when one cannot be read, or when it never comes.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let expanded = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = expanded.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(CronError::Fields(text.to_owned()));
        };
        let weekdays = field(weekday, "day of the week", 0, 7, &WEEKDAYS)?;
        let cron = Self {
            minutes: field(minute, "minute", 0, 59, &[])?,
            hours: field(hour, "hour", 0, 23, &[])?,
            days: field(day, "day of the month", 1, 31, &[])?,
            months: field(month, "month", 1, 12, &MONTHS)?,
            // Sunday is 0 and 7.
            weekdays: weekdays | weekdays >> 7 & 1,
            any_day: day.starts_with('*'),
            any_weekday: weekday.starts_with('*'),
        };
        if cron.comes() { Ok(cron) } else { Err(CronError::Never(text.to_owned())) }
    }

    /// Whether some day fits: every month has every weekday, and a leap year has every day of every month.
    fn comes(&self) -> bool {
        let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let day_of_month = (1..=12_i8)
            .zip(longest)
            .any(|(month, length)| has(self.months, month) && (1..=length).any(|day| has(self.days, day)));
        day_of_month || !(self.any_day || self.any_weekday)
    }

    /// The first time after this one; none where there is none in the next 8 years, the longest wait for a 29 February.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        // The day before too: what is skipped at midnight fires on the next day.
        let mut date = zone.to_datetime(after).date().yesterday().ok()?;
        for _ in 0..=8 * 366 + 2 {
            if let Some(time) = self.on(date, zone).into_iter().filter(|time| *time > after).min() {
                return Some(time);
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// The last time up to this one, but not before the other.
    pub fn last(&self, until: Timestamp, not_before: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let first = zone.to_datetime(not_before).date().yesterday().ok()?;
        let mut date = zone.to_datetime(until).date();
        while date >= first {
            let times = self.on(date, zone).into_iter();
            if let Some(time) = times.filter(|time| (not_before..=until).contains(time)).max() {
                return Some(time);
            }
            date = date.yesterday().ok()?;
        }
        None
    }

    /// Every time on a day.
    fn on(&self, date: Date, zone: &TimeZone) -> Vec<Timestamp> {
        if !self.fits(date) {
            return Vec::new();
        }
        let hours = (0..24_i8).filter(|hour| has(self.hours, *hour));
        let times = hours.flat_map(|hour| {
            (0..60_i8).filter(|minute| has(self.minutes, *minute)).map(move |minute| (hour, minute))
        });
        times
            .filter_map(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
            .filter_map(|time| zone.to_timestamp(date.to_datetime(time)).ok())
            .collect()
    }

    fn fits(&self, date: Date) -> bool {
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        let either = if self.any_day || self.any_weekday { day && weekday } else { day || weekday };
        either && has(self.months, date.month())
    }
}

fn has(set: u64, number: i8) -> bool {
    u32::try_from(number).is_ok_and(|number| set >> number & 1 == 1)
}

/// The numbers of a field, as bits.
fn field(text: &str, name: &'static str, from: u32, to: u32, names: &[&str]) -> Result<u64, CronError> {
    let wrong = || CronError::Field { text: text.to_owned(), field: name, from, to };
    let number = |text: &str| -> Option<u32> {
        let named = names.iter().position(|known| text.eq_ignore_ascii_case(known));
        let number = match named {
            // Months begin with 1, weekdays with 0.
            Some(index) => u32::try_from(index).ok()? + from,
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (from..=to).contains(&number).then_some(number)
    };
    let mut set = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0).ok_or_else(wrong)?),
            None => (part, 1),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (from, to),
            Some((first, last)) => (number(first).ok_or_else(wrong)?, number(last).ok_or_else(wrong)?),
            // `5/15` goes on to the end.
            None if part.contains('/') => (number(range).ok_or_else(wrong)?, to),
            None => (number(range).ok_or_else(wrong)?, number(range).ok_or_else(wrong)?),
        };
        if first > last {
            return Err(wrong());
        }
        for number in (first..=last).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
            set |= 1 << number;
        }
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn next(expression: &str, after: &str, in_zone: &str) -> String {
        let after = after.parse().unwrap();
        Cron::parse(expression).unwrap().next(after, &zone(in_zone)).unwrap().to_string()
    }

    #[test]
    fn fields_lists_ranges_steps_and_names() {
        // 2026-03-23 is a Monday.
        let cases = [
            ("30 9 * * *", "2026-03-23T09:29:00Z", "2026-03-23T09:30:00Z"),
            ("30 9 * * *", "2026-03-23T09:30:00Z", "2026-03-24T09:30:00Z"),
            ("*/20 * * * *", "2026-03-23T09:21:00Z", "2026-03-23T09:40:00Z"),
            ("5/20 * * * *", "2026-03-23T09:26:00Z", "2026-03-23T09:45:00Z"),
            ("0 9-17/4 * * *", "2026-03-23T10:00:00Z", "2026-03-23T13:00:00Z"),
            ("0 9 * * Sat,sun", "2026-03-23T10:00:00Z", "2026-03-28T09:00:00Z"),
            ("0 9 * * 7", "2026-03-23T10:00:00Z", "2026-03-29T09:00:00Z"),
            ("0 0 1 jan *", "2026-03-23T10:00:00Z", "2027-01-01T00:00:00Z"),
            ("@weekly", "2026-03-23T10:00:00Z", "2026-03-29T00:00:00Z"),
            // Where both days are restricted, either fits: the 25th is a Wednesday, the 27th a Friday.
            ("0 0 25 * fri", "2026-03-23T10:00:00Z", "2026-03-25T00:00:00Z"),
            ("0 0 25 * fri", "2026-03-25T10:00:00Z", "2026-03-27T00:00:00Z"),
        ];
        for (expression, after, expected) in cases {
            assert_eq!(next(expression, after, "UTC"), expected, "{expression}");
        }
    }

    #[test]
    fn the_29th_of_february_waits_for_leap_years() {
        assert_eq!(next("0 12 29 2 *", "2026-03-01T00:00:00Z", "UTC"), "2028-02-29T12:00:00Z");
        assert_eq!(next("0 12 29 2 *", "2028-02-29T12:00:00Z", "UTC"), "2032-02-29T12:00:00Z");
        // 2100 is no leap year.
        assert_eq!(next("0 12 29 2 *", "2096-03-01T00:00:00Z", "UTC"), "2104-02-29T12:00:00Z");
    }

    #[test]
    fn clocks_put_forward_and_back() {
        // Vienna, 2026-03-29: after 01:59 CET (UTC+1) comes 03:00 CEST (UTC+2), at 01:00 UTC. 02:30 does not exist and fires half an
        // hour after the change, at 03:30 CEST.
        assert_eq!(next("30 2 * * *", "2026-03-28T12:00:00Z", "Europe/Vienna"), "2026-03-29T01:30:00Z");
        assert_eq!(next("30 2 * * *", "2026-03-29T01:30:00Z", "Europe/Vienna"), "2026-03-30T00:30:00Z");
        // 2026-10-25: after 02:59 CEST comes 02:00 CET, at 01:00 UTC. 02:30 comes at 00:30 and at 01:30 UTC and fires the first time.
        assert_eq!(next("30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Vienna"), "2026-10-25T00:30:00Z");
        assert_eq!(next("30 2 * * *", "2026-10-25T00:30:00Z", "Europe/Vienna"), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn the_last_time_is_the_one_before() {
        let cron = Cron::parse("0 9 * * 1-5").unwrap();
        let last = |until: &str, not_before: &str| {
            cron.last(until.parse().unwrap(), not_before.parse().unwrap(), &zone("UTC"))
                .map(|at| at.to_string())
        };
        let friday = Some("2026-03-27T09:00:00Z".to_owned());
        assert_eq!(last("2026-03-29T10:00:00Z", "2026-03-20T00:00:00Z"), friday);
        assert_eq!(last("2026-03-27T09:00:00Z", "2026-03-27T09:00:00Z"), friday);
        assert_eq!(last("2026-03-29T10:00:00Z", "2026-03-28T00:00:00Z"), None);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let said = |text: &str| Cron::parse(text).unwrap_err().to_string();
        assert_eq!(said("60 * * * *"), "`60` is no minute from 0 to 59");
        assert_eq!(said("* * 0 * *"), "`0` is no day of the month from 1 to 31");
        assert_eq!(said("* * * * mo"), "`mo` is no day of the week from 0 to 7");
        assert_eq!(said("0 0 30 2 *"), "`0 0 30 2 *` never comes");
        assert!(said("* * * *").contains("five fields"));
        for wrong in ["*/0 * * * *", "5-1 * * * *", "-1 * * * *", "1,,2 * * * *", "+1 * * * *", "1- * * * *"]
        {
            assert!(Cron::parse(wrong).is_err(), "{wrong}");
        }
        // Either day fits: every Monday of February.
        assert!(Cron::parse("0 0 30 2 mon").is_ok());
    }
}
