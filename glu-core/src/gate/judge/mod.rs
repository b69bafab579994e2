//! The statistical judge: whether a candidate's samples lie higher or lower than a baseline's, and by how much.
//!
//! The test is Mann and Whitney's, with mid-ranks, tie correction and continuity correction, as Kayenta computes it. Kayenta looks for
//! the interval with a root finder of an absolute tolerance of 1e-4, which is wrong for small values; here it is exact, because the statistic only
//! steps at differences between a candidate's value and a baseline's. Kayenta adds noise to constant samples; here they need no special case.

mod interval;
mod normal;
mod outliers;
mod score;
mod statistic;

use serde::{Deserialize, Serialize};

pub use interval::{Shift, shift};
pub use normal::inverse_normal;
pub use outliers::{percentile, without_outliers};
pub use score::{Graded, Score, ScoreError, Scoring, score};
pub use statistic::{Effects, effects, statistic};

/// How two sets of samples are compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Criteria {
    /// Which way is bad.
    pub direction: Direction,
    /// How sure the interval is, between 0 and 1.
    pub confidence: f64,
    /// The shift that is tolerated, as a part of the estimated one: the interval has to lie outside it to count.
    pub tolerance: f64,
    /// What is done about values that are no number.
    pub missing: Missing,
    /// Removes values more than so many interquartile ranges outside the quartiles, see [`without_outliers`].
    pub outliers: Option<f64>,
    /// How big an effect has to be to count, beyond being there.
    pub effect: Option<Effect>,
}

/// Which way is bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is worse: latencies, errors.
    Increase,
    /// Less is worse: throughput, hits.
    Decrease,
    /// Any change is bad.
    #[default]
    Either,
}

/// What is done about values that are no number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// They are left out.
    #[default]
    Drop,
    /// They count as 0: a counter that has not counted yet. Nothing on either side is then no difference.
    Zero,
}

/// How big an effect has to be to count.
///
/// Kayenta always asks for a ratio of means of 1; that hides every increase among negative values, so here it is asked only where it is given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "measure", rename_all = "snake_case")]
pub enum Effect {
    /// The candidate's mean over the baseline's; for values that are not negative.
    MeanRatio {
        /// An increase counts from this ratio, such as 1.1.
        increase: f64,
        /// A decrease counts up to this ratio, such as 0.9.
        decrease: f64,
    },
    /// The common language effect size: how probable it is that a candidate's value is above a baseline's, 0.5 being no effect.
    Cles {
        /// An increase counts from this probability.
        increase: f64,
        /// A decrease counts up to this probability.
        decrease: f64,
    },
}

/// What the judge says of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// No difference that counts.
    Pass,
    /// The candidate is higher, and that is bad.
    High,
    /// The candidate is lower, and that is bad.
    Low,
    /// There is too little to compare.
    NoData,
    /// It could not be compared.
    Error,
}

/// The judge's answer with the numbers that led to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// The answer.
    pub label: Label,
    /// Why, as a lower-case fragment.
    pub reason: String,
    /// How many values the candidate had, after those that count for nothing were removed.
    pub candidates: usize,
    /// How many values the baseline had.
    pub baselines: usize,
    /// The estimated shift and its interval, where they were computed.
    #[serde(flatten)]
    pub shift: Option<Shift>,
    /// How big the effect is.
    #[serde(flatten)]
    pub effects: Option<Effects>,
}

impl Default for Criteria {
    fn default() -> Self {
        Self {
            direction: Direction::default(),
            confidence: 0.98,
            tolerance: 0.25,
            missing: Missing::default(),
            outliers: None,
            effect: None,
        }
    }
}

/// Values beyond this are treated like infinities: differences and sums of them leave the range of numbers.
const LARGEST: f64 = 1e290;

