//! Looking: what forges and branches say of the phases that propose. One listing and one fetch for a repository.

use std::collections::{BTreeMap, BTreeSet};

use super::{Content, Proposed, body, head_branch};
use crate::access::Access;
use crate::announce::OWN;
use crate::forge::{Forge, ForgeError, Proposal};
use crate::model::{Phase, PhaseId, Pipeline, Selection, System};
use crate::observe::{BranchId, Problem, Seen, Snapshot, in_parallel};
use crate::plan::edit;
use crate::source::git::{CommitId, GitError, LogEntry, Repository};
use crate::trailer;
use crate::tree::Layered;

/// How many updates on top of a proposal's commit are looked through.
const UPDATES: usize = 16;

/// A phase that proposes, and where to.
pub(super) struct Asked<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) phase: &'a Phase,
    pub(super) base: BranchId,
    pub(super) tip: CommitId,
    pub(super) head: String,
}

impl<'a> Asked<'a> {
    pub(super) fn new(pipeline: &'a Pipeline, phase: &'a Phase, base: BranchId, tip: CommitId) -> Self {
        Self { pipeline, phase, base, tip, head: head_branch(&pipeline.id(phase)) }
    }
}

/// Looks at the proposals of those of the selected phases that propose.
pub fn look(
    system: &System,
    access: &Access,
    snapshot: &Snapshot,
    selection: &Selection,
) -> BTreeMap<PhaseId, Result<Proposed, Problem>> {
    let mut by_source: BTreeMap<String, Vec<Asked<'_>>> = BTreeMap::new();
    for id in selection.iter() {
        let Some((pipeline, phase)) = system.phase(id).filter(|(_, phase)| phase.proposing.is_some()) else {
            continue;
        };
        let Some(Seen::Files { branch, .. }) = snapshot.phases.get(id).map(|observation| &observation.seen)
        else {
            continue;
        };
        if let Some(base) = snapshot.branches.get(branch) {
            let asked = Asked::new(pipeline, phase, branch.clone(), base.tip.clone());
            by_source.entry(branch.source.clone()).or_default().push(asked);
        }
    }
    let sources: Vec<(String, Vec<Asked<'_>>)> = by_source.into_iter().collect();
    let looked = in_parallel(&sources, |(source, asked)| {
        let seen = at(access, source, asked);
        let result = |place: usize| match &seen {
            Ok(seen) => Ok(seen[place].clone()),
            Err(problem) => Err(problem.clone()),
        };
        let all = asked.iter().enumerate();
        all.map(|(place, asked)| (asked.pipeline.id(asked.phase), result(place))).collect::<Vec<_>>()
    });
    looked.into_iter().flatten().collect()
}

fn at(access: &Access, source: &str, asked: &[Asked<'_>]) -> Result<Vec<Proposed>, Problem> {
    let forge = access.forge_of(source)?;
    let repository = access.repository(source)?;
    let what = format!("asking {}", forge.describe());
    let proposals = access.step(&what, || listed(&*forge, asked))?;
    let mut seen = {
        let _lock = repository.lock()?;
        fetched(access, &repository, asked, proposals)?
    };
    access.step(&what, || {
        for proposed in &mut seen {
            let Some((number, commit)) = proposed.open().map(|open| (open.number, open.commit.clone()))
            else {
                continue;
            };
            proposed.statuses = forge.statuses(&commit)?;
            // What glu says itself is no check.
            proposed.statuses.retain(|status| !status.name.starts_with(OWN));
            proposed.reviews = forge.reviews(number)?;
        }
        Ok::<(), ForgeError>(())
    })?;
    Ok(seen)
}

/// What the forge has of each.
pub(super) fn listed(forge: &dyn Forge, asked: &[Asked<'_>]) -> Result<Vec<Option<Proposal>>, ForgeError> {
    let pairs: Vec<(&str, &str)> =
        asked.iter().map(|asked| (asked.head.as_str(), asked.base.branch.as_str())).collect();
    forge.find_all(&pairs)
}

/// What the branches hold of each. The caller holds the repository's lock.
pub(super) fn fetched(
    access: &Access,
    repository: &Repository,
    asked: &[Asked<'_>],
    proposals: Vec<Option<Proposal>>,
) -> Result<Vec<Proposed>, GitError> {
    let heads: Vec<&str> = asked.iter().map(|asked| asked.head.as_str()).collect();
    let what = format!("fetching {}", repository.describe());
    let tips = access.step(&what, || repository.fetch_along(&[], &heads))?;
    let commits: BTreeSet<CommitId> = tips.values().flatten().cloned().collect();
    let entries = match commits.is_empty() {
        true => BTreeMap::new(),
        false => repository.commits(&commits)?,
    };
    let mut seen = Vec::new();
    for (asked, proposal) in asked.iter().zip(proposals) {
        let tip = tips.get(&asked.head).cloned().flatten();
        let content = match tip.as_ref().and_then(|tip| entries.get(tip)) {
            Some(entry) => content(repository, asked, entry)?,
            None => Content::Nothing,
        };
        let mark = proposal.as_ref().and_then(|proposal| body::mark(&proposal.body));
        let unknown = Proposed::unknown(asked.head.clone());
        seen.push(Proposed { tip, content, proposal, mark, ..unknown });
    }
    Ok(seen)
}

/// What a branch holds besides its base.
fn content(repository: &Repository, asked: &Asked<'_>, entry: &LogEntry) -> Result<Content, GitError> {
    if repository.is_ancestor(&entry.id, &asked.tip)? {
        return Ok(Content::Nothing);
    }
    let tip = &entry.id;
    let below = below_updates(repository, asked, entry)?;
    let entry = below.as_ref().unwrap_or(entry);
    let id = asked.pipeline.id(asked.phase);
    let foreign = || Content::Foreign { author: entry.author_name.clone() };
    let record = trailer::record(&entry.trailers).filter(|record| record.id == id);
    let (Some(record), [parent]) = (record, entry.parents.as_slice()) else { return Ok(foreign()) };
    // In a clone without history nobody can tell what the parent stands on.
    if !repository.is_shallow() && !repository.is_ancestor(parent, &asked.tip)? {
        return Ok(foreign());
    }
    let is_as_written =
        trailer::proposed_tree(&entry.trailers).as_deref() == Some(repository.tree_id(&entry.id)?.as_str());
    if !is_as_written && !is_rewritten(repository, asked, &entry.id, parent, &record.state)? {
        return Ok(foreign());
    }
    let merged = repository.merged_tree(&asked.tip, tip)?;
    let state = crate::model::StateDigest::new(record.state);
    Ok(Content::Ours { state, promotion: record.promotion, forced: record.forced, merged })
}

/// The commit below merges of the base branch into the proposed one, as forges make them when somebody asks for an update; none where there are no such
/// merges on top.
fn below_updates(
    repository: &Repository,
    asked: &Asked<'_>,
    entry: &LogEntry,
) -> Result<Option<LogEntry>, GitError> {
    let mut below = None;
    for _ in 0..UPDATES {
        let [into, other] = below.as_ref().unwrap_or(entry).parents.as_slice() else { break };
        let (into, other) = (into.clone(), other.clone());
        let merge = &below.as_ref().unwrap_or(entry).id;
        if !repository.is_ancestor(&other, &asked.tip)? || !repository.is_plain_merge(merge, &into, &other)? {
            break;
        }
        below = repository.commits(&[into.clone()].into())?.remove(&into);
    }
    Ok(below)
}

/// Whether a commit is what glu would write on top of its parent: a forge may have put it there itself.
fn is_rewritten(
    repository: &Repository,
    asked: &Asked<'_>,
    commit: &CommitId,
    parent: &CommitId,
    state: &str,
) -> Result<bool, GitError> {
    let scope = asked.pipeline.scope(asked.phase);
    let codec = &*asked.pipeline.codec;
    let Ok(found) = codec.read(&*repository.tree(commit)?, &scope).1 else { return Ok(false) };
    if found.digest.as_str() != state {
        return Ok(false);
    }
    match edit(codec, &scope, &Layered::new(repository.tree(parent)?), &found) {
        Ok(changes) => Ok(repository.expected_tree(parent, &changes)? == repository.tree_id(commit)?),
        Err(_) => Ok(false),
    }
}
