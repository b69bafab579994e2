//! What there is to tell, by what was found and what was made.

use std::collections::BTreeMap;

use super::{Environment, Sight};
use crate::access::Access;
use crate::forge::{Fate, StatusState};
use crate::gate::{Report, Verdict};
use crate::history::{Arrival, Depth, histories};
use crate::model::{PhaseId, Selection, State, System};
use crate::observe::{BranchId, Problem};
use crate::plan::{Cause, Plan, verification};
use crate::promote::{Outcome, Promotion};
use crate::rollout::{Progress, Rollout, Turn};
use crate::source::git::CommitId;

/// Something to tell of a commit.
#[derive(Debug)]
pub(super) struct Word<'a> {
    pub(super) id: &'a PhaseId,
    pub(super) environment: &'a Environment,
    pub(super) branch: BranchId,
    pub(super) commit: CommitId,
    pub(super) state: StatusState,
    /// In a few words.
    pub(super) says: String,
    /// The proposal that brought it.
    pub(super) proposal: Option<String>,
    /// Whether it was found, so that the forge may know it already, and not made just now.
    pub(super) is_found: bool,
}

/// What was made.
pub(super) fn made<'a>(system: &'a System, outcome: &'a Outcome) -> Vec<Word<'a>> {
    let words = outcome.results.iter().filter_map(|(id, result)| {
        let promotion = result.as_ref().ok()?;
        promotion.promotion.as_ref()?;
        let (_, phase) = system.phase(id).filter(|_| promotion.proposal.is_none())?;
        let environment = phase.tells_forge.as_ref()?;
        let step = promotion.course.as_ref().filter(|course| course.step.is_some());
        let (state, says) = match step {
            Some(course) => {
                (StatusState::Pending, format!("rolling out {}: {}", course.candidate, course.place()))
            }
            None if phase.verification.is_empty() => {
                (StatusState::Passed, came(promotion.cause, &promotion.state))
            }
            None => {
                let came = came(promotion.cause, &promotion.state);
                (StatusState::Pending, format!("{came}; not verified yet"))
            }
        };
        let (branch, commit) = (promotion.branch.clone(), promotion.commit.clone());
        Some(Word { id, environment, branch, commit, state, says, proposal: None, is_found: false })
    });
    words.collect()
}

/// What was found: how the states are doing that promotions brought, whoever merged or pushed them.
///
/// # Errors
/// When a history cannot be read.
pub(super) fn found<'a>(
    system: &'a System,
    access: &Access,
    plan: &'a Plan,
    sight: Sight<'_>,
    outcome: &Outcome,
) -> Result<Vec<Word<'a>>, Problem> {
    let mut told: BTreeMap<&PhaseId, &Environment> = BTreeMap::new();
    for entry in &plan.entries {
        if let Some(environment) = system.phase(&entry.id).and_then(|(_, phase)| phase.tells_forge.as_ref()) {
            told.insert(&entry.id, environment);
        }
    }
    let Sight { snapshot, facts } = sight;
    let still = told.keys().filter(|id| !facts.rollouts.contains_key(**id));
    let still = Selection::of(still.map(|id| (*id).clone()));
    let histories = match still.is_empty() {
        true => crate::history::Histories::default(),
        false => histories(system, access, snapshot, &still, Depth::States(1))?,
    };
    let mut words = Vec::new();
    for (id, environment) in told {
        let Some((pipeline, phase)) = system.phase(id) else { continue };
        let Some(observation) = snapshot.phases.get(id) else { continue };
        let (Some(branch), Ok(state)) = (observation.branch(), &observation.state) else { continue };
        let (commit, (says_state, says)) = match (&phase.rollout, facts.rollouts.get(id)) {
            (Some(rollout), Some(progress)) => {
                let made = outcome.results.iter().find(|(moved, _)| moved == id);
                let made = made.and_then(|(_, result)| result.as_ref().ok());
                (progress.commit.clone(), under_way(rollout, progress, made))
            }
            _ => {
                // What came by other means is nobody's promotion.
                let Some((arrival, cause)) = histories.of(id).first().and_then(promoted) else { continue };
                let reports = verification(pipeline, phase, state, facts, snapshot.at);
                (arrival.commit.clone(), stands(&came(cause, state), &reports))
            }
        };
        words.push(Word {
            id,
            environment,
            branch: branch.clone(),
            commit,
            state: says_state,
            says,
            proposal: merged(sight, id, state),
            is_found: true,
        });
    }
    Ok(words)
}

fn promoted(arrival: &Arrival) -> Option<(&Arrival, Cause)> {
    Some((arrival, arrival.promotion.as_ref()?.cause))
}

/// How a state came, in words.
fn came(cause: Cause, state: &State) -> String {
    match cause {
        Cause::Promotion => format!("promoted {state}"),
        Cause::Rollback => format!("rolled back to {state}"),
        Cause::Abort => format!("gave the rollout up: back in {state}"),
    }
}

/// How a state is doing that is there.
fn stands(came: &str, reports: &[Report]) -> (StatusState, String) {
    let of = |wanted: &dyn Fn(&Verdict) -> bool| reports.iter().find(|report| wanted(&report.verdict));
    if let Some(report) = of(&|verdict| *verdict == Verdict::Fail) {
        return (StatusState::Failed, format!("{came}; `{}` says fail: {}", report.gate.name, report.reason));
    }
    match of(&|verdict| !verdict.opens()) {
        Some(report) => (StatusState::Pending, format!("{came}; `{}` is not passed yet", report.gate.name)),
        None if reports.is_empty() => (StatusState::Passed, came.to_owned()),
        None => (StatusState::Passed, format!("{came}; verified")),
    }
}

/// How a rollout's step is doing, or what it has come to by what was made just now.
fn under_way(rollout: &Rollout, progress: &Progress, made: Option<&Promotion>) -> (StatusState, String) {
    let (candidate, step) = (&progress.candidate, progress.step);
    let turn = made.filter(|made| made.promotion.is_some()).and_then(|made| made.course.as_ref());
    match turn.map(|course| (course.turn, course)) {
        Some((Turn::Abort | Turn::Withdraw, _)) => {
            (StatusState::Failed, format!("gave the rollout of {candidate} up at step {step}"))
        }
        Some((_, course)) => (StatusState::Passed, format!("went on to {}", course.place())),
        None => {
            let place = format!("step {step} of {}, {} %", rollout.count(), rollout.share(step));
            (StatusState::Pending, format!("rolling out {candidate}: {place}"))
        }
    }
}

/// Where people merged the proposal of a state.
fn merged(sight: Sight<'_>, id: &PhaseId, state: &State) -> Option<String> {
    let proposed = sight.facts.proposals.get(id)?.as_ref().ok()?;
    let is_of_it = proposed.mark.as_ref().is_some_and(|mark| mark.state == state.digest);
    let proposal = proposed.proposal.as_ref()?;
    (is_of_it && matches!(proposal.fate, Fate::Merged { .. })).then(|| proposal.url.clone())
}
