//! History: the states a phase has had, read from the commits that changed its files, whoever made them.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::Timestamp;

use crate::access::Access;
use crate::model::{Join, Phase, PhaseId, Pipeline, Selection, State, StateDigest, System};
use crate::observe::{BranchId, Problem, Seen, Snapshot};
use crate::source::git::{Before, CommitId, GitError, LogEntry, Repository};
use crate::trailer::{self, Record};
use crate::tree::{Tree, TreeError};

/// One state that a phase came into.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The state; none where the files did not say one, such as after a file was removed.
    pub state: Option<State>,
    /// The commit that brought it.
    pub commit: CommitId,
    /// Who wrote the change.
    pub author: String,
    /// Their address.
    pub email: String,
    /// Who brought it to the branch, where that was another: who merged a proposal.
    pub merged_by: Option<String>,
    /// When it came to the branch.
    pub at: Timestamp,
    /// The first line of the commit's message.
    pub subject: String,
    /// The promotion it came from; none where it was changed by other means.
    pub promotion: Option<Record>,
}

/// The states that some phases have had, newest first, as far back as was needed.
#[derive(Debug, Clone, Default)]
pub struct Histories {
    phases: BTreeMap<PhaseId, Vec<Arrival>>,
    shallow: BTreeSet<BranchId>,
}

impl Arrival {
    /// Who brought it, by name: the one behind a promotion where its commit tells, else its author.
    pub fn by(&self) -> &str {
        self.actor().map_or(&self.author, |actor| actor.split_once(" <").map_or(actor, |(name, _)| name))
    }

    /// Its author and, where another is behind it, that person, with their addresses as far as they are known.
    pub fn authors(&self) -> Vec<String> {
        let author = format!("{} <{}>", self.author, self.email);
        [author].into_iter().chain(self.actor().map(ToOwned::to_owned)).collect()
    }

    fn actor(&self) -> Option<&str> {
        self.promotion.as_ref()?.actor.as_deref()
    }
}

impl Histories {
    /// A phase's arrivals, newest first.
    pub fn of(&self, id: &PhaseId) -> &[Arrival] {
        self.phases.get(id).map_or(&[], Vec::as_slice)
    }

    /// Branches of which a shallow clone has only the newest commits, so that older states are not known.
    pub fn shallow(&self) -> impl Iterator<Item = &BranchId> {
        self.shallow.iter()
    }

    /// How many states a phase is behind another whose state it has had; none where it is not known.
    pub fn behind(&self, upstream: &PhaseId, digest: &StateDigest) -> Option<usize> {
        self.of(upstream)
            .iter()
            .filter_map(|arrival| arrival.state.as_ref())
            .position(|state| state.digest == *digest)
    }
}

/// How far back to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// This many states of each phase.
    States(usize),
    /// The current state of each phase, and of upstreams as many as it takes to find what their downstreams have, up to this many.
    Behind(usize),
}

/// Reads the histories of the selected phases of a snapshot: one walk through each branch, as short as will do.
///
/// # Errors
/// When a repository cannot be read.
pub fn histories(
    system: &System,
    access: &Access,
    snapshot: &Snapshot,
    selection: &Selection,
    depth: Depth,
) -> Result<Histories, Problem> {
    let mut walks: BTreeMap<BranchId, Vec<Trail<'_>>> = BTreeMap::new();
    for id in selection.iter() {
        let (Some((pipeline, phase)), Some(observation)) = (system.phase(id), snapshot.phases.get(id)) else {
            continue;
        };
        let Seen::Files { branch, files } = &observation.seen else { continue };
        if snapshot.branches.contains_key(branch) {
            let trail = Trail::new(
                pipeline,
                phase,
                files,
                observation.state.as_ref().ok().cloned(),
                wanted(pipeline, phase, snapshot, depth),
            );
            walks.entry(branch.clone()).or_default().push(trail);
        }
    }
    let mut histories = Histories::default();
    for (branch, mut trails) in walks {
        let git = |error: GitError| Problem::Git(Arc::new(error));
        let repository = access.repository(&branch.source).map_err(git)?;
        let tip = &snapshot.branches[&branch].tip;
        let told = access.step(&format!("reading the history of {branch}"), || {
            walk(&repository, &branch.branch, tip, &mut trails)?;
            tell(&repository, trails)
        });
        histories.phases.extend(told.map_err(git)?);
        if repository.is_shallow() {
            histories.shallow.insert(branch);
        }
    }
    Ok(histories)
}

