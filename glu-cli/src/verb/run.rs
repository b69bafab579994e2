//! `glu run`

use std::collections::BTreeMap;
use std::time::Duration;

use glu_core::model::{PhaseId, Selection, Trigger};
use glu_core::plan::{Move, Plan, Standing};
use glu_core::promote::{Races, promote};
use jiff::{SignedDuration, Timestamp};

use super::freeze::length;
use super::promote::planned;
use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::OutcomeView;

/// Arguments of `glu run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    #[command(flatten)]
    targets: Targets,
    /// Look once, make the moves that are automatic and not held, and exit
    #[arg(long)]
    once: bool,
    /// How long to wait between looks
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = length, conflicts_with = "once")]
    interval: SignedDuration,
}

pub(crate) fn run(args: &RunArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    if args.once {
        return look(session, &selection, &mut BTreeMap::new(), true);
    }
    let interval = Duration::try_from(args.interval)
        .ok()
        .filter(|interval| !interval.is_zero())
        .ok_or_else(|| Failure::new(Code::Usage, "--interval must be more than nothing"))?;
    let mut moved = BTreeMap::new();
    loop {
        // One look that fails is not the end of watching: it is said, and the next one may go better.
        if let Err(failure) = look(session, &selection, &mut moved, false) {
            session.shell.fail(&failure);
        }
        session.access.wait(interval);
        session.access.forget();
    }
}

/// Observes, samples what is due, and makes every move that is automatic and allowed.
fn look(
    session: &mut Session,
    selection: &Selection,
    moved: &mut BTreeMap<PhaseId, Timestamp>,
    tell: bool,
) -> Result<Code, Failure> {
    let (snapshot, plan) = planned(session, selection)?;
    let moves: Vec<Move> =
        plan.moves().filter(|planned| is_due(session, planned, moved, snapshot.at)).cloned().collect();
    let mut view = OutcomeView::new();
    for (id, reason) in broken(&plan) {
        view.broken(&id, reason);
    }
    if moves.is_empty() && view.code() == Code::Done && !tell {
        return Ok(Code::Done);
    }
    if tell {
        others(&plan, &moves, &mut view);
    }
    let outcome = promote(&session.system, &session.access, &moves, Races::RunAgain);
    for (id, result) in &outcome.results {
        if result.is_ok() {
            moved.insert(id.clone(), snapshot.at);
        }
    }
    let view = view.with(&outcome, &plan);
    session.show(&view)?;
    // What is held is as it should be: the next look may find it free.
    Ok(if view.code() == Code::Held { Code::Done } else { view.code() })
}

/// Notes the phases that stay as they are, so that a job's log says so.
fn others(plan: &Plan, moves: &[Move], view: &mut OutcomeView) {
    for entry in &plan.entries {
        match &entry.standing {
            Standing::Current(_) => view.up_to_date(&entry.id),
            Standing::Held { holds, .. } if !entry.standing.is_broken() => {
                view.held(&entry.id, crate::view::held(holds));
            }
            Standing::Moves(planned) if !moves.iter().any(|made| made.id == planned.id) => {
                view.held(&entry.id, "it does not move by itself now; `glu promote` moves it".to_owned());
            }
            _ => {}
        }
    }
}

fn broken(plan: &Plan) -> Vec<(PhaseId, String)> {
    plan.entries
        .iter()
        .filter_map(|entry| match &entry.standing {
            Standing::Broken(problem) => Some((entry.id.clone(), problem.to_string())),
            Standing::Held { holds, .. } if entry.standing.is_broken() => {
                Some((entry.id.clone(), crate::view::held(holds)))
            }
            _ => None,
        })
        .collect()
}

/// Whether a phase moves by itself now. A phase without a trigger never does.
fn is_due(session: &Session, planned: &Move, moved: &BTreeMap<PhaseId, Timestamp>, now: Timestamp) -> bool {
    match session.system.phase(&planned.id).and_then(|(_, phase)| phase.trigger) {
        None => false,
        Some(Trigger::Change) => true,
        Some(Trigger::Every(time)) => moved.get(&planned.id).is_none_or(|last| {
            last.checked_add(SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX))
                .is_ok_and(|next| next <= now)
        }),
    }
}
