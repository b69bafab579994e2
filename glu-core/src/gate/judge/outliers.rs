//! Percentiles, and the values that lie far outside them.

/// The percentile of sorted values at a part between 0 and 1, by linear interpolation between the two nearest (R's type 7).
///
/// There is none of nothing.
pub fn percentile(sorted: &[f64], part: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = part.clamp(0.0, 1.0) * last as f64;
    let index = (position.floor() as usize).min(last);
    let (below, above) = (sorted[index], sorted[(index + 1).min(last)]);
    let fraction = position - index as f64;
    // Equal neighbours stay what they are, and infinite ones do not become something that is no number.
    Some(if fraction == 0.0 || below == above { below } else { below + fraction * (above - below) })
}

/// Sorted values without those below `min(p1, Q1 - factor * IQR)` or above `max(p99, Q3 + factor * IQR)`.
pub fn without_outliers(sorted: &[f64], factor: f64) -> Vec<f64> {
    let at = |part| percentile(sorted, part);
    let (Some(first), Some(lower), Some(upper), Some(last)) = (at(0.01), at(0.25), at(0.75), at(0.99)) else {
        return Vec::new();
    };
    let reach = factor * (upper - lower);
    let kept = first.min(lower - reach)..=last.max(upper + reach);
    sorted.iter().copied().filter(|value| kept.contains(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_interpolated_as_type_7() {
        // quantile(c(1, 2, 3, 4), type = 7) in R, by its formula: position 1 + 3p.
        let sorted = [1.0, 2.0, 3.0, 4.0];
        for (part, expected) in [(0.0, 1.0), (0.25, 1.75), (0.5, 2.5), (0.75, 3.25), (1.0, 4.0)] {
            assert_eq!(percentile(&sorted, part), Some(expected), "{part}");
        }
        assert_eq!(percentile(&[7.0], 0.3), Some(7.0));
        assert_eq!(percentile(&[], 0.3), None);
    }

    #[test]
    fn values_within_reach_or_within_the_percentiles_are_kept() {
        // 101 values: p1 is the second, p99 the last but one; the quartiles are 25 and 75, so the reach is 150.
        let mut values: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(without_outliers(&values, 3.0).len(), 101);
        values[100] = 226.0;
        values[0] = -126.0;
        assert_eq!(without_outliers(&values, 3.0), values[1..100]);
        values[100] = 225.0;
        values[0] = -125.0;
        assert_eq!(without_outliers(&values, 3.0), values);
    }
}
