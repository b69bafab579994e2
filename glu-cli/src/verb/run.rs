//! `glu run`

use std::time::Duration;

use glu_core::announce::Sight;
use glu_core::model::{PhaseId, Selection};
use glu_core::plan::{Move, Plan, Standing};
use glu_core::promote::{Promotion, Races};
use glu_core::schedule::{due, next, opening, pause, sightings};
use jiff::{SignedDuration, Timestamp};

use super::freeze::length;
use super::promote::{annotate, finish, planned};
use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::{OutcomeView, stamp};

/// Arguments of `glu run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    #[command(flatten)]
    targets: Targets,
    /// Look once, make the moves that are automatic and not held, and exit
    #[arg(long)]
    once: bool,
    /// How long to wait between looks, unless a gate or a trigger is due earlier
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = length, conflicts_with = "once")]
    interval: SignedDuration,
    /// End after this time
    #[arg(long = "for", value_name = "TIME", value_parser = length, conflicts_with = "once")]
    duration: Option<SignedDuration>,
}

pub(crate) fn run(args: &RunArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    if args.once {
        return look(session, &selection, true).map(|(code, _)| code);
    }
    let interval = Duration::try_from(args.interval)
        .ok()
        .filter(|interval| !interval.is_zero())
        .ok_or_else(|| Failure::new(Code::Usage, "--interval must be more than nothing"))?;
    let end = args.duration.map(|duration| session.access.now().saturating_add(duration)).transpose();
    let end = end.map_err(|error| Failure::new(Code::Usage, format!("--for: {error}")))?;
    loop {
        // One look that fails is not the end of watching: it is said, and the next one may go better.
        let next = look(session, &selection, false).map(|(_, next)| next).unwrap_or_else(|failure| {
            session.shell.fail(&failure);
            None
        });
        let now = session.access.now();
        let pause = pause(now, next, interval);
        if end.is_some_and(|end| now.checked_add(pause).is_ok_and(|next| next > end)) {
            return Ok(Code::Done);
        }
        session.access.wait(pause);
        session.access.forget();
    }
}

/// Observes, samples what is due, makes every move that is due and allowed, and tells when it is worth looking again.
fn look(
    session: &mut Session,
    selection: &Selection,
    tell: bool,
) -> Result<(Code, Option<Timestamp>), Failure> {
    let (snapshot, facts, plan) = planned(session, selection)?;
    let next = next(&session.system, &snapshot, &facts, &plan);
    session.record(sightings(&session.system, &facts, &plan))?;
    let moves: Vec<Move> = plan
        .moves()
        .filter_map(|planned| due(&session.system, &facts, planned, snapshot.at))
        .cloned()
        .collect();
    let mut view = OutcomeView::new();
    for (id, reason) in broken(&plan) {
        view.broken(&id, reason);
    }
    let cleans = plan.entries.iter().any(|entry| entry.cleanup.is_some());
    let silent = moves.is_empty() && !cleans && view.code() == Code::Done && !tell;
    if tell {
        let opening = |planned: &Move| opening(&session.system, &facts, planned, snapshot.at);
        others(&plan, &moves, opening, &mut view);
    }
    let outcome = session.promote(&moves, Races::RunAgain)?;
    // What moved may let the next phase move at once; what is proposed has not moved yet.
    let has_moved = |result: &Result<Promotion, _>| matches!(result, Ok(made) if made.proposal.is_none());
    let moved = outcome.results.iter().any(|(_, result)| has_moved(result));
    let next = if moved { Some(snapshot.at) } else { next };
    let mut view = view.with(&outcome, &plan);
    let sight = Some(Sight { snapshot: &snapshot, facts: &facts });
    finish(session, &plan, sight, &outcome, &mut view);
    let shown = if silent { Ok(()) } else { session.show(&view) };
    session.tell(&plan, Some(&facts), &outcome);
    shown?;
    annotate(session, &plan, &outcome);
    // What is held is as it should be: the next look may find it free.
    let code = if view.code() == Code::Held { Code::Done } else { view.code() };
    Ok((code, next))
}

/// Notes the phases that stay as they are, so that a job's log says so.
fn others(plan: &Plan, moves: &[Move], opening: impl Fn(&Move) -> Option<Timestamp>, view: &mut OutcomeView) {
    for entry in &plan.entries {
        match &entry.standing {
            Standing::Current(_) => view.up_to_date(&entry.id),
            Standing::Proposed { planned, .. } => view.waiting(&entry.id, planned),
            Standing::Held { holds, .. } if !entry.standing.is_broken() => {
                view.held(&entry.id, crate::view::held(holds));
            }
            Standing::Moves(planned) if !moves.iter().any(|made| made.id == planned.id) => {
                let when = match opening(planned) {
                    Some(opening) => format!("before {}", stamp(opening)),
                    None => "now".to_owned(),
                };
                view.held(&entry.id, format!("it does not move by itself {when}; `glu promote` moves it"));
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
