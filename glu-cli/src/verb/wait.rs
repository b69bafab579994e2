//! Following proposals to their end, for `glu promote --wait`.

use std::collections::BTreeMap;
use std::time::Duration;

use glu_core::announce::Sight;
use glu_core::facts::Facts;
use glu_core::forge::{Fate, ForgeProblem, StatusState};
use glu_core::model::{PhaseId, Selection, StateDigest};
use glu_core::observe::{Problem, Snapshot};
use glu_core::plan::{Move, Plan, Standing, plan};
use glu_core::promote::{Outcome, Races};
use glu_core::propose::Step;
use jiff::{SignedDuration, Timestamp};

use super::freeze::length;
use crate::exit::Failure;
use crate::session::Session;
use crate::view::{OutcomeView, ProposalView};

/// How long to wait.
#[derive(Debug, clap::Args)]
pub(crate) struct Patience {
    /// Wait until what is proposed is merged; fail when it is closed or a check of it fails
    #[arg(long)]
    pub(crate) wait: bool,
    /// Wait no longer than this, such as `30m`; what is not merged by then is held
    #[arg(long, value_name = "TIME", value_parser = length, requires = "wait")]
    timeout: Option<SignedDuration>,
}

/// How long to wait between looks.
const INTERVAL: Duration = Duration::from_secs(10);

/// The phases whose moves are proposed, and the states that they wait for.
pub(crate) fn waiting(plan: &Plan, outcome: &Outcome) -> BTreeMap<PhaseId, StateDigest> {
    let proposed = outcome.results.iter().filter_map(|(id, result)| {
        let promotion = result.as_ref().ok()?;
        promotion.proposal.as_ref().map(|_| (id.clone(), promotion.state.digest.clone()))
    });
    let standing = plan.entries.iter().filter_map(|entry| match &entry.standing {
        Standing::Proposed { planned, .. } => Some((entry.id.clone(), planned.to.digest.clone())),
        _ => None,
    });
    proposed.chain(standing).collect()
}

/// Waits for proposals, and notes what became of each.
pub(crate) fn follow(
    session: &mut Session,
    patience: &Patience,
    mut waiting: BTreeMap<PhaseId, StateDigest>,
    view: &mut OutcomeView,
) -> Result<(), Failure> {
    let begun = session.access.now();
    let end = patience.timeout.map(|time| begun.saturating_add(time).unwrap_or(Timestamp::MAX));
    let mut said: BTreeMap<PhaseId, String> = BTreeMap::new();
    while !waiting.is_empty() {
        session.access.forget();
        let selection = Selection::of(waiting.keys().cloned());
        let snapshot = session.observe(&selection);
        let facts = session.facts(&snapshot, &selection)?;
        let plan = plan(&session.system, &snapshot, &facts, &selection);
        keep_up(session, &plan, &waiting)?;
        let before = waiting.len();
        let is_late = end.is_some_and(|end| snapshot.at >= end);
        waiting.retain(|id, wanted| match state(&snapshot, &facts, id, wanted) {
            Progress::Merged => {
                view.merged(id);
                false
            }
            Progress::Failed(reason) => {
                view.broken_off(id, &reason);
                false
            }
            Progress::Waits(words) if is_late => {
                view.too_late(id, &format!("the time is over: {words}"));
                false
            }
            Progress::Waits(words) => {
                if said.get(id) != Some(&words) {
                    let harmless: String = words.chars().filter(|letter| !letter.is_control()).collect();
                    session.shell.say(&format!("{id}  waiting: {harmless}"));
                    said.insert(id.clone(), words);
                }
                true
            }
        });
        if waiting.len() < before {
            let sight = Sight { snapshot: &snapshot, facts: &facts };
            session.announce(&plan, Some(sight), &Outcome { results: Vec::new() });
        }
        if !waiting.is_empty() {
            let left = end.map(|end| end.duration_since(snapshot.at).unsigned_abs());
            session.access.wait(left.map_or(INTERVAL, |left| left.min(INTERVAL)));
        }
    }
    Ok(())
}

/// Brings what waits up to date where its base has moved, and lets it merge where its gates have opened since. What goes wrong is seen by the
/// next look.
fn keep_up(
    session: &mut Session,
    plan: &Plan,
    waiting: &BTreeMap<PhaseId, StateDigest>,
) -> Result<(), Failure> {
    let is_ours = |planned: &&Move| {
        waiting.get(&planned.id) == Some(&planned.to.digest)
            && planned.offer().is_some_and(|offer| matches!(offer.step, Step::Update | Step::Merge))
    };
    let moves: Vec<Move> = plan.moves().filter(is_ours).cloned().collect();
    if !moves.is_empty() {
        session.promote(&moves, Races::RunAgain)?;
    }
    Ok(())
}

/// How far a proposal is.
enum Progress {
    Merged,
    Failed(String),
    Waits(String),
}

fn state(snapshot: &Snapshot, facts: &Facts, id: &PhaseId, wanted: &StateDigest) -> Progress {
    let state = snapshot.phases.get(id).map(|observation| &observation.state);
    match state {
        Some(Ok(state)) if state.digest == *wanted => return Progress::Merged,
        Some(Ok(_)) => {}
        Some(Err(problem)) => return Progress::Failed(problem.to_string()),
        None => return Progress::Failed("it was not observed".to_owned()),
    }
    let proposed = match facts.proposals.get(id) {
        Some(Ok(proposed)) => proposed,
        Some(Err(problem)) if is_passing(problem) => return Progress::Waits(problem.to_string()),
        Some(Err(problem)) => return Progress::Failed(problem.to_string()),
        None => return Progress::Failed("it does not propose".to_owned()),
    };
    let Some(view) = ProposalView::of(proposed) else {
        return Progress::Failed("its proposal is gone".to_owned());
    };
    if matches!(&proposed.proposal, Some(proposal) if matches!(proposal.fate, Fate::Closed { .. })) {
        return Progress::Failed(format!("proposal {} was {}", view.shown(), view.fate()));
    }
    if !view.is_open() {
        return Progress::Waits(format!(
            "proposal {} is {}, and its branch is looked at again",
            view.shown(),
            view.fate()
        ));
    }
    let failed = proposed.statuses.iter().any(|status| status.state == StatusState::Failed);
    match failed {
        true => Progress::Failed(format!("proposal {}", view.sentence())),
        false => Progress::Waits(format!("proposal {}", view.sentence())),
    }
}

/// Whether it may be well again at the next look.
fn is_passing(problem: &Problem) -> bool {
    matches!(problem, Problem::Forge(error)
        if matches!(error.problem, ForgeProblem::RateLimited { .. } | ForgeProblem::Unavailable { .. }))
}
