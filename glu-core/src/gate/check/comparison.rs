//! A candidate's metrics against a baseline's: `comparison(prometheus("...")).metric(metric("latency", "...", "...").higher_is_worse())`.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::evidence::Evidence;
use super::placeholder::{PlaceholderError, expand, in_promql};
use super::prometheus::{ApiError, Prometheus, Time, note_remarks, note_time, range_mistake, window};
use crate::gate::judge::{
    Criteria, Direction, Effect, Graded, Judgement, Label, Missing, Score, Scoring, judge, score,
};
use crate::gate::{Asked, Check, NoData};
use crate::ledger::Sample;

/// How far back is looked, and how far apart the points are.
const RANGE: (Duration, Duration) = (Duration::from_secs(30 * 60), Duration::from_secs(15));
/// How many points each side needs: with fewer, the statistic is not yet close to a normal distribution.
const SAMPLES: usize = 20;
/// The group of a metric that names none.
const GROUP: &str = "default";

/// Judges whether a candidate behaves as a baseline does; made by [`comparison`].
///
/// A metric that could not be judged never drops out: where it could turn the result, the result is an error or no data.
#[derive(Debug, Clone)]
#[must_use]
pub struct Comparison {
    server: Prometheus,
    metrics: Vec<Metric>,
    scoring: Scoring,
    range: (Duration, Duration),
    minimum: usize,
}

/// One metric of both sides; made by [`metric`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Metric {
    name: String,
    baseline: String,
    candidate: String,
    criteria: Criteria,
    group: String,
    critical: bool,
    no_data: NoData,
}

/// A check of a candidate against a baseline.
pub fn comparison(server: Prometheus) -> Comparison {
    Comparison { server, metrics: Vec::new(), scoring: Scoring::default(), range: RANGE, minimum: SAMPLES }
}

/// A metric with the queries for both sides, each of which gives one series. Placeholders are filled in; `{from}` is the label of the state
/// before: `latency{version="{from}"}` against `latency{version="{state}"}`.
pub fn metric(name: impl Into<String>, baseline: impl Into<String>, candidate: impl Into<String>) -> Metric {
    Metric {
        name: name.into(),
        baseline: baseline.into(),
        candidate: candidate.into(),
        criteria: Criteria::default(),
        group: GROUP.to_owned(),
        critical: false,
        no_data: NoData::default(),
    }
}

impl Metric {
    /// Only an increase is bad.
    pub fn higher_is_worse(mut self) -> Self {
        self.criteria.direction = Direction::Increase;
        self
    }

    /// Only a decrease is bad.
    pub fn lower_is_worse(mut self) -> Self {
        self.criteria.direction = Direction::Decrease;
        self
    }

    /// How sure the judge has to be; 0.98 otherwise.
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.criteria.confidence = confidence;
        self
    }

    /// The part of the estimated shift that the interval has to stay clear of; 0.25 otherwise.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.criteria.tolerance = tolerance;
        self
    }

    /// Counts only what is as big as this.
    pub fn effect(mut self, effect: Effect) -> Self {
        self.criteria.effect = Some(effect);
        self
    }

    /// Counts points that are missing or `NaN` as 0, as of a counter that has not counted yet.
    pub fn missing_as_zero(mut self) -> Self {
        self.criteria.missing = Missing::Zero;
        self
    }

    /// Leaves out points more than so many interquartile ranges outside the quartiles; 3 is usual.
    pub fn without_outliers(mut self, factor: f64) -> Self {
        self.criteria.outliers = Some(factor);
        self
    }

    /// Fails everything where it does not pass.
    pub fn critical(mut self) -> Self {
        self.critical = true;
        self
    }

    /// Counts together with others of this group.
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }

    /// What it means that there is nothing to compare; inconclusive otherwise.
    pub fn no_data(mut self, no_data: NoData) -> Self {
        self.no_data = no_data;
        self
    }

    fn mistake(&self) -> Option<String> {
        let Criteria { confidence, tolerance, outliers, .. } = self.criteria;
        let name = &self.name;
        if !(confidence > 0.0 && confidence < 1.0) {
            return Some(format!("metric `{name}`: the confidence {confidence} is not between 0 and 1"));
        }
        if !(tolerance >= 0.0 && tolerance.is_finite()) {
            return Some(format!("metric `{name}`: {tolerance} is no tolerance"));
        }
        let factor = outliers.filter(|factor| !(*factor >= 0.0 && factor.is_finite()))?;
        Some(format!("metric `{name}`: {factor} is no number of interquartile ranges"))
    }

    fn graded(&self, label: Label) -> Graded<'_> {
        Graded { group: &self.group, label, critical: self.critical, no_data: self.no_data }
    }

    fn specification(&self) -> Value {
        json!({
            "name": self.name,
            "baseline": self.baseline,
            "candidate": self.candidate,
            "criteria": self.criteria,
            "group": self.group,
            "critical": self.critical,
            "no_data": format!("{:?}", self.no_data),
        })
    }
}

