//! Planning a rollout: what its next move is, and what holds it. A pure function of the files, the facts and the clock.

use jiff::Timestamp;

use super::course::{Course, StateChange, Turn};
use super::number::{says, written};
use super::places::{self, Places, Scopes, change};
use super::question::subject;
use super::retreat::failed;
use super::{Base, NumberChange, Progress, Rollout, of_step};
use crate::facts::Facts;
use crate::gate::words::after;
use crate::gate::{Gate, Report};
use crate::ledger::{Pause, Skip};
use crate::model::{PhaseId, ResourceError, State, System};
use crate::observe::{BranchId, Problem, Snapshot};
use crate::plan::{Cause, Edits, Guard, Hold, Move, Standing, closed, in_files, verification};
use crate::tree::Layered;

/// A rollout under way, as people and programs want to know it.
#[derive(Debug, Clone)]
pub struct Underway {
    /// The promotion that began it.
    pub rollout: String,
    /// The state that is rolled out.
    pub candidate: State,
    /// The step it is at, counted from 1.
    pub step: u32,
    /// How many steps there are.
    pub of: u32,
    /// The candidate's share, in percent.
    pub share: u32,
    /// Since when it is at this step: since the step's commit is live, as far as that is known.
    pub since: Timestamp,
    /// Until when the step lasts at least.
    pub until: Timestamp,
    /// What the step's gates say.
    pub gates: Vec<Report>,
    /// Who holds it at this step.
    pub paused: Option<Pause>,
    /// Who cut the step short.
    pub skipped: Option<Skip>,
    /// A newer state that waits to take its place.
    pub newer: Option<Newer>,
}

/// A newer state that a rollout would begin again with.
#[derive(Debug, Clone)]
pub struct Newer {
    /// The state.
    pub state: State,
    /// The upstreams that have it.
    pub upstreams: Vec<String>,
    /// What is in its way.
    pub holds: Vec<Hold>,
}

/// The state that enough upstreams hold and who holds it, or why there is none.
pub(crate) type Candidate = Result<(State, Vec<String>), Box<Hold>>;

/// Plans a rollout that is under way; none where somebody has taken it out of the files.
///
/// # Errors
/// When its places cannot be read or written.
pub(crate) fn going_on(
    guard: &Guard<'_>,
    rollout: &Rollout,
    progress: &Progress,
    (state, branch): (&State, &BranchId),
    candidate: &Candidate,
    edits: &mut Edits<'_>,
) -> Result<Option<(Standing, Underway)>, Problem> {
    let mut underway = underway(guard, rollout, progress, state);
    let tree = edits.tree(branch)?.1.clone();
    let now = places::read(guard.pipeline, guard.phase, rollout, &tree)
        .map_err(|error| edits.problem(branch, error))?;
    let base = match &progress.base {
        Ok(base) => base,
        Err(why) => {
            let why = format!(
                "{why}; fetch the whole history (`fetch-depth: 0`), so that the rollout can be given up"
            );
            let held = Standing::Held { state: state.clone(), holds: vec![Hold::Undecided(why)], held: None };
            return Ok(Some((held, underway)));
        }
    };
    let under = Under {
        guard,
        rollout,
        progress,
        base,
        scopes: Scopes::new(guard.pipeline, guard.phase, rollout),
        now,
        branch,
    };
    if under.is_taken_out() {
        return Ok(None);
    }
    if let Some((turn, quarantine)) = under.given_up(&underway, candidate) {
        let planned = under.abort(turn, quarantine, edits)?;
        return Ok(Some((Standing::Moves(Box::new(planned)), underway)));
    }
    let mut aside = edits.clone();
    let (holds, planned) = under.next(&underway, candidate, &mut aside)?;
    if let Some((to, upstreams)) = under.newer(candidate) {
        let gates = guard.on_the_way_in(&base.phase, to, upstreams, Gate::report);
        let mut against = guard.holds(to, upstreams, &gates);
        against.extend(underway.paused.clone().map(Hold::Paused));
        let open = against.is_empty();
        underway.newer = Some(Newer { state: to.clone(), upstreams: upstreams.clone(), holds: against });
        if open {
            let otherwise = planned.filter(|_| holds.is_empty()).map(Box::new);
            let course = Course { otherwise, ..under.to_step(&under.now, Turn::Restart, to, 1) };
            let planned = under.moved(Cause::Promotion, upstreams.clone(), to.clone(), course, edits)?;
            return Ok(Some((Standing::Moves(Box::new(Move { gates, ..planned })), underway)));
        }
    }
    let standing = match planned {
        Some(planned) if holds.is_empty() => {
            *edits = aside;
            Standing::Moves(Box::new(planned))
        }
        held => Standing::Held { state: state.clone(), holds, held: held.map(Box::new) },
    };
    Ok(Some((standing, underway)))
}

