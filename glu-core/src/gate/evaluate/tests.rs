use proptest::prelude::*;

use super::*;
use crate::gate::duration::{hours, minutes, seconds};

/// A time so many minutes after the epoch.
fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).unwrap()
}

fn of(policy: &Policy, samples: &[(i64, Sample)], now: i64) -> Evaluation {
    let samples: Vec<_> = samples.iter().map(|(minute, sample)| (at(*minute), sample.clone())).collect();
    evaluate(policy, Some(at(0)), &samples, at(now))
}

fn pass() -> Sample {
    Sample::pass("200")
}

fn fail() -> Sample {
    Sample::fail("500")
}

fn error() -> Sample {
    Sample::error("refused")
}

#[test]
fn nothing_measured_is_never_a_success() {
    let policy = Policy { samples: 0, no_data: NoData::Pass, ..Policy::default() };
    assert_eq!(of(&policy, &[], 1000).verdict, Verdict::Pending { until: Some(at(0)) });
    assert_eq!(evaluate(&policy, None, &[], at(5)).due, Some(at(5)));
    for silent in
        [Sample::new(Verdict::Skipped, "x"), Sample::pending(None, "x"), Sample::inconclusive("x"), error()]
    {
        assert!(!of(&Policy::default(), &[(1, silent.clone())], 1000).verdict.opens(), "{silent:?}");
    }
}

#[test]
fn one_passing_sample_is_enough_by_default_and_one_failing_one_too() {
    let passed = of(&Policy::default(), &[(1, pass())], 1);
    assert_eq!((passed.verdict, passed.reason.as_str(), passed.due), (Verdict::Pass, "200", None));
    let failed = of(&Policy::default(), &[(1, fail()), (2, pass())], 2);
    assert_eq!((failed.verdict, failed.reason.as_str(), failed.due), (Verdict::Fail, "500", None));
}

#[test]
fn the_delay_counts_from_the_arrival_and_earlier_samples_do_not_count() {
    let policy = Policy { delay: minutes(10), ..Policy::default() };
    let early = of(&policy, &[(3, pass())], 4);
    assert_eq!(early.verdict, Verdict::Pending { until: Some(at(10)) });
    assert_eq!(early.due, Some(at(10)));
    assert_eq!(of(&policy, &[(3, fail()), (10, pass())], 10).verdict, Verdict::Pass);
}

#[test]
fn what_is_watched_is_open_only_while_its_newest_look_is_fresh_and_good() {
    let policy = Policy { watch: true, ..Policy::default() };
    let fresh = of(&policy, &[(1, pass())], 1);
    assert_eq!((fresh.verdict, fresh.due), (Verdict::Pass, Some(at(2))));
    let old = of(&policy, &[(1, pass())], 2);
    assert_eq!((old.verdict, old.due), (Verdict::Pending { until: Some(at(2)) }, Some(at(2))));
    assert!(of(&policy, &[(1, pass()), (2, pass())], 2).verdict.opens());
    let blind = of(&policy, &[(1, pass()), (2, error())], 2);
    assert_eq!((blind.verdict, blind.due), (Verdict::Error { retryable: true }, Some(at(3))));
    assert!(of(&policy, &[(1, pass()), (2, error()), (3, pass())], 3).verdict.opens());
    assert_eq!(of(&policy, &[(1, pass()), (2, fail())], 2).verdict, Verdict::Fail);
    // A tolerated failure is a warning, as it is of gates that are not watched.
    let tolerant = Policy { failures: Some(1), ..policy };
    assert_eq!(of(&tolerant, &[(1, pass()), (2, fail())], 2).verdict, Verdict::Warn);
}

#[test]
fn where_the_arrival_is_unknown_the_first_sample_starts_the_delay() {
    let policy = Policy { delay: minutes(10), ..Policy::default() };
    let first = vec![(at(3), pass())];
    assert_eq!(evaluate(&policy, None, &[], at(3)).due, Some(at(3)));
    assert_eq!(evaluate(&policy, None, &first, at(4)).due, Some(at(13)));
    let both = vec![(at(3), pass()), (at(13), pass())];
    assert_eq!(evaluate(&policy, None, &both, at(13)).verdict, Verdict::Pass);
}

