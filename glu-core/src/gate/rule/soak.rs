//! A state has to stay somewhere for a while before it moves on.

use std::time::Duration;

use jiff::Timestamp;

use crate::gate::words::{after, length, moment};
use crate::gate::{Answer, Case, Gate, Rule, Stay, rule};

/// Opens when enough upstreams have had exactly this state, healthy and without a break, for so long.
#[track_caller]
pub fn soak(duration: Duration) -> Gate {
    rule(Soak { duration })
}

/// The rule behind [`soak`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soak {
    duration: Duration,
}

/// How far one upstream is.
enum Progress {
    /// It has, or will have, had the state for long enough at this time.
    Ripe(Timestamp),
    /// Nobody knows since when it has had it.
    Unknown,
    /// Its own verification does not pass now.
    Unhealthy,
}

impl Soak {
    fn progress(&self, stay: &Stay, now: Timestamp) -> Progress {
        match stay.since {
            _ if !stay.healthy => Progress::Unhealthy,
            // What failed and recovered begins anew.
            Some(since) if since <= now => {
                Progress::Ripe(after(stay.failed.map_or(since, |failed| failed.max(since)), self.duration))
            }
            _ => Progress::Unknown,
        }
    }
}

impl Rule for Soak {
    fn kind(&self) -> &'static str {
        "soak"
    }

    fn specification(&self) -> String {
        format!("{} ms", self.duration.as_millis())
    }

    fn judge(&self, case: &Case<'_>) -> Answer {
        let needed = case.needed.max(1);
        let (mut ripe, mut unknown, mut unhealthy) = (Vec::new(), Vec::new(), Vec::new());
        for stay in case.upstreams {
            match self.progress(stay, case.now) {
                Progress::Ripe(at) => ripe.push((at, stay)),
                Progress::Unknown => unknown.push(stay.phase.as_str()),
                Progress::Unhealthy => unhealthy.push(stay.phase.as_str()),
            }
        }
        ripe.sort_by_key(|(at, _)| *at);
        let whole = length(self.duration);
        match ripe.get(needed - 1) {
            Some((at, stay)) if *at <= case.now => {
                Answer::pass(format!("it has been in {} for {whole}", stay.phase))
            }
            Some((at, stay)) => {
                let again = stay.failed.filter(|failed| stay.since.is_some_and(|since| *failed > since));
                let from = match again {
                    Some(failed) => format!(", anew since it failed at {}", moment(failed)),
                    None => String::new(),
                };
                Answer::pending(
                    Some(*at),
                    format!("{whole} in {}{from}; it opens at {}", stay.phase, moment(*at)),
                )
            }
            None if !unhealthy.is_empty() => {
                let reason = format!("{} is not healthy; {whole} begin when it is", unhealthy.join(", "));
                Answer::pending(None, reason)
            }
            None if !unknown.is_empty() => Answer::inconclusive(format!(
                "it is not known since when {} has had it, so {whole} cannot be counted",
                unknown.join(", ")
            )),
            None => Answer::pending(None, format!("{} of {needed} upstreams have it", case.upstreams.len())),
        }
    }

    fn mistakes(&self) -> Vec<String> {
        if self.duration.is_zero() { vec!["a soak of nothing is always over".to_owned()] } else { Vec::new() }
    }
}
