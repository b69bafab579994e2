//! Verdicts and their algebra.

use std::cmp::Reverse;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A gate's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It may go on.
    Pass,
    /// It may go on, but somebody should look.
    Warn,
    /// Not yet.
    Pending {
        /// When it is worth looking again, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// What was seen says neither yes nor no.
    Inconclusive,
    /// It could not be looked at.
    Error {
        /// Whether looking again may help.
        retryable: bool,
    },
    /// It may not go on.
    Fail,
    /// It was not asked. Never a pass.
    Skipped,
}

impl Verdict {
    /// Whether a move may go on.
    pub fn opens(self) -> bool {
        matches!(self, Self::Pass | Self::Warn)
    }

    /// Whether it will not change by waiting.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Pass | Self::Warn | Self::Fail | Self::Error { retryable: false })
    }

    /// What several gates come to when all must open: the worst of them, from fail over error, inconclusive, pending, skipped and warn
    /// to pass; of several that are pending, the one that opens last.
    pub fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().min_by_key(|verdict| verdict.openness()).unwrap_or(NOTHING_ASKED)
    }

    /// What several gates come to when one must open: the best of them; of several that are pending, the one that opens first.
    pub fn any(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().max_by_key(|verdict| verdict.openness()).unwrap_or(NOTHING_ASKED)
    }

    /// What several gates come to when `count` of them must open: the `count`-th best. It opens when that many do, is closed for good when
    /// too many are, and otherwise says what the last one needed is waiting for. [`any`](Self::any) and [`all`](Self::all) are its ends.
    pub fn at_least(count: usize, verdicts: impl IntoIterator<Item = Self>) -> Self {
        let mut verdicts: Vec<Self> = verdicts.into_iter().collect();
        verdicts.sort_by_key(|verdict| Reverse(verdict.openness()));
        count.checked_sub(1).and_then(|last| verdicts.get(last).copied()).unwrap_or(NOTHING_ASKED)
    }

    /// What it comes to where it may only be recorded: it never blocks, and whatever is not a pass is worth a look.
    #[must_use]
    pub fn observed(self) -> Self {
        if self == Self::Pass { Self::Pass } else { Self::Warn }
    }

    /// How near it is to open. Not knowing when to look again is worse than any known time.
    pub(super) fn openness(self) -> (u8, Option<Reverse<Timestamp>>) {
        match self {
            Self::Fail => (0, None),
            Self::Error { retryable: false } => (1, None),
            Self::Error { retryable: true } => (2, None),
            Self::Inconclusive => (3, None),
            Self::Pending { until } => (4, until.map(Reverse)),
            Self::Skipped => (5, None),
            Self::Warn => (6, None),
            Self::Pass => (7, None),
        }
    }
}

