//! How fast an error budget is used up, in several windows at once (the alerting chapter of Google's Site Reliability Workbook).

use std::time::{Duration, Instant};

use serde_json::{Map, json};

use super::Prometheus;
use super::api::{ApiError, Time};
use super::query::{note_remarks, note_time, unanswered, unfilled};
use crate::gate::check::evidence::{Evidence, number};
use crate::gate::check::placeholder::{PlaceholderError, expand, in_promql};
use crate::gate::{Asked, Check};
use crate::ledger::Sample;

/// A long window, the short one which tells whether it still goes on, the hours of the long one, and the part of the budget that may be used up
/// in it: 14.4 and 6 times as fast as the budget lasts, for one of 30 days.
const PAIRS: [(&str, &str, f64, f64); 2] = [("1h", "5m", 1.0, 0.02), ("6h", "30m", 6.0, 0.05)];
const BUDGET: Duration = Duration::from_secs(30 * 24 * 3600);

/// Fails while an error budget is used up too fast: in the last hour and still in the last 5 minutes more than 14.4 times, or in the last 6 hours
/// and still in the last 30 minutes more than 6 times as fast as it lasts. Made by [`Prometheus::burn_rate`].
#[derive(Debug, Clone)]
#[must_use]
pub struct BurnRate {
    server: Prometheus,
    objective: f64,
    error_ratio: String,
    events: Option<(String, f64)>,
    budget: Duration,
}

impl BurnRate {
    pub(super) fn new(server: Prometheus, objective: f64) -> Self {
        Self { server, objective, error_ratio: String::new(), events: None, budget: BUDGET }
    }

    /// The part of all events that failed, from 0 to 1, in a window: `sum(rate(errors[{window}])) / sum(rate(requests[{window}]))`.
    pub fn error_ratio(mut self, promql: impl Into<String>) -> Self {
        self.error_ratio = promql.into();
        self
    }

    /// The number of events in a window, and how many it takes in a long window for its ratio to mean something:
    /// `sum(increase(requests[{window}]))`.
    pub fn minimum_events(mut self, promql: impl Into<String>, least: f64) -> Self {
        self.events = Some((promql.into(), least));
        self
    }

    /// How long the budget has to last; 30 days otherwise.
    pub fn budget(mut self, duration: Duration) -> Self {
        self.budget = duration;
        self
    }

    /// How long all answers together may take; 30 seconds otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.server = self.server.timeout(timeout);
        self
    }

    /// What is wrong with the check itself.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = self.server.mistakes().to_vec();
        if !(self.objective > 0.0 && self.objective < 1.0) {
            mistakes.push(format!("the objective {} is not between 0 and 1", self.objective));
        }
        if !self.error_ratio.contains("{window}") {
            mistakes.push("the error ratio is not of a `{window}`".to_owned());
        }
        if self.events.as_ref().is_some_and(|(promql, _)| !promql.contains("{window}")) {
            mistakes.push("the number of events is not of a `{window}`".to_owned());
        }
        mistakes
    }

    /// How much faster than it lasts the budget may be used up in a window.
    fn limit(&self, hours: f64, part: f64) -> f64 {
        part * self.budget.as_secs_f64() / 3600.0 / hours
    }
}

impl Check for BurnRate {
    fn mistakes(&self) -> Vec<String> {
        Self::mistakes(self)
    }

    fn kind(&self) -> &'static str {
        "burn-rate"
    }

    fn specification(&self) -> String {
        json!({
            "server": self.server.specification(),
            "objective": self.objective,
            "error_ratio": self.error_ratio,
            "events": self.events,
            "budget_seconds": self.budget.as_secs_f64(),
        })
        .to_string()
    }

    fn sample(&self, asked: &Asked<'_>) -> Sample {
        let mut evidence = Evidence::default();
        if let Some(mistake) = self.mistakes().into_iter().next() {
            return evidence.mistake(mistake);
        }
        note_time(&mut evidence, Time::At(asked.now));
        let mut measuring = Measuring {
            check: self,
            asked,
            until: Instant::now() + self.server.time_limit(),
            evidence,
            seen: Map::new(),
        };
        let judged = PAIRS.map(|pair| measuring.pair(pair));
        let Measuring { mut evidence, seen, .. } = measuring;
        evidence.note("windows", seen);
        let mut pairs = Vec::new();
        for pair in judged {
            match pair {
                Ok(pair) => pairs.push(pair),
                Err(Stopped::Api(error)) => return unanswered(&error, evidence),
                Err(Stopped::Placeholder(error)) => return unfilled(error, evidence),
            }
        }
        conclude(&pairs, evidence)
    }
}

/// A pair of windows, measured: whether each uses up the budget too fast, where that is known.
struct Pair {
    long: Option<bool>,
    short: Option<bool>,
    words: String,
}

impl Pair {
    /// Both have to; if one does not, the other need not be known.
    fn burns(&self) -> Option<bool> {
        match (self.long, self.short) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }
}

