//! The patches of a plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Cause, Move};
use crate::model::{Codec, Phase, PhaseId, Pipeline, ResourceError, Scope, State};
use crate::observe::{Branch, BranchId, Problem, Seen, Snapshot};
use crate::propose::{self, Offer, Proposed, Step, Way};
use crate::rollout::Course;
use crate::source::git::CommitId;
use crate::tree::{Edit, FileChange, Layered};

/// The edits of a plan: several moves on one branch see each other's changes, as they will when they are promoted.
#[derive(Clone)]
pub(crate) struct Edits<'a> {
    snapshot: &'a Snapshot,
    trees: BTreeMap<BranchId, Layered>,
}

impl<'a> Edits<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, trees: BTreeMap::new() }
    }

    /// A branch's tip, and its files with the changes of the moves so far.
    pub(crate) fn tree(&mut self, branch: &BranchId) -> Result<(&'a CommitId, &mut Layered), Problem> {
        let Some(Branch { tip, tree }) = self.snapshot.branches.get(branch) else {
            return Err(Problem::NoBranch(branch.clone()));
        };
        Ok((tip, self.trees.entry(branch.clone()).or_insert_with(|| Layered::new(Arc::clone(tree)))))
    }

    /// What went wrong in a branch's files.
    pub(crate) fn problem(&self, branch: &BranchId, error: ResourceError) -> Problem {
        match self.snapshot.branches.get(branch) {
            Some(Branch { tip, .. }) => Problem::Files {
                error: Box::new(error),
                branch: branch.clone(),
                commit: tip.short().to_owned(),
            },
            None => Problem::NoBranch(branch.clone()),
        }
    }

    pub(super) fn moved(
        &mut self,
        pipeline: &Pipeline,
        phase: &Phase,
        by: (Cause, Vec<String>),
        (from, to): (State, State),
        branch: BranchId,
    ) -> Result<Move, Problem> {
        let changes = edit(&*pipeline.codec, &pipeline.scope(phase), self.tree(&branch)?.1, &to);
        let planned = self.applied(pipeline.id(phase), by, (from, to), branch, changes)?;
        // What there is of its proposal is seen when it is judged or made.
        let unknown = || Proposed::unknown(propose::head_branch(&planned.id));
        let way = match phase.proposing {
            Some(_) => Way::Propose(Box::new(Offer { step: Step::Open, proposed: unknown() })),
            None => Way::Push,
        };
        Ok(Move { way, ..planned })
    }

    /// A move that is part of a rollout.
    pub(crate) fn steered(
        &mut self,
        pipeline: &Pipeline,
        phase: &Phase,
        by: (Cause, Vec<String>),
        states: (State, State),
        branch: BranchId,
        course: Course,
    ) -> Result<Move, Problem> {
        let changes = course.changes(&*pipeline.codec, self.tree(&branch)?.1);
        let planned = self.applied(pipeline.id(phase), by, states, branch, changes)?;
        Ok(Move { course: Some(Box::new(course)), ..planned })
    }

    fn applied(
        &mut self,
        id: PhaseId,
        (cause, upstreams): (Cause, Vec<String>),
        (from, to): (State, State),
        branch: BranchId,
        changes: Result<Vec<FileChange>, ResourceError>,
    ) -> Result<Move, Problem> {
        let changes = changes.map_err(|error| self.problem(&branch, error))?;
        let (tip, tree) = self.tree(&branch)?;
        tree.apply(&changes);
        let tip = tip.clone();
        Ok(Move {
            id,
            cause,
            upstreams,
            from,
            to,
            branch,
            tip,
            changes,
            gates: Vec::new(),
            forced: None,
            course: None,
            quarantine: None,
            way: Way::Push,
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

pub(crate) fn in_files(snapshot: &Snapshot, id: &PhaseId) -> Result<(State, BranchId), Problem> {
    let observation = snapshot
        .phases
        .get(id)
        .ok_or_else(|| Problem::resource(ResourceError::Other(format!("phase {id} was not observed"))))?;
    match &observation.seen {
        Seen::Files { branch, .. } => Ok((observation.state.clone()?, branch.clone())),
        _ => Err(Problem::resource(ResourceError::Other(format!("nothing can be written to phase {id}")))),
    }
}