#[test]
fn samples_of_an_earlier_stay_do_not_count() {
    let samples = vec![(at(3), pass())];
    assert!(!evaluate(&Policy::default(), Some(at(5)), &samples, at(6)).verdict.opens());
    // Nor do they put off the first look.
    assert_eq!(evaluate(&Policy::default(), Some(at(4)), &[(at(3), error())], at(6)).due, Some(at(4)));
    let seldom = Policy { interval: hours(1), ..Policy::default() };
    assert_eq!(evaluate(&seldom, Some(at(5)), &samples, at(6)).due, Some(at(5)));
    // An arrival in the future is a clock that is ahead.
    assert!(evaluate(&Policy::default(), Some(at(9)), &samples, at(6)).verdict.opens());
}

#[test]
fn several_samples_in_all_or_in_a_row() {
    let mut policy = Policy { samples: 3, failures: Some(5), ..Policy::default() };
    let samples = [(1, pass()), (2, pass()), (3, fail()), (4, pass())];
    assert_eq!(of(&policy, &samples, 4).verdict, Verdict::Pass);
    assert_eq!(of(&policy, &samples[..2], 2).reason, "200 (2 of 3 samples)");
    assert_eq!(of(&policy, &samples[..2], 2).due, Some(at(3)));
    policy.consecutive = true;
    let broken = of(&policy, &samples, 4);
    assert_eq!(broken.reason, "200 (1 of 3 samples in a row)");
    let run = [(4, pass()), (5, pass()), (6, pass())];
    assert_eq!(of(&policy, &run, 6).verdict, Verdict::Pass);
    let interrupted = [(4, pass()), (5, pass()), (6, error()), (7, pass())];
    assert!(!of(&policy, &interrupted, 7).verdict.opens());
}

#[test]
fn a_limit_of_two_tolerates_two() {
    let policy = Policy { failures: Some(2), ..Policy::default() };
    let samples = [(1, fail()), (2, fail()), (3, fail())];
    let two = of(&policy, &samples[..2], 2);
    assert_eq!(two.verdict, Verdict::Pending { until: Some(at(3)) });
    assert_eq!(two.reason, "500 (2 failures so far, tolerated)");
    let three = of(&policy, &samples, 3);
    assert_eq!((three.verdict, three.reason.as_str()), (Verdict::Fail, "500 (3 failures, 2 tolerated)"));
}

#[test]
fn a_limit_in_a_row_alone_sets_no_limit_in_all() {
    let policy = Policy { failures_in_a_row: Some(1), samples: 3, ..Policy::default() };
    let recovering = [(1, fail()), (2, pass()), (3, fail()), (4, pass()), (5, fail())];
    assert!(!of(&policy, &recovering, 5).verdict.is_final());
    // What says nothing between two failures does not make them less in a row.
    let down = [(1, fail()), (2, error()), (3, fail())];
    assert_eq!(of(&policy, &down, 3).verdict, Verdict::Fail);
}

#[test]
fn errors_use_up_no_sample_and_wait_longer_each_time() {
    let policy = Policy { backoff: minutes(5), ..Policy::default() };
    // One minute, doubled to two, four, and then five, which is the longest.
    for (errors, due) in [(1, 2), (2, 4), (3, 7), (4, 9), (60, 65)] {
        let samples: Vec<_> = (1..=errors).map(|minute| (minute, error())).collect();
        let seen = of(&policy, &samples, errors);
        assert_eq!(seen.verdict, Verdict::Error { retryable: true });
        assert_eq!(seen.due, Some(at(due)), "{errors}");
    }
    assert_eq!(of(&policy, &[(1, error()), (2, error()), (3, pass())], 3).verdict, Verdict::Pass);
}

#[test]
fn too_many_errors_or_inconclusive_samples_end_it() {
    let policy = Policy { errors_in_a_row: Some(1), inconclusive: Some(1), ..Policy::default() };
    let errors = of(&policy, &[(1, error()), (2, error())], 2);
    assert_eq!(errors.verdict, Verdict::Error { retryable: false });
    assert_eq!((errors.reason.as_str(), errors.due), ("refused (2 errors in a row, 1 tolerated)", None));
    let nothing = Sample::inconclusive("no traffic");
    assert_eq!(of(&policy, &[(1, nothing.clone())], 1).verdict, Verdict::Inconclusive);
    assert_eq!(of(&policy, &[(1, nothing.clone()), (2, nothing)], 2).verdict, Verdict::Fail);
}

#[test]
fn what_cannot_be_looked_at_waits_for_somebody() {
    let broken = of(&Policy::default(), &[(1, Sample::broken("no such program"))], 9);
    assert_eq!((broken.verdict, broken.due), (Verdict::Error { retryable: false }, None));
    // Somebody mended it and looked by hand.
    let mended = [(1, Sample::broken("no such program")), (8, pass())];
    assert_eq!(of(&Policy::default(), &mended, 9).verdict, Verdict::Pass);
}

