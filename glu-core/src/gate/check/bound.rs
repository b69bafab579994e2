//! What a number has to be.

use std::fmt;

use serde::Serialize;

/// What a number has to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Less than this.
    Below(f64),
    /// More than this.
    Above(f64),
    /// Neither less than the first nor more than the second.
    Between(f64, f64),
}

impl Bound {
    /// Whether a number is so. What is no number never is.
    pub fn holds(self, number: f64) -> bool {
        match self {
            Self::Below(limit) => number < limit,
            Self::Above(limit) => number > limit,
            Self::Between(least, most) => least <= number && number <= most,
        }
    }

    /// How far a number is beyond the bound; negative within.
    pub(super) fn excess(self, number: f64) -> f64 {
        match self {
            Self::Below(limit) => number - limit,
            Self::Above(limit) => limit - number,
            Self::Between(least, most) => (least - number).max(number - most),
        }
    }

    /// Why no number can be so, or every one.
    pub(super) fn mistake(self) -> Option<String> {
        let is_sound = match self {
            Self::Below(limit) | Self::Above(limit) => limit.is_finite(),
            Self::Between(least, most) => least <= most && least.is_finite() && most.is_finite(),
        };
        (!is_sound).then(|| format!("`{self}` is no bound"))
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Below(limit) => write!(formatter, "below {limit}"),
            Self::Above(limit) => write!(formatter, "above {limit}"),
            Self::Between(least, most) => write!(formatter, "between {least} and {most}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bound::{Above, Below, Between};

    #[test]
    fn a_bound_is_strict_where_it_is_one_sided() {
        assert!(Below(1.0).holds(0.9) && !Below(1.0).holds(1.0));
        assert!(Above(1.0).holds(1.1) && !Above(1.0).holds(1.0));
        assert!(
            Between(1.0, 2.0).holds(1.0) && Between(1.0, 2.0).holds(2.0) && !Between(1.0, 2.0).holds(2.1)
        );
        for bound in [Below(1.0), Above(1.0), Between(1.0, 2.0)] {
            assert!(!bound.holds(f64::NAN), "{bound}");
        }
    }

    #[test]
    fn a_bound_of_nothing_is_a_mistake() {
        assert!(Between(2.0, 1.0).mistake().is_some());
        assert!(Below(f64::NAN).mistake().is_some());
        assert!(Above(0.0).mistake().is_none());
    }
}
