//! Plan: which states move where, the exact patch, and what holds the rest. A pure function of a snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::facts::Facts;
use crate::gate::{Case, Gate, Report, Stay, Verdict};
use crate::ledger::{Freeze, Pause, Pin, Quarantine, Subject};
use crate::model::{Codec, Join, Phase, PhaseId, Pipeline, ResourceError, Scope, Selection, State, System};
use crate::observe::{Branch, BranchId, Observation, Problem, Seen, Snapshot};
use crate::queue::{Queue, Waiting};
use crate::rollout::{self, Course, Underway};
use crate::source::git::CommitId;
use crate::tree::{Edit, FileChange, Layered};

/// What would be done, and why the rest would not.
#[derive(Debug, Clone)]
pub struct Plan {
    /// When the snapshot was taken that it was computed from.
    pub at: Timestamp,
    /// The shape of the system that it was computed by.
    pub fingerprint: String,
    /// The selected phases in the order in which they are dealt with.
    pub entries: Vec<Entry>,
}

impl Plan {
    /// What is to be done, in order.
    pub fn moves(&self) -> impl Iterator<Item = &Move> {
        self.entries.iter().filter_map(|entry| match &entry.standing {
            Standing::Moves(planned) => Some(&**planned),
            _ => None,
        })
    }
}

/// One phase in a plan.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The phase.
    pub id: PhaseId,
    /// What is the matter with it.
    pub standing: Standing,
    /// How it stands with those that wait, where it takes one state after another.
    pub queue: Option<Line>,
    /// Its rollout, where one is under way.
    pub rollout: Option<Box<Underway>>,
}

/// What else waits for a phase that takes one state after another.
#[derive(Debug, Clone)]
pub struct Line {
    /// How many wait behind the one that comes next.
    pub behind: usize,
    /// Those that are passed over, and why.
    pub passed_over: Vec<(State, Hold)>,
}

/// Whether a phase moves, and if not, why not.
#[derive(Debug, Clone)]
pub enum Standing {
    /// It begins the pipeline: states come from there.
    Origin(State),
    /// It has what its upstreams have.
    Current(State),
    /// It moves.
    Moves(Box<Move>),
    /// Something holds it.
    Held {
        /// The state it stays in.
        state: State,
        /// What holds it, the most important first; never empty.
        holds: Vec<Hold>,
        /// The move that is held, where it is known: it can be forced.
        held: Option<Box<Move>>,
    },
    /// Its state, or the way to the next one, cannot be known.
    Broken(Problem),
}

impl Standing {
    /// The move that is to be made, or that would be if nothing held it.
    pub fn candidate(&self) -> Option<&Move> {
        match self {
            Self::Moves(planned) | Self::Held { held: Some(planned), .. } => Some(planned),
            _ => None,
        }
    }

    /// Whether something that must be known cannot be: nobody decided to hold the phase, something failed.
    pub fn is_broken(&self) -> bool {
        match self {
            Self::Broken(_) => true,
            Self::Held { holds, .. } => holds.iter().any(|hold| matches!(hold, Hold::Upstream { .. })),
            _ => false,
        }
    }
}

/// What holds a phase.
#[derive(Debug, Clone)]
pub enum Hold {
    /// Its upstreams do not agree on a state.
    Join {
        /// How many must agree.
        join: Join,
        /// What each upstream has; none where it cannot be known.
        upstreams: Vec<(String, Option<State>)>,
    },
    /// An upstream's state cannot be known, and the move depends on it.
    Upstream {
        /// The upstream.
        phase: String,
        /// Why.
        problem: Problem,
    },
    /// The line is stopped.
    Frozen(Freeze),
    /// The phase is to stay as it is.
    Pinned(Pin),
    /// The state is known to be bad.
    Quarantined {
        /// The state.
        state: State,
        /// Who said so, and why.
        quarantine: Quarantine,
    },
    /// An upstream has the state, and its own verification is not passed.
    Unverified {
        /// The upstream.
        phase: String,
        /// Its verification.
        reports: Vec<Report>,
    },
    /// Gates on the way in are not open.
    Gates(Vec<Report>),
    /// A rollout's step is not over.
    Step {
        /// The step, counted from 1.
        step: u32,
        /// How many there are.
        of: u32,
        /// The candidate's share, in percent.
        share: u32,
        /// Until when it lasts at least.
        until: Timestamp,
    },
    /// A rollout is to stay at its step.
    Paused(Pause),
    /// An upstream has the state for a part only: its own rollout is under way.
    RollingOut {
        /// The upstream.
        phase: String,
    },
    /// Only a person can say how it goes on; a sentence that says why, and the ways out.
    Undecided(String),
}

