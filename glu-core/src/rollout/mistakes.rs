//! What makes no sense in a rollout: the system is refused at start, each mistake at its own place.

use std::collections::BTreeSet;

use super::Rollout;
use super::number::written;
use crate::model::{Phase, Refusal};
use crate::path::name::malformed;
use crate::path::{Path, Template};

/// The refusals of the rollouts and automatic rollbacks of a pipeline's phases; `fed` tells whether states move into a phase.
pub(crate) fn refusals<'a>(
    phases: impl Iterator<Item = &'a Phase> + Clone,
    fed: impl Fn(&Phase) -> bool,
) -> Vec<Refusal> {
    let names: BTreeSet<&str> = phases.clone().map(|phase| phase.name.as_str()).collect();
    let mut places: BTreeSet<&str> = BTreeSet::new();
    let mut refusals = Vec::new();
    for phase in phases {
        if let Some(at) = phase.retreats
            && phase.verification.is_empty()
        {
            let sentence = format!(
                "phase `{}` rolls back when its verification fails, and nothing is verified; add `.verify(...)`",
                phase.name
            );
            refusals.push(Refusal::new(at, sentence));
        }
        let Some(rollout) = &phase.rollout else { continue };
        let mut refuse = |at, sentence: String| {
            refusals.push(Refusal::new(at, format!("the rollout of phase `{}`: {sentence}", phase.name)));
        };
        if !fed(phase) {
            refuse(rollout.declared, "nobody feeds the phase, so nothing is ever rolled out".to_owned());
        }
        if phase.proposing.is_some() {
            let why = "its steps follow each other by themselves, and proposals wait for people";
            refuse(rollout.declared, format!("{why}; take `.propose()` or `.rollout(...)` away"));
        }
        if let Some(place) = &rollout.place {
            if let Some(reason) = malformed(place) {
                refuse(rollout.declared, format!("the candidate's place `{place}` {reason}"));
            }
            if names.contains(place.as_str()) {
                refuse(
                    rollout.declared,
                    format!("the candidate's place `{place}` is a phase of the pipeline"),
                );
            }
            if !places.insert(place) {
                refuse(rollout.declared, format!("another rollout has the candidate's place `{place}` too"));
            }
        }
        for (at, sentence) in rollout.mistakes.iter().cloned().chain(of(rollout)) {
            refuse(at, sentence);
        }
    }
    refusals
}

fn of(rollout: &Rollout) -> Vec<(crate::model::Declared, String)> {
    let mut mistakes = Vec::new();
    if rollout.steps.is_empty() {
        mistakes.push((rollout.declared, "it has no steps; add `.step(percent(...))`".to_owned()));
    }
    if rollout.numbers.is_empty() && rollout.place.is_none() {
        mistakes
            .push((rollout.declared, "in place, it needs a number that tells the steps apart".to_owned()));
    }
    for number in &rollout.numbers {
        let placed = Template::parse(&number.file)
            .map(drop)
            .map_err(|error| format!("file `{}`: {error}", number.file))
            .and_then(|()| {
                Path::parse(&number.at).map(drop).map_err(|error| format!("path `{}`: {error}", number.at))
            });
        mistakes.extend(placed.err().map(|mistake| (number.declared, mistake)));
        mistakes.extend(number.mistake(rollout).map(|mistake| (number.declared, mistake)));
    }
    let mut before: Option<(u32, Vec<String>)> = None;
    for (step, position) in rollout.steps.iter().zip(1..) {
        let mut refuse = |sentence: String| mistakes.push((step.declared, sentence));
        match step.share {
            0 => refuse("a step to 0 % is none".to_owned()),
            100 if rollout.place.is_none() => {
                refuse("in place, 100 % is the end, which comes by itself after the last step".to_owned());
            }
            101.. => refuse(format!("{} % is more than there is", step.share)),
            _ => {}
        }
        let numbers: Vec<String> =
            rollout.numbers.iter().map(|number| written(number.at_step(rollout, position))).collect();
        if let Some((share, same)) = &before {
            if *share >= step.share {
                refuse(format!("steps go up, and {} % comes after {share} %", step.share));
            } else if *same == numbers {
                refuse(format!("from {share} % to {} % nothing changes in the files", step.share));
            }
        }
        before = Some((step.share, numbers));
        let gates = step.gates.iter().flat_map(crate::gate::Gate::mistakes);
        mistakes.extend(gates.map(|mistake| (step.declared, mistake)));
    }
    if let (None, Some((share, last))) = (&rollout.place, before)
        && rollout.numbers.iter().map(|number| written(number.end())).eq(last)
    {
        mistakes.push((rollout.declared, format!("from {share} % to the end nothing changes in the files")));
    }
    let gates = rollout.gates.iter().chain(&rollout.live);
    mistakes
        .extend(gates.flat_map(|gate| gate.mistakes().into_iter().map(|mistake| (gate.declared(), mistake))));
    mistakes
}
