//! What forges are told of states and the commits that have them: a status of the commit, and a deployment where the forge has them.
//!
//! Nobody remembers what was told. What a run has done it tells at once; of what it finds (somebody merged, a verification has failed since) it
//! asks the forge whether its status says so already, so that each is told once, by whoever sees it first.

mod environment;
mod word;

use std::collections::{BTreeMap, BTreeSet};

pub use environment::Environment;
use word::{Word, found, made};

use crate::access::Access;
use crate::facts::Facts;
use crate::forge::{
    Deployment, DeploymentState, Forge, ForgeError, ForgeProblem, Purpose, Status, StatusState,
};
use crate::model::{PhaseId, System};
use crate::observe::{Problem, Snapshot};
use crate::plan::Plan;
use crate::promote::Outcome;
use crate::source::git::CommitId;

/// How the names of all statuses begin that glu sets itself.
pub const OWN: &str = "glu/";

/// What a run saw before it moved anything.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// The snapshot.
    pub snapshot: &'a Snapshot,
    /// The facts.
    pub facts: &'a Facts,
}

/// Tells forges. What it has said in this process it does not ask for again, and what it may not say it does not try again.
#[derive(Debug, Default)]
pub struct Announcer {
    said: BTreeMap<(PhaseId, CommitId), StatusState>,
    closed: BTreeSet<(String, Right)>,
}

/// What a forge lets somebody do, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    ReadStatuses,
    SetStatuses,
    Deploy,
}

impl Announcer {
    /// Tells forges of the phases of a plan that want it: of what was found, where something was looked at, and of what was made. Gives what could
    /// not be told, a sentence for each reason: a promotion does not fail because nobody heard of it.
    pub fn announce(
        &mut self,
        system: &System,
        access: &Access,
        plan: &Plan,
        sight: Option<Sight<'_>>,
        outcome: &Outcome,
    ) -> Vec<String> {
        let mut warnings = BTreeSet::new();
        let mut words = match sight.map(|sight| found(system, access, plan, sight, outcome)) {
            Some(Ok(words)) => words,
            Some(Err(problem)) => {
                warnings.insert(problem.to_string());
                Vec::new()
            }
            None => Vec::new(),
        };
        words.extend(made(system, outcome));
        // Whoever cannot be reached now is not tried for each phase.
        let mut failed = BTreeSet::new();
        for word in words {
            if let Err((right, problem)) = self.one(access, &word, &failed) {
                failed.insert((word.branch.source.clone(), right));
                if !matches!(&problem, Problem::Forge(error) if is_unsupported(error)) {
                    warnings.insert(problem.to_string());
                }
                if is_for_good(&problem) {
                    self.closed.insert((word.branch.source.clone(), right));
                }
            }
        }
        warnings
            .into_iter()
            .map(|problem| format!("the forge was not told of everything: {problem}"))
            .collect()
    }

    fn one(
        &mut self,
        access: &Access,
        word: &Word<'_>,
        failed: &BTreeSet<(String, Right)>,
    ) -> Result<(), (Right, Problem)> {
        let key = (word.id.clone(), word.commit.clone());
        if self.said.get(&key) == Some(&word.state) {
            return Ok(());
        }
        let source = &word.branch.source;
        let may = |right| {
            let place = (source.clone(), right);
            !failed.contains(&place) && !self.closed.contains(&place)
        };
        if !may(Right::SetStatuses) || word.is_found && !may(Right::ReadStatuses) {
            return Ok(());
        }
        let forge =
            access.forge_for(source, Purpose::Tell).map_err(|problem| (Right::SetStatuses, problem))?;
        let may_deploy = may(Right::Deploy);
        access.step(&format!("telling {}", forge.describe()), || {
            let of = |right: Right| move |error: ForgeError| (right, Problem::from(error));
            if word.is_found && is_known(&*forge, word).map_err(of(Right::ReadStatuses))? {
                return Ok(());
            }
            // The status comes first: it is what others know it by.
            forge.set_status(word.commit.as_str(), &status(access, word)).map_err(of(Right::SetStatuses))?;
            match may_deploy {
                true => forge.deploy(&deployment(access, word)).map_err(of(Right::Deploy)),
                false => Ok(()),
            }
        })?;
        self.said.insert(key, word.state);
        Ok(())
    }
}

/// Whether the forge has heard it already.
fn is_known(forge: &dyn Forge, word: &Word<'_>) -> Result<bool, ForgeError> {
    let name = name(word.id);
    let statuses = forge.statuses(word.commit.as_str())?;
    Ok(statuses.iter().any(|status| status.name == name && status.state == word.state))
}

fn name(id: &PhaseId) -> String {
    format!("{OWN}{id}")
}

fn status(access: &Access, word: &Word<'_>) -> Status {
    Status {
        name: name(word.id),
        state: word.state,
        description: word.says.chars().take(140).collect(),
        url: address(access, word),
    }
}

fn deployment(access: &Access, word: &Word<'_>) -> Deployment {
    Deployment {
        environment: word.environment.name.clone().unwrap_or_else(|| word.id.to_string()),
        commit: word.commit.to_string(),
        branch: word.branch.branch.clone(),
        state: match word.state {
            StatusState::Passed => DeploymentState::Succeeded,
            StatusState::Pending => DeploymentState::Running,
            StatusState::Failed => DeploymentState::Failed,
        },
        description: word.says.chars().take(140).collect(),
        url: address(access, word),
        environment_url: word.environment.url.clone(),
    }
}

/// Where there is more: the run, else the proposal.
fn address(access: &Access, word: &Word<'_>) -> Option<String> {
    access.run_address().map(ToOwned::to_owned).or_else(|| word.proposal.clone())
}

fn is_unsupported(error: &ForgeError) -> bool {
    matches!(error.problem, ForgeProblem::Unsupported(_))
}

/// Whether it will be no better at the next look.
fn is_for_good(problem: &Problem) -> bool {
    match problem {
        Problem::Forge(error) => !matches!(
            error.problem,
            ForgeProblem::RateLimited { .. }
                | ForgeProblem::Unavailable { .. }
                | ForgeProblem::Conflict { .. }
                | ForgeProblem::Invalid { .. }
        ),
        _ => false,
    }
}