#[test]
fn the_deadline_counts_from_the_first_look_and_later_samples_come_too_late() {
    let policy = Policy { deadline: Some(minutes(30)), ..Policy::default() };
    assert!(!of(&policy, &[], 1000).verdict.is_final());
    let silent = Sample::inconclusive("no traffic");
    let samples = [(100, silent), (130, pass())];
    assert_eq!(of(&policy, &samples[..1], 129).verdict, Verdict::Inconclusive);
    let late = of(&policy, &samples, 131);
    assert_eq!(late.verdict, Verdict::Fail);
    assert_eq!(late.reason, "not decided in 30 minutes, by 1970-01-01 02:10 UTC: no traffic");
    assert_eq!(of(&policy, &[(100, error()), (129, pass())], 140).verdict, Verdict::Pass);
    // A look after the deadline would be in vain.
    let slow = Policy { interval: hours(1), ..policy };
    assert_eq!(of(&slow, &samples[..1], 101).due, None);
}

#[test]
fn no_data_means_what_the_policy_says() {
    let silent = Sample::no_data("no series");
    let meant = |no_data| of(&Policy { no_data, ..Policy::default() }, &[(1, silent.clone())], 1).verdict;
    assert_eq!(meant(NoData::Inconclusive), Verdict::Inconclusive);
    assert_eq!(meant(NoData::Pass), Verdict::Pass);
    assert_eq!(meant(NoData::Fail), Verdict::Fail);
    // Only what has no data is meant: inconclusive for another reason stays so.
    let unsure = Policy { no_data: NoData::Pass, ..Policy::default() };
    assert_eq!(of(&unsure, &[(1, Sample::inconclusive("exit 75"))], 1).verdict, Verdict::Inconclusive);
}

#[test]
fn warnings_and_tolerated_failures_open_with_a_warning() {
    assert_eq!(of(&Policy::default(), &[(1, Sample::warn("slow"))], 1).verdict, Verdict::Warn);
    let policy = Policy { failures: Some(1), ..Policy::default() };
    assert_eq!(of(&policy, &[(1, pass()), (2, fail())], 2).verdict, Verdict::Warn);
    assert_eq!(of(&policy, &[(1, fail()), (2, pass())], 2).verdict, Verdict::Pass);
    assert_eq!(of(&policy, &[(1, pass()), (2, fail()), (3, fail())], 3).verdict, Verdict::Fail);
}

#[test]
fn a_check_that_says_when_is_asked_then() {
    let samples = [(1, Sample::pending(Some(at(20)), "syncing"))];
    assert_eq!(of(&Policy::default(), &samples, 2).due, Some(at(20)));
}

fn any_sample() -> impl Strategy<Value = Sample> {
    prop_oneof![
        4 => Just(pass()),
        1 => Just(Sample::warn("slow")),
        3 => Just(fail()),
        2 => Just(error()),
        1 => Just(Sample::broken("gone")),
        2 => Just(Sample::inconclusive("unsure")),
        1 => Just(Sample::no_data("nothing")),
        1 => Just(Sample::new(Verdict::Skipped, "skipped")),
        1 => (0_i64..60).prop_map(|minute| Sample::pending(Some(at(minute)), "later")),
    ]
}

fn any_samples() -> impl Strategy<Value = Vec<(Timestamp, Sample)>> {
    proptest::collection::vec(((0_i64..40).prop_map(at), any_sample()), 0..12)
}

prop_compose! {
    fn any_policy()(
        delay in 0_u64..5,
        interval in 1_u64..4,
        deadline in proptest::option::of(1_u64..40),
        samples in 1_u32..4,
        consecutive: bool,
        failures in proptest::option::of(0_u32..4),
        failures_in_a_row in proptest::option::of(0_u32..3),
        inconclusive in proptest::option::of(0_u32..3),
        errors_in_a_row in proptest::option::of(0_u32..3),
        no_data in prop_oneof![Just(NoData::Inconclusive), Just(NoData::Pass), Just(NoData::Fail)],
    ) -> Policy {
        Policy {
            delay: minutes(delay),
            interval: minutes(interval),
            timeout: seconds(30),
            deadline: deadline.map(minutes),
            samples,
            consecutive,
            failures,
            failures_in_a_row,
            inconclusive,
            errors_in_a_row,
            backoff: minutes(6),
            no_data,
            watch: false,
        }
    }
}