/// The course that begins a rollout, and what is in its way in the files.
///
/// # Errors
/// When its places cannot be read.
pub(crate) fn begin(
    guard: &Guard<'_>,
    rollout: &Rollout,
    to: &State,
    tree: &Layered,
) -> Result<(Course, Option<Hold>), ResourceError> {
    let now = places::read(guard.pipeline, guard.phase, rollout, tree)?;
    let scopes = Scopes::new(guard.pipeline, guard.phase, rollout);
    let mut hold = None;
    for (number, text) in rollout.numbers.iter().zip(&now.numbers) {
        if let Some(rest) =
            number.at_rest().map(written).filter(|rest| rollout.place.is_some() && !says(text, rest))
        {
            hold.get_or_insert(Hold::Undecided(format!(
                "`{}` is {text} with no rollout under way; it has to be {rest} before one begins",
                number.at
            )));
        }
    }
    Ok((to_step(rollout, &scopes, &now, Turn::Begin, to, 1), hold))
}

/// Plans that a phase's rollout is given up, because somebody says so; none where none is under way.
///
/// # Errors
/// When its places cannot be read or written.
pub fn abort(
    system: &System,
    snapshot: &Snapshot,
    facts: &Facts,
    id: &PhaseId,
    reason: &str,
) -> Result<Option<Move>, Problem> {
    by_hand(system, snapshot, facts, id, |under, edits| {
        under.abort(Turn::Abort, Some(reason.to_owned()), edits).map(Some)
    })
}

/// Plans that a phase's rollout is written again as its step was; none where none is under way, or the files are as they should be.
///
/// # Errors
/// When its places cannot be read or written.
pub fn resume(
    system: &System,
    snapshot: &Snapshot,
    facts: &Facts,
    id: &PhaseId,
) -> Result<Option<Move>, Problem> {
    by_hand(system, snapshot, facts, id, |under, edits| {
        let Progress { candidate, step, .. } = under.progress;
        if under.tampered().is_none() {
            return Ok(None);
        }
        let course = under.to_step(&under.now, Turn::Again, candidate, *step);
        under.moved(Cause::Promotion, Vec::new(), candidate.clone(), course, edits).map(Some)
    })
}

fn by_hand(
    system: &System,
    snapshot: &Snapshot,
    facts: &Facts,
    id: &PhaseId,
    plan: impl Fn(&Under<'_>, &mut Edits<'_>) -> Result<Option<Move>, Problem>,
) -> Result<Option<Move>, Problem> {
    let Some((pipeline, phase)) = system.phase(id) else { return Ok(None) };
    let (Some(rollout), Some(progress)) = (&phase.rollout, facts.rollouts.get(id)) else { return Ok(None) };
    let guard = Guard { pipeline, phase, facts, now: snapshot.at };
    let (_, branch) = in_files(snapshot, id)?;
    let mut edits = Edits::new(snapshot);
    let tree = edits.tree(&branch)?.1.clone();
    let now = places::read(pipeline, phase, rollout, &tree).map_err(|error| edits.problem(&branch, error))?;
    let base = progress.base.as_ref().map_err(|why| Problem::resource(ResourceError::Other(why.clone())))?;
    let scopes = Scopes::new(pipeline, phase, rollout);
    plan(&Under { guard: &guard, rollout, progress, base, scopes, now, branch: &branch }, &mut edits)
}

