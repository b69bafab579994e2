//! How gates say times, durations and counts in their reasons.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// A time, such as `2026-03-29 14:05 UTC`, with seconds where there are any.
pub(crate) fn moment(time: Timestamp) -> String {
    // What opens between two seconds is open at the second one.
    let second = time.as_second() + i64::from(time.subsec_nanosecond() > 0);
    let format = if second % 60 == 0 { "%Y-%m-%d %H:%M UTC" } else { "%Y-%m-%d %H:%M:%S UTC" };
    Timestamp::from_second(second).unwrap_or(time).strftime(format).to_string()
}

/// A time on the clocks of a zone and in UTC, such as `Mon 2026-03-30 09:00 Europe/Vienna (07:00 UTC)`.
pub(crate) fn local_moment(time: Timestamp, zone: &TimeZone) -> String {
    let Some(name) = zone.iana_name().filter(|name| *name != "UTC") else { return moment(time) };
    let local = zone.to_datetime(time).strftime("%a %Y-%m-%d %H:%M").to_string();
    format!("{local} {name} ({})", time.strftime("%H:%M UTC"))
}

/// A duration in its two largest units, such as `1 hour 5 minutes`.
pub(crate) fn length(duration: Duration) -> String {
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let mut rest = duration.as_secs();
    let mut words = Vec::new();
    for (size, unit) in units {
        if rest >= size && words.len() < 2 {
            words.push(count(rest / size, unit));
            rest %= size;
        }
    }
    if words.is_empty() { format!("{} ms", duration.as_millis()) } else { words.join(" ") }
}

/// A number with its noun, such as `1 sample` or `3 samples`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A time later by a duration; the end of time where there is none.
pub(crate) fn after(time: Timestamp, duration: Duration) -> Timestamp {
    SignedDuration::try_from(duration)
        .ok()
        .and_then(|duration| time.checked_add(duration).ok())
        .unwrap_or(Timestamp::MAX)
}

/// A time earlier by a duration; the beginning of time where there is none.
pub(crate) fn before(time: Timestamp, duration: Duration) -> Timestamp {
    SignedDuration::try_from(duration)
        .ok()
        .and_then(|duration| time.checked_sub(duration).ok())
        .unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_two_units_at_most() {
        let said = |seconds| length(Duration::from_secs(seconds));
        assert_eq!(said(1), "1 second");
        assert_eq!(said(3900), "1 hour 5 minutes");
        assert_eq!(said(90_061), "1 day 1 hour");
        assert_eq!(length(Duration::from_millis(200)), "200 ms");
    }

    #[test]
    fn moments_are_never_said_too_early() {
        let said = |time: &str| moment(time.parse().unwrap());
        assert_eq!(said("2026-03-29T14:05:00Z"), "2026-03-29 14:05 UTC");
        assert_eq!(said("2026-03-29T14:05:30Z"), "2026-03-29 14:05:30 UTC");
        assert_eq!(said("2026-03-29T14:05:59.2Z"), "2026-03-29 14:06 UTC");
    }

    #[test]
    fn sums_stop_at_the_ends_of_time() {
        assert_eq!(after(Timestamp::UNIX_EPOCH, Duration::MAX), Timestamp::MAX);
        assert_eq!(before(Timestamp::UNIX_EPOCH, Duration::MAX), Timestamp::MIN);
    }
}
