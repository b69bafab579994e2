//! Observe: reads every phase's state, concurrently, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use jiff::Timestamp;

use crate::access::Access;
use crate::forge::ForgeError;
use crate::history;
use crate::model::{Phase, PhaseId, Pipeline, ResourceError, Source, State, System};
use crate::source::git::{CommitId, GitError, GitProblem, Repository};
use crate::source::oci::{self, OciError};
use crate::tree::Tree;

/// What every phase is in at one time. Data, and trees that never change because their commits do not.
#[derive(Clone)]
pub struct Snapshot {
    /// When it was taken.
    pub at: Timestamp,
    /// The branches that were looked at.
    pub branches: BTreeMap<BranchId, Branch>,
    /// The phases that were looked at.
    pub phases: BTreeMap<PhaseId, Observation>,
}

/// A branch of a configured git source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchId {
    /// The source.
    pub source: String,
    /// The branch.
    pub branch: String,
}

impl fmt::Display for BranchId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.source, self.branch)
    }
}

/// A branch as it was.
#[derive(Clone)]
pub struct Branch {
    /// The commit it pointed to.
    pub tip: CommitId,
    /// That commit's files.
    pub tree: Arc<dyn Tree>,
}

/// What was seen of one phase.
#[derive(Debug, Clone)]
pub struct Observation {
    /// The state, or why it cannot be known.
    pub state: Result<State, Problem>,
    /// Where it was seen.
    pub seen: Seen,
    /// Since when the phase has been in this state, where that decides between upstreams.
    pub since: Option<Timestamp>,
}

impl Observation {
    /// The branch it was seen on; none where it does not live in git.
    pub fn branch(&self) -> Option<&BranchId> {
        match &self.seen {
            Seen::Files { branch, .. } => Some(branch),
            Seen::Image(_) | Seen::Own => None,
        }
    }
}

/// Where a state was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// In files on a branch.
    Files {
        /// The branch.
        branch: BranchId,
        /// The files that were read, absent ones included.
        files: BTreeSet<String>,
    },
    /// In a registry or a layout, under this reference.
    Image(String),
    /// At a place of the user's own.
    Own,
}

/// Why a phase's state cannot be known.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Problem {
    /// The repository cannot be read.
    #[error(transparent)]
    Git(Arc<GitError>),
    /// The image cannot be found.
    #[error(transparent)]
    Image(Arc<OciError>),
    /// The forge does not tell, or does not do it.
    #[error(transparent)]
    Forge(Arc<ForgeError>),
    /// The branch does not exist, or the repository is empty.
    #[error("git source `{}` has no branch `{}`; make a first commit (and push it, if there is a remote), or name another with `.branch(...)` or `default_branch`", .0.source, .0.branch)]
    NoBranch(BranchId),
    /// What waits in a queue is not known, as the clone has only the newest commits.
    #[error(
        "what waits for it is not known, as `{0}` is a shallow clone; fetch it with its whole history (`fetch-depth: 0`)"
    )]
    Shallow(BranchId),
    /// The files do not say it.
    #[error("{error} (in `{branch}` at {commit})")]
    Files {
        /// What is wrong; names the file and the expression.
        error: Box<ResourceError>,
        /// The branch.
        branch: BranchId,
        /// The commit, shortened.
        commit: String,
    },
    /// What the source offers does not make a state.
    #[error(transparent)]
    Resource(Box<ResourceError>),
}

impl Problem {
    pub(crate) fn resource(error: ResourceError) -> Self {
        Self::Resource(Box::new(error))
    }
}

impl From<GitError> for Problem {
    fn from(error: GitError) -> Self {
        Self::Git(Arc::new(error))
    }
}

impl From<ForgeError> for Problem {
    fn from(error: ForgeError) -> Self {
        Self::Forge(Arc::new(error))
    }
}

/// Observes the phases of the pipelines that `wanted` picks.
pub fn observe(system: &System, access: &Access, wanted: impl Fn(&Pipeline) -> bool) -> Snapshot {
    let pipelines: Vec<&Pipeline> = system.pipelines().filter(|pipeline| wanted(pipeline)).collect();
    let phases: Vec<(&Pipeline, &Phase)> = pipelines
        .iter()
        .flat_map(|pipeline| pipeline.phases.iter().map(|phase| (*pipeline, phase)))
        .collect();
    let located: Vec<_> =
        phases.iter().map(|(pipeline, phase)| (*pipeline, *phase, locate(phase, access))).collect();
    let (branches, missing) =
        branches(access, located.iter().filter_map(|(.., branch)| branch.as_ref().ok()?.clone()));
    let observations = in_parallel(&located, |(pipeline, phase, branch)| {
        let observation = match branch {
            Err(problem) => Observation { state: Err(problem.clone()), seen: Seen::Own, since: None },
            Ok(Some(id)) => match (branches.get(id), missing.get(id)) {
                (Some(branch), _) => in_files(pipeline, phase, id, branch),
                (None, problem) => Observation {
                    state: Err(problem.cloned().unwrap_or_else(|| Problem::NoBranch(id.clone()))),
                    seen: Seen::Files { branch: id.clone(), files: BTreeSet::new() },
                    since: None,
                },
            },
            Ok(None) => elsewhere(phase, access),
        };
        (pipeline.id(phase), observation)
    });
    let mut snapshot = Snapshot { at: access.now(), branches, phases: observations.into_iter().collect() };
    history::date_rivals(system, access, &mut snapshot);
    snapshot
}

