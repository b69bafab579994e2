use super::*;
use crate::ledger::{Event, View, What};
use crate::model::{Fields, PhaseId};

/// A check that asks what it is called.
struct Asks(&'static str);

impl Check for Asks {
    fn kind(&self) -> &'static str {
        "asks"
    }

    fn specification(&self) -> String {
        self.0.to_owned()
    }

    fn sample(&self, _: &Asked<'_>) -> Sample {
        Sample::pass("asked")
    }
}

/// A rule that always says the same.
struct Says(Verdict);

impl Rule for Says {
    fn kind(&self) -> &'static str {
        "says"
    }

    fn specification(&self) -> String {
        format!("{:?}", self.0)
    }

    fn judge(&self, case: &Case<'_>) -> Answer {
        Answer::new(self.0, "so it is").remedy(format!("`glu wish {}`", case.subject.phase))
    }
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).unwrap()
}

fn subject() -> Subject {
    Subject::new(PhaseId::new("checkout", "production"), StateDigest::of(b"1"))
}

fn state() -> State {
    State { digest: StateDigest::of(b"1"), label: "1".to_owned(), fields: Fields::new(), drift: Vec::new() }
}

fn sampled(gate: &Gate, minute: i64, sample: Sample) -> Event {
    Event {
        id: format!("{minute:026}"),
        at: at(minute),
        actor: "ci".to_owned(),
        run: None,
        what: What::Sampled { gate: gate.id(), subject: subject(), attempt: 1, sample },
    }
}

