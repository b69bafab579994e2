//! `glu quarantine`

use glu_core::history::{Depth, histories};
use glu_core::ledger::{Subject, What};
use glu_core::model::{PhaseId, Selection, State};
use glu_core::rollback::{RollbackError, find};

use crate::exit::{Code, Failure};
use crate::session::Session;

/// How many older states are searched for the one that is meant.
const DEPTH: usize = 200;

/// Arguments of `glu quarantine`.
#[derive(Debug, clap::Args)]
pub struct QuarantineArgs {
    /// A phase that has or had the state, as PHASE or PIPELINE/PHASE
    #[arg(value_name = "PHASE")]
    phase: String,
    /// The state: the beginning of a digest or of a commit, a label, or a promotion; without, the one the phase is in
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// In every phase of the pipeline
    #[arg(long)]
    everywhere: bool,
    /// The state is no longer bad
    #[arg(long)]
    release: bool,
}

pub(crate) fn quarantine(args: &QuarantineArgs, session: &mut Session) -> Result<Code, Failure> {
    let (id, current) = session.current(&args.phase)?;
    let state = match &args.state {
        None => current,
        Some(wanted) => meant(session, &id, wanted)?,
    };
    let phase = if args.everywhere { PhaseId::new(&id.pipeline, "*") } else { id };
    let subject = Subject::new(phase.clone(), state.digest.clone());
    let reason = args.reason.clone();
    session.record([match args.release {
        true => What::Released { subject, reason },
        false => What::Quarantined { subject, reason },
    }])?;
    let said = if args.release { "may come again into" } else { "does not come into" };
    session.shell.say(&format!("{state} {said} {phase}"));
    Ok(Code::Done)
}

fn meant(session: &Session, id: &PhaseId, wanted: &str) -> Result<State, Failure> {
    let selection = Selection::of([id.clone()]).with_upstreams(&session.system);
    let snapshot = session.observe(&selection);
    // A state that has not come yet is in an upstream.
    let ahead =
        selection.iter().filter_map(|id| snapshot.phases.get(id)?.state.as_ref().ok()).find(|state| {
            let digest = state.digest.as_str();
            let digits = digest.split_once(':').map_or(digest, |(_, digits)| digits);
            wanted.len() >= 4 && (digest.starts_with(wanted) || digits.starts_with(wanted))
                || state.label == wanted
        });
    if let Some(state) = ahead {
        return Ok(state.clone());
    }
    let histories = histories(&session.system, &session.access, &snapshot, &selection, Depth::States(DEPTH))?;
    // A state whose rollout was given up never came into the phase itself: an upstream has had it.
    let elsewhere = selection.iter().filter(|other| *other != id);
    match find(histories.of(id), wanted) {
        Err(unknown @ RollbackError::Unknown { .. }) => {
            let found = elsewhere.into_iter().find_map(|other| find(histories.of(other), wanted).ok());
            Ok(found.ok_or(unknown)?.clone())
        }
        found => Ok(found?.clone()),
    }
}