fn conclude(pairs: &[Pair], evidence: Evidence) -> Sample {
    let words = |pairs: &mut dyn Iterator<Item = &Pair>| {
        pairs.map(|pair| pair.words.as_str()).collect::<Vec<_>>().join("; ")
    };
    if pairs.iter().any(|pair| pair.burns() == Some(true)) {
        let burning = words(&mut pairs.iter().filter(|pair| pair.burns() == Some(true)));
        return evidence.fail(format!("the error budget burns: {burning}"));
    }
    if pairs.iter().any(|pair| pair.burns().is_none()) {
        let unknown = words(&mut pairs.iter().filter(|pair| pair.burns().is_none()));
        return evidence.no_data(format!("too little is known: {unknown}"));
    }
    let all = words(&mut pairs.iter());
    if pairs.iter().any(|pair| pair.long == Some(true)) {
        return evidence.warn(format!("the error budget burned, and no longer does: {all}"));
    }
    evidence.pass(all)
}

enum Stopped {
    Api(ApiError),
    Placeholder(PlaceholderError),
}

struct Measuring<'a> {
    check: &'a BurnRate,
    asked: &'a Asked<'a>,
    until: Instant,
    evidence: Evidence,
    seen: Map<String, serde_json::Value>,
}

impl Measuring<'_> {
    fn pair(&mut self, (long, short, hours, part): (&str, &str, f64, f64)) -> Result<Pair, Stopped> {
        let limit = self.check.limit(hours, part);
        let events = match &self.check.events {
            Some((promql, least)) => Some((self.measure(promql, long)?, *least)),
            None => None,
        };
        let budget = 1.0 - self.check.objective;
        let mut rate = |window: &str| -> Result<Option<f64>, Stopped> {
            Ok(self.measure(&self.check.error_ratio, window)?.map(|ratio| ratio / budget))
        };
        let rates = [rate(long)?, rate(short)?];
        for (window, rate) in [long, short].into_iter().zip(rates) {
            self.seen
                .insert(window.to_owned(), json!({"burn_rate": rate.map(number), "limit": number(limit)}));
        }
        let is_enough = events.is_none_or(|(count, least)| count.is_some_and(|count| count >= least));
        if let Some((count, least)) = events {
            self.seen[long]["events"] = json!({"seen": count.map(number), "needed": least});
        }
        let shown = |rate: Option<f64>| rate.map_or("unknown".to_owned(), |rate| format!("{rate:.2}"));
        let few = if is_enough { "" } else { ", of too few events" };
        let words = format!(
            "{long} at {}{few} and {short} at {}, limit {limit:.1}",
            shown(rates[0]),
            shown(rates[1])
        );
        let exceeds = |rate: Option<f64>| rate.map(|rate| rate > limit);
        Ok(Pair { long: exceeds(rates[0]).filter(|_| is_enough), short: exceeds(rates[1]), words })
    }

    /// The one number that a query gives for a window, if any.
    fn measure(&mut self, promql: &str, window: &str) -> Result<Option<f64>, Stopped> {
        let promql =
            expand(promql, self.asked, &[("window", window)], &in_promql).map_err(Stopped::Placeholder)?;
        self.evidence.note(&format!("query_{window}"), promql.clone());
        let server = &self.check.server;
        let answer = server
            .ask(&promql, Time::At(self.asked.now), self.until, &mut self.evidence)
            .map_err(Stopped::Api)?;
        note_remarks(&mut self.evidence, &answer);
        match &answer.series[..] {
            [] => Ok(None),
            [series] => Ok(series.values.first().copied().filter(|value| !value.is_nan())),
            several => {
                let reason = format!("there are {} series where one is expected; aggregate", several.len());
                Err(Stopped::Api(ApiError::Malformed(reason)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::prometheus;
    use super::*;
    use crate::gate::Verdict;

    fn verdict(pairs: [(Option<bool>, Option<bool>); 2]) -> (Verdict, bool) {
        let pairs = pairs.map(|(long, short)| Pair { long, short, words: String::new() });
        let sample = conclude(&pairs, Evidence::default());
        (sample.verdict, sample.evidence.contains_key("no_data"))
    }

    #[test]
    fn what_is_unknown_matters_only_where_it_could_decide() {
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(verdict([(no, no), (no, no)]), (Verdict::Pass, false));
        assert_eq!(verdict([(yes, yes), (None, None)]), (Verdict::Fail, false));
        assert_eq!(verdict([(no, no), (yes, yes)]), (Verdict::Fail, false));
        assert_eq!(verdict([(yes, no), (no, no)]), (Verdict::Warn, false));
        assert_eq!(verdict([(no, None), (no, None)]), (Verdict::Pass, false));
        assert_eq!(verdict([(None, yes), (no, no)]), (Verdict::Inconclusive, true));
        assert_eq!(verdict([(yes, None), (no, no)]), (Verdict::Inconclusive, true));
    }

    #[test]
    fn the_limits_are_those_of_a_month() {
        let check = prometheus("http://p").burn_rate(0.999).error_ratio("x[{window}]");
        let [first, second] = PAIRS.map(|(_, _, hours, part)| check.limit(hours, part));
        assert!((first - 14.4).abs() < 1e-12 && (second - 6.0).abs() < 1e-12, "{first} {second}");
    }

    #[test]
    fn mistakes_are_known_before_anybody_is_asked() {
        let burn = || prometheus("http://p").burn_rate(0.999);
        assert!(burn().error_ratio("x[{window}]").mistakes().is_empty());
        assert_eq!(burn().mistakes().len(), 1);
        assert_eq!(prometheus("p").burn_rate(1.0).error_ratio("x[5m]").mistakes().len(), 3);
    }
}
