//! Where a rollout stands, read from the commits: the newest promotion of a phase says it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::Timestamp;

use super::places::{Scopes, files};
use super::{Rollout, places};
use crate::access::Access;
use crate::model::{Phase, PhaseId, Pipeline, Selection, State, System};
use crate::observe::{BranchId, Problem, Seen, Snapshot};
use crate::source::git::{CommitId, GitError, LogEntry, Repository};
use crate::trailer::{self, RolloutRecord};
use crate::tree::Tree;

/// A rollout under way.
#[derive(Debug, Clone)]
pub struct Progress {
    /// The promotion that began it.
    pub rollout: String,
    /// The step it is at, counted from 1.
    pub step: u32,
    /// The state that is rolled out.
    pub candidate: State,
    /// The step's commit.
    pub commit: CommitId,
    /// When that came to the branch.
    pub since: Timestamp,
    /// Who wrote that commit, and who is behind it where that was a bot, with their addresses as far as they are known.
    pub authors: Vec<String>,
    /// How things were before; or why that is not known, in a sentence.
    pub base: Result<Base, String>,
}

/// How things were before a rollout.
#[derive(Clone)]
pub struct Base {
    /// The commit.
    pub commit: CommitId,
    /// Its files.
    pub tree: Arc<dyn Tree>,
    /// The phase's state.
    pub phase: State,
    /// What stood at the candidate's place.
    pub candidate: State,
    /// The numbers.
    pub numbers: Vec<String>,
}

impl fmt::Debug for Base {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Base").field("commit", &self.commit).finish_non_exhaustive()
    }
}

/// Reads the rollouts that are under way in the selected phases.
///
/// # Errors
/// When a repository cannot be read.
pub(crate) fn progress(
    system: &System,
    access: &Access,
    snapshot: &Snapshot,
    selection: &Selection,
) -> Result<BTreeMap<PhaseId, Progress>, Problem> {
    let git = |error: GitError| Problem::Git(Arc::new(error));
    let mut found = BTreeMap::new();
    for id in selection.iter() {
        let Some((pipeline, phase)) = system.phase(id) else { continue };
        let (Some(rollout), Some(observation)) = (&phase.rollout, snapshot.phases.get(id)) else { continue };
        let Seen::Files { branch, .. } = &observation.seen else { continue };
        let Some(seen) = snapshot.branches.get(branch) else { continue };
        let repository = access.repository(&branch.source).map_err(git)?;
        let files: Vec<String> = files(pipeline, phase, rollout, &*seen.tree).into_iter().collect();
        let newest = access.step(&format!("reading the rollouts of {branch}"), || {
            newest(&repository, branch, &seen.tip, id, &files)
        });
        let Some((entry, record)) = newest.map_err(git)? else { continue };
        let Some(step) = record.step.filter(|step| *step > 0) else { continue };
        let tree = repository.tree(&entry.id).map_err(git)?;
        let scopes = Scopes::new(pipeline, phase, rollout);
        // Whoever rewrote the files of that commit beyond reading began no rollout.
        let Ok(candidate) = pipeline.codec.read(&*tree, &scopes.candidate).1 else { continue };
        let behind = trailer::record(&entry.trailers).and_then(|record| record.actor);
        let author = format!("{} <{}>", entry.author_name, entry.author_email);
        found.insert(
            id.clone(),
            Progress {
                rollout: record.id,
                step: step.min(rollout.count().max(1)),
                candidate: State { drift: Vec::new(), ..candidate },
                commit: entry.id.clone(),
                since: entry.committed_at,
                authors: [author].into_iter().chain(behind).collect(),
                base: base(&repository, pipeline, phase, rollout, &entry, record.base),
            },
        );
    }
    Ok(found)
}

/// The newest of a phase's promotions that touched its files, if it is part of a rollout.
fn newest(
    repository: &Repository,
    branch: &BranchId,
    tip: &CommitId,
    id: &PhaseId,
    files: &[String],
) -> Result<Option<(LogEntry, RolloutRecord)>, GitError> {
    let mut found = None;
    let mut failed = None;
    repository.touches(&branch.branch, tip, files, &mut |touches| {
        let ids: BTreeSet<CommitId> = touches.iter().map(|touch| touch.commit.clone()).collect();
        let mut entries = match repository.commits(&ids) {
            Ok(entries) => entries,
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        };
        for touch in touches {
            let Some(entry) = entries.remove(&touch.commit) else { continue };
            // Somebody who merged the branch into theirs, and pushed that, has put our commits behind a merge.
            let merged =
                if entry.parents.len() > 1 { repository.merged(&entry.id, files) } else { Ok(Vec::new()) };
            let brought = match merged {
                Ok(brought) => brought,
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            };
            for entry in brought.into_iter().chain([entry]) {
                if let Some(record) = trailer::record(&entry.trailers).filter(|record| record.id == *id) {
                    found = record.rollout.map(|rollout| (entry, rollout));
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    match failed {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

/// How things were before a rollout. A commit's message may say anything, so only a commit that the branch stands on is believed.
fn base(
    repository: &Repository,
    pipeline: &Pipeline,
    phase: &Phase,
    rollout: &Rollout,
    step: &LogEntry,
    named: Option<CommitId>,
) -> Result<Base, String> {
    let lost = |commit: &CommitId| {
        format!("the commit before the rollout, {}, is not in the branch's history here", commit.short())
    };
    let commit = named.ok_or_else(|| format!("commit {} does not say what was before", step.id.short()))?;
    if !repository.contains(&commit).unwrap_or(false)
        || !repository.is_ancestor(&commit, &step.id).unwrap_or(false)
    {
        return Err(lost(&commit));
    }
    let tree = repository.tree(&commit).map_err(|error| error.to_string())?;
    Base::read(pipeline, phase, rollout, commit, tree)
}

impl Base {
    /// How things are at a commit with these files; or why that is not known, in a sentence.
    pub(crate) fn read(
        pipeline: &Pipeline,
        phase: &Phase,
        rollout: &Rollout,
        commit: CommitId,
        tree: Arc<dyn Tree>,
    ) -> Result<Self, String> {
        let before = places::read(pipeline, phase, rollout, &*tree)
            .map_err(|error| format!("at the commit before the rollout, {}: {error}", commit.short()))?;
        let plain = |state: State| State { drift: Vec::new(), ..state };
        Ok(Self {
            commit,
            tree,
            phase: plain(before.phase),
            candidate: plain(before.candidate),
            numbers: before.numbers,
        })
    }
}