impl Comparison {
    /// Adds a metric.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metrics.push(metric);
        self
    }

    /// How far back to look, and how far apart the points are; 30 minutes and 15 seconds otherwise.
    ///
    /// On what a phase runs now, it never looks further back than the state has been there.
    pub fn over(mut self, duration: Duration, step: Duration) -> Self {
        self.range = (duration, step);
        self
    }

    /// How many points each side needs; 20 otherwise.
    pub fn minimum_samples(mut self, samples: usize) -> Self {
        self.minimum = samples;
        self
    }

    /// The score from which it passes, of 100; 95 otherwise.
    pub fn pass_from(mut self, score: f64) -> Self {
        self.scoring.pass = score;
        self
    }

    /// The score from which it warns and does not fail, of 100; 75 otherwise.
    pub fn warn_from(mut self, score: f64) -> Self {
        self.scoring.warn = score;
        self
    }

    /// The part of 100 that a group counts; groups without share the rest.
    pub fn weight(mut self, group: impl Into<String>, weight: f64) -> Self {
        self.scoring.weights.insert(group.into(), weight);
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
        mistakes.extend(range_mistake(self.range.0, self.range.1));
        mistakes.extend(self.metrics.iter().filter_map(Metric::mistake));
        for (number, metric) in self.metrics.iter().enumerate() {
            if self.metrics[..number].iter().any(|other| other.name == metric.name) {
                mistakes.push(format!("there are two metrics `{}`", metric.name));
            }
        }
        let graded: Vec<_> = self.metrics.iter().map(|metric| metric.graded(Label::Pass)).collect();
        mistakes.extend(score(&graded, &self.scoring).err().map(|error| error.to_string()));
        let Scoring { pass, warn, .. } = self.scoring;
        if !(0.0 < warn && warn <= pass && pass <= 100.0) {
            mistakes
                .push(format!("a pass from {pass} and a warning from {warn} are no parts of 100 in order"));
        }
        mistakes
    }

    /// What both sides' points come to; what went wrong is a label too.
    fn judge(
        &self,
        metric: &Metric,
        asked: &Asked<'_>,
        time: Time,
        until: Instant,
        evidence: &mut Evidence,
    ) -> (Judgement, Value) {
        let mut queries = Vec::new();
        let mut points = |promql: &str| -> Result<Vec<f64>, (Label, String)> {
            let promql = expand(promql, asked, &[], &in_promql).map_err(|error| match error {
                PlaceholderError::NothingBefore => (Label::NoData, error.to_string()),
                PlaceholderError::Unknown { .. } => (Label::Error, error.to_string()),
            })?;
            queries.push(promql.clone());
            let answer = self.server.ask(&promql, time, until, evidence);
            let answer = answer.map_err(|error: ApiError| (Label::Error, error.to_string()))?;
            note_remarks(evidence, &answer);
            match answer.series.len() {
                0 => Ok(Vec::new()),
                1 => Ok(answer.series.into_iter().flat_map(|series| series.values).collect()),
                count => {
                    let reason = format!("a query gives {count} series where one is expected; aggregate");
                    Err((Label::Error, reason))
                }
            }
        };
        let judged = points(&metric.baseline).and_then(|baseline| {
            let candidate = points(&metric.candidate)?;
            Ok(self.compare(metric, candidate, baseline, time))
        });
        let judgement = judged.unwrap_or_else(|(label, reason)| unjudged(label, reason));
        let mut seen = json!(judgement);
        seen["queries"] = json!(queries);
        (judgement, seen)
    }

    fn compare(
        &self,
        metric: &Metric,
        mut candidate: Vec<f64>,
        mut baseline: Vec<f64>,
        time: Time,
    ) -> Judgement {
        let is_zero_where_missing = metric.criteria.missing == Missing::Zero;
        for values in [&mut candidate, &mut baseline] {
            if is_zero_where_missing && !values.is_empty() {
                values.resize(values.len().max(points(time)), f64::NAN);
            }
        }
        let count =
            |values: &[f64]| values.iter().filter(|value| is_zero_where_missing || !value.is_nan()).count();
        let counts = [("candidate", count(&candidate)), ("baseline", count(&baseline))];
        let too_few = |count: usize| count < self.minimum && !(is_zero_where_missing && count == 0);
        if let Some((side, count)) = counts.into_iter().find(|(_, count)| too_few(*count)) {
            let needed = self.minimum;
            let reason = format!("the {side} has {count} points, of which {needed} are needed");
            let [(_, candidates), (_, baselines)] = counts;
            return Judgement { candidates, baselines, ..unjudged(Label::NoData, reason) };
        }
        judge(&candidate, &baseline, &metric.criteria)
    }

    fn conclude(&self, judged: &[(&Metric, Judgement)], mut evidence: Evidence) -> Sample {
        let graded: Vec<_> =
            judged.iter().map(|(metric, judgement)| metric.graded(judgement.label)).collect();
        let Score { worst, best, groups } = match score(&graded, &self.scoring) {
            Ok(score) => score,
            Err(error) => return evidence.mistake(error),
        };
        evidence.note("score", json!({"worst": worst, "best": best, "groups": groups}));
        let words = |matters: &dyn Fn(&Graded<'_>) -> bool| {
            let words = judged.iter().zip(&graded).filter(|(_, graded)| matters(graded));
            let words =
                words.map(|((metric, judgement), _)| format!("`{}`: {}", metric.name, judgement.reason));
            words.collect::<Vec<_>>().join("; ")
        };
        let grade = |score: f64| (score >= self.scoring.pass, score >= self.scoring.warn);
        let undecided = || words(&|graded: &Graded<'_>| graded.is_undecided());
        let bad = || words(&|graded: &Graded<'_>| graded.label != Label::Pass);
        // What is undecided may stay so as long as it could not change anything.
        match (grade(best), grade(worst)) {
            ((_, false), _) => evidence.fail(format!("the score is {best:.0} of 100; {}", bad())),
            (best, worst) if best != worst => {
                let is_error = graded.iter().any(|graded| graded.label == Label::Error);
                let reason = format!("not everything could be judged; {}", undecided());
                if is_error { evidence.error(reason) } else { evidence.no_data(reason) }
            }
            ((true, _), _) if bad().is_empty() => evidence.pass(format!("the score is {worst:.0} of 100")),
            ((true, _), _) => evidence.pass(format!("the score is {worst:.0} of 100; {}", bad())),
            _ => evidence.warn(format!("the score is {worst:.0} of 100; {}", bad())),
        }
    }
}

impl Check for Comparison {
    fn mistakes(&self) -> Vec<String> {
        Self::mistakes(self)
    }

    fn kind(&self) -> &'static str {
        "comparison"
    }

    fn specification(&self) -> String {
        let metrics: Vec<_> = self.metrics.iter().map(Metric::specification).collect();
        json!({
            "server": self.server.specification(),
            "metrics": metrics,
            "scoring": self.scoring,
            "range": [self.range.0.as_secs_f64(), self.range.1.as_secs_f64()],
            "minimum": self.minimum,
        })
        .to_string()
    }

    fn sample(&self, asked: &Asked<'_>) -> Sample {
        let mut evidence = Evidence::default();
        if let Some(mistake) = self.mistakes().into_iter().next() {
            return evidence.mistake(mistake);
        }
        let time = window(asked, self.range.0, self.range.1);
        note_time(&mut evidence, time);
        let until = Instant::now() + self.server.time_limit();
        let mut judged = Vec::new();
        let mut metrics = Map::new();
        for metric in &self.metrics {
            let (judgement, seen) = self.judge(metric, asked, time, until, &mut evidence);
            metrics.insert(metric.name.clone(), seen);
            judged.push((metric, judgement));
        }
        evidence.note("metrics", metrics);
        self.conclude(&judged, evidence)
    }
}

