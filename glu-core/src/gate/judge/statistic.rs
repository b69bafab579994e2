//! Ranks, and what follows from them.

use std::cmp::Ordering;

use serde::Serialize;

/// How big an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Effects {
    /// The candidate's mean over the baseline's: 1 for two means of 0, infinite where only the baseline's is 0.
    #[serde(serialize_with = "as_text_unless_finite")]
    pub mean_ratio: f64,
    /// How probable it is that a candidate's value is above a baseline's, equal ones counting half.
    pub cles: f64,
}

/// The test statistic of sorted values without a shift: standard normal where both sides come from one distribution.
///
/// `2 Φ(-|W|)` is the p-value that SciPy's `mannwhitneyu(method="asymptotic")` and R's `wilcox.test(exact=FALSE)` give. It is 0 where all
/// values are equal.
pub fn statistic(x: &[f64], y: &[f64]) -> f64 {
    let ranks = Ranks::of(x, y);
    let variance = variance(x.len(), y.len(), ranks.ties);
    if variance > 0.0 { corrected(ranks.excess) / variance.sqrt() } else { 0.0 }
}

/// Both effect sizes of sorted values, of which neither side may be empty.
pub fn effects(x: &[f64], y: &[f64]) -> Effects {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (above, below) = (mean(x), mean(y));
    let mean_ratio = if above == below { 1.0 } else { above / below };
    let pairs = x.len() as f64 * y.len() as f64;
    Effects { mean_ratio, cles: Ranks::of(x, y).excess / pairs + 0.5 }
}

/// What the ranks of the candidate's values among all come to.
struct Ranks {
    /// By how much the pairs in which the candidate is above, equal ones counting half, exceed half of all pairs.
    excess: f64,
    /// The sum of t³ - t over groups of t equal values.
    ties: f64,
}

impl Ranks {
    fn of(x: &[f64], y: &[f64]) -> Self {
        let (mut i, mut j) = (0, 0);
        let (mut above, mut ties) = (0.0, 0.0);
        while i < x.len() || j < y.len() {
            let value = match (x.get(i), y.get(j)) {
                (Some(x), Some(y)) if x.total_cmp(y) == Ordering::Greater => *y,
                (Some(x), _) => *x,
                (None, Some(y)) => *y,
                (None, None) => break,
            };
            let run = |values: &[f64]| values.iter().take_while(|other| **other == value).count();
            let (of_x, of_y) = (run(&x[i..]), run(&y[j..]));
            // Sum of mid-ranks, less the candidate's ranks among themselves: pairs won, and half of the equal ones.
            above += of_x as f64 * (j as f64 + of_y as f64 / 2.0);
            ties += cube_less_self(of_x + of_y);
            i += of_x;
            j += of_y;
        }
        Self { excess: above - x.len() as f64 * y.len() as f64 / 2.0, ties }
    }
}

/// The sum of t³ - t over groups of equal sorted values.
pub(super) fn ties(sorted: &[f64]) -> f64 {
    sorted.chunk_by(|left, right| left == right).map(|group| cube_less_self(group.len())).sum()
}

/// The variance of the rank sum, corrected for ties.
pub(super) fn variance(n: usize, m: usize, ties: f64) -> f64 {
    let (n, m) = (n as f64, m as f64);
    let all = n + m;
    n * m / 12.0 * ((all + 1.0) - ties / (all * (all - 1.0)))
}

/// The continuity correction: half a pair towards nothing.
pub(super) fn corrected(excess: f64) -> f64 {
    if excess == 0.0 { 0.0 } else { excess - 0.5_f64.copysign(excess) }
}

fn cube_less_self(count: usize) -> f64 {
    let count = count as f64;
    count * count * count - count
}

/// JSON has no infinities.
fn as_text_unless_finite<S: serde::Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() { serializer.serialize_f64(*value) } else { serializer.collect_str(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statistic_of_separate_samples_is_the_largest_there_is() {
        // All 16 pairs are won: (8 - 0.5) / sqrt(4 * 4 * 9 / 12).
        let found = statistic(&[10.0, 20.0, 30.0, 40.0], &[1.0, 2.0, 3.0, 4.0]);
        assert!((found - 7.5 / 12f64.sqrt()).abs() < 1e-15, "{found}");
    }

    #[test]
    fn ties_share_their_ranks_and_shrink_the_variance() {
        // Ranks of [1, 2, 2] and [2, 3]: 1, 3, 3, 3, 5, so the sum is 7 where 9 would be even; one group of three.
        let found = statistic(&[1.0, 2.0, 2.0], &[2.0, 3.0]);
        let variance = 6.0 / 12.0 * (6.0 - 24.0 / 20.0);
        assert!((found - (-2.0 + 0.5) / f64::sqrt(variance)).abs() < 1e-15, "{found}");
        assert_eq!(statistic(&[2.0, 2.0], &[2.0]), 0.0);
    }

    #[test]
    fn effects_are_a_ratio_and_a_probability() {
        let found = effects(&[1.0, 3.0], &[0.0, 1.0]);
        assert_eq!(found, Effects { mean_ratio: 4.0, cles: 3.5 / 4.0 });
        assert_eq!(effects(&[0.0], &[0.0]).mean_ratio, 1.0);
        assert_eq!(effects(&[1.0], &[0.0]).mean_ratio, f64::INFINITY);
    }
}
