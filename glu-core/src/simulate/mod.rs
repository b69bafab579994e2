//! Simulation: pipelines on a fake clock, against invented or recorded states and gate answers. Nothing is written and no check is run.
//!
//! It has no scheduler of its own. Each look is the one of `glu run --once`: the same `plan`, the same samples that are due, the same
//! triggers; only what is behind them is in memory. Between looks, time jumps to the next one at which an answer may be another.

mod answer;
mod expectation;
mod happening;
mod invent;
mod start;
mod timeline;
mod world;

pub use answer::{Answer, Answers, Given};
pub use expectation::{Expectation, Missed};
pub use happening::{Happening, Happens};
pub use invent::InventError;
pub use start::{Recorded, Start};
pub use timeline::{Change, Lead, Occurred, Timeline};

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::gate::Report;
use crate::ledger::{Event, Subject, What};
use crate::model::{PhaseId, Selection, State, StateDigest, System};
use crate::observe::Problem;
use crate::plan::{Hold, Move, Plan, Standing, plan, rollback};
use crate::rollback::{RollbackError, find, previous};
use crate::sample::answered;
use crate::schedule;
use timeline::Held;
use world::World;

/// Who takes the samples and makes the moves of a simulation.
const SIMULATION: &str = "simulation";

/// What happens while time passes.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// How long to go on.
    pub until: Timestamp,
    /// The time from one look to the next, as of a scheduled job that runs `glu run --once`.
    pub interval: Duration,
    /// What happens from outside.
    pub happenings: Vec<Happening>,
    /// What checks answer.
    pub answers: Answers,
}

/// Why a simulation cannot go on.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SimulateError {
    /// A state that is to be published cannot be made up.
    #[error(transparent)]
    Invent(#[from] InventError),
    /// The beginning cannot be read.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The interval between looks is nothing.
    #[error("looks need an interval")]
    Interval,
}

/// Lets time pass from a start until the scenario's end.
///
/// # Errors
/// When a state cannot be invented or written.
pub fn simulate(
    system: &System,
    selection: &Selection,
    start: Start,
    scenario: &Scenario,
) -> Result<Timeline, SimulateError> {
    let interval = SignedDuration::try_from(scenario.interval).unwrap_or(SignedDuration::MAX);
    if interval.is_zero() {
        return Err(SimulateError::Interval);
    }
    let began = start.at();
    let start = start.without_forges(system, selection);
    let mut run = Run {
        system,
        timeline: Timeline::new(&start),
        world: World::new(system, start),
        answers: &scenario.answers,
        held: BTreeMap::new(),
    };
    let mut happenings: Vec<&Happening> = scenario.happenings.iter().collect();
    happenings.sort_by_key(|happening| happening.at);
    let mut happenings = happenings.into_iter().filter(|happening| happening.at <= scenario.until).peekable();
    let mut at = began;
    while at <= scenario.until {
        while let Some(happening) = happenings.next_if(|happening| happening.at <= at) {
            run.happen(happening)?;
        }
        let next = run.look(at, selection, &Hand::Triggers, interval)?;
        let next = [next, happenings.peek().map(|happening| happening.at)].into_iter().flatten().min();
        match next {
            Some(next) => at = on_the_grid(at, next, interval),
            None => break,
        }
    }
    for happening in happenings {
        run.happen(happening)?;
    }
    Ok(run.end(scenario.until, selection))
}

/// The first look after one, that is not before a time.
fn on_the_grid(at: Timestamp, next: Timestamp, interval: SignedDuration) -> Timestamp {
    let steps = (next.duration_since(at).as_nanos() + interval.as_nanos() - 1) / interval.as_nanos();
    let steps = i32::try_from(steps.max(1)).unwrap_or(i32::MAX);
    interval.checked_mul(steps).and_then(|later| at.checked_add(later).ok()).unwrap_or(Timestamp::MAX)
}

/// Who makes the moves of a look.
enum Hand {
    /// The triggers, where nothing holds.
    Triggers,
    /// Somebody, where nothing holds.
    Somebody,
    /// Somebody, whatever holds, and why.
    Force(String),
}

