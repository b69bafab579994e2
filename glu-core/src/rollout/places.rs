//! What stands at a rollout's places: the phase's state, the candidate's, and the numbers.

use std::collections::BTreeSet;

use super::number::{Number, Side};
use super::{NumberChange, Rollout};
use crate::binding::Located;
use crate::model::{Phase, Pipeline, ResourceError, Scope, State};
use crate::tree::Tree;

/// What stands at a rollout's places in a tree.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// The phase's state.
    pub(super) phase: State,
    /// What stands at the candidate's place; in place, that is the phase.
    pub(super) candidate: State,
    /// The numbers, in the rollout's order.
    pub(super) numbers: Vec<String>,
}

/// For whom a phase's files and its candidate's are read and written.
#[derive(Debug, Clone)]
pub(super) struct Scopes {
    pub(super) phase: Scope,
    pub(super) candidate: Scope,
}

impl Scopes {
    pub(super) fn new(pipeline: &Pipeline, phase: &Phase, rollout: &Rollout) -> Self {
        let phase = pipeline.scope(phase);
        Self { candidate: rollout.candidate_scope(&phase), phase }
    }

    pub(super) fn of(&self, number: &Number) -> &Scope {
        match number.side {
            Side::Phase => &self.phase,
            Side::Place => &self.candidate,
        }
    }
}

/// Reads the places. A number that a controller owns is refused.
///
/// # Errors
/// When a file or a place in it is missing, or a controller would write there too.
pub(super) fn read(
    pipeline: &Pipeline,
    phase: &Phase,
    rollout: &Rollout,
    tree: &dyn Tree,
) -> Result<Places, ResourceError> {
    let scopes = Scopes::new(pipeline, phase, rollout);
    let state = |scope: &Scope| pipeline.codec.read(tree, scope).1;
    let phase = state(&scopes.phase)?;
    let candidate = if rollout.place.is_some() { state(&scopes.candidate)? } else { phase.clone() };
    let numbers = rollout.numbers.iter().map(|number| {
        let located = Located::at(&number.file, &number.at, scopes.of(number))?;
        let text = located.read(tree)?;
        match located.object_kind(tree)? {
            Some((version, kind)) if is_controlled(&version, &kind) => Err(ResourceError::Other(format!(
                "{}: a {kind} ({version}) is followed by a controller that moves the weights itself, and would take back what is written; \
                 leave `.rollout(...)` out and observe the controller by a gate",
                located.file
            ))),
            _ => Ok(text),
        }
    });
    Ok(Places { phase, candidate, numbers: numbers.collect::<Result<_, _>>()? })
}

/// Whether a controller moves the weights of such an object.
fn is_controlled(version: &str, kind: &str) -> bool {
    let group = version.split('/').next().unwrap_or_default();
    (group == "argoproj.io" && kind == "Rollout") || (group == "flagger.app" && kind == "Canary")
}

/// Every file that a rollout writes to, whether it is there or not.
pub(super) fn files(
    pipeline: &Pipeline,
    phase: &Phase,
    rollout: &Rollout,
    tree: &dyn Tree,
) -> BTreeSet<String> {
    let scopes = Scopes::new(pipeline, phase, rollout);
    let mut files = pipeline.codec.read(tree, &scopes.phase).0;
    files.extend(pipeline.codec.read(tree, &scopes.candidate).0);
    let places =
        rollout.numbers.iter().map(|number| Located::at(&number.file, &number.at, scopes.of(number)));
    files.extend(places.filter_map(Result::ok).map(|located| located.file));
    files
}

/// The change of a number from what stands there to what is wanted; what says the same already stays as it is written.
pub(super) fn change(number: &Number, scopes: &Scopes, from: &str, wanted: String) -> NumberChange {
    NumberChange {
        file: number.file.clone(),
        at: number.at.clone(),
        scope: scopes.of(number).clone(),
        from: from.to_owned(),
        to: if super::number::says(from, &wanted) { from.to_owned() } else { wanted },
    }
}
