//! What becomes of a phase: whether a state comes in or goes back, and how.

use jiff::Timestamp;

use super::{Cause, Edits, Guard, Hold, Move, Standing, in_files};
use crate::gate::Gate;
use crate::model::{Join, ResourceError, State};
use crate::observe::{Observation, Problem, Seen, Snapshot};
use crate::propose::{self, Offer, Proposed, Step, Template, Way};
use crate::rollout::{self, Underway};

/// What becomes of a phase; `next` is the state whose turn it is, where it takes one after another and any waits.
pub(super) fn standing<'a>(
    guard: &Guard<'_>,
    next: Option<&State>,
    snapshot: &'a Snapshot,
    edits: &mut Edits<'a>,
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
        Some(rollout::Answer::Back(to, why)) => going_back(guard, state, (to, why), snapshot, edits),
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

/// How a phase stands that goes back to a state, and why.
fn going_back<'a>(
    guard: &Guard<'_>,
    state: &State,
    (to, why): (State, String),
    snapshot: &'a Snapshot,
    edits: &mut Edits<'a>,
) -> Standing {
    let (pipeline, phase) = (guard.pipeline, guard.phase);
    let mut aside = Edits::new(snapshot);
    let edits = if phase.proposing.is_some() { &mut aside } else { edits };
    let moved = in_files(snapshot, &pipeline.id(phase)).and_then(|(from, branch)| {
        edits.moved(pipeline, phase, (Cause::Rollback, Vec::new()), (from, to), branch)
    });
    let planned = match moved {
        Ok(planned) => Move { quarantine: Some(why), ..planned },
        Err(problem) => return Standing::Broken(problem),
    };
    match &phase.proposing {
        Some(template) => offered(guard, state, template, Vec::new(), planned),
        None => Standing::Moves(Box::new(planned)),
    }
}

/// What becomes of a phase that nothing is under way in: whether it gets what its upstreams have.
fn coming_in<'a>(
    guard: &Guard<'_>,
    state: &State,
    candidate: Result<(State, Vec<String>), Box<Hold>>,
    snapshot: &'a Snapshot,
    edits: &mut Edits<'a>,
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
    // A move that is held is shown with its patch, but those behind it on the branch do not stand on it; nor on one that is proposed.
    let mut aside = match phase.proposing {
        Some(_) => Edits::new(snapshot),
        None => edits.clone(),
    };
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
    let planned = match moved {
        Ok(planned) => Move { gates, ..planned },
        Err(problem) => return Standing::Broken(problem),
    };
    match &phase.proposing {
        Some(template) => offered(guard, state, template, holds, planned),
        None if holds.is_empty() => {
            *edits = aside;
            Standing::Moves(Box::new(planned))
        }
        None => Standing::Held { state: state.clone(), holds, held: Some(Box::new(planned)) },
    }
}

/// How a phase stands whose move is proposed.
fn offered(
    guard: &Guard<'_>,
    state: &State,
    template: &Template,
    mut holds: Vec<Hold>,
    planned: Move,
) -> Standing {
    let proposed = match guard.facts.proposals.get(&planned.id) {
        Some(Ok(proposed)) => proposed.clone(),
        // Whatever holds it can be told without the forge.
        Some(Err(_)) | None if !holds.is_empty() => {
            return Standing::Held { state: state.clone(), holds, held: None };
        }
        Some(Err(problem)) => return Standing::Broken(problem.clone()),
        None => Proposed::unknown(propose::head_branch(&planned.id)),
    };
    let step = match propose::judge(&proposed, &planned, template) {
        Ok(judged) => judged.step,
        Err(hold) => {
            holds.push(*hold);
            if proposed.open().is_some() { Step::Update } else { Step::Open }
        }
    };
    let way = Way::Propose(Box::new(Offer { step, proposed }));
    let planned = Box::new(Move { way, ..planned });
    match step {
        // What is proposed already may be merged by anybody: nothing holds it any more.
        Step::Wait if !holds.iter().any(Hold::is_decided) => {
            Standing::Proposed { state: state.clone(), planned }
        }
        _ if holds.is_empty() => Standing::Moves(planned),
        _ => Standing::Held { state: state.clone(), holds, held: Some(planned) },
    }
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
