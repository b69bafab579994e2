//! From many numbers to one answer.

use serde::Serialize;

use crate::gate::check::bound::Bound;

/// How several numbers become one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduce {
    /// The largest has to be within the bound.
    Max,
    /// The smallest.
    Min,
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// Every one has to be within the bound.
    All,
    /// At least one has to be.
    Any,
}

impl Reduce {
    /// Whether it gives a number rather than a yes or no.
    pub(super) fn is_number(self) -> bool {
        !matches!(self, Self::All | Self::Any)
    }

    /// The one of these numbers that decides, of which there is at least one.
    fn decisive(self, numbers: &[f64], bound: Bound) -> f64 {
        let by_excess = |left: &f64, right: &f64| bound.excess(*left).total_cmp(&bound.excess(*right));
        let numbers_in_order = || numbers.iter().copied();
        let found = match self {
            Self::Max => numbers_in_order().max_by(f64::total_cmp),
            Self::Min => numbers_in_order().min_by(f64::total_cmp),
            Self::Sum => Some(numbers.iter().sum()),
            Self::Mean => Some(numbers.iter().sum::<f64>() / numbers.len() as f64),
            Self::All => numbers_in_order().max_by(by_excess),
            Self::Any => numbers_in_order().min_by(by_excess),
        };
        found.unwrap_or(f64::NAN)
    }
}

/// The number that decides for a bound: first over the points of each series, then over the series. Yes and no need no case of their own: all
/// are within the bound when the one furthest out is, and any is when the one furthest in is.
///
/// No series may be empty; a single number needs no reducer.
pub(super) fn decisive(
    series: &[Vec<f64>],
    over_time: Option<Reduce>,
    over_series: Option<Reduce>,
    bound: Bound,
) -> f64 {
    let each: Vec<f64> =
        series.iter().map(|values| over_time.unwrap_or(Reduce::All).decisive(values, bound)).collect();
    over_series.unwrap_or(Reduce::All).decisive(&each, bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reducers_choose_what_decides() {
        let numbers = [3.0, -1.0, 4.0];
        let below = Bound::Below(2.0);
        for (reduce, expected) in [
            (Reduce::Max, 4.0),
            (Reduce::Min, -1.0),
            (Reduce::Sum, 6.0),
            (Reduce::Mean, 2.0),
            (Reduce::All, 4.0),
            (Reduce::Any, -1.0),
        ] {
            assert_eq!(reduce.decisive(&numbers, below), expected, "{reduce:?}");
        }
        assert_eq!(Reduce::All.decisive(&numbers, Bound::Above(2.0)), -1.0);
        assert_eq!(Reduce::All.decisive(&numbers, Bound::Between(0.0, 3.5)), -1.0);
        assert_eq!(Reduce::Any.decisive(&numbers, Bound::Between(0.0, 3.5)), 3.0);
    }

    #[test]
    fn points_come_before_series() {
        let series = [vec![1.0, 9.0], vec![4.0, 4.0]];
        let decide = |time, across| decisive(&series, Some(time), Some(across), Bound::Below(5.0));
        assert_eq!(decide(Reduce::Max, Reduce::Min), 4.0);
        assert_eq!(decide(Reduce::Mean, Reduce::Max), 5.0);
        assert_eq!(decide(Reduce::All, Reduce::Any), 4.0);
        assert_eq!(decide(Reduce::Any, Reduce::All), 4.0);
    }
}
