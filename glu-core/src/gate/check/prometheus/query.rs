//! A query and what its answer has to be.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::Prometheus;
use super::api::{Answer, ApiError, POINTS, Time};
use super::reduce::{Reduce, decisive};
use crate::gate::check::bound::Bound;
use crate::gate::check::evidence::{Evidence, number};
use crate::gate::check::placeholder::{PlaceholderError, expand, in_promql};
use crate::gate::{Asked, Check};
use crate::ledger::Sample;

/// How many series are shown in the evidence.
const SHOWN: usize = 20;

/// Compares what a query gives with a bound; made by [`Prometheus::query`].
///
/// The query is evaluated at the time the gate is asked. Nothing, and nothing but `NaN`, is no data; a `NaN` among numbers is left out
/// and noted. Several series need a reducer.
#[derive(Debug, Clone)]
#[must_use]
pub struct Query {
    server: Prometheus,
    promql: String,
    bound: Option<Bound>,
    over_series: Option<Reduce>,
    range: Option<Range>,
    minimum_points: usize,
}

#[derive(Debug, Clone, Copy)]
struct Range {
    duration: Duration,
    step: Duration,
    reduce: Reduce,
}

impl Query {
    pub(super) fn new(server: Prometheus, promql: String) -> Self {
        Self { server, promql, bound: None, over_series: None, range: None, minimum_points: 1 }
    }

    /// Passes below this.
    pub fn below(self, limit: f64) -> Self {
        self.within(Bound::Below(limit))
    }

    /// Passes above this.
    pub fn above(self, limit: f64) -> Self {
        self.within(Bound::Above(limit))
    }

    /// Passes from the first to the second.
    pub fn between(self, least: f64, most: f64) -> Self {
        self.within(Bound::Between(least, most))
    }

    /// Passes within a bound.
    pub fn within(mut self, bound: Bound) -> Self {
        self.bound = Some(bound);
        self
    }

    /// Makes one answer of several series.
    pub fn reduce(mut self, reduce: Reduce) -> Self {
        self.over_series = Some(reduce);
        self
    }

    /// Looks at the last while instead of an instant, at points so far apart, and makes one answer of them.
    ///
    /// On what a phase runs now, it never looks further back than the state has been there.
    pub fn over(mut self, duration: Duration, step: Duration, reduce: Reduce) -> Self {
        self.range = Some(Range { duration, step, reduce });
        self
    }

    /// Takes fewer points than this, `NaN` not counted, in any series for no data.
    pub fn minimum_points(mut self, points: usize) -> Self {
        self.minimum_points = points;
        self
    }

    /// How long the answer may take; 30 seconds otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.server = self.server.timeout(timeout);
        self
    }

    /// What is wrong with the check itself.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = self.server.mistakes().to_vec();
        match self.bound {
            None => mistakes.push("the query has no bound; add `below`, `above` or `between`".to_owned()),
            Some(bound) => mistakes.extend(bound.mistake()),
        }
        if let Some(range) = self.range {
            mistakes.extend(range_mistake(range.duration, range.step));
            if !range.reduce.is_number() && self.over_series.is_some_and(Reduce::is_number) {
                let reason =
                    "`all` and `any` over time give no number that several series could be reduced by";
                mistakes.push(reason.to_owned());
            }
        }
        mistakes
    }

    fn judge(&self, answer: &Answer, bound: Bound, mut evidence: Evidence) -> Sample {
        let is_number = |value: &f64| !value.is_nan();
        let missing: usize = answer
            .series
            .iter()
            .map(|series| series.values.iter().filter(|value| value.is_nan()).count())
            .sum();
        let mut kept = Vec::new();
        let mut shown = Map::new();
        for series in &answer.series {
            let values: Vec<f64> = series.values.iter().copied().filter(is_number).collect();
            if shown.len() < SHOWN {
                let value = match (&values[..], self.range) {
                    (_, Some(range)) if !values.is_empty() => {
                        let decided =
                            decisive(std::slice::from_ref(&values), Some(range.reduce), None, bound);
                        json!({"points": values.len(), "value": number(decided)})
                    }
                    ([value], None) => number(*value),
                    _ => Value::from("NaN"),
                };
                shown.insert(series.labels.clone(), value);
            }
            if !values.is_empty() {
                kept.push(values);
            }
        }
        evidence.note("series", answer.series.len());
        evidence.note("values", shown);
        if missing > 0 {
            evidence.note("not_a_number", missing);
        }
        if answer.series.is_empty() {
            return evidence.no_data("the query gives nothing");
        }
        if answer.series.len() > 1 && self.over_series.is_none() {
            let count = answer.series.len();
            let remedy = "aggregate in the query, or say how with `reduce`";
            return evidence.error(format!("the query gives {count} series where one is expected; {remedy}"));
        }
        if kept.is_empty() {
            return evidence.no_data("the query gives nothing but NaN");
        }
        let least = kept.iter().map(Vec::len).min().unwrap_or_default();
        if least < self.minimum_points {
            let needed = self.minimum_points;
            return evidence.no_data(format!("there are {least} points, of which {needed} are needed"));
        }
        let value = decisive(&kept, self.range.map(|range| range.reduce), self.over_series, bound);
        evidence.note("value", number(value));
        let left_out = if missing > 0 { format!("; {missing} NaN left out") } else { String::new() };
        if bound.holds(value) {
            evidence.pass(format!("{value} is {bound}{left_out}"))
        } else {
            evidence.fail(format!("{value} is not {bound}{left_out}"))
        }
    }
}

