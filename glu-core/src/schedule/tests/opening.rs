//! When triggers let a move be made, and when it is worth looking again.

use jiff::Timestamp;

use super::line::{Line, Text};
use super::minute;
use crate::author::{Draft, GitPhase, Pipeline, git};
use crate::gate::rule::{approval, soak};
use crate::gate::{Asked, Check, all_of, check, minutes};
use crate::ledger::{FreezeScope, Sample, What};
use crate::model::System;
use crate::schedule::sightings;

/// `a` feeds `b`; `b` gets state `1` since minute 10 of `a`.
fn line(b: GitPhase) -> Line {
    let mut line = Line::of(Pipeline::from(git("a")).then(b));
    line.now = minute(10);
    line.arrive("a", "1");
    line
}

struct Smoke;

impl Check for Smoke {
    fn kind(&self) -> &'static str {
        "smoke"
    }

    fn specification(&self) -> String {
        String::new()
    }

    fn sample(&self, _: &Asked<'_>) -> Sample {
        unreachable!("plans look at nothing")
    }
}

#[test]
fn a_phase_without_a_trigger_is_never_due_and_an_automatic_one_at_once() {
    assert_eq!(line(git("b")).due(), [""; 0]);
    assert_eq!(line(git("b").automatic()).due(), ["b 1"]);
}

#[test]
fn every_counts_from_when_the_phase_came_into_its_state_whoever_asks() {
    let mut line = line(git("b").every(minutes(30)));
    assert_eq!(line.due(), [""; 0]);
    assert_eq!(line.next(), Some(minute(30)));
    line.now = minute(30);
    assert_eq!((line.due(), line.next()), (vec!["b 1".to_owned()], None));
    // Brought there by hand a minute ago: it counts anew.
    line.now = minute(31);
    line.arrive("b", "by-hand");
    assert_eq!((line.due(), line.next()), (Vec::new(), Some(minute(61))));
    // A clock that is ahead is no reason to wait for ever.
    line.came.get_mut("b").unwrap().last_mut().unwrap().1 = minute(1_000_000);
    assert_eq!(line.due(), ["b 1"]);
}

#[test]
fn the_next_look_is_for_the_first_thing_that_may_free_a_move() {
    let soaking = || line(git("b").automatic().gate(all_of([soak(minutes(60)), approval(1)])));
    assert_eq!(soaking().next(), Some(minute(70)));
    let mut line = soaking();
    let until = Some(minute(40));
    line.record(What::Pinned { subject: Line::subject("b", "0"), reason: String::new(), until });
    assert_eq!(line.next(), Some(minute(40)));
    let (scope, until) = (FreezeScope::Everything, Some(minute(30)));
    line.record(What::Frozen { scope, reason: String::new(), until });
    assert_eq!(line.next(), Some(minute(30)));
    // What is over cannot free anything again.
    line.now = minute(30);
    assert_eq!(line.next(), Some(minute(40)));
    line.now = minute(70);
    assert_eq!(line.next(), None);
}

#[test]
fn the_next_look_is_for_the_next_sample_also_of_what_runs() {
    let gate = || check(Smoke).after(minutes(20)).named("smoke");
    assert_eq!(line(git("b").automatic().gate(gate())).next(), Some(minute(30)));
    let mut line = Line::of(Pipeline::from(git("a")).then(git("b").verify(gate())));
    assert_eq!(line.next(), Some(minute(20)));
    line.now = minute(20);
    line.record(What::Sampled {
        gate: gate().id(),
        subject: Line::subject("b", "0"),
        attempt: 1,
        sample: Sample::pass("fine"),
    });
    assert_eq!(line.next(), None);
}

