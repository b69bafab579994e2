//! Promote: makes a plan true, and refuses where anything it names has moved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::access::Access;
use crate::commit::Committer;
use crate::model::{PhaseId, State, System};
use crate::observe::{BranchId, Problem};
use crate::plan::{Cause, Move, edit};
use crate::propose::{self, Offered};
use crate::rollout::{Course, Found};
use crate::source::git::{CommitId, GitError, Push, Reason, RefUpdate, Repository};
use crate::tree::Layered;

/// How often a lost race is run again before it is given up: with the waits between, about two minutes.
const ATTEMPTS: u32 = 64;

/// How strictly the plan's tips are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Races {
    /// Where a branch has moved on, the typed edit runs again on its new tip, as long as the phase itself has not moved.
    RunAgain,
    /// Where anything has moved, nothing is written.
    Refuse,
}

/// What became of each move, in the plan's order.
#[derive(Debug)]
pub struct Outcome {
    /// One for each move.
    pub results: Vec<(PhaseId, Result<Promotion, Failure>)>,
}

/// A move made true.
#[derive(Debug, Clone)]
pub struct Promotion {
    /// Its identifier, as in the commit's trailers; none where somebody else had made the same move already.
    pub promotion: Option<String>,
    /// Why the state was written.
    pub cause: Cause,
    /// The state the phase is in now.
    pub state: State,
    /// The branch written to.
    pub branch: BranchId,
    /// The commit that has it.
    pub commit: CommitId,
    /// How often the edit was run: more than once where a race was lost.
    pub attempts: u32,
    /// What it did to a rollout, where it is part of one.
    pub course: Option<Box<Course>>,
    /// The proposal it is in, where it was proposed: then the phase has the state only when that is merged.
    pub proposal: Option<Box<Offered>>,
}

/// Why a move was not made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// Something that the plan names has moved.
    #[error("{0}")]
    Moved(String),
    /// The remote refuses the push: a protected branch, a hook.
    #[error("the remote refuses the push to `{branch}`: {reason}")]
    Refused {
        /// The branch.
        branch: BranchId,
        /// In the remote's words.
        reason: String,
    },
    /// The repository cannot be read or written, or its files cannot be edited.
    #[error(transparent)]
    Problem(#[from] Problem),
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        Self::Problem(Problem::Git(Arc::new(error)))
    }
}

/// Makes these moves: those to one repository share one push, each is a commit of its own.
pub fn promote(system: &System, access: &Access, moves: &[Move], races: Races) -> Outcome {
    let mut by_source: BTreeMap<&str, Vec<&Move>> = BTreeMap::new();
    let (proposed, pushed): (Vec<&Move>, Vec<&Move>) =
        moves.iter().partition(|planned| planned.offer().is_some());
    for planned in pushed {
        by_source.entry(&planned.branch.source).or_default().push(planned);
    }
    let mut results: BTreeMap<PhaseId, Result<Promotion, Failure>> = BTreeMap::new();
    // What goes to several places cannot be made in one step, so all of it is looked at again before any of it is made.
    let is_split = by_source.len() + proposed.len() > 1;
    if races == Races::Refuse && is_split {
        results = rehearsed(system, access, &by_source, &proposed);
    }
    let fails = |results: &BTreeMap<PhaseId, Result<Promotion, Failure>>| {
        races == Races::Refuse && results.values().any(Result::is_err)
    };
    for (source, moves) in by_source {
        if fails(&results) {
            break;
        }
        let run = access.repository(source).map_err(Failure::from).and_then(|repository| {
            let mut run =
                Run { system, access, repository: &repository, source, races, results: BTreeMap::new() };
            run.push(&moves)?;
            Ok(run.results)
        });
        match run {
            Ok(done) => results.extend(done),
            Err(failure) => {
                results.extend(moves.iter().map(|planned| (planned.id.clone(), Err(failure.clone()))));
            }
        }
    }
    for planned in proposed {
        if fails(&results) {
            break;
        }
        results.insert(planned.id.clone(), propose::make(system, access, planned, races));
    }
    let missing = || {
        Err(Failure::Moved("another move of the same plan cannot be made, so this one was not".to_owned()))
    };
    Outcome {
        results: moves
            .iter()
            .map(|planned| (planned.id.clone(), results.remove(&planned.id).unwrap_or_else(missing)))
            .collect(),
    }
}