fn unjudged(label: Label, reason: String) -> Judgement {
    Judgement { label, reason, candidates: 0, baselines: 0, shift: None, effects: None }
}

/// How many points a whole series would have.
fn points(time: Time) -> usize {
    match time {
        Time::At(_) => 1,
        Time::Range { start, end, step } => {
            let seconds = end.duration_since(start).as_secs_f64().max(0.0);
            (seconds / step.as_secs_f64()).floor() as usize + 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::prometheus::prometheus;
    use super::*;
    use crate::gate::Verdict;

    fn compared(labels: &[(Label, Metric)]) -> Sample {
        let check = labels
            .iter()
            .fold(comparison(prometheus("http://p")), |check, (_, metric)| check.metric(metric.clone()));
        let judged: Vec<_> =
            labels.iter().map(|(label, metric)| (metric, unjudged(*label, "seen".to_owned()))).collect();
        check.conclude(&judged, Evidence::default())
    }

    fn five(first: Label) -> Vec<(Label, Metric)> {
        let rest = [Label::Pass; 4];
        let labels = [first].into_iter().chain(rest).enumerate();
        labels.map(|(number, label)| (label, metric(number.to_string(), "a", "b"))).collect()
    }

    #[test]
    fn scores_pass_warn_or_fail() {
        assert_eq!(compared(&five(Label::Pass)).verdict, Verdict::Pass);
        assert_eq!(compared(&five(Label::High)).verdict, Verdict::Warn);
        let mut bad = five(Label::High);
        bad[1].0 = Label::Low;
        assert_eq!(compared(&bad).verdict, Verdict::Fail);
    }

    #[test]
    fn what_could_not_be_judged_holds_unless_it_cannot_matter() {
        assert_eq!(compared(&five(Label::Error)).verdict, Verdict::Error { retryable: true });
        let sample = compared(&five(Label::NoData));
        assert_eq!((sample.verdict, &sample.evidence["no_data"]), (Verdict::Inconclusive, &json!(true)));
        // All errors: the canary of whom nothing is known never passes.
        let all: Vec<_> = five(Label::Error).into_iter().map(|(_, metric)| (Label::Error, metric)).collect();
        assert_eq!(compared(&all).verdict, Verdict::Error { retryable: true });
        let mut lost = five(Label::Error);
        lost[1].0 = Label::High;
        lost[2].0 = Label::High;
        assert_eq!(compared(&lost).verdict, Verdict::Fail);
    }

    #[test]
    fn a_critical_metric_decides() {
        let mut critical = five(Label::High);
        critical[0].1 = critical[0].1.clone().critical();
        let sample = compared(&critical);
        assert_eq!(
            (sample.verdict, sample.reason.as_str()),
            (Verdict::Fail, "the score is 0 of 100; `0`: seen")
        );
    }

    #[test]
    fn mistakes_are_known_before_anybody_is_asked() {
        let one = || metric("m", "a", "b");
        let check = || comparison(prometheus("http://p"));
        assert!(check().metric(one()).mistakes().is_empty());
        for mistaken in [
            check(),
            check().metric(one()).metric(one()),
            check().metric(one().confidence(1.0)),
            check().metric(one().tolerance(-1.0)),
            check().metric(one()).weight("other", 10.0),
            check().metric(one()).warn_from(99.0),
            check().metric(one()).over(Duration::from_secs(10), Duration::ZERO),
        ] {
            assert_eq!(mistaken.mistakes().len(), 1, "{:?}", mistaken.mistakes());
        }
    }
}
