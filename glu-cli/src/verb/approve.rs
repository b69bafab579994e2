//! `glu approve`

use glu_core::gate::Report;
use glu_core::ledger::{Subject, What};
use glu_core::model::{PhaseId, Selection, State};
use glu_core::plan::{Entry, Move, Standing, plan};

use crate::exit::{Code, Failure};
use crate::session::Session;

/// Arguments of `glu approve`.
#[derive(Debug, clap::Args)]
pub struct ApproveArgs {
    /// The phase, as PHASE or PIPELINE/PHASE
    #[arg(value_name = "PHASE")]
    phase: String,
    /// The state that is meant, by the beginning of its digest; refused where the phase would get another one
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// What there is to say
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Take the approval back, and say why
    #[arg(long, value_name = "TEXT", conflicts_with = "comment")]
    withdraw: Option<String>,
}

pub(crate) fn approve(args: &ApproveArgs, session: &mut Session) -> Result<Code, Failure> {
    let id = session.the_phase(&args.phase)?;
    let entry = entry(session, &id)?;
    let planned = candidate(&id, &entry.standing)?;
    if approvals(&planned.gates).is_empty() {
        let message = format!("no gate of {id} asks for an approval");
        return Err(Failure::new(Code::Usage, message).hint(format!("`glu explain {id}` shows its gates")));
    }
    let state = planned.to.clone();
    if let Some(wanted) = args.state.as_deref().filter(|wanted| !is_called(&state, wanted)) {
        return Err(Failure::new(Code::Moved, format!("{id} would get {state} now, not {wanted}")));
    }
    let subject = Subject::new(id.clone(), state.digest.clone());
    // While a rollout is under way, its step asks.
    let subject = match &entry.rollout {
        Some(rollout) if planned.goes_on() => subject.in_step(&rollout.rollout, rollout.step),
        _ => subject,
    };
    let said = if args.withdraw.is_some() { "no longer approved" } else { "approved" };
    session.record([match &args.withdraw {
        Some(reason) => What::Disapproved { subject, reason: reason.clone() },
        None => What::Approved { subject, comment: args.comment.clone() },
    }])?;
    session.shell.say(&format!("{state} is {said} for {id}"));
    // What it came to: somebody else may have to approve too, or this approval does not count.
    let after = self::entry(session, &id)?;
    for gate in approvals(&candidate(&id, &after.standing)?.gates) {
        session.shell.say(&format!("gate {}: {}: {}", gate.gate.name, gate.verdict, gate.reason));
    }
    Ok(Code::Done)
}

/// How it stands with a phase.
fn entry(session: &mut Session, id: &PhaseId) -> Result<Entry, Failure> {
    let selection = Selection::of([id.clone()]);
    let snapshot = session.observe(&selection);
    let facts = session.facts(&snapshot, &selection)?;
    let plan = plan(&session.system, &snapshot, &facts, &selection);
    let entry = plan.entries.into_iter().next();
    entry.ok_or_else(|| Failure::new(Code::Failed, format!("{id} was not observed")))
}

/// The move that an approval would be about.
fn candidate<'a>(id: &PhaseId, standing: &'a Standing) -> Result<&'a Move, Failure> {
    match standing {
        Standing::Moves(planned)
        | Standing::Proposed { planned, .. }
        | Standing::Held { held: Some(planned), .. } => Ok(planned),
        Standing::Broken(problem) => Err(problem.clone().into()),
        Standing::Origin(_) | Standing::Current(_) | Standing::Held { .. } => {
            let message = format!("there is nothing to approve: {id} would get no other state");
            Err(Failure::new(Code::Failed, message).hint(format!("`glu explain {id}` shows why")))
        }
    }
}

/// The gates that ask for approvals, however deep they are.
fn approvals(reports: &[Report]) -> Vec<&Report> {
    let own = |report| std::iter::once(report).filter(|report: &&Report| report.kind == "approval");
    reports.iter().flat_map(|report| own(report).chain(approvals(&report.parts))).collect()
}

fn is_called(state: &State, wanted: &str) -> bool {
    let digest = state.digest.as_str();
    let digits = digest.split_once(':').map_or(digest, |(_, digits)| digits);
    digest.starts_with(wanted) || digits.starts_with(wanted) || state.label == wanted
}