/// Why a state is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It moves on from an upstream.
    Promotion,
    /// It comes back from the phase's own history.
    Rollback,
    /// A rollout is given up, and what was before it comes back.
    Abort,
}

/// One state's move into one phase: everything that promoting needs to know.
#[derive(Debug, Clone)]
pub struct Move {
    /// The phase that gets the state.
    pub id: PhaseId,
    /// Why.
    pub cause: Cause,
    /// The upstreams that have the state.
    pub upstreams: Vec<String>,
    /// The state the phase is in.
    pub from: State,
    /// The state it gets.
    pub to: State,
    /// The branch that is written to.
    pub branch: BranchId,
    /// Where the branch was.
    pub tip: CommitId,
    /// What changes in which files, on top of the moves before it on the same branch.
    pub changes: Vec<FileChange>,
    /// What the gates on the way in say.
    pub gates: Vec<Report>,
    /// Why it is made although something holds it.
    pub forced: Option<String>,
    /// What it does to a rollout, where it is part of one.
    pub course: Option<Box<Course>>,
    /// Why the state that it takes away is to be quarantined before it is made: so that whoever goes on after an interruption sees that too.
    pub quarantine: Option<String>,
}

impl Move {
    /// Whether the phase keeps its state and only places that disagree with it are mended.
    pub fn mends(&self) -> bool {
        self.course.is_none() && self.from.same(&self.to)
    }

    /// Whether it goes on with something that was begun before, or takes it back: no trigger is asked for that.
    pub fn goes_on(&self) -> bool {
        match &self.course {
            Some(course) => course.goes_on(),
            None => self.cause == Cause::Rollback,
        }
    }

    /// The state that it takes away, where it is known to be bad.
    pub fn bad(&self) -> Option<(&State, &str)> {
        let reason = self.quarantine.as_deref()?;
        Some((self.course.as_ref().map_or(&self.from, |course| &course.candidate), reason))
    }
}

/// Plans the selected phases.
pub fn plan(system: &System, snapshot: &Snapshot, facts: &Facts, selection: &Selection) -> Plan {
    let mut edits = Edits::new(snapshot);
    let mut entries = Vec::new();
    for pipeline in system.pipelines().filter(|pipeline| selection.touches(&pipeline.name)) {
        for phase in &pipeline.phases {
            let id = pipeline.id(phase);
            if selection.contains(&id) {
                let guard = Guard { pipeline, phase, facts, now: snapshot.at };
                let (next, queue) = match facts.queues.get(&id) {
                    None => (Ok(None), None),
                    Some(Ok(queue)) => {
                        let (next, line) = guard.line(queue, snapshot);
                        (Ok(next), Some(line))
                    }
                    Some(Err(problem)) => (Err(problem), None),
                };
                let (standing, rollout) = match next {
                    Ok(next) => standing(&guard, next, snapshot, &mut edits),
                    Err(problem) => (Standing::Broken(problem.clone()), None),
                };
                entries.push(Entry { id, standing, queue, rollout: rollout.map(Box::new) });
            }
        }
    }
    Plan { at: snapshot.at, fingerprint: system.fingerprint(), entries }
}