/// Dates the upstreams of phases that may choose between different states, so that the one that came last can win. A history that
/// cannot be read leaves them undated.
pub(crate) fn date_rivals(system: &System, access: &Access, snapshot: &mut Snapshot) {
    let mut rivals = Vec::new();
    for pipeline in system.pipelines() {
        for phase in &pipeline.phases {
            let upstreams: Vec<PhaseId> =
                pipeline.upstreams(&phase.name).map(|upstream| pipeline.id(upstream)).collect();
            let states: BTreeSet<&StateDigest> = upstreams
                .iter()
                .filter_map(|id| Some(&snapshot.phases.get(id)?.state.as_ref().ok()?.digest))
                .collect();
            if phase.join != Join::All && states.len() > 1 {
                rivals.extend(upstreams);
            }
        }
    }
    if rivals.is_empty() {
        return;
    }
    let selection = Selection::of(rivals);
    let Ok(histories) = histories(system, access, snapshot, &selection, Depth::States(1)) else { return };
    for id in selection.iter() {
        let since = histories.of(id).first().map(|arrival| arrival.at);
        if let Some(observation) = snapshot.phases.get_mut(id) {
            observation.since = since;
        }
    }
}

/// When a phase's trail is long enough.
#[derive(Debug, Clone)]
struct Wanted {
    /// This many states at most.
    most: usize,
    /// And no more than it takes to see all of these.
    digests: Option<BTreeSet<StateDigest>>,
}

fn wanted(pipeline: &Pipeline, phase: &Phase, snapshot: &Snapshot, depth: Depth) -> Wanted {
    match depth {
        Depth::States(most) => Wanted { most, digests: None },
        Depth::Behind(most) => {
            let digests = pipeline
                .downstreams(&phase.name)
                .filter_map(|downstream| snapshot.phases.get(&pipeline.id(downstream))?.state.as_ref().ok())
                .map(|state| state.digest.clone())
                .collect();
            Wanted { most, digests: Some(digests) }
        }
    }
}

/// One phase's way back through a branch.
struct Trail<'a> {
    id: PhaseId,
    pipeline: &'a Pipeline,
    phase: &'a Phase,
    files: BTreeSet<String>,
    wanted: Wanted,
    /// The state after the commits seen so far.
    state: Option<State>,
    /// The oldest commit seen so far that touched the files and left them in `state`.
    pending: Option<CommitId>,
    /// What was in the files before that commit, as far as commits have changed them.
    before: BTreeMap<String, Before>,
    /// The commits that brought states, and the states.
    arrivals: Vec<(CommitId, Option<State>)>,
    done: bool,
}

impl<'a> Trail<'a> {
    fn new(
        pipeline: &'a Pipeline,
        phase: &'a Phase,
        files: &BTreeSet<String>,
        state: Option<State>,
        wanted: Wanted,
    ) -> Self {
        let id = pipeline.id(phase);
        Self {
            id,
            pipeline,
            phase,
            files: files.clone(),
            wanted,
            state,
            pending: None,
            before: BTreeMap::new(),
            arrivals: Vec::new(),
            done: false,
        }
    }

    /// Takes an older commit that touched the files.
    fn visit(&mut self, repository: &Repository, commit: &CommitId, touched: Vec<(&str, Before)>) {
        if let Some(newer) = self.pending.replace(commit.clone()) {
            let tree = Past { repository, commit, before: &self.before };
            let (files, state) = self.pipeline.codec.read(&tree, &self.pipeline.scope(self.phase));
            self.files.extend(files);
            let state = state.ok();
            if state.as_ref().map(|state| &state.digest) != self.state.as_ref().map(|state| &state.digest) {
                self.arrive(newer);
                self.state = state;
            }
        }
        for (file, before) in touched {
            self.before.insert(file.to_owned(), before);
        }
    }

    fn arrive(&mut self, commit: CommitId) {
        self.arrivals.push((commit, self.state.clone()));
        let seen = |digest: &StateDigest| {
            self.arrivals.iter().any(|(_, state)| state.as_ref().is_some_and(|state| state.digest == *digest))
        };
        let enough = match &self.wanted.digests {
            Some(digests) => digests.iter().all(seen),
            None => false,
        };
        self.done = enough || self.arrivals.len() >= self.wanted.most;
    }

    /// Who an arrival is to be credited to: behind a merge, the newest commit it brought that touched the files.
    fn credit(
        &self,
        repository: &Repository,
        entry: &LogEntry,
        state: Option<&State>,
    ) -> Result<(String, String, Option<Record>), GitError> {
        let ours = |entry: &LogEntry| {
            trailer::record(&entry.trailers).filter(|record| {
                record.id == self.id && state.is_some_and(|state| state.digest.as_str() == record.state)
            })
        };
        if entry.parents.len() > 1 {
            let files: Vec<String> = self.files.iter().cloned().collect();
            if let Some(brought) = repository.merged(&entry.id, &files)?.into_iter().next() {
                return Ok((brought.author_name.clone(), brought.author_email.clone(), ours(&brought)));
            }
        }
        // A run of promotions is a run of commits; one commit may also carry the trailers of its merge's subject.
        Ok((entry.author_name.clone(), entry.author_email.clone(), ours(entry)))
    }
}

/// A commit's files, by what is known already of those that were changed after it.
struct Past<'a> {
    repository: &'a Repository,
    commit: &'a CommitId,
    before: &'a BTreeMap<String, Before>,
}

