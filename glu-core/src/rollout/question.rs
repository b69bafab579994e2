//! What a step's gates are asked: about the candidate, in that step of that rollout.

use super::{Progress, Rollout};
use crate::gate::{Case, Gate, Stay};
use crate::ledger::Subject;
use crate::model::State;
use crate::plan::Guard;

/// Puts the question of a step: first whether it is live, then of the gates of the whole rollout, then of its own.
pub(crate) fn of_step<'a, T>(
    guard: &Guard<'a>,
    rollout: &'a Rollout,
    progress: &Progress,
    from: &State,
    ask: impl Fn(&'a Gate, &Case<'_>) -> T,
) -> Vec<T> {
    let place = rollout.place.as_ref().unwrap_or(&guard.phase.name);
    let stay = Stay {
        phase: place.clone(),
        since: Some(progress.since),
        authors: progress.authors.clone(),
        healthy: true,
        failed: None,
    };
    let subject = subject(guard, progress);
    let case = Case {
        subject: &subject,
        state: &progress.candidate,
        from: Some(from),
        ledger: &guard.facts.ledger,
        upstreams: std::slice::from_ref(&stay),
        needed: 1,
        word: guard.facts.step_words.get(&subject.phase),
        now: guard.now,
    };
    let own = rollout.at(progress.step).into_iter().flat_map(|step| &step.gates);
    rollout.live.iter().chain(&rollout.gates).chain(own).map(|gate| ask(gate, &case)).collect()
}

/// What a step's samples are about.
pub(super) fn subject(guard: &Guard<'_>, progress: &Progress) -> Subject {
    Subject::new(guard.pipeline.id(guard.phase), progress.candidate.digest.clone())
        .in_step(&progress.rollout, progress.step)
}