/// Plans one phase's return to a state it had.
///
/// # Errors
/// When the phase's state is not known, or the state cannot be written.
pub fn rollback(pipeline: &Pipeline, phase: &Phase, snapshot: &Snapshot, to: State) -> Result<Move, Problem> {
    let id = pipeline.id(phase);
    let (from, branch) = in_files(snapshot, &id)?;
    Edits::new(snapshot).moved(pipeline, phase, (Cause::Rollback, Vec::new()), (from, to), branch)
}

/// What becomes of a phase; `next` is the state whose turn it is, where it takes one after another and any waits.
fn standing(
    guard: &Guard<'_>,
    next: Option<&State>,
    snapshot: &Snapshot,
    edits: &mut Edits<'_>,
) -> (Standing, Option<Underway>) {
    let Guard { pipeline, phase, facts, .. } = *guard;
    let id = pipeline.id(phase);
    let Some(observation) = snapshot.phases.get(&id) else {
        let error = ResourceError::Other(format!("phase {id} was not observed"));
        return (Standing::Broken(Problem::resource(error)), None);
    };
    let state = match &observation.state {
        Ok(state) => state,
        Err(problem) => return (Standing::Broken(problem.clone()), None),
    };
    let upstreams: Vec<(&str, &Observation)> = pipeline
        .upstreams(&phase.name)
        .filter_map(|upstream| Some((upstream.name.as_str(), snapshot.phases.get(&pipeline.id(upstream))?)))
        .collect();
    if upstreams.is_empty() {
        return (Standing::Origin(state.clone()), None);
    }
    let mut candidate = candidate(phase.join, &upstreams);
    if let (Ok((to, _)), Some(next)) = (&mut candidate, next) {
        *to = State { drift: Vec::new(), ..next.clone() };
    }
    let progress = facts.rollouts.get(&id);
    if let (Some(rollout), Some(progress), Seen::Files { branch, .. }) =
        (&phase.rollout, progress, &observation.seen)
    {
        match rollout::going_on(guard, rollout, progress, (state, branch), &candidate, edits) {
            Ok(Some((standing, underway))) => return (standing, Some(underway)),
            Ok(None) => {}
            Err(problem) => return (Standing::Broken(problem), None),
        }
    }
    let standing = match rollout::retreat(guard, state, progress) {
        Some(rollout::Answer::Back(to, why)) => in_files(snapshot, &id)
            .and_then(|(from, branch)| {
                edits.moved(pipeline, phase, (Cause::Rollback, Vec::new()), (from, to), branch)
            })
            .map_or_else(Standing::Broken, |planned| {
                Standing::Moves(Box::new(Move { quarantine: Some(why), ..planned }))
            }),
        // What cannot go back may still go forward: the upstreams may have a better state by now.
        Some(rollout::Answer::Held(hold)) => match coming_in(guard, state, candidate, snapshot, edits) {
            Standing::Current(state) => Standing::Held { state, holds: vec![hold], held: None },
            Standing::Held { state, mut holds, held } => {
                holds.insert(0, hold);
                Standing::Held { state, holds, held }
            }
            other => other,
        },
        None => coming_in(guard, state, candidate, snapshot, edits),
    };
    (standing, None)
}

