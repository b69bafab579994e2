//! By how much one side lies above the other: an estimate, and the interval that the data do not rule out.

use serde::Serialize;

use super::normal::inverse_normal;
use super::statistic::{corrected, ties, variance};

/// A shift between two sides, exact up to the subtraction of two values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shift {
    /// The interval's lower end: below it, the test rejects the shift as too small.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
    /// Hodges and Lehmann's estimate: the median of all differences between a candidate's value and a baseline's.
    pub estimate: f64,
}

/// The shift of sorted `x` over sorted `y`; none where the samples are so few that the test could reject nothing at this confidence.
///
/// W(d), the statistic of x - d against y, falls only at the differences x_i - y_j. Between them no value of one side equals one
/// of the other, so its variance is constant there and a count of the differences below d gives it. Hence the ends, where it crosses the
/// quantiles, are differences of known rank. Each is found by bisection over all numbers there are, counting in one pass over both sides: at
/// most 64 (n + m) steps and no memory.
pub fn shift(x: &[f64], y: &[f64], confidence: f64) -> Option<Shift> {
    let pairs = x.len() * y.len();
    if pairs == 0 {
        return None;
    }
    let alpha = 1.0 - confidence;
    let quantile = -inverse_normal(alpha / 2.0);
    let deviation = variance(x.len(), y.len(), ties(x) + ties(y)).sqrt();
    let rejects = |below: usize| corrected(pairs as f64 / 2.0 - below as f64) > quantile * deviation;
    if !rejects(0) {
        return None;
    }
    // The first difference beyond which the statistic no longer exceeds the quantile. It exceeds it nowhere above half the pairs.
    let rank = first(1, pairs / 2 + 1, |below| !rejects(below));
    let at = |rank| difference(x, y, rank);
    let (middle, next) = (at(pairs.div_ceil(2)), at(pairs / 2 + 1));
    let estimate = if middle == next { middle } else { middle / 2.0 + next / 2.0 };
    Some(Shift { low: at(rank), high: at(pairs + 1 - rank), estimate })
}

/// The difference of this rank, from 1, among all differences between sorted `x` and sorted `y`.
fn difference(x: &[f64], y: &[f64], rank: usize) -> f64 {
    let least = x[0] - y[y.len() - 1];
    let greatest = x[x.len() - 1] - y[0];
    let (mut low, mut high) = (ordinal(least), ordinal(greatest));
    while low < high {
        // Their mean, rounded down also below zero, and never out of range.
        let middle = (low & high) + ((low ^ high) >> 1);
        if up_to(x, y, number(middle)) >= rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    // Zero has one sign.
    number(low) + 0.0
}

/// How many differences are at most this. Subtraction rounds, but never out of order, so one pass over both sides suffices.
fn up_to(x: &[f64], y: &[f64], limit: f64) -> usize {
    let mut beyond = 0;
    let mut count = 0;
    for value in x {
        while beyond < y.len() && value - y[beyond] > limit {
            beyond += 1;
        }
        count += y.len() - beyond;
    }
    count
}

/// The smallest whole number of a range that fits, where all above it fit too.
fn first(mut low: usize, mut high: usize, fits: impl Fn(usize) -> bool) -> usize {
    while low < high {
        let middle = low.midpoint(high);
        if fits(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// A number's place among all numbers, in their order. The two zeros are neighbours.
fn ordinal(number: f64) -> i64 {
    let bits = number.to_bits().cast_signed();
    if bits < 0 { i64::MIN - bits - 1 } else { bits }
}

/// The number at a place.
fn number(ordinal: i64) -> f64 {
    let bits = if ordinal < 0 { i64::MIN - (ordinal + 1) } else { ordinal };
    f64::from_bits(bits.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_and_the_estimate_are_differences() {
        let found = shift(&[10.0, 20.0, 30.0, 40.0], &[1.0, 2.0, 3.0, 4.0], 0.95);
        assert_eq!(found, Some(Shift { low: 6.0, high: 39.0, estimate: 22.5 }));
    }

    #[test]
    fn too_few_samples_reject_nothing() {
        assert_eq!(shift(&[10.0, 20.0, 30.0, 40.0], &[1.0, 2.0, 3.0, 4.0], 0.98), None);
        assert_eq!(shift(&[1.0], &[], 0.5), None);
    }

    #[test]
    fn numbers_keep_their_order_as_places() {
        let ordered = [-1e300, -1.0, -1e-9, -f64::MIN_POSITIVE, -0.0, 0.0, 5e-324, 1e-9, 1.0, 1e300];
        for pair in ordered.windows(2) {
            assert!(ordinal(pair[0]) < ordinal(pair[1]), "{pair:?}");
        }
        for value in ordered {
            assert_eq!(number(ordinal(value)).to_bits(), value.to_bits());
        }
    }

    #[test]
    fn differences_are_found_by_their_rank() {
        let (x, y) = ([-3.0, 0.25, 0.25, 7.0], [-1.0, 0.25, 9.5]);
        let mut all: Vec<f64> = x.iter().flat_map(|x| y.iter().map(move |y| x - y)).collect();
        all.sort_by(f64::total_cmp);
        let found: Vec<f64> = (1..=all.len()).map(|rank| difference(&x, &y, rank)).collect();
        assert_eq!(found, all);
    }

    #[test]
    fn thousands_of_samples_take_no_time() {
        let x: Vec<f64> = (0..5000).map(|i| f64::from(i) * 1.000_1 + 3.0).collect();
        let y: Vec<f64> = (0..5000).map(f64::from).collect();
        let started = std::time::Instant::now();
        let found = shift(&x, &y, 0.98).unwrap();
        assert!(found.low < found.estimate && found.estimate < found.high, "{found:?}");
        assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    }
}
