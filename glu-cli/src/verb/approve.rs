//! `glu approve`

use glu_core::ledger::{Subject, What};
use glu_core::plan::{Standing, plan};

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
    let selection = glu_core::model::Selection::of([id.clone()]);
    let snapshot = session.observe(&selection);
    let facts = session.facts(&snapshot, &selection)?;
    let plan = plan(&session.system, &snapshot, &facts, &selection);
    let entry =
        plan.entries.first().ok_or_else(|| Failure::new(Code::Failed, format!("{id} was not observed")))?;
    let state = match &entry.standing {
        Standing::Moves(planned) | Standing::Held { held: Some(planned), .. } => planned.to.clone(),
        Standing::Broken(problem) => return Err(problem.clone().into()),
        Standing::Origin(_) | Standing::Current(_) | Standing::Held { .. } => {
            return Err(Failure::new(
                Code::Failed,
                format!("there is nothing to approve: {id} would get no other state"),
            )
            .hint(format!("`glu explain {id}` shows why")));
        }
    };
    if let Some(wanted) = &args.state {
        let digest = state.digest.as_str();
        let digits = digest.split_once(':').map_or(digest, |(_, digits)| digits);
        if !(digest.starts_with(wanted.as_str())
            || digits.starts_with(wanted.as_str())
            || state.label == *wanted)
        {
            return Err(Failure::new(Code::Moved, format!("{id} would get {state} now, not {wanted}")));
        }
    }
    let subject = Subject { phase: id.clone(), state: state.digest.clone() };
    let said = if args.withdraw.is_some() { "no longer approved" } else { "approved" };
    session.record([match &args.withdraw {
        Some(reason) => What::Disapproved { subject, reason: reason.clone() },
        None => What::Approved { subject, comment: args.comment.clone() },
    }])?;
    session.shell.say(&format!("{state} is {said} for {id}"));
    Ok(Code::Done)
}