/// What becomes of a phase that nothing is under way in: whether it gets what its upstreams have.
fn coming_in(
    guard: &Guard<'_>,
    state: &State,
    candidate: Result<(State, Vec<String>), Box<Hold>>,
    snapshot: &Snapshot,
    edits: &mut Edits<'_>,
) -> Standing {
    let (pipeline, phase) = (guard.pipeline, guard.phase);
    let (to, holders) = match candidate {
        Ok(candidate) => candidate,
        Err(hold) => return Standing::Held { state: state.clone(), holds: vec![*hold], held: None },
    };
    if state.same(&to) && state.drift.is_empty() {
        return Standing::Current(state.clone());
    }
    let gates = guard.on_the_way_in(state, &to, &holders, Gate::report);
    let mut holds = guard.holds(&to, &holders, &gates);
    // A move that is held is shown with its patch, but those behind it on the branch do not stand on it.
    let mut aside = edits.clone();
    let moved = in_files(snapshot, &pipeline.id(phase)).and_then(|(from, branch)| {
        let by = (Cause::Promotion, holders);
        match phase.rollout.as_ref().filter(|_| !from.same(&to)) {
            None => aside.moved(pipeline, phase, by, (from, to), branch),
            Some(rollout) => {
                let begun = rollout::begin(guard, rollout, &to, aside.tree(&branch)?.1);
                let (course, hold) = begun.map_err(|error| aside.problem(&branch, error))?;
                holds.extend(hold);
                aside.steered(pipeline, phase, by, (from, to), branch, course)
            }
        }
    });
    match moved {
        Ok(planned) => {
            let planned = Box::new(Move { gates, ..planned });
            if holds.is_empty() {
                *edits = aside;
                Standing::Moves(planned)
            } else {
                Standing::Held { state: state.clone(), holds, held: Some(planned) }
            }
        }
        Err(problem) => Standing::Broken(problem),
    }
}

/// What stands in a state's way into a phase.
pub(crate) struct Guard<'a> {
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) phase: &'a Phase,
    pub(crate) facts: &'a Facts,
    pub(crate) now: Timestamp,
}

impl<'a> Guard<'a> {
    /// Puts the question of the gates on the way in. Mending a phase needs no leave, so nothing is asked then.
    pub(crate) fn on_the_way_in<T>(
        &self,
        from: &State,
        to: &State,
        holders: &[String],
        ask: impl Fn(&'a Gate, &Case<'_>) -> T,
    ) -> Vec<T> {
        if from.same(to) {
            return Vec::new();
        }
        let upstreams: Vec<Stay> = holders
            .iter()
            .filter_map(|holder| self.pipeline.phase(holder))
            .map(|phase| self.stay(phase, to))
            .collect();
        let subject = Subject::new(self.pipeline.id(self.phase), to.digest.clone());
        let case = Case {
            subject: &subject,
            state: to,
            from: Some(from),
            ledger: &self.facts.ledger,
            upstreams: &upstreams,
            needed: self.needed(),
            now: self.now,
        };
        self.phase.gates.iter().map(|gate| ask(gate, &case)).collect()
    }

    /// Puts the question of a phase's verification, about the state that the phase is in.
    pub(crate) fn of_what_runs<T>(
        &self,
        phase: &'a Phase,
        state: &State,
        ask: impl Fn(&'a Gate, &Case<'_>) -> T,
    ) -> Vec<T> {
        let stay = self.arrived(phase, state);
        let subject = Subject::new(self.pipeline.id(phase), state.digest.clone());
        let ledger = &self.facts.ledger;
        let upstreams = std::slice::from_ref(&stay);
        let case = Case { subject: &subject, state, from: None, ledger, upstreams, needed: 1, now: self.now };
        phase.verification.iter().map(|gate| ask(gate, &case)).collect()
    }

    /// Since when enough upstreams have had a state, by their histories, or else by when it was first seen in them; none where neither
    /// is known.
    pub(crate) fn came(&self, to: &State, holders: &[String]) -> Option<Timestamp> {
        let came =
            |phase| self.arrived(phase, to).since.or_else(|| self.facts.ledger.sighted(&self.at(phase, to)));
        let upstreams = holders.iter().filter_map(|holder| self.pipeline.phase(holder));
        let mut known: Vec<Timestamp> = upstreams.filter_map(came).collect();
        known.sort_unstable();
        known.get(self.needed().max(1) - 1).copied()
    }

    /// The upstreams that have a state and of which it is not known since when: there is neither a history nor a sighting.
    pub(crate) fn unsighted(&self, to: &State, holders: &[String]) -> Vec<Subject> {
        let upstreams = holders.iter().filter_map(|holder| self.pipeline.phase(holder));
        let unknown = upstreams.filter(|phase| self.arrived(phase, to).since.is_none());
        let subjects = unknown.map(|phase| self.at(phase, to));
        subjects.filter(|subject| self.facts.ledger.sighted(subject).is_none()).collect()
    }