/// Compares a candidate's samples with a baseline's.
pub fn judge(candidate: &[f64], baseline: &[f64], criteria: &Criteria) -> Judgement {
    let x = prepare(candidate, criteria);
    let y = prepare(baseline, criteria);
    let answer = |label, reason: String| Judgement {
        label,
        reason,
        candidates: x.len(),
        baselines: y.len(),
        shift: None,
        effects: None,
    };
    for (side, values) in [("candidate", &x), ("baseline", &y)] {
        let beyond = values.iter().filter(|value| value.abs() > LARGEST).count();
        if beyond > 0 {
            return answer(Label::Error, format!("the {side} has {beyond} values that are infinite"));
        }
    }
    for (side, values) in [("candidate", &x), ("baseline", &y)] {
        if values.is_empty() && criteria.missing == Missing::Zero {
            return answer(Label::Pass, format!("the {side} has no values, which counts as no difference"));
        }
        if values.is_empty() {
            return answer(Label::NoData, format!("the {side} has no values"));
        }
    }
    if x == y {
        return answer(Label::Pass, "both have the same values".to_owned());
    }
    if x.iter().chain(&y).all(|value| *value == x[0]) {
        return answer(Label::Pass, format!("all values are {}", x[0]));
    }
    let Some(shift) = shift(&x, &y, criteria.confidence) else {
        let reason = format!("too few values for a confidence of {}", criteria.confidence);
        return answer(Label::NoData, reason);
    };
    let effects = effects(&x, &y);
    let (label, reason) = compare(&shift, &effects, criteria);
    Judgement { shift: Some(shift), effects: Some(effects), ..answer(label, reason) }
}

fn prepare(values: &[f64], criteria: &Criteria) -> Vec<f64> {
    let mut prepared: Vec<f64> = match criteria.missing {
        Missing::Drop => values.iter().copied().filter(|value| !value.is_nan()).collect(),
        Missing::Zero => values.iter().map(|value| if value.is_nan() { 0.0 } else { *value }).collect(),
    };
    // Zero has one sign here, so that equal values also sort equally.
    prepared.iter_mut().for_each(|value| *value += 0.0);
    prepared.sort_by(f64::total_cmp);
    match criteria.outliers {
        Some(factor) => without_outliers(&prepared, factor),
        None => prepared,
    }
}