impl Check for Query {
    fn mistakes(&self) -> Vec<String> {
        Self::mistakes(self)
    }

    fn kind(&self) -> &'static str {
        "prometheus"
    }

    fn specification(&self) -> String {
        let range = self.range.map(|range| {
            let (duration, step) = (range.duration.as_secs_f64(), range.step.as_secs_f64());
            json!({"seconds": duration, "step": step, "reduce": range.reduce})
        });
        json!({
            "server": self.server.specification(),
            "query": self.promql,
            "bound": self.bound,
            "reduce": self.over_series,
            "range": range,
            "minimum_points": self.minimum_points,
        })
        .to_string()
    }

    fn sample(&self, asked: &Asked<'_>) -> Sample {
        let mut evidence = Evidence::default();
        let (Some(bound), None) = (self.bound, self.mistakes().into_iter().next()) else {
            return evidence.mistake(self.mistakes().join("; "));
        };
        let promql = match expand(&self.promql, asked, &[], &in_promql) {
            Ok(promql) => promql,
            Err(error) => return unfilled(error, evidence),
        };
        evidence.note("query", promql.clone());
        let time = match self.range {
            None => Time::At(asked.now),
            Some(range) => window(asked, range.duration, range.step),
        };
        note_time(&mut evidence, time);
        let until = Instant::now() + self.server.time_limit();
        match self.server.ask(&promql, time, until, &mut evidence) {
            Ok(answer) => {
                note_remarks(&mut evidence, &answer);
                self.judge(&answer, bound, evidence)
            }
            Err(error) => unanswered(&error, evidence),
        }
    }
}

/// Why a range cannot be asked for.
pub(in crate::gate::check) fn range_mistake(duration: Duration, step: Duration) -> Option<String> {
    if duration.is_zero() || step.is_zero() {
        return Some("a range and its step are longer than nothing".to_owned());
    }
    let points = duration.as_secs_f64() / step.as_secs_f64();
    (points >= POINTS as f64)
        .then(|| format!("the range has more than {POINTS} points; make the step longer"))
}

/// The last while, but nothing from before the state was there.
pub(in crate::gate::check) fn window(asked: &Asked<'_>, duration: Duration, step: Duration) -> Time {
    let back = SignedDuration::try_from(duration).ok().and_then(|back| asked.now.checked_sub(back).ok());
    let start = back.unwrap_or(asked.now);
    let start = asked.since.map_or(start, |since| start.max(since)).min(asked.now);
    Time::Range { start, end: asked.now, step }
}

pub(in crate::gate::check) fn note_time(evidence: &mut Evidence, time: Time) {
    match time {
        Time::At(at) => evidence.note("at", at.to_string()),
        Time::Range { start, end, step } => {
            let window = json!({"from": start, "to": end, "step_seconds": step.as_secs_f64()});
            evidence.note("window", window);
        }
    }
}

pub(in crate::gate::check) fn note_remarks(evidence: &mut Evidence, answer: &Answer) {
    if !answer.remarks.is_empty() {
        evidence.note("remarks", answer.remarks.clone());
    }
}

pub(in crate::gate::check) fn unfilled(error: PlaceholderError, evidence: Evidence) -> Sample {
    match error {
        PlaceholderError::NothingBefore => evidence.no_data(error),
        PlaceholderError::Unknown { .. } => evidence.mistake(error),
    }
}

pub(in crate::gate::check) fn unanswered(error: &ApiError, evidence: Evidence) -> Sample {
    if error.is_retryable() { evidence.error(error) } else { evidence.mistake(error) }
}