fn with<T>(events: &[Event], now: i64, look: impl FnOnce(&Case<'_>) -> T) -> T {
    let (subject, state, ledger) = (subject(), state(), View::of(events));
    let stay = Stay {
        phase: "staging".to_owned(),
        since: Some(at(0)),
        authors: Vec::new(),
        healthy: true,
        failed: None,
    };
    look(&Case {
        subject: &subject,
        state: &state,
        from: None,
        ledger: &ledger,
        upstreams: &[stay],
        needed: 1,
        word: None,
        now: at(now),
    })
}

fn due(gate: &Gate, events: &[Event], now: i64) -> Vec<String> {
    with(events, now, |case| gate.due(case).iter().map(|due| due.check.specification()).collect())
}

#[test]
fn a_check_is_judged_by_its_samples_of_exactly_this_subject() {
    let gate = check(Asks("a")).named("front page");
    let before = with(&[], 5, |case| gate.report(case));
    assert_eq!((before.verdict, before.due), (Verdict::Pending { until: Some(at(0)) }, Some(at(0))));
    let events = [sampled(&gate, 3, Sample::pass("200")), sampled(&check(Asks("b")), 4, Sample::fail("500"))];
    let after = with(&events, 5, |case| gate.report(case));
    assert_eq!((after.gate.name.as_str(), after.kind), ("front page", "asks"));
    assert_eq!(
        (after.verdict, after.due, after.last),
        (Verdict::Pass, None, Some((at(3), Sample::pass("200"))))
    );
    let mut other = events.to_vec();
    if let What::Sampled { subject, .. } = &mut other[0].what {
        subject.state = StateDigest::of(b"2");
    }
    assert!(!with(&other, 5, |case| gate.report(case)).verdict.opens());
}

#[test]
fn what_failed_for_good_says_how_to_try_anew() {
    let gate = check(Asks("a"));
    let failed = with(&[sampled(&gate, 3, Sample::fail("it\nis\tdown"))], 5, |case| gate.report(case));
    assert_eq!(failed.reason, "it is down");
    assert_eq!(
        failed.remedy.as_deref(),
        Some("`glu check --retry REASON checkout/production` tries it anew")
    );
}

#[test]
fn the_identity_is_what_it_asks_and_not_how_often() {
    assert_eq!(check(Asks("a")).id(), check(Asks("a")).every(hours(1)).tolerate(3).id());
    assert_ne!(check(Asks("a")).id(), check(Asks("b")).id());
    assert_ne!(check(Asks("a")).id(), check(Asks("a")).named("other").id());
    let group = |text| all_of([check(Asks(text)), rule(Says(Verdict::Pass))]);
    assert_ne!(group("a").id(), group("b").id());
}

#[test]
fn groups_explain_themselves_by_the_part_that_decides() {
    let closed = all_of([rule(Says(Verdict::Pass)).named("one"), rule(Says(Verdict::Fail)).named("two")]);
    let report = with(&[], 5, |case| closed.report(case));
    assert_eq!(report.reason, "1 of 2 open, 2 needed; `two` says fail: so it is");
    assert_eq!(report.remedy.as_deref(), Some("`glu wish checkout/production`"));
    assert_eq!(report.parts.len(), 2);
    assert_eq!(report.parts[0].remedy, None);
    let open = any_of([rule(Says(Verdict::Pass)), rule(Says(Verdict::Fail))]);
    let report = with(&[], 5, |case| open.report(case));
    assert_eq!(
        (report.verdict, report.reason.as_str(), report.remedy),
        (Verdict::Pass, "1 of 2 open, 1 needed", None)
    );
}

#[test]
fn what_is_only_observed_is_sampled_and_never_in_the_way() {
    let inner = check(Asks("a"));
    let gate = observe_only(inner.clone()).every(hours(2));
    let events = [sampled(&inner, 3, Sample::fail("500"))];
    let report = with(&events, 5, |case| gate.report(case));
    assert_eq!((report.verdict, report.reason.as_str()), (Verdict::Warn, "only observed: fail: 500"));
    assert_eq!(report.parts[0].verdict, Verdict::Fail);
    let checks =
        with(&[], 5, |case| gate.checks(case).iter().map(|due| due.policy.interval).collect::<Vec<_>>());
    assert_eq!(checks, [hours(2)]);
    assert!(gate.mistakes().is_empty());
}

#[test]
fn checks_are_due_once_each_and_not_where_the_choice_is_made() {
    let (a, b) = (check(Asks("a")), check(Asks("b")).every(minutes(10)));
    let both = all_of([a.clone(), any_of([a.clone(), b.clone()]), rule(Says(Verdict::Pass))]);
    assert_eq!(due(&both, &[], 0), ["a", "b"]);
    let passed = [sampled(&a, 1, Sample::pass("200"))];
    assert_eq!(due(&both, &passed, 60), Vec::<String>::new());
    let waiting = [sampled(&b, 1, Sample::error("refused"))];
    assert_eq!(due(&b, &waiting, 10), Vec::<String>::new());
    assert_eq!(due(&b, &waiting, 11), ["b"]);
    // Everything can still be asked for by hand.
    assert_eq!(with(&passed, 60, |case| both.checks(case).len()), 2);
}

#[test]
fn the_arrival_is_when_enough_have_it() {
    let (subject, state, ledger) = (subject(), state(), View::default());
    let stay = |since: Option<i64>| Stay {
        phase: "x".to_owned(),
        since: since.map(at),
        authors: Vec::new(),
        healthy: true,
        failed: None,
    };
    let arrived = |needed, stays: &[Stay]| {
        let case = Case {
            subject: &subject,
            state: &state,
            from: None,
            ledger: &ledger,
            upstreams: stays,
            needed,
            word: None,
            now: at(9),
        };
        case.arrived()
    };
    let stays = [stay(Some(5)), stay(None), stay(Some(2))];
    assert_eq!(
        (arrived(1, &stays), arrived(2, &stays), arrived(3, &stays)),
        (Some(at(2)), Some(at(5)), None)
    );
    assert_eq!(arrived(1, &[]), None);
}

#[test]
fn mistakes_are_collected_with_the_gates_name() {
    let said = |gate: &Gate| gate.mistakes().join("\n");
    assert_eq!(
        said(&rule(Says(Verdict::Pass)).every(hours(1))),
        "gate `says`: `.every(...)` is for checks; this follows from facts and is not sampled"
    );
    assert!(said(&all_of([check(Asks("a"))]).samples(3)).contains("say it to those in the group"));
    for empty in [all_of([]), any_of([]), at_least_of(1, [])] {
        assert!(said(&empty).contains("there is nothing in it"));
        assert!(!with(&[], 5, |case| empty.report(case)).verdict.opens());
    }
    assert!(said(&at_least_of(0, [check(Asks("a"))])).contains("asks for none"));
    assert!(said(&at_least_of(3, [check(Asks("a"))])).contains("asks for 3 of 1"));
    let hollow = all_of([observe_only(check(Asks("a")))]).named("hollow");
    assert!(said(&any_of([hollow, check(Asks("b"))])).contains("`hollow` is only observed"));
    let check = check(Asks("a")).every(hours(1)).samples(3).deadline(hours(2));
    assert_eq!(said(&all_of([check])), "gate `asks`: its deadline comes before enough samples can be taken");
}

#[test]
fn a_gate_knows_where_it_was_declared() {
    let (gate, line) = (check(Asks("a")).every(hours(1)), line!());
    assert_eq!((gate.declared().file(), gate.declared().line()), (file!(), line));
    let (soak, line) = (rule::soak(hours(1)), line!());
    assert_eq!((soak.declared().file(), soak.declared().line()), (file!(), line));
}