/// The verdict of a group that cannot open: it is empty, or more are asked for than there are. Such a group is refused at start.
const NOTHING_ASKED: Verdict = Verdict::Error { retryable: false };

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Pending { .. } => "pending",
            Self::Inconclusive => "inconclusive",
            Self::Error { .. } => "error",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verdict() -> impl Strategy<Value = Verdict> {
        let until = proptest::option::of(
            (0_i64..5).prop_map(|second| Timestamp::from_second(second).expect("a small number")),
        );
        prop_oneof![
            Just(Verdict::Pass),
            Just(Verdict::Warn),
            until.prop_map(|until| Verdict::Pending { until }),
            Just(Verdict::Inconclusive),
            any::<bool>().prop_map(|retryable| Verdict::Error { retryable }),
            Just(Verdict::Fail),
            Just(Verdict::Skipped),
        ]
    }

    fn verdicts() -> impl Strategy<Value = Vec<Verdict>> {
        proptest::collection::vec(verdict(), 1..6)
    }

    fn at(second: i64) -> Verdict {
        Verdict::Pending { until: Some(Timestamp::from_second(second).unwrap()) }
    }

    #[test]
    fn the_order_is_the_one_that_is_documented() {
        let unknown = Verdict::Pending { until: None };
        let error = Verdict::Error { retryable: true };
        let order = [Verdict::Fail, error, Verdict::Inconclusive, unknown, Verdict::Warn, Verdict::Pass];
        for (index, worse) in order.iter().enumerate() {
            for better in &order[index..] {
                assert_eq!(Verdict::all([*better, *worse]), *worse);
                assert_eq!(Verdict::any([*worse, *better]), *better);
            }
        }
    }

    #[test]
    fn waiting_is_for_the_last_of_all_and_the_first_of_any() {
        assert_eq!(Verdict::all([at(3), at(7), Verdict::Pass]), at(7));
        assert_eq!(Verdict::any([at(3), at(7), Verdict::Fail]), at(3));
        assert_eq!(Verdict::at_least(2, [at(3), at(7), at(9)]), at(7));
        // One that may open at any time, or never: the whole cannot promise a time.
        assert_eq!(Verdict::all([at(3), Verdict::Pending { until: None }]), Verdict::Pending { until: None });
    }

    #[test]
    fn at_least_fails_when_too_many_are_closed_for_good() {
        use Verdict::{Fail, Pass};
        assert_eq!(Verdict::at_least(2, [Fail, Pass, at(3)]), at(3));
        assert_eq!(Verdict::at_least(2, [Fail, Fail, at(3)]), Fail);
        assert_eq!(Verdict::at_least(2, [Pass, Fail, Pass]), Pass);
    }

    #[test]
    fn nothing_opens_from_nothing_or_from_what_was_skipped() {
        for verdict in
            [Verdict::all([]), Verdict::any([]), Verdict::at_least(0, []), Verdict::at_least(1, [])]
        {
            assert!(!verdict.opens());
        }
        assert!(!Verdict::at_least(0, [Verdict::Pass]).opens());
        assert!(!Verdict::at_least(2, [Verdict::Pass]).opens());
        assert!(!Verdict::all([Verdict::Pass, Verdict::Skipped]).opens());
        assert!(!Verdict::any([Verdict::Fail, Verdict::Skipped]).opens());
    }

    proptest! {
        #[test]
        fn order_does_not_matter((verdicts, shuffled) in verdicts().prop_flat_map(|verdicts| {
            let shuffled = Just(verdicts.clone()).prop_shuffle();
            (Just(verdicts), shuffled)
        })) {
            prop_assert_eq!(Verdict::all(verdicts.clone()), Verdict::all(shuffled.clone()));
            prop_assert_eq!(Verdict::any(verdicts.clone()), Verdict::any(shuffled.clone()));
            for count in 1..=verdicts.len() {
                prop_assert_eq!(Verdict::at_least(count, verdicts.clone()), Verdict::at_least(count, shuffled.clone()));
            }
        }

        #[test]
        fn all_is_no_better_than_any_child_and_any_no_worse(verdicts in verdicts()) {
            let (all, any) = (Verdict::all(verdicts.clone()), Verdict::any(verdicts.clone()));
            for child in &verdicts {
                prop_assert!(all.openness() <= child.openness() && child.openness() <= any.openness());
            }
            prop_assert_eq!(Verdict::at_least(1, verdicts.clone()), any);
            prop_assert_eq!(Verdict::at_least(verdicts.len(), verdicts.clone()), all);
        }

        #[test]
        fn groups_open_by_counting(verdicts in verdicts(), count in 1_usize..6) {
            let open = verdicts.iter().filter(|verdict| verdict.opens()).count();
            prop_assert_eq!(Verdict::all(verdicts.clone()).opens(), open == verdicts.len());
            prop_assert_eq!(Verdict::any(verdicts.clone()).opens(), open > 0);
            prop_assert_eq!(Verdict::at_least(count, verdicts).opens(), open >= count);
        }

        #[test]
        fn improving_a_child_never_worsens_the_group(
            verdicts in verdicts(), index in any::<prop::sample::Index>(), other in verdict(), count in 1_usize..6,
        ) {
            let index = index.index(verdicts.len());
            let mut changed = verdicts.clone();
            changed[index] = other;
            let (worse, better) =
                if verdicts[index].openness() <= other.openness() { (verdicts, changed) } else { (changed, verdicts) };
            prop_assert!(Verdict::all(worse.clone()).openness() <= Verdict::all(better.clone()).openness());
            prop_assert!(Verdict::any(worse.clone()).openness() <= Verdict::any(better.clone()).openness());
            prop_assert!(
                Verdict::at_least(count, worse).openness() <= Verdict::at_least(count, better).openness()
            );
        }

        #[test]
        fn what_is_only_observed_always_opens(verdict in verdict()) {
            prop_assert!(verdict.observed().opens());
            prop_assert_eq!(verdict.observed() == Verdict::Pass, verdict == Verdict::Pass);
        }
    }
}
