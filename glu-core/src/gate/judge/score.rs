//! What the judgements of several metrics come to.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Label;
use crate::gate::NoData;

/// A judged metric, as it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Graded<'a> {
    /// The group it is in.
    pub group: &'a str,
    /// What the judge said.
    pub label: Label,
    /// Whether everything fails with it.
    pub critical: bool,
    /// What it means when there was nothing to judge.
    pub no_data: NoData,
}

/// How metrics count.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scoring {
    /// The score from which it is a pass, of 100.
    pub pass: f64,
    /// The score from which it is at least a warning.
    pub warn: f64,
    /// The parts of 100 that groups have; the others share the rest evenly.
    pub weights: BTreeMap<String, f64>,
}

/// What several metrics come to. A metric that could not be judged never drops out: it counts as not passed in `worst` and as passed
/// in `best`, so that what it hides is between the two.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// The score if all that is undecided were bad.
    pub worst: f64,
    /// The score if all that is undecided were good.
    pub best: f64,
    /// The scores of the groups, if all that is undecided were bad.
    pub groups: BTreeMap<String, f64>,
}

/// Why there is no score.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// There is nothing to count.
    #[error("there is no metric")]
    NoMetric,
    /// A weight is for a group that no metric is in.
    #[error("group `{0}` has a weight and no metric")]
    EmptyGroup(String),
    /// The weights are no parts of 100.
    #[error("the weights are {0} in all; they are parts of 100, and each is above 0")]
    Weights(f64),
    /// The weights leave nothing for other groups, which would then not count.
    #[error("the weights leave nothing for group `{0}`")]
    NothingLeft(String),
}

impl Default for Scoring {
    /// 95 passes, 75 warns.
    fn default() -> Self {
        Self { pass: 95.0, warn: 75.0, weights: BTreeMap::new() }
    }
}

/// Adds up judged metrics: the part of the metrics of each group that passed, weighted; 0 where a critical one did not.
///
/// # Errors
/// When the weights make no sense for these metrics.
pub fn score(metrics: &[Graded<'_>], scoring: &Scoring) -> Result<Score, ScoreError> {
    let weights = weights(metrics, scoring)?;
    let total = |undecided: bool| -> (f64, BTreeMap<String, f64>) {
        let groups: BTreeMap<String, f64> =
            weights.keys().map(|group| ((*group).to_owned(), of_group(metrics, group, undecided))).collect();
        let is_vetoed = metrics.iter().any(|metric| metric.critical && !metric.passes(undecided));
        let all: f64 = weights.values().sum();
        let sum: f64 = weights.iter().map(|(group, weight)| groups[*group] * weight).sum();
        (if is_vetoed { 0.0 } else { sum / all }, groups)
    };
    let (worst, groups) = total(false);
    Ok(Score { worst, best: total(true).0, groups })
}

impl Graded<'_> {
    /// Whether nothing is known of it.
    pub fn is_undecided(&self) -> bool {
        match self.label {
            Label::Error => true,
            Label::NoData => self.no_data == NoData::Inconclusive,
            Label::Pass | Label::High | Label::Low => false,
        }
    }

    fn passes(&self, undecided: bool) -> bool {
        match self.label {
            Label::Pass => true,
            Label::NoData if self.no_data == NoData::Pass => true,
            _ => undecided && self.is_undecided(),
        }
    }
}

