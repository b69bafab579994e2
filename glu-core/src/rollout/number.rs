//! A number in a file that goes with a rollout's steps.

use std::panic::Location;

use super::Rollout;
use crate::model::Declared;

/// A number in a file that goes with a rollout's steps.
#[derive(Debug, Clone)]
#[must_use]
pub struct Number {
    /// The file name's template.
    pub(super) file: String,
    /// The path expression.
    pub(super) at: String,
    pub(super) side: Side,
    pub(super) rest: Rest,
    amount: Amount,
    pub(super) declared: Declared,
}

/// What `{phase}` in a number's file and path expands to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The phase.
    Phase,
    /// The candidate's place.
    Place,
}

/// What a number has to be while no rollout is under way, where a candidate stands beside the phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// What it begins with.
    First,
    /// Whatever it is: it comes back.
    Anything,
}

#[derive(Debug, Clone, PartialEq)]
enum Amount {
    /// In proportion to the share.
    Between(f64, f64),
    /// One for each step.
    Values(Vec<f64>),
}

/// Any number in a file; it goes from 0 to 100 unless it is told otherwise.
#[track_caller]
pub fn number(file: impl Into<String>, path: impl Into<String>) -> Number {
    Number::new(file.into(), path.into(), Side::Phase, Rest::First, Location::caller())
}

impl Number {
    pub(super) fn new(file: String, at: String, side: Side, rest: Rest, declared: Declared) -> Self {
        Self { file, at, side, rest, amount: Amount::Between(0.0, 100.0), declared }
    }

    /// Says between which ends it goes, in proportion to the share. Between whole numbers it is whole, rounded away from the first.
    pub fn from_to(mut self, first: impl Into<f64>, last: impl Into<f64>) -> Self {
        self.amount = Amount::Between(first.into(), last.into());
        self
    }

    /// Says what it is at each step. In place it takes one more, for the end; beside the phase it comes back to what it was.
    pub fn values<N: Into<f64>>(mut self, values: impl IntoIterator<Item = N>) -> Self {
        self.amount = Amount::Values(values.into_iter().map(Into::into).collect());
        self.rest = Rest::Anything;
        self
    }

    /// Where it stands and what it is, as text.
    pub(super) fn specification(&self) -> String {
        format!("{} {} {:?} {:?}", self.file, self.at, self.side, self.amount)
    }

    /// What it is at a step, counted from 1.
    pub(super) fn at_step(&self, rollout: &Rollout, step: u32) -> f64 {
        match &self.amount {
            Amount::Between(first, last) => between(*first, *last, rollout.share(step)),
            Amount::Values(values) => {
                let place = usize::try_from(step).unwrap_or(usize::MAX).saturating_sub(1);
                values.get(place).or(values.last()).copied().unwrap_or_default()
            }
        }
    }

    /// What it is after a rollout in place.
    pub(super) fn end(&self) -> f64 {
        match &self.amount {
            Amount::Between(_, last) => *last,
            Amount::Values(values) => values.last().copied().unwrap_or_default(),
        }
    }

    /// What it has to be before a rollout beside the phase begins, where that matters.
    pub(super) fn at_rest(&self) -> Option<f64> {
        match (&self.amount, self.rest) {
            (Amount::Between(first, _), Rest::First) => Some(*first),
            _ => None,
        }
    }

    /// What makes no sense in it.
    pub(super) fn mistake(&self, rollout: &Rollout) -> Option<String> {
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        match &self.amount {
            Amount::Between(first, last) if !finite(&[*first, *last]) => {
                Some("it goes between no numbers".to_owned())
            }
            Amount::Between(..) => None,
            Amount::Values(values) => {
                let needed = rollout.steps.len() + usize::from(rollout.place.is_none());
                let why = if rollout.place.is_none() {
                    "one for each step and one for the end"
                } else {
                    "one for each step"
                };
                if values.len() != needed {
                    Some(format!("it has {} values, and needs {needed}: {why}", values.len()))
                } else if !finite(values) {
                    Some("one of its values is no number".to_owned())
                } else {
                    None
                }
            }
        }
    }
}

fn between(first: f64, last: f64, share: u32) -> f64 {
    let exact = first + (last - first) * f64::from(share) / 100.0;
    if first.fract() != 0.0 || last.fract() != 0.0 {
        // Six places are finer than any share, and hide what binary fractions cannot hold.
        (exact * 1e6).round() / 1e6
    } else if last > first {
        exact.ceil()
    } else {
        exact.floor()
    }
}

/// A number as it is written.
pub(super) fn written(value: f64) -> String {
    format!("{value}")
}

/// Whether a text says this number, however it is written.
pub(super) fn says(text: &str, value: &str) -> bool {
    text == value
        || matches!((text.parse::<f64>(), value.parse::<f64>()), (Ok(one), Ok(other)) if one == other)
}