/// A simulation under way.
struct Run<'a> {
    system: &'a System,
    world: World<'a>,
    answers: &'a Answers,
    timeline: Timeline,
    /// What holds each phase that is held, so that only changes are told.
    held: BTreeMap<PhaseId, Held>,
}

impl Run<'_> {
    /// One look at one time, and when the next one may find something else.
    fn look(
        &mut self,
        at: Timestamp,
        selection: &Selection,
        hand: &Hand,
        interval: SignedDuration,
    ) -> Result<Option<Timestamp>, SimulateError> {
        self.world.snapshot.at = at;
        let plan = self.plan(selection);
        let moves = self.moves(&plan, hand);
        if let Hand::Triggers = hand {
            self.notice(at, &plan, &moves);
            for sighting in schedule::sightings(self.system, &self.world.facts, &plan) {
                self.tell(SIMULATION, sighting);
            }
        }
        if moves.is_empty() {
            let restless = plan.entries.iter().any(|entry| restless(&entry.standing));
            let next = schedule::next(self.system, &self.world.snapshot, &self.world.facts, &plan);
            return Ok(if restless { at.checked_add(interval).ok() } else { next });
        }
        for planned in moves {
            if let Some((state, reason)) = planned.bad() {
                let subject = Subject::new(planned.id.clone(), state.digest.clone());
                let reason = reason.to_owned();
                self.tell(SIMULATION, What::Quarantined { subject, reason });
            }
            let arrived = self.world.make(&planned)?;
            self.held.remove(&planned.id);
            self.timeline.push(
                at,
                Occurred::Moved {
                    id: planned.id,
                    cause: planned.cause,
                    from: planned.from,
                    to: planned.to,
                    arrived,
                    forced: planned.forced,
                },
            );
        }
        self.world.settle();
        // What moved may let something else move.
        Ok(at.checked_add(interval).ok())
    }

    /// Plans, takes the samples that are due, and plans again by what they say.
    fn plan(&mut self, selection: &Selection) -> Plan {
        self.world.look_back(selection);
        let World { snapshot, facts, .. } = &self.world;
        let first = plan(self.system, snapshot, facts, selection);
        let (answers, timeline) = (self.answers, &mut self.timeline);
        let samples = answered(self.system, snapshot, facts, &first, |gate, subject| {
            let (sample, given) = answers.answer(gate, subject, snapshot.at);
            timeline.answered(&subject.phase, &gate.name, given);
            sample
        });
        if samples.is_empty() {
            return first;
        }
        for sample in samples {
            self.tell(SIMULATION, sample);
        }
        self.world.look_back(selection);
        plan(self.system, &self.world.snapshot, &self.world.facts, selection)
    }

    fn moves(&self, plan: &Plan, hand: &Hand) -> Vec<Move> {
        let now = self.world.snapshot.at;
        let mut moves: Vec<Move> = plan
            .moves()
            .filter_map(|planned| match hand {
                Hand::Triggers => schedule::due(self.system, &self.world.facts, planned, now),
                _ => Some(planned),
            })
            .cloned()
            .collect();
        if let Hand::Force(reason) = hand {
            moves.extend(plan.entries.iter().filter_map(|entry| match &entry.standing {
                Standing::Held { held: Some(planned), .. } => {
                    Some(Move { forced: Some(reason.clone()), ..(**planned).clone() })
                }
                _ => None,
            }));
        }
        moves
    }

    /// Tells what began to hold phases, or ceased to.
    fn notice(&mut self, at: Timestamp, plan: &Plan, moves: &[Move]) {
        for entry in &plan.entries {
            let held = match &entry.standing {
                Standing::Moves(planned) if moves.iter().any(|made| made.id == planned.id) => continue,
                standing => Held::of(standing),
            };
            let before = self.held.get(&entry.id);
            if before == held.as_ref() {
                continue;
            }
            if let Some(occurred) = timeline::noticed(&entry.id, before, &entry.standing) {
                self.timeline.push(at, occurred);
            }
            match held {
                Some(held) => drop(self.held.insert(entry.id.clone(), held)),
                None => drop(self.held.remove(&entry.id)),
            }
        }
    }

    fn happen(&mut self, happening: &Happening) -> Result<(), SimulateError> {
        let at = happening.at;
        self.world.snapshot.at = at;
        match &happening.what {
            Happens::Published { origin, label, fields } => {
                let state = self.world.invent(origin, label, fields)?;
                self.timeline.name(&state, label);
                self.appear(origin, &state)?;
            }
            Happens::Appeared { origin, state } => self.appear(origin, state)?,
            Happens::Told { actor, what } => {
                self.tell(actor, what.clone());
                self.timeline.push(at, Occurred::Told { actor: actor.clone(), what: what.clone() });
            }
            Happens::Approved { phase, state, actor } => self.approve(phase, state.as_deref(), actor),
            Happens::Pinned { phase, actor, reason, until } => match self.world.state(phase) {
                Some(state) => {
                    let subject = Subject::new(phase.clone(), state.digest.clone());
                    self.record(actor, What::Pinned { subject, reason: reason.clone(), until: *until });
                }
                None => self.refuse(phase, "pin", "its state is not known".to_owned()),
            },
            Happens::Quarantined { phase, state, actor, reason } => match self.called(phase, state) {
                Some(digest) => {
                    let subject = Subject::new(phase.clone(), digest);
                    self.record(actor, What::Quarantined { subject, reason: reason.clone() });
                }
                None => self.refuse(phase, "quarantine", format!("no state is called `{state}`")),
            },
            Happens::Promoted { phase, forced } => self.promote(phase, forced.as_deref())?,
            Happens::RolledBack { phase, to, actor } => self.roll_back(phase, to.as_deref(), actor)?,
        }
        Ok(())
    }

    fn appear(&mut self, origin: &PhaseId, state: &State) -> Result<(), SimulateError> {
        self.world.appear(origin, state)?;
        let at = self.world.snapshot.at;
        self.timeline.push(at, Occurred::Published { origin: origin.clone(), state: state.clone() });
        Ok(())
    }

    fn approve(&mut self, phase: &PhaseId, wanted: Option<&str>, actor: &str) {
        let plan =
            plan(self.system, &self.world.snapshot, &self.world.facts, &Selection::of([phase.clone()]));
        let candidate = plan.entries.first().and_then(|entry| match &entry.standing {
            Standing::Moves(planned) | Standing::Held { held: Some(planned), .. } => Some(planned.to.clone()),
            _ => None,
        });
        let digest = match (wanted, candidate) {
            (None, Some(candidate)) => candidate.digest,
            (Some(wanted), _) => match self.called(phase, wanted) {
                Some(digest) => digest,
                None => return self.refuse(phase, "approve", format!("no state is called `{wanted}`")),
            },
            (None, None) => {
                return self.refuse(phase, "approve", "it would get no other state".to_owned());
            }
        };
        let subject = Subject::new(phase.clone(), digest);
        self.record(actor, What::Approved { subject, comment: None });
    }

    fn promote(&mut self, phase: &PhaseId, forced: Option<&str>) -> Result<(), SimulateError> {
        let hand = forced.map_or(Hand::Somebody, |reason| Hand::Force(reason.to_owned()));
        let before = self.timeline.changes.len();
        let at = self.world.snapshot.at;
        self.look(at, &Selection::of([phase.clone()]), &hand, SignedDuration::ZERO)?;
        if self.timeline.changes.len() == before {
            self.refuse(phase, "promote", "there is nothing to move, or it is held".to_owned());
        }
        Ok(())
    }

    /// As `glu rollback`: the move, and the pin that keeps it from being undone.
    fn roll_back(&mut self, id: &PhaseId, to: Option<&str>, actor: &str) -> Result<(), SimulateError> {
        let (Some((pipeline, phase)), Some(current)) = (self.system.phase(id), self.world.state(id).cloned())
        else {
            self.refuse(id, "roll back", "its state is not known".to_owned());
            return Ok(());
        };
        let history = self.world.history(id);
        let ledger = &self.world.facts.ledger;
        let named = to.map(|name| self.timeline.called(name).map_or(name.to_owned(), ToString::to_string));
        let target: Result<State, RollbackError> = match &named {
            Some(wanted) => find(&history, wanted).cloned(),
            None => previous(&history, |state| {
                !state.same(&current) && ledger.quarantine(id, &state.digest).is_none()
            })
            .cloned(),
        };
        let target = match target {
            Ok(target) if target.same(&current) => {
                self.refuse(id, "roll back", "it is in that state already".to_owned());
                return Ok(());
            }
            Ok(target) => target,
            Err(error) => {
                self.refuse(id, "roll back", error.to_string());
                return Ok(());
            }
        };
        let planned = rollback(pipeline, phase, &self.world.snapshot, target)?;
        let arrived = self.world.make(&planned)?;
        self.world.settle();
        let at = self.world.snapshot.at;
        let subject = Subject::new(id.clone(), planned.to.digest.clone());
        let reason = format!("rolled back from {}", planned.from);
        let Move { cause, from, to, forced, .. } = planned;
        self.timeline.push(at, Occurred::Moved { id: id.clone(), cause, from, to, arrived, forced });
        self.record(actor, What::Pinned { subject, reason, until: None });
        Ok(())
    }

    /// The state that somebody means by a name, among those that the phase and its upstreams have had or have.
    fn called(&self, phase: &PhaseId, name: &str) -> Option<StateDigest> {
        let known = self.world.known(phase);
        self.timeline.called(name).cloned().or_else(|| {
            let digits = |digest: &StateDigest| digest.short().to_owned();
            known
                .into_iter()
                .find(|state| {
                    state.label == name
                        || state.digest.as_str() == name
                        || name.len() >= 4 && digits(&state.digest).starts_with(name)
                })
                .map(|state| state.digest)
        })
    }

    /// Writes into the simulated ledger, and tells.
    fn record(&mut self, actor: &str, what: What) {
        self.tell(actor, what.clone());
        let at = self.world.snapshot.at;
        self.timeline.push(at, Occurred::Told { actor: actor.to_owned(), what });
    }

    fn tell(&mut self, actor: &str, what: What) {
        let at = self.world.snapshot.at;
        let event = Event { id: String::new(), at, actor: actor.to_owned(), run: None, what };
        self.world.facts.ledger.take(&event);
    }

    fn refuse(&mut self, phase: &PhaseId, what: &'static str, reason: String) {
        let at = self.world.snapshot.at;
        self.timeline.push(at, Occurred::Refused { phase: phase.clone(), what, reason });
    }

    fn end(mut self, at: Timestamp, selection: &Selection) -> Timeline {
        self.world.snapshot.at = at;
        self.timeline.end(plan(self.system, &self.world.snapshot, &self.world.facts, selection));
        self.timeline
    }
}

/// Whether a phase is held by a rule of the user's own that may open at any time, and does not say when.
fn restless(standing: &Standing) -> bool {
    let Standing::Held { holds, .. } = standing else { return false };
    holds.iter().any(|hold| match hold {
        Hold::Gates(reports) | Hold::Unverified { reports, .. } => reports.iter().any(may_open_any_time),
        _ => false,
    })
}

fn may_open_any_time(report: &Report) -> bool {
    /// Rules that say when they open, if time alone opens them.
    const OURS: [&str; 5] = ["approval", "calendar", "soak", "version", "window"];
    let silent = report.parts.is_empty() && report.last.is_none() && report.due.is_none();
    let says_when = matches!(report.verdict, crate::gate::Verdict::Pending { until: Some(_) });
    silent && !report.verdict.opens() && !says_when && !OURS.contains(&report.kind)
        || report.parts.iter().any(may_open_any_time)
}

#[cfg(test)]
mod tests;