#[test]
fn what_is_current_and_what_only_people_can_free_needs_no_look() {
    assert_eq!(
        Line::of(Pipeline::from(git("a")).then(git("b").automatic().gate(soak(minutes(9))))).next(),
        None
    );
    assert_eq!(line(git("b").automatic().gate(approval(1))).next(), None);
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `a` feeds `b` by a timetable of Berlin; state `1` came to `a` then.
fn timetable(expression: &str, came: &str) -> Line {
    let mut line = Line::of(Pipeline::from(git("a")).then(git("b").cron(expression, "Europe/Berlin")));
    line.now = time(came);
    line.arrive("a", "1");
    line
}

#[test]
fn a_timetable_lets_in_what_came_before_its_time_however_late_it_is_looked_at() {
    // 2026-03-20 is a Friday; Berlin is at UTC+1.
    let mut line = timetable("0 9 * * 1-5", "2026-03-20T08:00:00Z");
    assert_eq!((line.due(), line.next()), (Vec::new(), Some(time("2026-03-23T08:00:00Z"))));
    line.now = time("2026-03-23T07:59:59Z");
    assert_eq!(line.due(), [""; 0]);
    line.now = time("2026-03-23T08:00:00Z");
    assert_eq!((line.due(), line.next()), (vec!["b 1".to_owned()], None));
    line.now = time("2026-03-24T03:00:00Z");
    assert_eq!(line.due(), ["b 1"]);
    // One time lets in one state: what comes after it waits for the next.
    line.arrive("b", "1");
    line.arrive("a", "2");
    assert_eq!((line.due(), line.next()), (Vec::new(), Some(time("2026-03-24T08:00:00Z"))));
    // And so does what was there already when the phase was brought elsewhere by hand.
    line.now = time("2026-03-24T12:00:00Z");
    line.arrive("b", "by-hand");
    assert_eq!((line.due(), line.next()), (Vec::new(), Some(time("2026-03-25T08:00:00Z"))));
}

#[test]
fn a_timetable_goes_by_the_clocks_when_they_are_put_forward_and_back() {
    // On 29 March 02:30 does not come: an hour after 01:30 UTC+1 it is 03:30 UTC+2.
    let mut line = timetable("30 2 * * *", "2026-03-28T12:00:00Z");
    assert_eq!(line.next(), Some(time("2026-03-29T01:30:00Z")));
    line.now = time("2026-03-29T01:00:00Z");
    assert_eq!(line.due(), [""; 0]);
    line.now = time("2026-03-29T01:30:00Z");
    assert_eq!(line.due(), ["b 1"]);
    // On 25 October 02:30 comes at 00:30 and at 01:30 UTC; only the first is one.
    let mut line = timetable("30 2 * * *", "2026-10-24T12:00:00Z");
    assert_eq!(line.next(), Some(time("2026-10-25T00:30:00Z")));
    line.now = time("2026-10-25T00:30:00Z");
    assert_eq!(line.due(), ["b 1"]);
    line.arrive("b", "1");
    line.now = time("2026-10-25T00:45:00Z");
    line.arrive("a", "2");
    line.now = time("2026-10-25T01:30:00Z");
    assert_eq!((line.due(), line.next()), (Vec::new(), Some(time("2026-10-26T01:30:00Z"))));
}

#[test]
fn where_no_history_is_kept_a_timetable_counts_from_the_first_look() {
    let mut line = timetable("0 9 * * *", "2026-03-20T07:00:00Z");
    line.untold.push("a".to_owned());
    // Nobody has looked since, and nine o'clock has passed: for all that is known it came just now.
    line.now = time("2026-03-20T08:30:00Z");
    assert_eq!((line.due(), line.next()), (Vec::new(), Some(time("2026-03-21T08:00:00Z"))));
    let seen = sightings(&line.system, &line.facts(), &line.plan());
    assert_eq!(seen, [What::Sighted { subject: Line::subject("a", "1") }]);
    seen.into_iter().for_each(|what| line.record(what));
    assert_eq!(sightings(&line.system, &line.facts(), &line.plan()), []);
    line.now = time("2026-03-21T08:00:00Z");
    assert_eq!(line.due(), ["b 1"]);
}

#[test]
fn a_timetable_that_cannot_be_read_is_refused_at_its_place() {
    let at = line!() + 1;
    let phase = git("b").cron("0 25 * * *", "Europe/Berlni");
    let refused = System::new([Draft::from(Pipeline::<Text>::from(git("a")).then(phase).named("p"))]);
    let refusals = refused.err().unwrap().0;
    let said: Vec<&str> = refusals.iter().map(|refusal| refusal.message.as_str()).collect();
    let expected = [
        "the trigger of phase `b`: `25` is no hour from 0 to 23",
        "the trigger of phase `b`: there is no time zone `Europe/Berlni`; name it as in the IANA database: `Europe/Vienna`, `UTC`",
    ];
    assert_eq!(said, expected);
    assert!(refusals.iter().all(|refusal| refusal.at.line() == at && refusal.at.file() == file!()));
}