fn compare(shift: &Shift, effects: &Effects, criteria: &Criteria) -> (Label, String) {
    let Shift { low, high, estimate } = *shift;
    let band = criteria.tolerance * estimate.abs();
    let interval = format!("the shift is {estimate} in [{low}, {high}]");
    let (is_big_increase, is_big_decrease, size) = match criteria.effect {
        None => (true, true, String::new()),
        Some(Effect::MeanRatio { increase, decrease }) => {
            let ratio = effects.mean_ratio;
            (ratio >= increase, ratio <= decrease, format!("; the ratio of the means is {ratio}"))
        }
        Some(Effect::Cles { increase, decrease }) => {
            let cles = effects.cles;
            (cles >= increase, cles <= decrease, format!("; a candidate is above a baseline with {cles}"))
        }
    };
    let is_higher = low > band && criteria.direction != Direction::Decrease;
    let is_lower = high < -band && criteria.direction != Direction::Increase;
    if is_higher && is_big_increase {
        (Label::High, format!("{interval}: higher{size}"))
    } else if is_lower && is_big_decrease {
        (Label::Low, format!("{interval}: lower{size}"))
    } else if is_higher || is_lower {
        (Label::Pass, format!("{interval}, but the effect is small{size}"))
    } else {
        (Label::Pass, interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(candidate: &[f64], baseline: &[f64]) -> Label {
        judge(candidate, baseline, &Criteria::default()).label
    }

    #[test]
    fn a_shift_is_high_or_low_where_that_direction_is_bad() {
        let (above, below) = ([20.0, 22.0, 21.0, 25.0, 30.0], [1.0, 2.2, 1.1, 2.5, 3.0]);
        let with = |direction, x: &[f64], y: &[f64]| {
            judge(x, y, &Criteria { direction, ..Criteria::default() }).label
        };
        assert_eq!(with(Direction::Either, &above, &below), Label::High);
        assert_eq!(with(Direction::Increase, &above, &below), Label::High);
        assert_eq!(with(Direction::Decrease, &above, &below), Label::Pass);
        assert_eq!(with(Direction::Either, &below, &above), Label::Low);
        assert_eq!(with(Direction::Decrease, &below, &above), Label::Low);
        assert_eq!(with(Direction::Increase, &below, &above), Label::Pass);
    }

    #[test]
    fn nothing_is_no_data_unless_it_counts_as_zero() {
        let nan = [f64::NAN; 3];
        assert_eq!(label(&[], &[1.0]), Label::NoData);
        assert_eq!(label(&[1.0], &nan), Label::NoData);
        let zero = Criteria { missing: Missing::Zero, ..Criteria::default() };
        assert_eq!(judge(&[], &[1.0; 50], &zero).label, Label::Pass);
        assert_eq!(judge(&[1.0; 50], &[f64::NAN; 50], &zero).label, Label::High);
    }

    #[test]
    fn constants_need_no_noise() {
        assert_eq!(label(&[5.0; 30], &[5.0; 9]), Label::Pass);
        assert_eq!(label(&[5.0; 30], &[4.0; 30]), Label::High);
        assert_eq!(label(&[4.0; 30], &[5.0; 30]), Label::Low);
        assert_eq!(label(&[0.0, -0.0], &[-0.0, 0.0]), Label::Pass);
    }

    #[test]
    fn small_values_are_told_apart() {
        let baseline: Vec<f64> = (0..50).map(|i| 1e-9 * (1.0 + 0.01 * f64::from(i))).collect();
        let candidate: Vec<f64> = baseline.iter().map(|value| value * 2.0).collect();
        assert_eq!(label(&candidate, &baseline), Label::High);
        assert_eq!(label(&baseline, &candidate), Label::Low);
    }

    #[test]
    fn too_few_values_say_nothing_however_far_apart() {
        assert_eq!(label(&[1e6], &[1.0]), Label::NoData);
        assert_eq!(label(&[1e6; 2], &[1.0, 2.0]), Label::NoData);
    }

    #[test]
    fn infinities_are_errors_and_never_left_out() {
        let mut candidate = vec![1.0; 50];
        candidate[7] = f64::INFINITY;
        assert_eq!(label(&candidate, &[1.0; 50]), Label::Error);
        assert_eq!(label(&[1.0; 50], &candidate), Label::Error);
    }

    #[test]
    fn an_effect_has_to_be_as_big_as_was_asked_for() {
        let baseline: Vec<f64> = (0..100).map(|i| 100.0 + f64::from(i % 10) * 0.1).collect();
        let candidate: Vec<f64> = baseline.iter().map(|value| value + 2.0).collect();
        let with = |effect| judge(&candidate, &baseline, &Criteria { effect, ..Criteria::default() }).label;
        assert_eq!(with(None), Label::High);
        assert_eq!(with(Some(Effect::MeanRatio { increase: 1.01, decrease: 0.9 })), Label::High);
        assert_eq!(with(Some(Effect::MeanRatio { increase: 1.1, decrease: 0.9 })), Label::Pass);
        assert_eq!(with(Some(Effect::Cles { increase: 0.9, decrease: 0.1 })), Label::High);
    }

    #[test]
    fn one_wild_value_can_be_left_out() {
        let baseline: Vec<f64> = (0..40).map(f64::from).collect();
        let mut candidate = baseline.clone();
        candidate.push(1e9);
        let judged = judge(&candidate, &baseline, &Criteria { outliers: Some(3.0), ..Criteria::default() });
        assert_eq!((judged.label, judged.candidates), (Label::Pass, 40));
        assert_eq!(judged.reason, "both have the same values");
    }
}
