//! Schedule: whether a planned move is made without anybody's word, and when it is worth looking again. Pure, and without a memory of
//! its own: a loop that was restarted and a scheduled CI job come to the same answers.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::facts::Facts;
use crate::gate::{Gate, Report, Verdict};
use crate::ledger::What;
use crate::model::{System, Trigger};
use crate::observe::Snapshot;
use crate::plan::{Guard, Hold, Move, Plan, Standing};

/// Whether a planned move is made now by its phase's trigger. A phase without a trigger never begins to, but
/// what was begun goes on: a rollout's steps, and what is taken back because it is bad.
pub fn is_due(system: &System, facts: &Facts, planned: &Move, now: Timestamp) -> bool {
    opening(system, facts, planned, now).is_some_and(|opening| opening <= now)
}

/// The move that a phase makes by itself now: this one, or where a newer state would have to be asked for, the next step of the rollout
/// under way.
pub fn due<'a>(system: &System, facts: &Facts, planned: &'a Move, now: Timestamp) -> Option<&'a Move> {
    let otherwise = || planned.course.as_ref()?.otherwise.as_deref();
    if is_due(system, facts, planned, now) { Some(planned) } else { otherwise() }
}

/// When a phase's trigger lets a planned move be made, as far as can be told now; none where the phase does not move by itself. A mend
/// waits for no time: the state that it restores was let in already.
pub fn opening(system: &System, facts: &Facts, planned: &Move, now: Timestamp) -> Option<Timestamp> {
    if planned.goes_on() {
        return Some(now);
    }
    let (pipeline, phase) = system.phase(&planned.id)?;
    let trigger = phase.trigger.as_ref()?;
    if planned.mends() {
        return Some(now);
    }
    // Clocks of other machines may be ahead; nothing can be counted from what has not come yet by ours.
    let past = |at: &Timestamp| *at <= now;
    let arrived = facts.arrivals.get(&planned.id).map(|arrived| arrived.at).filter(past);
    match trigger {
        Trigger::Change => Some(now),
        // Where it is not known since when the phase is in its state, waiting would have no end.
        Trigger::Every(time) => Some(arrived.map_or(now, |at| {
            let time = SignedDuration::try_from(*time).unwrap_or(SignedDuration::MAX);
            at.checked_add(time).unwrap_or(Timestamp::MAX)
        })),
        Trigger::Cron(timetable) => {
            // What has never been seen before came just now.
            let came = Guard { pipeline, phase, facts, now }.came(&planned.to, &planned.upstreams);
            timetable.next(came.filter(past).unwrap_or(now).max(arrived.unwrap_or(Timestamp::MIN)))
        }
    }
}

/// The states that timetables count from and of which nobody knows since when they are where they are, to be remembered from now on.
pub fn sightings(system: &System, facts: &Facts, plan: &Plan) -> Vec<What> {
    let mut subjects = Vec::new();
    for planned in plan.entries.iter().filter_map(|entry| entry.standing.candidate()) {
        let Some((pipeline, phase)) = system.phase(&planned.id) else { continue };
        if phase.trigger.as_ref().is_some_and(Trigger::counts_from_upstreams) && !planned.mends() {
            let guard = Guard { pipeline, phase, facts, now: plan.at };
            subjects.extend(guard.unsighted(&planned.to, &planned.upstreams));
        }
    }
    subjects.sort();
    subjects.dedup();
    subjects.into_iter().map(|subject| What::Sighted { subject }).collect()
}

/// The earliest time after the plan's at which, though nothing changes in the world, a sample is due, or something may be free that is
/// held now: a soak or a window opens, a pin or a freeze ends, a trigger's time comes. None where only a change can free anything.
/// Rules do not say when they close, so a check that is asked only once another gate has closed waits for the interval.
pub fn next(system: &System, snapshot: &Snapshot, facts: &Facts, plan: &Plan) -> Option<Timestamp> {
    let now = snapshot.at;
    let mut times = Times { now, earliest: None };
    for entry in &plan.entries {
        let Some((pipeline, phase)) = system.phase(&entry.id) else { continue };
        if let Standing::Held { holds, .. } = &entry.standing {
            holds.iter().for_each(|hold| times.hold(hold));
        }
        if let Some(planned) = entry.standing.candidate() {
            times.reports(&planned.gates);
            times.may_be(opening(system, facts, planned, now));
        }
        if let Some(underway) = &entry.rollout {
            times.may_be(Some(underway.until));
            times.reports(&underway.gates);
            underway.newer.iter().flat_map(|newer| &newer.holds).for_each(|hold| times.hold(hold));
        }
        // What runs is looked at whether or not anything waits for it.
        let guard = Guard { pipeline, phase, facts, now };
        for asked in pipeline.upstreams(&phase.name).chain([phase]) {
            let observation = snapshot.phases.get(&pipeline.id(asked));
            if let Some(Ok(state)) = observation.map(|observation| &observation.state) {
                times.reports(&guard.of_what_runs(asked, state, Gate::report));
            }
        }
    }
    times.earliest
}

/// No two looks follow each other faster, whatever the schedule says.
const SHORTEST: Duration = Duration::from_secs(1);

/// How long to wait for the next look: until the time that was told, where that comes before the interval is over.
pub fn pause(now: Timestamp, next: Option<Timestamp>, interval: Duration) -> Duration {
    // What is late already waits no longer.
    let until = |next: Timestamp| Duration::try_from(next.duration_since(now)).unwrap_or(Duration::ZERO);
    next.map_or(interval, |next| until(next).min(interval)).max(SHORTEST)
}

/// The earliest of some times after now. What is past already did not help.
struct Times {
    now: Timestamp,
    earliest: Option<Timestamp>,
}

impl Times {
    fn may_be(&mut self, time: Option<Timestamp>) {
        if let Some(time) = time.filter(|time| *time > self.now && *time < Timestamp::MAX) {
            self.earliest = Some(self.earliest.map_or(time, |earliest| earliest.min(time)));
        }
    }

    fn hold(&mut self, hold: &Hold) {
        match hold {
            Hold::Frozen(freeze) => self.may_be(freeze.until),
            Hold::Pinned(pin) => self.may_be(pin.until),
            Hold::Unverified { reports, .. } | Hold::Gates(reports) => self.reports(reports),
            Hold::Step { until, .. } => self.may_be(Some(*until)),
            Hold::Join { .. }
            | Hold::Upstream { .. }
            | Hold::Quarantined { .. }
            | Hold::Paused(_)
            | Hold::RollingOut { .. }
            | Hold::Undecided(_)
            | Hold::EditedByHand { .. }
            | Hold::ClosedByHand { .. } => {}
        }
    }

    fn reports(&mut self, reports: &[Report]) {
        for report in reports {
            self.may_be(report.due);
            if let Verdict::Pending { until } = report.verdict {
                self.may_be(until);
            }
            self.reports(&report.parts);
        }
    }
}

#[cfg(test)]
mod tests;
