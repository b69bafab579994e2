//! Times as people say them.

use jiff::Timestamp;

/// How long ago, in the one unit that matters.
pub(crate) fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - then.as_second();
    let count = |size: i64, unit: &str| {
        let number = seconds / size;
        format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" })
    };
    match seconds {
        i64::MIN..=-60 => "in the future".to_owned(),
        -59..=59 => "just now".to_owned(),
        60..=3599 => count(60, "minute"),
        3600..=86_399 => count(3600, "hour"),
        86_400..=2_591_999 => count(86_400, "day"),
        2_592_000..=31_535_999 => count(2_592_000, "month"),
        _ => count(31_536_000, "year"),
    }
}

/// How long until then, in the one unit that matters, never too short.
pub(crate) fn left(then: Timestamp, now: Timestamp) -> String {
    let seconds = then.as_second() - now.as_second();
    let count = |size: i64, unit: &str| {
        let number = seconds.div_euclid(size) + i64::from(seconds.rem_euclid(size) > 0);
        format!("{number} {unit}{} left", if number == 1 { "" } else { "s" })
    };
    match seconds {
        i64::MIN..=0 => "time is over".to_owned(),
        1..=60 => count(1, "second"),
        61..=7200 => count(60, "minute"),
        7201..=172_800 => count(3600, "hour"),
        _ => count(86_400, "day"),
    }
}

/// A time to the second, UTC, RFC 3339.
pub(crate) fn stamp(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_never_said_too_short() {
        let now = Timestamp::from_second(1_000_000_000).unwrap();
        let then = |seconds: i64| left(Timestamp::from_second(1_000_000_000 + seconds).unwrap(), now);
        assert_eq!(then(0), "time is over");
        assert_eq!(then(1), "1 second left");
        assert_eq!(then(61), "2 minutes left");
        assert_eq!(then(720), "12 minutes left");
        assert_eq!(then(7201), "3 hours left");
        assert_eq!(then(86_400 * 3), "3 days left");
    }

    #[test]
    fn one_unit_and_its_plural() {
        let now = Timestamp::from_second(1_000_000_000).unwrap();
        let then = |seconds: i64| ago(Timestamp::from_second(1_000_000_000 - seconds).unwrap(), now);
        assert_eq!(then(0), "just now");
        assert_eq!(then(60), "1 minute ago");
        assert_eq!(then(7199), "1 hour ago");
        assert_eq!(then(7200), "2 hours ago");
        assert_eq!(then(86_400 * 3), "3 days ago");
        assert_eq!(then(-3600), "in the future");
    }
}