/// The branch a phase lives on, or none where it does not live in git.
fn locate(phase: &Phase, access: &Access) -> Result<Option<BranchId>, Problem> {
    let Source::Git { source, branch } = &phase.source else { return Ok(None) };
    let source = source.as_deref().or_else(|| access.settings().default_git()).unwrap_or("default");
    let branch = match branch {
        Some(branch) => branch.clone(),
        None => access
            .repository(source)
            .and_then(|repository| repository.default_branch())
            .map_err(|error| Problem::Git(Arc::new(error)))?,
    };
    Ok(Some(BranchId { source: source.to_owned(), branch }))
}

type Branches = (BTreeMap<BranchId, Branch>, BTreeMap<BranchId, Problem>);

/// Fetches every repository once, all at the same time.
fn branches(access: &Access, wanted: impl Iterator<Item = BranchId>) -> Branches {
    let mut by_source: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for BranchId { source, branch } in wanted {
        by_source.entry(source).or_default().insert(branch);
    }
    let sources: Vec<(String, BTreeSet<String>)> = by_source.into_iter().collect();
    let mut found = BTreeMap::new();
    let mut missing = BTreeMap::new();
    for (source, names, tips) in in_parallel(&sources, |(source, names)| {
        let branches: Vec<&str> = names.iter().map(String::as_str).collect();
        (
            source,
            names,
            access.tips(source, &branches).and_then(|tips| Ok((access.repository(source)?, tips))),
        )
    }) {
        let id = |branch: &str| BranchId { source: source.clone(), branch: branch.to_owned() };
        match tips {
            Err(error) => {
                let problem = Problem::Git(Arc::new(error));
                missing.extend(names.iter().map(|branch| (id(branch), problem.clone())));
            }
            Ok((repository, tips)) => {
                for (branch, tip) in tips {
                    let id = id(&branch);
                    match tip.map(|tip| repository.tree(&tip).map(|tree| Branch { tip, tree })) {
                        None => missing.insert(id.clone(), no_branch(&repository, id)).map(drop),
                        Some(Err(error)) => missing.insert(id, Problem::Git(Arc::new(error))).map(drop),
                        Some(Ok(branch)) => found.insert(id, branch).map(drop),
                    };
                }
            }
        }
    }
    (found, missing)
}

/// The problem of a branch that is not there; it names those that are.
fn no_branch(repository: &Repository, id: BranchId) -> Problem {
    let error = repository.missing_branch(&id.branch);
    match &*error.problem {
        GitProblem::MissingBranch { nearest, .. } if !nearest.is_empty() => Problem::Git(Arc::new(error)),
        _ => Problem::NoBranch(id),
    }
}

fn in_files(pipeline: &Pipeline, phase: &Phase, id: &BranchId, branch: &Branch) -> Observation {
    let (files, state) = pipeline.codec.read(&*branch.tree, &pipeline.scope(phase));
    Observation {
        state: state.map_err(|error| Problem::Files {
            error: Box::new(error),
            branch: id.clone(),
            commit: branch.tip.short().to_owned(),
        }),
        seen: Seen::Files { branch: id.clone(), files },
        since: None,
    }
}

fn elsewhere(phase: &Phase, access: &Access) -> Observation {
    let (state, seen) = match &phase.source {
        Source::Oci { source, tag, read } => {
            let Some(settings) = access.settings().oci.get(source) else {
                let error = ResourceError::Other(format!("oci source `{source}` is not configured"));
                return Observation { state: Err(Problem::resource(error)), seen: Seen::Own, since: None };
            };
            let image = access.step(&format!("asking {}", settings.reference), || {
                oci::open(settings).and_then(|images| match tag {
                    Some(tag) => images.resolve(&oci::Selector::Tag(tag.clone())),
                    None => images.resolve(images.selector()),
                })
            });
            match image {
                Ok(image) => {
                    (read.read(&image).map_err(Problem::resource), Seen::Image(image.reference().to_string()))
                }
                Err(error) => (Err(Problem::Image(Arc::new(error))), Seen::Image(settings.reference.clone())),
            }
        }
        Source::Own(own) => (own.observe().map_err(Problem::resource), Seen::Own),
        Source::Git { .. } => unreachable!("git phases are located on a branch"),
    };
    Observation { state, seen, since: None }
}

/// Applies a function to each item, on as many threads as there are processors but at least eight, since most of them wait.
pub(crate) fn in_parallel<'a, T: Sync, U: Send>(items: &'a [T], work: impl Fn(&'a T) -> U + Sync) -> Vec<U> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).max(8);
    let share = items.len().div_ceil(threads).max(1);
    if items.len() < 2 {
        return items.iter().map(work).collect();
    }
    std::thread::scope(|scope| {
        let running: Vec<_> = items
            .chunks(share)
            .map(|chunk| {
                let work = &work;
                scope.spawn(move || chunk.iter().map(work).collect::<Vec<U>>())
            })
            .collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
