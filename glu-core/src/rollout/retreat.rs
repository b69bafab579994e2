//! Automatic rollback: when what runs has failed its verification for good, the phase goes back to what it ran before.

use std::collections::BTreeMap;

use super::Progress;
use crate::access::Access;
use crate::facts::Facts;
use crate::gate::{Report, Verdict};
use crate::history::{Arrival, Depth, histories};
use crate::model::{PhaseId, Selection, State, System};
use crate::observe::{Problem, Snapshot};
use crate::plan::{Cause, Guard, Hold, verification};
use crate::rollback::previous;

/// How many older states are searched for one to go back to.
const DEPTH: usize = 100;

/// Where a phase can go back to.
#[derive(Debug, Clone)]
pub struct Retreat {
    /// The newest state of its history that is another one and not known to be bad.
    pub to: Option<State>,
    /// Whether the state it is in was itself brought back by a rollback.
    pub again: bool,
}

/// Looks where the phases of a selection that ask for it, and whose verification has failed, can go back to.
///
/// # Errors
/// When the history cannot be read.
pub(crate) fn retreats(
    system: &System,
    access: &Access,
    snapshot: &Snapshot,
    selection: &Selection,
    facts: &Facts,
) -> Result<BTreeMap<PhaseId, Retreat>, Problem> {
    let failing = failing(system, snapshot, selection, facts);
    if failing.is_empty() {
        return Ok(BTreeMap::new());
    }
    let asked = Selection::of(failing.iter().map(|(id, _)| id.clone()));
    let histories = histories(system, access, snapshot, &asked, Depth::States(DEPTH))?;
    let retreat = |(id, state): (PhaseId, State)| {
        let history = histories.of(&id);
        let cause = history.first().and_then(|arrival| arrival.promotion.as_ref()).map(|record| record.cause);
        let again = cause == Some(Cause::Rollback);
        let retreat = Retreat { again, ..Retreat::from(&id, &state, history, facts) };
        (id, retreat)
    };
    Ok(failing.into_iter().map(retreat).collect())
}

/// The phases that are to go back where their verification fails, and whose has failed, with the states they are in.
pub(crate) fn failing(
    system: &System,
    snapshot: &Snapshot,
    selection: &Selection,
    facts: &Facts,
) -> Vec<(PhaseId, State)> {
    let mut failing = Vec::new();
    for id in selection.iter() {
        let Some((pipeline, phase)) = system.phase(id).filter(|(_, phase)| phase.retreats.is_some()) else {
            continue;
        };
        let Some(Ok(state)) = snapshot.phases.get(id).map(|observation| &observation.state) else { continue };
        if failed(&verification(pipeline, phase, state, facts, snapshot.at)).is_some() {
            failing.push((id.clone(), state.clone()));
        }
    }
    failing
}

impl Retreat {
    /// Where a phase in this state can go back to, by its history, newest first; whether it came by a rollback is not looked at.
    pub(crate) fn from(id: &PhaseId, state: &State, history: &[Arrival], facts: &Facts) -> Self {
        let bad = |other: &State| other.same(state) || facts.ledger.quarantine(id, &other.digest).is_some();
        Self { to: previous(history, |other| !bad(other)).ok().cloned(), again: false }
    }
}

/// What became of the question whether to go back.
pub(crate) enum Answer {
    /// To this state, because of this.
    Back(State, String),
    /// It ought to go back, and does not.
    Held(Hold),
}

/// Whether a phase goes back, and where to; none where nothing has failed. While a rollout is under way that decides.
pub(crate) fn retreat(guard: &Guard<'_>, state: &State, progress: Option<&Progress>) -> Option<Answer> {
    let Guard { pipeline, phase, facts, now } = *guard;
    if phase.retreats.is_none() || progress.is_some() {
        return None;
    }
    let id = pipeline.id(phase);
    let reason = failed(&verification(pipeline, phase, state, facts, now))?;
    let retreat = facts.retreats.get(&id)?;
    if let Some(pin) = facts.ledger.pin(&id, now) {
        return Some(Answer::Held(Hold::Pinned(pin.clone())));
    }
    let held = |why: &str| {
        Answer::Held(Hold::Undecided(format!(
            "{reason}, and {why}; `glu rollback {id}` goes back, `glu check --retry REASON {id}` looks anew"
        )))
    };
    Some(match &retreat.to {
        // Where the state before fails as well, the fault is more likely in what both have in common, or in the gate.
        _ if retreat.again => held("it was brought back by a rollback itself, so somebody has to look"),
        None => held("there is no older state to go back to that is not known to be bad"),
        Some(to) => Answer::Back(State { drift: Vec::new(), ..to.clone() }, reason),
    })
}

/// What has failed for good, in a sentence.
pub(super) fn failed(reports: &[Report]) -> Option<String> {
    reports
        .iter()
        .find(|report| report.verdict == Verdict::Fail)
        .map(|report| format!("gate `{}` says fail: {}", report.gate.name, report.reason))
}
