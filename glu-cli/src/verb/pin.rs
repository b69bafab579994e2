//! `glu pin` and `glu unpin`

use glu_core::ledger::{Subject, What};

use super::freeze::Expiry;
use crate::exit::{Code, Failure};
use crate::session::Session;

/// Arguments of `glu pin`.
#[derive(Debug, clap::Args)]
pub struct PinArgs {
    /// The phase, as PHASE or PIPELINE/PHASE
    #[arg(value_name = "PHASE")]
    phase: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    expiry: Expiry,
}

/// Arguments of `glu unpin`.
#[derive(Debug, clap::Args)]
pub struct UnpinArgs {
    /// The phase, as PHASE or PIPELINE/PHASE
    #[arg(value_name = "PHASE")]
    phase: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(crate) fn pin(args: &PinArgs, session: &mut Session) -> Result<Code, Failure> {
    let (phase, state) = session.current(&args.phase)?;
    let until = args.expiry.until(session.access.now())?;
    let subject = Subject::new(phase.clone(), state.digest.clone());
    let before = session.ledger()?.pin(&phase, session.access.now()).cloned();
    session.record([What::Pinned { subject, reason: args.reason.clone(), until }])?;
    session.shell.say(&format!("{phase} is pinned to {state}"));
    if let Some(before) = before {
        session.shell.say(&format!("this replaces the pin by {}: {}", before.actor, before.reason));
    }
    Ok(Code::Done)
}

pub(crate) fn unpin(args: &UnpinArgs, session: &mut Session) -> Result<Code, Failure> {
    let phase = session.the_phase(&args.phase)?;
    if session.ledger()?.pin(&phase, session.access.now()).is_none() {
        session.shell.say(&format!("{phase} is not pinned"));
        return Ok(Code::Done);
    }
    session.record([What::Unpinned { phase: phase.clone(), reason: args.reason.clone() }])?;
    session.shell.say(&format!("{phase} may move again"));
    Ok(Code::Done)
}
