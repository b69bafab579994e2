//! The world of a simulation: what `observe` and `Facts::gather` would say, kept in memory and changed by moves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::invent::{InventError, invent};
use super::start::{Published, Start};
use crate::facts::{Arrived, Facts};
use crate::history::Arrival;
use crate::model::{Intake, PhaseId, Selection, State, System};
use crate::observe::{BranchId, Problem, Seen, Snapshot};
use crate::plan::{Cause, Move, edit};
use crate::queue::{DEEPEST, Queue, knows};
use crate::rollout::{Base, Course, Progress, Retreat, failing};
use crate::settings::Author;
use crate::source::git::CommitId;
use crate::tree::{FileChange, Layered, Tree, TreeError};

/// Everything that a plan is made of, and how it changes.
pub(super) struct World<'a> {
    system: &'a System,
    pub(super) snapshot: Snapshot,
    pub(super) facts: Facts,
    /// The files of each branch as they are; the snapshot gets them when the moves of a look are all made.
    trees: BTreeMap<BranchId, Layered>,
    changed: BTreeSet<BranchId>,
    /// The states that phases have had, the oldest first.
    histories: BTreeMap<PhaseId, Vec<Arrival>>,
    authors: BTreeMap<String, Author>,
    images: BTreeMap<PhaseId, Published>,
    commits: u64,
    /// The phases whose state came by a rollback.
    brought_back: BTreeSet<PhaseId>,
}

impl<'a> World<'a> {
    pub(super) fn new(system: &'a System, start: Start) -> Self {
        let Start { mut snapshot, facts, mut histories, authors, images, .. } = start;
        let mut trees = BTreeMap::new();
        for (id, branch) in &mut snapshot.branches {
            let base: Arc<dyn Tree> =
                Arc::new(ReadOnce { base: branch.tree.clone(), files: Mutex::default() });
            branch.tree = base.clone();
            trees.insert(id.clone(), Layered::new(base));
        }
        histories.values_mut().for_each(|history| history.reverse());
        let mut world = Self {
            system,
            snapshot,
            facts,
            trees,
            changed: BTreeSet::new(),
            histories,
            authors,
            images,
            commits: 0,
            brought_back: BTreeSet::new(),
        };
        world.line_up();
        world
    }

    /// Makes a move, and says whether the phase is in the state that it was to get now. As in a real promotion, the typed edit runs
    /// again where the files are not those that the move was planned on.
    pub(super) fn make(&mut self, planned: &Move) -> Result<bool, Problem> {
        let missing = || Problem::NoBranch(planned.branch.clone());
        let tree = self.trees.get(&planned.branch).ok_or_else(missing)?;
        let as_planned = planned
            .changes
            .iter()
            .all(|change| tree.file(&change.path).is_ok_and(|before| before == change.before));
        if !as_planned && planned.course.is_some() {
            // A step is planned again on what the files are now, by the next look.
            return Ok(false);
        }
        let before: Arc<dyn Tree> = Arc::new(tree.clone());
        let changes = if as_planned {
            planned.changes.clone()
        } else {
            self.edited(&planned.id, &planned.branch, &planned.to)?
        };
        let author = self.authors.get(&planned.branch.source).cloned().unwrap_or_else(somebody);
        self.commit(&planned.branch, &changes, &author);
        if planned.cause == Cause::Rollback {
            self.brought_back.insert(planned.id.clone());
        } else {
            self.brought_back.remove(&planned.id);
        }
        if let Some(course) = &planned.course {
            self.roll(planned, course, before, &author);
        }
        Ok(self.state(&planned.id).is_some_and(|state| state.same(&planned.to)))
    }