    fn at(&self, phase: &Phase, state: &State) -> Subject {
        Subject::new(self.pipeline.id(phase), state.digest.clone())
    }

    fn needed(&self) -> usize {
        self.phase.join.needed(self.pipeline.upstreams(&self.phase.name).count())
    }

    pub(crate) fn holds(&self, to: &State, holders: &[String], gates: &[Report]) -> Vec<Hold> {
        let id = self.pipeline.id(self.phase);
        let ledger = &self.facts.ledger;
        let mut holds: Vec<Hold> =
            ledger.freezes(&id, self.now).into_iter().cloned().map(Hold::Frozen).collect();
        holds.extend(ledger.pin(&id, self.now).cloned().map(Hold::Pinned));
        holds.extend(
            ledger
                .quarantine(&id, &to.digest)
                .map(|quarantine| Hold::Quarantined { state: to.clone(), quarantine: quarantine.clone() }),
        );
        let unverified: Vec<Hold> = holders
            .iter()
            .filter_map(|holder| self.pipeline.phase(holder))
            .map(|phase| (phase, self.of_what_runs(phase, to, Gate::report)))
            .filter_map(|(phase, reports)| match phase.name.clone() {
                name if self.is_partly_in(phase) => Some(Hold::RollingOut { phase: name }),
                name if closed(&reports) => Some(Hold::Unverified { phase: name, reports }),
                _ => None,
            })
            .collect();
        // As many upstreams must be verified as must hold the state.
        if holders.len() - unverified.len() < self.needed() {
            holds.extend(unverified);
        }
        if closed(gates) {
            holds.push(Hold::Gates(gates.to_vec()));
        }
        holds
    }

    /// Whose turn it is of those that wait, and how it stands with the others.
    fn line<'q>(&self, queue: &'q Queue, snapshot: &Snapshot) -> (Option<&'q State>, Line) {
        let mut passed_over = Vec::new();
        let mut open = Vec::new();
        for Waiting { state, .. } in &queue.waiting {
            match self.passes_over(state, snapshot) {
                Some(why) => passed_over.push((state.clone(), why)),
                None => open.push(state),
            }
        }
        if open.is_empty() {
            // The upstream's own state, the last in line, is held rather than passed over: there is nothing to take instead.
            passed_over.pop();
        }
        (open.first().copied(), Line { behind: open.len().saturating_sub(1), passed_over })
    }

    /// Why a state that waits can never come in: it is known to be bad, or has left the upstream without having passed its verification.
    fn passes_over(&self, state: &State, snapshot: &Snapshot) -> Option<Hold> {
        let id = self.pipeline.id(self.phase);
        if let Some(quarantine) = self.facts.ledger.quarantine(&id, &state.digest) {
            return Some(Hold::Quarantined { state: state.clone(), quarantine: quarantine.clone() });
        }
        let upstream = self.pipeline.upstreams(&self.phase.name).next()?;
        let now = snapshot.phases.get(&self.pipeline.id(upstream))?.state.as_ref().ok()?;
        let reports = self.of_what_runs(upstream, state, Gate::report);
        (!now.same(state) && reports.iter().any(|report| !may_open_by_itself(report)))
            .then(|| Hold::Unverified { phase: upstream.name.clone(), reports })
    }

    /// Whether a phase says that it has a state which in truth is still being rolled out in it.
    fn is_partly_in(&self, phase: &Phase) -> bool {
        phase.rollout.as_ref().is_some_and(|rollout| rollout.place.is_none())
            && self.facts.rollouts.contains_key(&self.pipeline.id(phase))
    }

    /// How long an upstream has had the state, and how well.
    fn stay(&self, phase: &'a Phase, state: &State) -> Stay {
        let reports = self.of_what_runs(phase, state, Gate::report);
        let failed = reports
            .iter()
            .filter_map(|report| report.last.as_ref())
            .filter(|(_, sample)| sample.verdict == Verdict::Fail)
            .map(|(at, _)| *at)
            .max();
        Stay { healthy: !closed(&reports), failed, ..self.arrived(phase, state) }
    }

    /// A state that waits in line counts from when it came to the upstream, whatever has come there since.
    fn arrived(&self, phase: &Phase, state: &State) -> Stay {
        let queue = self.facts.queues.get(&self.pipeline.id(self.phase));
        let queue = queue.filter(|_| phase.name != self.phase.name);
        let waits = queue.and_then(|queue| queue.as_ref().ok()?.arrived(state));
        let arrived = waits.or_else(|| self.facts.arrivals.get(&self.pipeline.id(phase)));
        Stay {
            phase: phase.name.clone(),
            since: arrived.map(|arrived| arrived.at),
            author: arrived.map(|arrived| arrived.author.clone()),
            healthy: true,
            failed: None,
        }
    }
}

