//! Plan: which states move where, the exact patch, and what holds the rest. A pure function of a snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::facts::Facts;
use crate::gate::{Case, Gate, Report, Stay, Verdict};
use crate::ledger::{Freeze, Pin, Quarantine, Subject};
use crate::model::{Codec, Join, Phase, PhaseId, Pipeline, ResourceError, Scope, Selection, State, System};
use crate::observe::{Branch, BranchId, Observation, Problem, Seen, Snapshot};
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
}

/// Why a state is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It moves on from an upstream.
    Promotion,
    /// It comes back from the phase's own history.
    Rollback,
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
}

impl Move {
    /// Whether the phase keeps its state and only places that disagree with it are mended.
    pub fn mends(&self) -> bool {
        self.from.same(&self.to)
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
                let standing = standing(pipeline, phase, snapshot, facts, &mut edits);
                entries.push(Entry { id, standing });
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
    Edits::new(snapshot).moved(pipeline, phase, Cause::Rollback, Vec::new(), from, to, branch)
}

fn standing(
    pipeline: &Pipeline,
    phase: &Phase,
    snapshot: &Snapshot,
    facts: &Facts,
    edits: &mut Edits<'_>,
) -> Standing {
    let id = pipeline.id(phase);
    let Some(observation) = snapshot.phases.get(&id) else {
        return Standing::Broken(Problem::resource(ResourceError::Other(format!(
            "phase {id} was not observed"
        ))));
    };
    let state = match &observation.state {
        Ok(state) => state,
        Err(problem) => return Standing::Broken(problem.clone()),
    };
    let upstreams: Vec<(&str, &Observation)> = pipeline
        .upstreams(&phase.name)
        .filter_map(|upstream| Some((upstream.name.as_str(), snapshot.phases.get(&pipeline.id(upstream))?)))
        .collect();
    if upstreams.is_empty() {
        return Standing::Origin(state.clone());
    }
    let (to, holders) = match candidate(phase.join, &upstreams) {
        Ok(candidate) => candidate,
        Err(hold) => return Standing::Held { state: state.clone(), holds: vec![*hold], held: None },
    };
    if state.same(&to) && state.drift.is_empty() {
        return Standing::Current(state.clone());
    }
    let guard = Guard { pipeline, phase, facts, now: snapshot.at };
    let gates = guard.on_the_way_in(state, &to, &holders, Gate::report);
    let holds = guard.holds(&to, &holders, &gates);
    // A move that is held is shown with its patch, but those behind it on the branch do not stand on it.
    let mut aside = edits.clone();
    let edits = if holds.is_empty() { edits } else { &mut aside };
    let moved = in_files(snapshot, &id)
        .and_then(|(from, branch)| edits.moved(pipeline, phase, Cause::Promotion, holders, from, to, branch));
    match moved {
        Ok(planned) => {
            let planned = Box::new(Move { gates, ..planned });
            if holds.is_empty() {
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
        let subject = Subject { phase: self.pipeline.id(self.phase), state: to.digest.clone() };
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
        let stay = self.arrived(phase);
        let subject = Subject { phase: self.pipeline.id(phase), state: state.digest.clone() };
        let ledger = &self.facts.ledger;
        let upstreams = std::slice::from_ref(&stay);
        let case = Case { subject: &subject, state, from: None, ledger, upstreams, needed: 1, now: self.now };
        phase.verification.iter().map(|gate| ask(gate, &case)).collect()
    }

    fn needed(&self) -> usize {
        self.phase.join.needed(self.pipeline.upstreams(&self.phase.name).count())
    }

    fn holds(&self, to: &State, holders: &[String], gates: &[Report]) -> Vec<Hold> {
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
            .filter(|(_, reports)| closed(reports))
            .map(|(phase, reports)| Hold::Unverified { phase: phase.name.clone(), reports })
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

    /// How long an upstream has had the state, and how well.
    fn stay(&self, phase: &'a Phase, state: &State) -> Stay {
        let reports = self.of_what_runs(phase, state, Gate::report);
        let failed = reports
            .iter()
            .filter_map(|report| report.last.as_ref())
            .filter(|(_, sample)| sample.verdict == Verdict::Fail)
            .map(|(at, _)| *at)
            .max();
        Stay { healthy: !closed(&reports), failed, ..self.arrived(phase) }
    }

    fn arrived(&self, phase: &Phase) -> Stay {
        let arrived = self.facts.arrivals.get(&self.pipeline.id(phase));
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

fn closed(reports: &[Report]) -> bool {
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

fn in_files(snapshot: &Snapshot, id: &PhaseId) -> Result<(State, BranchId), Problem> {
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
struct Edits<'a> {
    snapshot: &'a Snapshot,
    trees: BTreeMap<BranchId, Layered>,
}

impl<'a> Edits<'a> {
    fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, trees: BTreeMap::new() }
    }

    #[expect(clippy::too_many_arguments, reason = "a move is made of so many parts")]
    fn moved(
        &mut self,
        pipeline: &Pipeline,
        phase: &Phase,
        cause: Cause,
        upstreams: Vec<String>,
        from: State,
        to: State,
        branch: BranchId,
    ) -> Result<Move, Problem> {
        let Some(Branch { tip, tree }) = self.snapshot.branches.get(&branch) else {
            return Err(Problem::NoBranch(branch));
        };
        let layered = self.trees.entry(branch.clone()).or_insert_with(|| Layered::new(Arc::clone(tree)));
        let changes = edit(&*pipeline.codec, &pipeline.scope(phase), layered, &to).map_err(|error| {
            Problem::Files { error: Box::new(error), branch: branch.clone(), commit: tip.short().to_owned() }
        })?;
        layered.apply(&changes);
        Ok(Move {
            id: pipeline.id(phase),
            cause,
            upstreams,
            from,
            to,
            tip: tip.clone(),
            branch,
            changes,
            gates: Vec::new(),
            forced: None,
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