/// What keeps moves from being made exactly as they were planned; nothing where nothing does.
fn rehearsed(
    system: &System,
    access: &Access,
    pushed: &BTreeMap<&str, Vec<&Move>>,
    proposed: &[&Move],
) -> BTreeMap<PhaseId, Result<Promotion, Failure>> {
    let mut failures = BTreeMap::new();
    for (source, moves) in pushed {
        let rehearsed = access.repository(source).map_err(Failure::from).and_then(|repository| {
            let races = Races::Refuse;
            let mut run =
                Run { system, access, repository: &repository, source, races, results: BTreeMap::new() };
            run.rehearse(moves)?;
            Ok(run.results)
        });
        match rehearsed {
            Ok(settled) => failures.extend(settled.into_iter().filter(|(_, result)| result.is_err())),
            Err(failure) => {
                failures.extend(moves.iter().map(|planned| (planned.id.clone(), Err(failure.clone()))));
            }
        }
    }
    for planned in proposed {
        if let Err(failure) = propose::rehearse(system, access, planned) {
            failures.insert(planned.id.clone(), Err(failure));
        }
    }
    failures
}

/// The moves to one repository.
struct Run<'a> {
    system: &'a System,
    access: &'a Access,
    repository: &'a Repository,
    source: &'a str,
    races: Races,
    results: BTreeMap<PhaseId, Result<Promotion, Failure>>,
}