/// What a phase's verification says of the state it is in.
pub fn verification(
    pipeline: &Pipeline,
    phase: &Phase,
    state: &State,
    facts: &Facts,
    now: Timestamp,
) -> Vec<Report> {
    Guard { pipeline, phase, facts, now }.of_what_runs(phase, state, Gate::report)
}

/// Whether a gate is open, or may be without being sampled again.
fn may_open_by_itself(report: &Report) -> bool {
    match report.verdict {
        verdict if verdict.opens() => true,
        _ if !report.parts.is_empty() => {
            report.parts.iter().any(|part| !part.verdict.opens() && may_open_by_itself(part))
        }
        Verdict::Pending { until } => until.is_some() && report.due.is_none(),
        _ => false,
    }
}

pub(crate) fn closed(reports: &[Report]) -> bool {
    reports.iter().any(|report| !report.verdict.opens())
}

/// The state that enough upstreams hold, and who holds it. Of several, the one that came last to its upstreams; of those that
/// came at the same time or at an unknown one, the one of the upstream declared first.
fn candidate(join: Join, upstreams: &[(&str, &Observation)]) -> Result<(State, Vec<String>), Box<Hold>> {
    let needed = join.needed(upstreams.len());
    let mut groups: Vec<(&State, Vec<String>, Option<Timestamp>)> = Vec::new();
    for (name, observation) in upstreams {
        let Ok(state) = &observation.state else { continue };
        match groups.iter_mut().find(|(known, ..)| known.same(state)) {
            Some((_, holders, since)) => {
                holders.push((*name).to_owned());
                *since = (*since).max(observation.since);
            }
            None => groups.push((state, vec![(*name).to_owned()], observation.since)),
        }
    }
    let mut best: Option<(&State, Vec<String>, Option<Timestamp>)> = None;
    for group in groups.into_iter().filter(|(_, holders, _)| holders.len() >= needed) {
        if best.as_ref().is_none_or(|(_, _, since)| group.2 > *since) {
            best = Some(group);
        }
    }
    if let Some((state, holders, _)) = best {
        return Ok((State { drift: Vec::new(), ..state.clone() }, holders));
    }
    let broken =
        upstreams.iter().find_map(|(name, observation)| Some((*name, observation.state.as_ref().err()?)));
    Err(Box::new(match broken {
        Some((phase, problem)) => Hold::Upstream { phase: phase.to_owned(), problem: problem.clone() },
        None => Hold::Join {
            join,
            upstreams: upstreams
                .iter()
                .map(|(name, observation)| ((*name).to_owned(), observation.state.as_ref().ok().cloned()))
                .collect(),
        },
    }))
}

pub(crate) fn in_files(snapshot: &Snapshot, id: &PhaseId) -> Result<(State, BranchId), Problem> {
    let observation = snapshot
        .phases
        .get(id)
        .ok_or_else(|| Problem::resource(ResourceError::Other(format!("phase {id} was not observed"))))?;
    match &observation.seen {
        Seen::Files { branch, .. } => Ok((observation.state.clone()?, branch.clone())),
        _ => Err(Problem::resource(ResourceError::Other(format!("nothing can be written to phase {id}")))),
    }
}