    /// Notes where a rollout stands after one of its moves, as the newest commit would tell.
    fn roll(&mut self, planned: &Move, course: &Course, before: Arc<dyn Tree>, author: &Author) {
        let found = self.system.phase(&planned.id);
        let Some((pipeline, phase, rollout)) =
            found.and_then(|(pipeline, phase)| Some((pipeline, phase, phase.rollout.as_ref()?)))
        else {
            return;
        };
        let known = self.facts.rollouts.remove(&planned.id);
        let Some(step) = course.step else { return };
        // A rollout that begins again goes back to what was before the first.
        let base = match known {
            Some(known) if course.base.is_some() => known.base,
            _ => Base::read(pipeline, phase, rollout, planned.tip.clone(), before),
        };
        let progress = Progress {
            rollout: course.rollout.clone().unwrap_or_else(|| format!("{:026}", self.commits + 1)),
            step,
            candidate: State { drift: Vec::new(), ..course.candidate.clone() },
            commit: planned.tip.clone(),
            since: self.snapshot.at,
            authors: vec![format!("{} <{}>", author.name, author.email)],
            base,
        };
        self.facts.rollouts.insert(planned.id.clone(), progress);
    }

    /// Sees where the phases whose verification has failed can go back to, as `Facts::gather` does.
    pub(super) fn look_back(&mut self, selection: &Selection) {
        let failing = failing(self.system, &self.snapshot, selection, &self.facts);
        let retreat = |(id, state): (PhaseId, State)| {
            let again = self.brought_back.contains(&id);
            let retreat = Retreat { again, ..Retreat::from(&id, &state, &self.history(&id), &self.facts) };
            (id, retreat)
        };
        self.facts.retreats = failing.into_iter().map(retreat).collect();
    }

    /// Shows what moves have changed to those who plan.
    pub(super) fn settle(&mut self) {
        for id in std::mem::take(&mut self.changed) {
            let (Some(tree), Some(branch)) = (self.trees.get(&id), self.snapshot.branches.get_mut(&id))
            else {
                continue;
            };
            self.commits += 1;
            branch.tip = commit(self.commits);
            branch.tree = Arc::new(tree.clone());
        }
        self.line_up();
    }

    /// Puts what waits for the phases that take one state after another in line, as `Facts::gather` does.
    fn line_up(&mut self) {
        for pipeline in self.system.pipelines() {
            for phase in pipeline.phases.iter().filter(|phase| phase.intake == Intake::Queue) {
                let id = pipeline.id(phase);
                let Some(upstream) = pipeline.upstreams(&phase.name).next() else { continue };
                let Some(now) = self.state(&id).cloned() else { continue };
                let newest = |id: &PhaseId| -> Vec<Arrival> {
                    let history = self.histories.get(id).into_iter().flatten();
                    history.rev().take(DEEPEST).cloned().collect()
                };
                let (came, own) = (newest(&pipeline.id(upstream)), newest(&id));
                let before = own.iter().filter_map(|arrival| arrival.state.as_ref());
                let had = [&now].into_iter().chain(before).map(|state| &state.digest);
                // A place that a shallow clone does not know is known once something has moved there.
                let unknown = matches!(self.facts.queues.get(&id), Some(Err(_)));
                if !unknown || had.clone().any(|digest| knows(&came, digest)) {
                    self.facts.queues.insert(id, Ok(Queue::new(&came, had)));
                }
            }
        }
    }

    /// Puts a state into an origin.
    pub(super) fn appear(&mut self, origin: &PhaseId, state: &State) -> Result<(), Problem> {
        let Some(observation) = self.snapshot.phases.get_mut(origin) else { return Ok(()) };
        match &observation.seen {
            Seen::Files { branch, .. } => {
                let branch = branch.clone();
                let changes = self.edited(origin, &branch, state)?;
                self.commit(&branch, &changes, &somebody());
                self.settle();
            }
            Seen::Image(_) | Seen::Own => observation.state = Ok(state.clone()),
        }
        Ok(())
    }

    /// Makes a state up that an origin could offer.
    pub(super) fn invent(
        &self,
        origin: &PhaseId,
        label: &str,
        fields: &BTreeMap<String, String>,
    ) -> Result<State, InventError> {
        let now = self.snapshot.phases.get(origin).and_then(|observation| observation.state.as_ref().ok());
        invent(self.system, origin, now, self.images.get(origin), label, fields)
    }

    /// The state that a phase is in.
    pub(super) fn state(&self, id: &PhaseId) -> Option<&State> {
        self.snapshot.phases.get(id)?.state.as_ref().ok()
    }