fn underway(guard: &Guard<'_>, rollout: &Rollout, progress: &Progress, state: &State) -> Underway {
    let id = guard.pipeline.id(guard.phase);
    let ledger = &guard.facts.ledger;
    let hold = rollout.at(progress.step).map(|step| step.hold).unwrap_or_default();
    let gates = of_step(guard, rollout, progress, state, Gate::report);
    // While it is not live, its time has not begun.
    let live = gates.iter().take(rollout.live.len()).map(|report| match report.verdict.opens() {
        true => report.opened.unwrap_or(progress.since),
        false => guard.now,
    });
    let since = live.max().unwrap_or(progress.since).max(progress.since);
    Underway {
        rollout: progress.rollout.clone(),
        candidate: progress.candidate.clone(),
        step: progress.step,
        of: rollout.count(),
        share: rollout.share(progress.step),
        since,
        until: after(since, hold),
        gates,
        paused: ledger.pause(&id, &progress.rollout).cloned(),
        skipped: ledger.skip(&subject(guard, progress)).cloned(),
        newer: None,
    }
}

/// A rollout under way, with everything that its next move depends on.
struct Under<'a> {
    guard: &'a Guard<'a>,
    rollout: &'a Rollout,
    progress: &'a Progress,
    base: &'a Base,
    scopes: Scopes,
    now: Places,
    branch: &'a BranchId,
}

impl<'a> Under<'a> {
    fn beside(&self) -> bool {
        self.rollout.place.is_some()
    }

    /// Whether everything is as it was before, by somebody's hand: then nothing is under way any more.
    fn is_taken_out(&self) -> bool {
        let numbers = self.now.numbers.iter().zip(&self.base.numbers).all(|(now, before)| says(now, before));
        numbers && self.now.candidate.same(&self.base.candidate) && self.now.phase.same(&self.base.phase)
    }

    /// Whether and why it is given up, with the reason for which the candidate is quarantined, where it is not yet.
    fn given_up(&self, underway: &Underway, candidate: &Candidate) -> Option<(Turn, Option<String>)> {
        let Guard { pipeline, phase, facts, now } = *self.guard;
        let id = pipeline.id(phase);
        if facts.ledger.quarantine(&id, &self.progress.candidate.digest).is_some() {
            return Some((Turn::Abort, None));
        }
        let verified = match !self.beside() && phase.retreats.is_some() {
            true => failed(&verification(pipeline, phase, &self.now.phase, facts, now)),
            false => None,
        };
        if let Some(why) = failed(&underway.gates).or(verified) {
            let place = format!("step {} of {} of its rollout", underway.step, underway.of);
            return Some((Turn::Abort, Some(format!("{why}, in {place}"))));
        }
        match candidate {
            Ok((to, _)) if to.same(&self.base.phase) => Some((Turn::Withdraw, None)),
            _ => None,
        }
    }

