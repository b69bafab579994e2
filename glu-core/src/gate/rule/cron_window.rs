//! Windows that begin when a cron expression says so, and stay open for a while.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::zone;
use crate::gate::words::{after, before, local_moment};
use crate::gate::{Answer, Case, Cron, Gate, Rule, rule};

/// Opens when a cron expression fires on the clocks of a zone, for so long.
#[track_caller]
pub fn cron_window(expression: &str, duration: Duration, time_zone: &str) -> Gate {
    rule(CronWindow::new(expression, duration, time_zone))
}

/// The rule behind [`cron_window`].
#[derive(Debug, Clone)]
pub struct CronWindow {
    expression: String,
    duration: Duration,
    zone_name: String,
    parsed: Result<(Cron, TimeZone), Vec<String>>,
}

impl CronWindow {
    /// Reads an expression; what is wrong with it is reported at start.
    pub fn new(expression: &str, duration: Duration, time_zone: &str) -> Self {
        let parsed = match (Cron::parse(expression).map_err(|error| error.to_string()), zone(time_zone)) {
            (Ok(_), Ok(_)) if duration.is_zero() => Err(vec!["its windows are open for no time".to_owned()]),
            (Ok(cron), Ok(zone)) => Ok((cron, zone)),
            (cron, zone) => Err(cron.err().into_iter().chain(zone.err()).collect()),
        };
        Self { expression: expression.to_owned(), duration, zone_name: time_zone.to_owned(), parsed }
    }
}

impl Rule for CronWindow {
    fn kind(&self) -> &'static str {
        "window"
    }

    fn specification(&self) -> String {
        format!("cron {} for {} ms {}", self.expression, self.duration.as_millis(), self.zone_name)
    }

    fn judge(&self, case: &Case<'_>) -> Answer {
        let (cron, zone) = match &self.parsed {
            Ok(parsed) => parsed,
            Err(mistakes) => return Answer::broken(&mistakes.join("; ")),
        };
        let last = cron.last(case.now, before(case.now, self.duration), zone);
        if let Some(end) = last.map(|begin| after(begin, self.duration)).filter(|end| *end > case.now) {
            return Answer::pass(format!("open at least until {}", local_moment(end, zone)));
        }
        match cron.next(case.now, zone) {
            Some(next) => {
                Answer::pending(Some(next), format!("closed; it opens {}", local_moment(next, zone)))
            }
            None => Answer::pending(None, format!("closed, and `{}` does not come again", self.expression)),
        }
    }

    fn mistakes(&self) -> Vec<String> {
        self.parsed.as_ref().err().cloned().unwrap_or_default()
    }
}