impl Past<'_> {
    fn tree(&self, path: &str) -> Result<Arc<dyn Tree>, TreeError> {
        self.repository.tree(self.commit).map_err(|error| unreadable(path, &error))
    }
}

impl Tree for Past<'_> {
    fn file(&self, path: &str) -> Result<Option<Vec<u8>>, TreeError> {
        match self.before.get(path) {
            Some(Before::Nothing) => Ok(None),
            Some(Before::File(id)) => {
                self.repository.blob(&(*id).into()).map(Some).map_err(|error| unreadable(path, &error))
            }
            Some(Before::Other) | None => self.tree(path)?.file(path),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<String>, TreeError> {
        self.tree(path)?.list(path)
    }
}

fn unreadable(path: &str, error: &GitError) -> TreeError {
    TreeError { path: path.to_owned(), reason: error.to_string() }
}

/// Walks a branch from its tip until every trail is long enough.
fn walk(
    repository: &Repository,
    branch: &str,
    tip: &CommitId,
    trails: &mut [Trail<'_>],
) -> Result<(), GitError> {
    let files: BTreeSet<&String> = trails.iter().flat_map(|trail| &trail.files).collect();
    let files: Vec<String> = files.into_iter().cloned().collect();
    let mut visitors: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, trail) in trails.iter().enumerate() {
        for file in &trail.files {
            let place = files.binary_search(file).expect("the list has the files of all trails");
            visitors.entry(&files[place]).or_default().push(index);
        }
    }
    repository.touches(branch, tip, &files, &mut |touches| {
        let mut visits: Vec<Visits<'_>> = trails.iter().map(|_| Visits::default()).collect();
        for touch in &touches {
            let mut visited: BTreeMap<usize, Vec<(&str, Before)>> = BTreeMap::new();
            for (place, before) in &touch.files {
                let file = files[*place].as_str();
                for index in visitors.get(file).into_iter().flatten() {
                    visited.entry(*index).or_default().push((file, *before));
                }
            }
            for (index, touched) in visited {
                visits[index].push((&touch.commit, touched));
            }
        }
        follow(repository, trails, visits);
        if trails.iter().all(|trail| trail.done) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    // The branch has no older commit that touched the files of those that are still open.
    for trail in trails.iter_mut().filter(|trail| !trail.done) {
        if let Some(oldest) = trail.pending.take() {
            trail.arrive(oldest);
        }
    }
    Ok(())
}

/// Commits that touched a trail's files, newest first, each with those files.
type Visits<'a> = Vec<(&'a CommitId, Vec<(&'a str, Before)>)>;

/// Takes each trail through its commits, several trails at a time.
fn follow(repository: &Repository, trails: &mut [Trail<'_>], visits: Vec<Visits<'_>>) {
    let mut work: Vec<(&mut Trail<'_>, Visits<'_>)> =
        trails.iter_mut().zip(visits).filter(|(trail, visits)| !trail.done && !visits.is_empty()).collect();
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = work.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for chunk in work.chunks_mut(share) {
            scope.spawn(move || {
                for (trail, visits) in chunk {
                    for (commit, touched) in visits.drain(..) {
                        if !trail.done {
                            trail.visit(repository, commit, touched);
                        }
                    }
                }
            });
        }
    });
}

/// Fills in what the commits say of themselves, which is asked for once for all trails.
fn tell(
    repository: &Repository,
    trails: Vec<Trail<'_>>,
) -> Result<BTreeMap<PhaseId, Vec<Arrival>>, GitError> {
    let commits = trails.iter().flat_map(|trail| trail.arrivals.iter().map(|(commit, _)| commit.clone()));
    let entries = repository.commits(&commits.collect())?;
    let mut told = BTreeMap::new();
    for mut trail in trails {
        let mut arrivals = Vec::new();
        for (commit, state) in std::mem::take(&mut trail.arrivals) {
            let Some(entry) = entries.get(&commit) else { continue };
            let (author, email, promotion) = trail.credit(repository, entry, state.as_ref())?;
            let subject = entry.message.lines().next().unwrap_or_default().to_owned();
            arrivals.push(Arrival {
                state,
                commit,
                merged_by: merger(entry, promotion.is_some()),
                author,
                email,
                at: entry.committed_at,
                subject,
                promotion,
            });
        }
        told.insert(trail.id, arrivals);
    }
    Ok(told)
}

/// Who brought a change to the branch that somebody else has written: the author of a merge; else, of one of ours, whoever recorded it. Forges that
/// record squashes in their own name tell nobody.
fn merger(entry: &LogEntry, is_ours: bool) -> Option<String> {
    if entry.parents.len() > 1 {
        return Some(entry.author_name.clone());
    }
    let by_another =
        is_ours && entry.committer_name != entry.author_name && !entry.committer_name.starts_with("GitHub");
    by_another.then(|| entry.committer_name.clone())
}

#[cfg(test)]
mod tests;
