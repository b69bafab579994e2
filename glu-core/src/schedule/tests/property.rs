//! The loop of `glu run` over random pipelines and random events, against an oracle: what it moves is exactly what is free, and it sleeps
//! through nothing.

use std::cell::RefCell;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestRunner};

use super::line::Line;
use super::oracle::Oracle;
use super::scenario::{Scenario, end, scenarios};
use crate::access::Access;
use crate::sample::{When, sample};
use crate::schedule::{is_due, next, pause, sightings};
use crate::settings::Settings;

/// Moves made, and looks.
#[derive(Default)]
struct Tally {
    moves: usize,
    looks: usize,
}

fn simulate(scenario: &Scenario, interval: Duration, tally: &mut Tally) -> TestCaseResult {
    let access = Access::new(Settings::default());
    let mut line = scenario.line();
    let mut events = scenario.events.iter().peekable();
    while line.now < end() {
        let wake = look(scenario, &access, &mut line, tally)?;
        let until = line.now.checked_add(pause(line.now, wake, interval)).unwrap();
        sleep(scenario, &mut line, until, events.peek().map(|(minute, _)| super::minute(*minute)))?;
        while let Some((_, happening)) = events.next_if(|(minute, _)| super::minute(*minute) <= until) {
            scenario.happen(happening, &mut line);
        }
        line.now = until;
    }
    Ok(())
}

/// Looks as `glu run` does. What it moves must be what the oracle says is free, and no sample may be left that is due.
fn look(
    scenario: &Scenario,
    access: &Access,
    line: &mut Line,
    tally: &mut Tally,
) -> Result<Option<Timestamp>, TestCaseError> {
    tally.looks += 1;
    let samples = sample(&line.system, access, &line.snapshot(), &line.facts(), &line.plan(), When::Due);
    samples.into_iter().for_each(|what| line.record(what));
    let (snapshot, facts, plan) = (line.snapshot(), line.facts(), line.plan());
    prop_assert_eq!(sightings(&line.system, &facts, &plan), []);
    let mut due = Vec::new();
    for planned in plan.moves().filter(|planned| is_due(&line.system, &facts, planned, line.now)) {
        due.push((planned.id.phase.clone(), planned.to.digest.to_string()));
    }
    let said: Vec<String> = due.iter().map(|(phase, state)| format!("{phase} {state}")).collect();
    let oracle = Oracle { scenario, line, now: line.now };
    prop_assert_eq!(said, oracle.free(), "at {}", line.now);
    prop_assert!(
        oracle.due().is_none_or(|due| due > line.now),
        "a sample is left that was due at {}",
        line.now
    );
    let wake = next(&line.system, &snapshot, &facts, &plan);
    for (phase, state) in &due {
        line.arrive(phase, state);
    }
    tally.moves += due.len();
    Ok(if due.is_empty() { wake } else { Some(line.now) })
}

/// No sample that is waited for may come due before the next look, and until something happens, nothing may come free.
fn sleep(scenario: &Scenario, line: &mut Line, until: Timestamp, event: Option<Timestamp>) -> TestCaseResult {
    let second = Duration::from_secs(1);
    let due = Oracle { scenario, line, now: line.now }.due();
    // What was just moved may ask for a sample at once; then the sleep is the shortest there is.
    let shortest = line.now.checked_add(second).unwrap();
    prop_assert!(
        until <= shortest || due.is_none_or(|due| due >= until),
        "slept through a sample after {}",
        line.now
    );
    let quiet = event.map_or(until, |event| event.min(until));
    let mut now = shortest;
    while now < quiet {
        let free = Oracle { scenario, line, now }.free();
        prop_assert_eq!(free, Vec::<String>::new(), "slept through it at {}", now);
        now = now.checked_add(Duration::from_secs(60)).unwrap();
    }
    Ok(())
}

#[test]
fn what_is_free_moves_at_once_and_what_is_held_does_not() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64);
    let mut runner = TestRunner::new(ProptestConfig { cases, ..ProptestConfig::default() });
    let tally = RefCell::new(Tally::default());
    let run = |(scenario, interval): (Scenario, u64)| {
        simulate(&scenario, Duration::from_secs(interval * 60), &mut tally.borrow_mut())
    };
    if let Err(error) = runner.run(&(scenarios(), 1_u64..30), run) {
        panic!("{error}\n{runner}");
    }
    // A world in which nothing moves, or everything at once, proves nothing.
    let Tally { moves, looks } = tally.into_inner();
    let cases = usize::try_from(cases).unwrap();
    assert!(moves > 3 * cases && looks > 5 * moves, "{moves} moves in {looks} looks of {cases} cases");
}