    /// The states that a phase has had, newest first.
    pub(super) fn history(&self, id: &PhaseId) -> Vec<Arrival> {
        self.histories.get(id).into_iter().flat_map(|history| history.iter().rev().cloned()).collect()
    }

    /// The states that a phase and its upstreams have had or have.
    pub(super) fn known(&self, id: &PhaseId) -> Vec<State> {
        let upstreams = self.system.pipeline(&id.pipeline).into_iter().flat_map(|pipeline| {
            pipeline.upstreams(&id.phase).map(|upstream| pipeline.id(upstream)).collect::<Vec<_>>()
        });
        let mut known = Vec::new();
        for id in [id.clone()].into_iter().chain(upstreams) {
            known.extend(self.state(&id).cloned());
            known.extend(self.history(&id).into_iter().filter_map(|arrival| arrival.state));
        }
        known
    }

    fn edited(&self, id: &PhaseId, branch: &BranchId, state: &State) -> Result<Vec<FileChange>, Problem> {
        let (Some((pipeline, phase)), Some(tree)) = (self.system.phase(id), self.trees.get(branch)) else {
            return Err(Problem::NoBranch(branch.clone()));
        };
        edit(&*pipeline.codec, &pipeline.scope(phase), tree, state).map_err(Problem::resource)
    }

    /// Changes files, and looks at the phases again that have their states in them.
    fn commit(&mut self, branch: &BranchId, changes: &[FileChange], author: &Author) {
        let Some(tree) = self.trees.get_mut(branch) else { return };
        tree.apply(changes);
        self.changed.insert(branch.clone());
        let tip = commit(self.commits + 1);
        // Commits know no fractions of a second.
        let at = Timestamp::from_second(self.snapshot.at.as_second()).unwrap_or(self.snapshot.at);
        for (id, observation) in &mut self.snapshot.phases {
            let Seen::Files { branch: home, files } = &observation.seen else { continue };
            if home != branch || !changes.iter().any(|change| files.contains(&change.path)) {
                continue;
            }
            let Some((pipeline, phase)) = self.system.phase(id) else { continue };
            let (files, state) = pipeline.codec.read(&*tree, &pipeline.scope(phase));
            let before = observation.state.as_ref().ok().map(|state| state.digest.clone());
            observation.seen = Seen::Files { branch: home.clone(), files };
            observation.state = state.map_err(|error| Problem::Files {
                error: Box::new(error),
                branch: branch.clone(),
                commit: tip.short().to_owned(),
            });
            let state = observation.state.as_ref().ok();
            if state.map(|state| &state.digest) == before.as_ref() {
                continue;
            }
            observation.since = Some(at);
            let who = format!("{} <{}>", author.name, author.email);
            self.facts.arrivals.insert(id.clone(), Arrived { at, authors: vec![who], landing: None });
            self.histories.entry(id.clone()).or_default().push(Arrival {
                state: state.cloned(),
                commit: tip.clone(),
                author: author.name.clone(),
                email: author.email.clone(),
                merged_by: None,
                at,
                subject: String::new(),
                promotion: None,
            });
        }
    }
}

/// Who makes changes where nobody else is known.
fn somebody() -> Author {
    Author { name: "somebody".to_owned(), email: String::new() }
}

/// The identifier of a commit that is not there.
fn commit(number: u64) -> CommitId {
    CommitId::parse(&format!("{number:040x}")).expect("40 digits are an identifier")
}

/// A tree whose files are read from its store once.
struct ReadOnce {
    base: Arc<dyn Tree>,
    files: Mutex<BTreeMap<String, Option<Vec<u8>>>>,
}

impl Tree for ReadOnce {
    fn file(&self, path: &str) -> Result<Option<Vec<u8>>, TreeError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(content) = files.get(path) {
            return Ok(content.clone());
        }
        let content = self.base.file(path)?;
        files.insert(path.to_owned(), content.clone());
        Ok(content)
    }

    fn list(&self, path: &str) -> Result<Vec<String>, TreeError> {
        self.base.list(path)
    }
}