fn of_group(metrics: &[Graded<'_>], group: &str, undecided: bool) -> f64 {
    let members: Vec<_> = metrics.iter().filter(|metric| metric.group == group).collect();
    let passed = members.iter().filter(|metric| metric.passes(undecided)).count();
    100.0 * passed as f64 / members.len() as f64
}

fn weights<'a>(metrics: &[Graded<'a>], scoring: &Scoring) -> Result<BTreeMap<&'a str, f64>, ScoreError> {
    let groups: BTreeSet<&str> = metrics.iter().map(|metric| metric.group).collect();
    if groups.is_empty() {
        return Err(ScoreError::NoMetric);
    }
    if let Some(group) = scoring.weights.keys().find(|group| !groups.contains(group.as_str())) {
        return Err(ScoreError::EmptyGroup(group.clone()));
    }
    let given: f64 = scoring.weights.values().sum();
    let is_sound = scoring.weights.values().all(|weight| *weight > 0.0 && weight.is_finite());
    if !is_sound || given > 100.0 + 1e-9 {
        return Err(ScoreError::Weights(given));
    }
    let others = groups.iter().filter(|group| !scoring.weights.contains_key(**group)).count();
    let share = (100.0 - given) / others.max(1) as f64;
    let weight = |group: &'a str| match scoring.weights.get(group) {
        Some(weight) => Ok((group, *weight)),
        None if share > 1e-9 => Ok((group, share)),
        None => Err(ScoreError::NothingLeft(group.to_owned())),
    };
    groups.into_iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(group: &'static str, label: Label) -> Graded<'static> {
        Graded { group, label, critical: false, no_data: NoData::Inconclusive }
    }

    fn weighted(weights: &[(&str, f64)]) -> Scoring {
        let weights = weights.iter().map(|(group, weight)| ((*group).to_owned(), *weight)).collect();
        Scoring { weights, ..Scoring::default() }
    }

    #[test]
    fn groups_count_by_their_weight_and_the_others_share_the_rest() {
        let metrics = [
            graded("a", Label::Pass),
            graded("a", Label::High),
            graded("b", Label::Pass),
            graded("c", Label::Low),
        ];
        let found = score(&metrics, &weighted(&[("a", 60.0)])).unwrap();
        assert_eq!((found.worst, found.best), (0.6 * 50.0 + 0.2 * 100.0, 50.0));
        assert_eq!(found.groups["a"], 50.0);
        let even = score(&metrics, &Scoring::default()).unwrap();
        assert_eq!(even.worst, 50.0);
    }

    #[test]
    fn weights_of_all_groups_need_not_reach_100() {
        let metrics = [graded("a", Label::Pass), graded("b", Label::High)];
        assert_eq!(score(&metrics, &weighted(&[("a", 30.0), ("b", 10.0)])).unwrap().worst, 75.0);
    }

    #[test]
    fn what_could_not_be_judged_never_drops_out() {
        let errors = [graded("a", Label::Error), graded("a", Label::Error)];
        let found = score(&errors, &Scoring::default()).unwrap();
        assert_eq!((found.worst, found.best), (0.0, 100.0));
        let fails = Graded { no_data: NoData::Fail, ..graded("a", Label::NoData) };
        let passes = Graded { no_data: NoData::Pass, ..graded("a", Label::NoData) };
        let found = score(&[fails, passes], &Scoring::default()).unwrap();
        assert_eq!((found.worst, found.best), (50.0, 50.0));
    }

    #[test]
    fn a_critical_metric_takes_everything_with_it() {
        let critical = |label| Graded { critical: true, ..graded("a", label) };
        let with = |label| score(&[critical(label), graded("b", Label::Pass)], &Scoring::default()).unwrap();
        assert_eq!(with(Label::Pass).worst, 100.0);
        assert_eq!(with(Label::High).best, 0.0);
        assert_eq!((with(Label::Error).worst, with(Label::Error).best), (0.0, 100.0));
    }

    #[test]
    fn weights_without_sense_are_refused() {
        let metrics = [graded("a", Label::Pass), graded("b", Label::Pass)];
        for (weights, expected) in [
            (vec![("c", 10.0)], ScoreError::EmptyGroup("c".to_owned())),
            (vec![("a", 60.0), ("b", 60.0)], ScoreError::Weights(120.0)),
            (vec![("a", -1.0)], ScoreError::Weights(-1.0)),
            (vec![("a", 100.0)], ScoreError::NothingLeft("b".to_owned())),
        ] {
            assert_eq!(score(&metrics, &weighted(&weights)), Err(expected));
        }
        assert_eq!(score(&[], &Scoring::default()), Err(ScoreError::NoMetric));
    }
}
