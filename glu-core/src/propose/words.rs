//! What forges say of changes, for gates that ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Proposed, head_branch};
use crate::access::Access;
use crate::facts::Arrived;
use crate::forge::{Fate, Forge, Purpose};
use crate::gate::{Gate, Word};
use crate::model::{Phase, PhaseId, Selection, StateDigest, System};
use crate::observe::{BranchId, Observation, Problem, Seen, Snapshot};
use crate::rollout::{Progress, Rollout};
use crate::source::git::CommitId;

/// What forges say of the changes that the selected phases would let in, where their gates ask: of their proposals, else of the commits that
/// brought the states upstream.
pub fn word(
    system: &System,
    access: &Access,
    snapshot: &Snapshot,
    selection: &Selection,
    proposals: &BTreeMap<PhaseId, Result<Proposed, Problem>>,
    arrivals: &BTreeMap<PhaseId, Arrived>,
) -> BTreeMap<PhaseId, Word> {
    let mut words = BTreeMap::new();
    for id in selection.iter() {
        let Some((pipeline, phase)) = system.phase(id) else { continue };
        if !phase.gates.iter().any(Gate::asks_forge) {
            continue;
        }
        let word = match (&phase.proposing, proposals.get(id)) {
            (Some(_), Some(Ok(proposed))) => of_proposal(proposed),
            (Some(_), Some(Err(problem))) => Word::Unknown(problem.to_string()),
            (Some(_), None) => Word::Nothing("no proposal is open".to_owned()),
            (None, _) => {
                let upstream = pipeline.upstreams(&phase.name).find_map(|upstream| {
                    let id = pipeline.id(upstream);
                    Some((upstream, arrivals.get(&id)?.landing.as_ref()?, snapshot.phases.get(&id)?))
                });
                match upstream {
                    Some((upstream, landing, observation)) => {
                        let Seen::Files { branch, .. } = &observation.seen else { continue };
                        of_commit(access, &pipeline.id(upstream), upstream, branch, &landing.commit)
                            .unwrap_or_else(|error| Word::Unknown(error.to_string()))
                    }
                    None => Word::Nothing("no commit brought the state upstream".to_owned()),
                }
            }
        };
        words.insert(id.clone(), word);
    }
    words
}

/// What forges say of the commits that brought states to where they run, where verifications of the phases ask; with the state's digest.
pub fn own_words(
    system: &System,
    access: &Access,
    snapshot: &Snapshot,
    selection: &Selection,
    arrivals: &BTreeMap<PhaseId, Arrived>,
) -> BTreeMap<PhaseId, (StateDigest, Word)> {
    let mut words = BTreeMap::new();
    for id in selection.iter() {
        let Some((_, phase)) = system.phase(id) else { continue };
        let Some(observation) = snapshot.phases.get(id) else { continue };
        let (Some(branch), Ok(state)) = (observation.branch(), &observation.state) else { continue };
        if !phase.verification.iter().any(Gate::asks_forge) {
            continue;
        }
        let word = match arrivals.get(id).and_then(|arrived| arrived.landing.as_ref()) {
            Some(landing) => of_commit(access, id, phase, branch, &landing.commit)
                .unwrap_or_else(|error| Word::Unknown(error.to_string())),
            None => Word::Unknown("the commit that brought the state is not known".to_owned()),
        };
        words.insert(id.clone(), (state.digest.clone(), word));
    }
    words
}

/// What forges say of the commits of rollouts' steps, where gates of the selected phases ask.
pub fn step_words(
    system: &System,
    access: &Access,
    snapshot: &Snapshot,
    selection: &Selection,
    rollouts: &BTreeMap<PhaseId, Progress>,
) -> BTreeMap<PhaseId, Word> {
    let mut words = BTreeMap::new();
    for (id, progress) in rollouts.iter().filter(|(id, _)| selection.contains(id)) {
        let Some((_, phase)) = system.phase(id) else { continue };
        let Some(branch) = snapshot.phases.get(id).and_then(Observation::branch) else { continue };
        if !phase.rollout.iter().flat_map(Rollout::asked).any(Gate::asks_forge) {
            continue;
        }
        let word = of_commit(access, id, phase, branch, &progress.commit)
            .unwrap_or_else(|error| Word::Unknown(error.to_string()));
        words.insert(id.clone(), word);
    }
    words
}

fn of_proposal(proposed: &Proposed) -> Word {
    match proposed.open() {
        Some(open) => Word::Said {
            of: format!("proposal #{}", open.number),
            commit: open.commit.clone(),
            statuses: proposed.statuses.clone(),
            reviews: Some(proposed.reviews.clone()),
        },
        None => Word::Nothing("no proposal is open".to_owned()),
    }
}

fn of_commit(
    access: &Access,
    id: &PhaseId,
    phase: &Phase,
    branch: &BranchId,
    commit: &CommitId,
) -> Result<Word, Problem> {
    let forge: Arc<dyn Forge> = access.forge_for(&branch.source, Purpose::Ask)?;
    let what = format!("asking {}", forge.describe());
    access.step(&what, || {
        let statuses = forge.statuses(commit.as_str())?;
        let proposal = match phase.proposing {
            Some(_) => forge.find(&head_branch(id), &branch.branch)?,
            None => None,
        };
        // Where the forge tells which commit has it, it is that one's proposal or none of it.
        let merged = proposal.filter(|proposal| match &proposal.fate {
            Fate::Merged { commit: Some(merged), .. } => merged == commit.as_str(),
            Fate::Merged { commit: None, .. } => true,
            _ => false,
        });
        let reviews = merged.as_ref().map(|merged| forge.reviews(merged.number)).transpose()?;
        Ok(Word::Said {
            of: format!("commit {} of {}", commit.short(), id.phase),
            // People looked at what was proposed, which a squash made another commit of.
            commit: merged.map_or_else(|| commit.to_string(), |merged| merged.commit),
            statuses,
            reviews,
        })
    })
}