/// The edits of a plan: several moves on one branch see each other's changes, as they will when they are promoted.
#[derive(Clone)]
pub(crate) struct Edits<'a> {
    snapshot: &'a Snapshot,
    trees: BTreeMap<BranchId, Layered>,
}

impl<'a> Edits<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, trees: BTreeMap::new() }
    }

    /// A branch's tip, and its files with the changes of the moves so far.
    pub(crate) fn tree(&mut self, branch: &BranchId) -> Result<(&'a CommitId, &mut Layered), Problem> {
        let Some(Branch { tip, tree }) = self.snapshot.branches.get(branch) else {
            return Err(Problem::NoBranch(branch.clone()));
        };
        Ok((tip, self.trees.entry(branch.clone()).or_insert_with(|| Layered::new(Arc::clone(tree)))))
    }

    /// What went wrong in a branch's files.
    pub(crate) fn problem(&self, branch: &BranchId, error: ResourceError) -> Problem {
        match self.snapshot.branches.get(branch) {
            Some(Branch { tip, .. }) => Problem::Files {
                error: Box::new(error),
                branch: branch.clone(),
                commit: tip.short().to_owned(),
            },
            None => Problem::NoBranch(branch.clone()),
        }
    }

    fn moved(
        &mut self,
        pipeline: &Pipeline,
        phase: &Phase,
        by: (Cause, Vec<String>),
        (from, to): (State, State),
        branch: BranchId,
    ) -> Result<Move, Problem> {
        let changes = edit(&*pipeline.codec, &pipeline.scope(phase), self.tree(&branch)?.1, &to);
        self.applied(pipeline.id(phase), by, (from, to), branch, changes)
    }

    /// A move that is part of a rollout.
    pub(crate) fn steered(
        &mut self,
        pipeline: &Pipeline,
        phase: &Phase,
        by: (Cause, Vec<String>),
        states: (State, State),
        branch: BranchId,
        course: Course,
    ) -> Result<Move, Problem> {
        let changes = course.changes(&*pipeline.codec, self.tree(&branch)?.1);
        let planned = self.applied(pipeline.id(phase), by, states, branch, changes)?;
        Ok(Move { course: Some(Box::new(course)), ..planned })
    }

    fn applied(
        &mut self,
        id: PhaseId,
        (cause, upstreams): (Cause, Vec<String>),
        (from, to): (State, State),
        branch: BranchId,
        changes: Result<Vec<FileChange>, ResourceError>,
    ) -> Result<Move, Problem> {
        let changes = changes.map_err(|error| self.problem(&branch, error))?;
        let (tip, tree) = self.tree(&branch)?;
        tree.apply(&changes);
        let tip = tip.clone();
        Ok(Move {
            id,
            cause,
            upstreams,
            from,
            to,
            branch,
            tip,
            changes,
            gates: Vec::new(),
            forced: None,
            course: None,
            quarantine: None,
        })
    }
}

/// Writes a state into a tree and reads it back: what was not written faithfully is refused.
///
/// # Errors
/// When the state cannot be written, or does not read back as itself.
pub(crate) fn edit(
    codec: &dyn Codec,
    scope: &Scope,
    tree: &Layered,
    state: &State,
) -> Result<Vec<FileChange>, ResourceError> {
    let mut edit = Edit::new(tree);
    codec.write(state, &mut edit, scope)?;
    let changes = edit.changes()?;
    let mut after = tree.clone();
    after.apply(&changes);
    let (_, read) = codec.read(&after, scope);
    let read = read?;
    if !read.same(state) {
        return Err(ResourceError::Other(format!(
            "{} wrote {} but reads back as {}; its `write` and `read` do not agree",
            codec.name(),
            state.digest,
            read.digest
        )));
    }
    Ok(changes)
}

#[cfg(test)]
mod tests;
