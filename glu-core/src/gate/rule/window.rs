//! Weekly windows: the hours in which a phase may move.
//!
//! A window is open whenever the clocks on the wall of its zone show a time in it. So when clocks are put forward, what is skipped does not
//! open that day; when they are put back, what comes twice is open twice.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::zone;
use crate::gate::words::local_moment;
use crate::gate::{Answer, Case, Gate, Rule, rule};

/// Opens in windows such as `Mon-Fri 09:00-16:30; Sat 10:00-12:00` on the clocks of a zone such as `Europe/Vienna`.
///
/// Days are English names, with ranges and lists; without, it is every day. A window that ends before it begins ends on the next day;
/// `24:00` is midnight at the end of a day.
#[track_caller]
pub fn window(windows: &str, time_zone: &str) -> Gate {
    rule(Window::new(windows, time_zone))
}

/// The rule behind [`window`].
#[derive(Debug, Clone)]
pub struct Window {
    text: String,
    zone_name: String,
    parsed: Result<(Vec<Weekly>, TimeZone), Vec<String>>,
}

/// One window, on each of its days.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Weekly {
    /// Monday first.
    days: [bool; 7],
    begin: Time,
    /// None is midnight at the end of the day.
    end: Option<Time>,
}

impl Window {
    /// Reads windows; what is wrong with them is reported at start.
    pub fn new(windows: &str, time_zone: &str) -> Self {
        let mut mistakes = Vec::new();
        let mut keep = |mistake| mistakes.push(mistake);
        let zone = zone(time_zone).map_err(&mut keep).ok();
        let parts = windows.split(';').map(str::trim).filter(|part| !part.is_empty());
        let weekly: Vec<Weekly> =
            parts.filter_map(|part| Weekly::parse(part).map_err(&mut keep).ok()).collect();
        if weekly.is_empty() && mistakes.is_empty() {
            mistakes.push("there is no window in it, so it would never open".to_owned());
        }
        let parsed = match zone {
            Some(zone) if mistakes.is_empty() => Ok((weekly, zone)),
            _ => Err(mistakes),
        };
        Self { text: windows.to_owned(), zone_name: time_zone.to_owned(), parsed }
    }
}

impl Rule for Window {
    fn kind(&self) -> &'static str {
        "window"
    }

    fn specification(&self) -> String {
        format!("{} {}", self.text, self.zone_name)
    }

    fn judge(&self, case: &Case<'_>) -> Answer {
        let (windows, zone) = match &self.parsed {
            Ok(parsed) => parsed,
            Err(mistakes) => return Answer::broken(&mistakes.join("; ")),
        };
        let open = is_open(windows, zone, case.now);
        let change = next_change(windows, zone, case.now);
        match change.map(|change| (change, local_moment(change, zone))) {
            Some((_, said)) if open => Answer::pass(format!("open until {said}")),
            None if open => Answer::pass("always open"),
            Some((change, said)) => Answer::pending(Some(change), format!("closed; it opens {said}")),
            None => {
                Answer::pending(None, format!("closed, and no time in the next weeks is in `{}`", self.text))
            }
        }
    }

    fn mistakes(&self) -> Vec<String> {
        self.parsed.as_ref().err().cloned().unwrap_or_default()
    }
}

/// Whether the clocks show a time in one of the windows.
fn is_open(windows: &[Weekly], zone: &TimeZone, at: Timestamp) -> bool {
    let wall = zone.to_datetime(at);
    windows.iter().any(|window| window.contains(wall))
}

/// The next time at which it opens, where it is closed, or closes, where it is open. That can only be when the clocks reach the
/// beginning or the end of a window, or when they are changed.
fn next_change(windows: &[Weekly], zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    // The weekly days of all windows come round in a week, but for one that is skipped when clocks are put forward.
    const DAYS: i64 = 16;
    let today = zone.to_datetime(now).date();
    let end = now.checked_add(Span::new().hours(DAYS * 24)).unwrap_or(Timestamp::MAX);
    let mut moments: Vec<Timestamp> =
        zone.following(now).map(|change| change.timestamp()).take_while(|change| *change < end).collect();
    for date in (-1..=DAYS).filter_map(|days| today.checked_add(Span::new().days(days)).ok()) {
        for window in windows {
            moments.extend(shown(date.to_datetime(window.begin), zone));
            moments.extend(window.closing(date).into_iter().flat_map(|closing| shown(closing, zone)));
        }
    }
    let open = is_open(windows, zone, now);
    moments.into_iter().filter(|at| *at > now && is_open(windows, zone, *at) != open).min()
}

/// When the clocks show this, once or twice; around the change, where they never do.
fn shown(wall: DateTime, zone: &TimeZone) -> impl Iterator<Item = Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    [ambiguous.earlier(), ambiguous.later()].into_iter().flatten()
}

impl Weekly {
    fn contains(&self, wall: DateTime) -> bool {
        let (time, day) = (wall.time(), wall.date().weekday());
        match self.end {
            Some(end) if end <= self.begin => {
                self.on(day) && time >= self.begin || self.on(day.previous()) && time < end
            }
            Some(end) => self.on(day) && (self.begin..end).contains(&time),
            None => self.on(day) && time >= self.begin,
        }
    }

    /// When the window that begins on this day ends.
    fn closing(&self, date: Date) -> Option<DateTime> {
        match self.end {
            Some(end) if end > self.begin => Some(date.to_datetime(end)),
            end => Some(date.tomorrow().ok()?.to_datetime(end.unwrap_or(Time::midnight()))),
        }
    }

    fn on(&self, day: Weekday) -> bool {
        usize::try_from(day.to_monday_zero_offset()).is_ok_and(|day| self.days[day])
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (days, times) = match text.rsplit_once(char::is_whitespace) {
            Some((days, times)) => (parse_days(days)?, times),
            None => ([true; 7], text),
        };
        let wrong = || format!("`{text}` is no window such as `Mon-Fri 09:00-16:30`");
        let (begin, end) = times.split_once('-').ok_or_else(wrong)?;
        let begin = parse_time(begin).ok_or_else(wrong)?;
        let end = if end == "24:00" { None } else { Some(parse_time(end).ok_or_else(wrong)?) };
        if end == Some(begin) {
            return Err(format!("`{text}` ends when it begins; a whole day is `00:00-24:00`"));
        }
        Ok(Self { days, begin, end })
    }
}

fn parse_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<i8>().ok())?
    };
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

/// Days such as `Mon-Fri`, `Mon,Wed` or `Sat-Mon`.
fn parse_days(text: &str) -> Result<[bool; 7], String> {
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut day, last) = (parse_day(first.trim())?, parse_day(last.trim())?);
        days[day] = true;
        while day != last {
            day = (day + 1) % 7;
            days[day] = true;
        }
    }
    Ok(days)
}

/// A weekday by its English name or the first three letters of it; Monday is 0.
fn parse_day(text: &str) -> Result<usize, String> {
    const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let name = text.to_ascii_lowercase();
    NAMES
        .iter()
        .position(|day| *day == name || day[..3] == *name)
        .ok_or_else(|| format!("`{text}` is no weekday such as `Mon` or `Monday`"))
}
