//! The part of iCalendar (RFC 5545) that freeze calendars need: single events with a beginning and an end.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::Freeze;

/// A time of an event: a whole day, or a time on the clocks of a zone.
#[derive(Clone, Copy)]
enum Time {
    Day(Date),
    At(Timestamp),
}

/// The events of a calendar, or what is wrong with each.
pub(super) fn events(text: &str, zone: &TimeZone) -> Vec<Result<Freeze, String>> {
    // A line that begins with a blank continues the one before (section 3.1).
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let mut events = Vec::new();
    let mut event: Option<Vec<(&str, &str)>> = None;
    // Alarms and other components inside an event have properties of their own.
    let mut inside = 0_u32;
    for line in unfolded.lines() {
        match (line.trim_end(), &mut event) {
            ("BEGIN:VEVENT", _) => event = Some(Vec::new()),
            ("END:VEVENT", _) => events.extend(event.take().map(|properties| freeze(&properties, zone))),
            (line, Some(_)) if line.starts_with("BEGIN:") => inside += 1,
            (line, Some(_)) if line.starts_with("END:") => inside = inside.saturating_sub(1),
            (line, Some(properties)) if inside == 0 => properties.extend(line.split_once(':')),
            _ => {}
        }
    }
    if event.is_some() {
        events.push(Err("the calendar ends within an event".to_owned()));
    }
    if events.is_empty() {
        events.push(Err("the calendar has no events".to_owned()));
    }
    events
}

fn freeze(properties: &[(&str, &str)], zone: &TimeZone) -> Result<Freeze, String> {
    let property =
        |name: &str| properties.iter().find(|(head, _)| head.split(';').next() == Some(name)).copied();
    let name =
        property("SUMMARY").map_or("an event", |(_, text)| text).replace("\\,", ",").replace("\\;", ";");
    let wrong = |what: &str| format!("event `{name}` {what}");
    if property("RRULE").or_else(|| property("RDATE")).is_some() {
        return Err(wrong("repeats, which is not read; give each of its dates"));
    }
    let begin = property("DTSTART").ok_or_else(|| wrong("has no DTSTART"))?;
    let begin = time(begin, zone).ok_or_else(|| wrong("has a DTSTART that cannot be read"))?;
    let end = match (property("DTEND"), begin) {
        (Some(end), _) => time(end, zone).ok_or_else(|| wrong("has a DTEND that cannot be read"))?,
        // Without an end, an event on a date is that day (section 3.6.1).
        (None, Time::Day(date)) if property("DURATION").is_none() => {
            Time::Day(date.tomorrow().map_err(|_| wrong("ends after the end of time"))?)
        }
        (None, _) => return Err(wrong("has no DTEND")),
    };
    let instant = |time| match time {
        Time::Day(date) => zone.to_timestamp(date.at(0, 0, 0, 0)).ok(),
        Time::At(at) => Some(at),
    };
    match (instant(begin), instant(end)) {
        (Some(begin), Some(end)) if begin < end => Ok(Freeze { begin, end, name }),
        _ => Err(wrong("ends before it begins")),
    }
}

/// A DATE or DATE-TIME: `20261224`, `20261224T120000` in the zone that it names or else in this one, or `20261224T110000Z`.
fn time((head, value): (&str, &str), zone: &TimeZone) -> Option<Time> {
    if value.len() == 8 {
        return Date::strptime("%Y%m%d", value).ok().map(Time::Day);
    }
    let named = head.split(';').find_map(|parameter| parameter.strip_prefix("TZID="));
    let (value, zone) = match (value.strip_suffix('Z'), named) {
        (Some(value), _) => (value, TimeZone::UTC),
        (None, Some(name)) => (value, TimeZone::get(name.trim_matches('"')).ok()?),
        (None, None) => (value, zone.clone()),
    };
    let wall = DateTime::strptime("%Y%m%dT%H%M%S", value).ok()?;
    zone.to_timestamp(wall).ok().map(Time::At)
}
