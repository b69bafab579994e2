//! Plan: which states move where, the exact patch, and what holds the rest. A pure function of a snapshot and the facts.
//!
//! A `Guard` says what stands in a state's way, `turn` what becomes of a phase, and `Edits` writes the patches, each on top of those before it.

mod edits;
mod guard;
mod moves;
mod standing;
mod turn;

use jiff::Timestamp;

use crate::facts::Facts;
use crate::model::{Phase, PhaseId, Pipeline, Selection, State, System};
use crate::observe::{Problem, Snapshot};
use crate::propose::{self, Cleanup};
use crate::rollout::Underway;

pub(crate) use edits::{Edits, edit, in_files};
pub use guard::verification;
pub(crate) use guard::{Guard, closed};
pub use moves::{Cause, Move};
pub use standing::{Hold, Standing};
use turn::standing;

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
    /// What is no longer wanted of its proposal.
    pub cleanup: Option<Box<Cleanup>>,
}

/// What else waits for a phase that takes one state after another.
#[derive(Debug, Clone)]
pub struct Line {
    /// How many wait behind the one that comes next.
    pub behind: usize,
    /// Those that are passed over, and why.
    pub passed_over: Vec<(State, Hold)>,
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
                let cleanup = cleanup(snapshot, facts, &id, &standing);
                entries.push(Entry { id, standing, queue, rollout: rollout.map(Box::new), cleanup });
            }
        }
    }
    Plan { at: snapshot.at, fingerprint: system.fingerprint(), entries }
}

/// What is no longer wanted of a phase's proposal.
fn cleanup(snapshot: &Snapshot, facts: &Facts, id: &PhaseId, standing: &Standing) -> Option<Box<Cleanup>> {
    let proposed = facts.proposals.get(id)?.as_ref().ok()?;
    let (_, base) = in_files(snapshot, id).ok()?;
    propose::leftover(proposed, &base, id, standing, (&facts.ledger, snapshot.at)).map(Box::new)
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

#[cfg(test)]
pub(crate) mod tests;