impl Run<'_> {
    /// Pushes until every move is settled one way or the other.
    fn push(&mut self, moves: &[&Move]) -> Result<(), Failure> {
        let _lock = self.access.step("waiting for the repository", || self.repository.lock())?;
        let committer = Committer::new(self.access, self.source, self.repository)?;
        let mut tips: BTreeMap<String, CommitId> =
            moves.iter().map(|planned| (planned.branch.branch.clone(), planned.tip.clone())).collect();
        for attempt in 1..=ATTEMPTS {
            let open: Vec<&Move> =
                moves.iter().copied().filter(|planned| !self.results.contains_key(&planned.id)).collect();
            if open.is_empty() {
                return Ok(());
            }
            let written = self.write(&open, &tips, &committer, attempt)?;
            if self.races == Races::Refuse
                && open.iter().any(|planned| self.results.get(&planned.id).is_some_and(Result::is_err))
            {
                self.refuse(&open, "another move of the same plan cannot be made, so none was");
                return Ok(());
            }
            let updates: Vec<RefUpdate> = written
                .iter()
                .map(|(branch, chain)| RefUpdate {
                    branch: branch.clone(),
                    expected: Some(tips[branch].clone()),
                    new: chain.head.clone(),
                })
                .collect();
            if updates.is_empty() {
                return Ok(());
            }
            let what = format!("pushing to {}", self.repository.describe());
            let pushed = match self.access.step(&what, || self.repository.push(&updates)) {
                Ok(pushed) => pushed,
                // The remote may have taken the push before the connection broke.
                Err(_) if self.arrived(&open, &updates) => Push::Done,
                Err(error) => return Err(error.into()),
            };
            match pushed {
                Push::Done => {
                    for chain in written.into_values() {
                        self.results
                            .extend(chain.made.into_iter().map(|(id, promotion)| (id, Ok(promotion))));
                    }
                    self.access.forget();
                    return Ok(());
                }
                Push::Rejected(rejections) => {
                    let mut stale = false;
                    for rejection in rejections {
                        match rejection.reason {
                            Reason::Stale => stale = true,
                            Reason::Refused(reason) => {
                                let branch =
                                    BranchId { source: self.source.to_owned(), branch: rejection.branch };
                                for planned in open.iter().filter(|planned| planned.branch == branch) {
                                    let failure =
                                        Failure::Refused { branch: branch.clone(), reason: reason.clone() };
                                    self.results.insert(planned.id.clone(), Err(failure));
                                }
                            }
                        }
                    }
                    if self.races == Races::Refuse {
                        self.refuse(
                            &open,
                            "a branch moved while the plan was being applied, so nothing was written",
                        );
                        return Ok(());
                    }
                    if stale {
                        self.access.back_off(Duration::from_millis(u64::from(attempt.min(20)) * 100));
                        tips = self.look_again(&open)?;
                    }
                }
            }
        }
        for planned in moves {
            self.results.entry(planned.id.clone()).or_insert_with(|| {
                Err(Failure::Moved(format!(
                    "`{}` kept moving: {ATTEMPTS} pushes lost the race",
                    planned.branch
                )))
            });
        }
        Ok(())
    }

    /// Settles the moves that cannot be made as they were planned, and pushes nothing.
    fn rehearse(&mut self, moves: &[&Move]) -> Result<(), Failure> {
        let _lock = self.access.step("waiting for the repository", || self.repository.lock())?;
        let committer = Committer::for_rehearsal(self.access, self.source, self.repository)?;
        let tips = self.look_again(moves)?;
        for planned in moves.iter().filter(|planned| tips.get(&planned.branch.branch) != Some(&planned.tip)) {
            let why = format!("`{}` has moved since it was planned", planned.branch);
            self.results.insert(planned.id.clone(), Err(Failure::Moved(why)));
        }
        self.write(moves, &tips, &committer, 1).map(drop)
    }

    /// Makes the commits, on top of each other; what cannot be made is settled as failed.
    fn write(
        &mut self,
        open: &[&Move],
        tips: &BTreeMap<String, CommitId>,
        committer: &Committer<'_>,
        attempt: u32,
    ) -> Result<BTreeMap<String, Chain>, Failure> {
        let mut chains: BTreeMap<String, Chain> = BTreeMap::new();
        for planned in open {
            let branch = &planned.branch.branch;
            let Some(tip) = tips.get(branch) else {
                let failure = Failure::Moved(format!("`{}` is gone", planned.branch));
                self.results.insert(planned.id.clone(), Err(failure));
                continue;
            };
            let mut chain = match chains.remove(branch) {
                Some(chain) => chain,
                None => Chain {
                    head: tip.clone(),
                    tree: Layered::new(self.repository.tree(tip)?),
                    made: Vec::new(),
                },
            };
            match self.extend(&mut chain, planned, committer, attempt) {
                Ok(Some(settled)) => drop(self.results.insert(planned.id.clone(), Ok(settled))),
                Ok(None) => {}
                Err(failure) => drop(self.results.insert(planned.id.clone(), Err(failure))),
            }
            chains.insert(branch.clone(), chain);
        }
        chains.retain(|_, chain| !chain.made.is_empty());
        Ok(chains)
    }

    /// Adds one move's commit; or settles it, where the branch has the state already.
    fn extend(
        &self,
        chain: &mut Chain,
        planned: &Move,
        committer: &Committer<'_>,
        attempt: u32,
    ) -> Result<Option<Promotion>, Failure> {
        let (pipeline, phase) = self
            .system
            .phase(&planned.id)
            .ok_or_else(|| Failure::Moved(format!("there is no phase {} any more", planned.id)))?;
        let scope = pipeline.scope(phase);
        let files = |error| {
            let commit = chain.head.short().to_owned();
            Problem::Files { error: Box::new(error), branch: planned.branch.clone(), commit }
        };
        let made = |promotion: Option<String>, commit: &CommitId| Promotion {
            promotion,
            cause: planned.cause,
            state: planned.to.clone(),
            branch: planned.branch.clone(),
            commit: commit.clone(),
            attempts: attempt,
            course: planned.course.clone(),
            proposal: None,
        };
        let codec = &*pipeline.codec;
        let changes = if let Some(course) = &planned.course {
            match course.found(codec, &chain.tree).map_err(files)? {
                Found::After => return Ok(Some(made(None, &chain.head))),
                Found::Other(sentence) => return Err(Failure::Moved(sentence)),
                Found::Before => course.changes(codec, &chain.tree).map_err(files)?,
            }
        } else {
            let now = codec.read(&chain.tree, &scope).1.map_err(files)?;
            if now.same(&planned.to) && now.drift.is_empty() {
                return Ok(Some(made(None, &chain.head)));
            }
            if !now.same(&planned.from) {
                return Err(Failure::Moved(format!(
                    "{} was in {} when it was planned and is in {} now",
                    planned.id, planned.from, now
                )));
            }
            edit(codec, &scope, &chain.tree, &planned.to).map_err(files)?
        };
        if self.races == Races::Refuse && changes != planned.changes {
            return Err(Failure::Moved(format!(
                "the patch of {} is not the one that was planned",
                planned.id
            )));
        }
        let promotion = self.access.identifier();
        let commit =
            committer.commit(planned, phase.message.as_ref(), &promotion, &chain.head, &changes, &[])?;
        chain.tree.apply(&changes);
        chain.made.push((planned.id.clone(), made(Some(promotion), &commit)));
        chain.head = commit;
        Ok(None)
    }

    /// Whether the remote has what was pushed.
    fn arrived(&self, open: &[&Move], updates: &[RefUpdate]) -> bool {
        self.look_again(open)
            .is_ok_and(|tips| updates.iter().all(|update| tips.get(&update.branch) == Some(&update.new)))
    }

    fn look_again(&self, open: &[&Move]) -> Result<BTreeMap<String, CommitId>, Failure> {
        let mut branches: Vec<&str> = open.iter().map(|planned| planned.branch.branch.as_str()).collect();
        branches.sort_unstable();
        branches.dedup();
        let tips = self.access.refetch(self.source, &branches)?;
        Ok(tips.into_iter().filter_map(|(branch, tip)| Some((branch, tip?))).collect())
    }

    /// Settles what is still open as refused.
    fn refuse(&mut self, open: &[&Move], why: &str) {
        for planned in open {
            let failed = self.results.get(&planned.id).is_some_and(Result::is_err);
            if !failed {
                self.results.insert(planned.id.clone(), Err(Failure::Moved(why.to_owned())));
            }
        }
    }
}

/// Commits on top of a branch's tip, not yet pushed.
struct Chain {
    head: CommitId,
    tree: Layered,
    made: Vec<(PhaseId, Promotion)>,
}