fn arrival() -> impl Strategy<Value = Option<Timestamp>> {
    proptest::option::of((0_i64..20).prop_map(at))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn the_order_of_reading_does_not_matter(
        (samples, shuffled) in any_samples().prop_flat_map(|samples| {
            let shuffled = Just(samples.clone()).prop_shuffle();
            (Just(samples), shuffled)
        }),
        policy in any_policy(), arrived in arrival(),
    ) {
        prop_assert_eq!(evaluate(&policy, arrived, &samples, at(40)), evaluate(&policy, arrived, &shuffled, at(40)));
    }

    #[test]
    fn never_opens_with_fewer_passing_samples_than_needed(
        samples in any_samples(), policy in any_policy(), arrived in arrival(),
    ) {
        let passing = samples.iter().filter(|(_, sample)| meaning(&policy, sample).opens()).count();
        let failing = samples.iter().filter(|(_, sample)| meaning(&policy, sample) == Verdict::Fail).count();
        let seen = evaluate(&policy, arrived, &samples, at(40));
        prop_assert!(!seen.verdict.opens() || passing >= policy.samples as usize);
        // Nothing fails of itself: something failed, stayed unclear too often, or took too long.
        if seen.verdict == Verdict::Fail {
            prop_assert!(failing > 0 || policy.inconclusive.is_some() || policy.deadline.is_some());
        }
        prop_assert!(!seen.reason.is_empty() && !seen.reason.contains('\n'));
    }

    #[test]
    fn more_failures_never_turn_a_failure_into_anything_else(
        samples in any_samples(), policy in any_policy(), arrived in (0_i64..20).prop_map(at), more in 0_i64..40,
    ) {
        let before = evaluate(&policy, Some(arrived), &samples, at(40)).verdict;
        let mut worse = samples;
        worse.push((at(more), fail()));
        let now = evaluate(&policy, Some(arrived), &worse, at(40)).verdict;
        prop_assert!(before != Verdict::Fail || now == Verdict::Fail || matches!(now, Verdict::Error { .. }), "{now:?}");
        prop_assert!(!(before == Verdict::Fail && now.opens()));
    }

    #[test]
    fn the_next_look_is_never_before_the_interval_is_over(
        samples in any_samples(), policy in any_policy(), arrived in arrival(),
    ) {
        let seen = evaluate(&policy, arrived, &samples, at(40));
        let beginning = arrived.or(samples.iter().map(|(at, _)| *at).min());
        let last = samples.iter().map(|(at, _)| *at).filter(|at| beginning.is_none_or(|from| *at >= from)).max();
        if let (Some(due), Some(last)) = (seen.due, last) {
            prop_assert!(due >= after(last, policy.interval));
        }
        if let (Some(due), Some(arrived)) = (seen.due, arrived) {
            prop_assert!(due >= after(arrived, policy.delay));
        }
        prop_assert!(!(seen.due.is_some() && seen.verdict.is_final()));
    }

    #[test]
    fn what_is_decided_stays_so_when_later_samples_agree(
        samples in any_samples(), policy in any_policy(), arrived in arrival(),
    ) {
        let first = evaluate(&policy, arrived, &samples, at(40)).verdict;
        let agreeing = match first {
            Verdict::Pass | Verdict::Warn => pass(),
            Verdict::Fail => fail(),
            Verdict::Error { retryable: false } => Sample::broken("gone"),
            _ => return Ok(()),
        };
        let mut more = samples;
        more.push((at(41), agreeing));
        let second = evaluate(&policy, arrived, &more, at(41)).verdict;
        prop_assert_eq!(first.opens(), second.opens());
        prop_assert!(first.opens() || second == first || first == (Verdict::Error { retryable: false }), "{second:?}");
    }

    #[test]
    fn time_alone_only_brings_the_deadline(
        samples in any_samples(), policy in any_policy(), arrived in arrival(), later in 41_i64..500,
    ) {
        // Before the first look at what came at an unknown time, it is always due now.
        prop_assume!(arrived.is_some() || !samples.is_empty());
        let first = evaluate(&policy, arrived, &samples, at(40)).verdict;
        let second = evaluate(&policy, arrived, &samples, at(later)).verdict;
        prop_assert!(first == second || (second == Verdict::Fail && policy.deadline.is_some() && !first.is_final()));
    }
}