    /// The state that the upstreams have moved on to.
    fn newer<'c>(&self, candidate: &'c Candidate) -> Option<(&'c State, &'c Vec<String>)> {
        let (to, upstreams) = candidate.as_ref().ok()?;
        let newer = !to.same(&self.progress.candidate) && !to.same(&self.now.phase);
        newer.then_some((to, upstreams))
    }

    /// What holds the next step, and the move that it is, where it can be made at all.
    fn next(
        &self,
        underway: &Underway,
        candidate: &Candidate,
        edits: &mut Edits<'_>,
    ) -> Result<(Vec<Hold>, Option<Move>), Problem> {
        let Guard { pipeline, phase, facts, now } = *self.guard;
        let id = pipeline.id(phase);
        let carried = &self.progress.candidate;
        let upstreams = match candidate {
            Ok((to, upstreams)) if to.same(carried) => upstreams.clone(),
            _ => Vec::new(),
        };
        if self.beside() && self.now.phase.same(carried) {
            // Somebody has brought the candidate into the phase: what is left to do is to put the rest back.
            let planned = self.moved(Cause::Promotion, upstreams, carried.clone(), self.end(), edits)?;
            return Ok((Vec::new(), Some(planned)));
        }
        if let Some(sentence) = self.tampered() {
            return Ok((vec![Hold::Undecided(sentence)], None));
        }
        let mut holds: Vec<Hold> =
            facts.ledger.freezes(&id, now).into_iter().cloned().map(Hold::Frozen).collect();
        holds.extend(facts.ledger.pin(&id, now).cloned().map(Hold::Pinned));
        holds.extend(underway.paused.clone().map(Hold::Paused));
        if underway.skipped.is_none() {
            if now < underway.until {
                let Underway { step, of, share, until, .. } = *underway;
                holds.push(Hold::Step { step, of, share, until });
            }
            if closed(&underway.gates) {
                holds.push(Hold::Gates(underway.gates.clone()));
            }
        }
        let step = underway.skipped.as_ref().and_then(|skip| skip.to).unwrap_or(self.progress.step + 1);
        let course = if step > self.rollout.count() {
            self.end()
        } else {
            self.to_step(&self.now, Turn::Advance, carried, step.max(self.progress.step + 1))
        };
        let planned = self.moved(Cause::Promotion, upstreams, carried.clone(), course, edits)?;
        Ok((holds, Some(Move { gates: underway.gates.clone(), ..planned })))
    }

    /// What in the files is not as the rollout left it, and the ways out.
    fn tampered(&self) -> Option<String> {
        let id = self.guard.pipeline.id(self.guard.phase);
        let Progress { candidate, step, .. } = self.progress;
        let at = format!("step {step} of {}", self.rollout.count());
        if self.beside() && !self.now.phase.same(&self.base.phase) {
            return Some(format!(
                "{id} is in {} by other hands, where the rollout began from {}; `glu abort {id}` gives the rollout up",
                self.now.phase, self.base.phase
            ));
        }
        let ways = format!("`glu resume {id}` writes it again, `glu abort {id}` gives the rollout up");
        if !self.now.candidate.same(candidate) {
            let place = &self.scopes.candidate.phase;
            return Some(format!("{place} is in {}, where {at} put {candidate}; {ways}", self.now.candidate));
        }
        self.rollout.numbers.iter().zip(&self.now.numbers).find_map(|(number, now)| {
            let wanted = written(number.at_step(self.rollout, *step));
            (!says(now, &wanted)).then(|| {
                format!("`{}` is {now} by other hands, where {at} wrote {wanted}; {ways}", number.at)
            })
        })
    }

    fn to_step(&self, now: &Places, turn: Turn, candidate: &State, step: u32) -> Course {
        let course = to_step(self.rollout, &self.scopes, now, turn, candidate, step);
        let rollout = (turn != Turn::Restart).then(|| self.progress.rollout.clone());
        Course { rollout, base: Some(self.base.commit.clone()), ..course }
    }

    /// The phase gets the candidate, and the numbers come to rest.
    fn end(&self) -> Course {
        let carried = &self.progress.candidate;
        let states = match self.beside() {
            true => vec![
                StateChange::new(&self.scopes.phase, &self.now.phase, carried),
                StateChange::new(&self.scopes.candidate, &self.now.candidate, &self.now.candidate),
            ],
            false => vec![StateChange::new(&self.scopes.phase, &self.now.phase, &self.now.phase)],
        };
        let wanted = self
            .rollout
            .numbers
            .iter()
            .zip(&self.base.numbers)
            .map(|(number, before)| if self.beside() { before.clone() } else { written(number.end()) });
        Course {
            turn: Turn::End,
            step: None,
            share: 100,
            states,
            numbers: self.numbers(wanted),
            ..self.course()
        }
    }

    /// Everything as before.
    fn back(&self, turn: Turn) -> Course {
        let states = match self.beside() {
            true => vec![
                StateChange::new(&self.scopes.phase, &self.now.phase, &self.now.phase),
                StateChange::new(&self.scopes.candidate, &self.now.candidate, &self.base.candidate),
            ],
            false => vec![StateChange::new(&self.scopes.phase, &self.now.phase, &self.base.phase)],
        };
        let numbers = self.numbers(self.base.numbers.iter().cloned());
        Course { turn, step: None, share: 0, states, numbers, exact: self.exact(), ..self.course() }
    }

    fn course(&self) -> Course {
        let Progress { candidate, step, .. } = self.progress;
        self.to_step(&self.now, Turn::Advance, candidate, *step)
    }

    fn numbers(&self, wanted: impl Iterator<Item = String>) -> Vec<NumberChange> {
        let numbers = self.rollout.numbers.iter().zip(&self.now.numbers).zip(wanted);
        numbers.map(|((number, now), wanted)| change(number, &self.scopes, now, wanted)).collect()
    }

    /// The files that the rollout changed, as it leaves them at this step, and as they were: found by doing the same again on what was before.
    fn exact(&self) -> Vec<(String, Vec<u8>, Vec<u8>)> {
        let before = Places {
            phase: self.base.phase.clone(),
            candidate: self.base.candidate.clone(),
            numbers: self.base.numbers.clone(),
        };
        let course = self.to_step(&before, Turn::Advance, &self.progress.candidate, self.progress.step);
        let tree = Layered::new(self.base.tree.clone());
        let changes = course.changes(&*self.guard.pipeline.codec, &tree).unwrap_or_default();
        changes.into_iter().filter_map(|change| Some((change.path, change.after?, change.before?))).collect()
    }

    fn abort(&self, turn: Turn, quarantine: Option<String>, edits: &mut Edits<'_>) -> Result<Move, Problem> {
        let course = self.back(turn);
        let to = if self.beside() { &self.now.phase } else { &self.base.phase };
        let planned = self.moved(Cause::Abort, Vec::new(), to.clone(), course, edits)?;
        Ok(Move { quarantine, ..planned })
    }

    fn moved(
        &self,
        cause: Cause,
        upstreams: Vec<String>,
        to: State,
        course: Course,
        edits: &mut Edits<'_>,
    ) -> Result<Move, Problem> {
        let (pipeline, phase) = (self.guard.pipeline, self.guard.phase);
        let from = State { drift: Vec::new(), ..self.now.phase.clone() };
        let to = State { drift: Vec::new(), ..to };
        edits.steered(pipeline, phase, (cause, upstreams), (from, to), self.branch.clone(), course)
    }
}

/// The course to a step from what stands at the places now.
fn to_step(
    rollout: &Rollout,
    scopes: &Scopes,
    now: &Places,
    turn: Turn,
    candidate: &State,
    step: u32,
) -> Course {
    let states = match rollout.place.is_some() {
        true => vec![
            StateChange::new(&scopes.phase, &now.phase, &now.phase),
            StateChange::new(&scopes.candidate, &now.candidate, candidate),
        ],
        false => vec![StateChange::new(&scopes.phase, &now.phase, candidate)],
    };
    let numbers = rollout
        .numbers
        .iter()
        .zip(&now.numbers)
        .map(|(number, text)| change(number, scopes, text, written(number.at_step(rollout, step))));
    Course {
        turn,
        rollout: None,
        candidate: candidate.clone(),
        step: Some(step),
        of: rollout.count(),
        share: rollout.share(step),
        base: None,
        states,
        numbers: numbers.collect(),
        otherwise: None,
        exact: Vec::new(),
    }
}
