//! `glu rollback`

use glu_core::history::{Depth, histories};
use glu_core::ledger::{Subject, What};
use glu_core::model::{Selection, State};
use glu_core::plan::{Entry, Hold, Move, Plan, Standing, rollback as plan_rollback};
use glu_core::promote::{Promotion, Races};
use glu_core::rollback::{find, previous};

use super::promote::{Consent, carry_out};
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::OutcomeView;
use crate::view::report::hold;

/// How many older states are searched for the one to go back to.
const DEPTH: usize = 1000;

/// Arguments of `glu rollback`.
#[derive(Debug, clap::Args)]
pub struct RollbackArgs {
    /// The phase, as PHASE or PIPELINE/PHASE
    #[arg(value_name = "PHASE")]
    phase: String,
    /// The state to go back to: the beginning of a digest or of a commit, a label, or a promotion; without, the state before
    #[arg(long, value_name = "STATE")]
    to: Option<String>,
    /// Why; kept with the pin
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(crate) fn rollback(args: &RollbackArgs, session: &mut Session) -> Result<Code, Failure> {
    let id = session.the_phase(&args.phase)?;
    let selection = Selection::of([id.clone()]);
    let snapshot = session.observe(&selection);
    let (_, phase) = session.system.phase(&id).expect("a selection names phases of the system");
    if !phase.source.accepts() {
        return Err(Failure::new(
            Code::Usage,
            format!("nothing can be rolled back in `{id}`: {} phases are only read", phase.source.kind()),
        )
        .hint("name a phase that states move into; `glu graph` shows them"));
    }
    let current = match snapshot.phases.get(&id).map(|observation| &observation.state) {
        Some(Ok(state)) => state.clone(),
        Some(Err(problem)) => return Err(problem.clone().into()),
        None => return Err(Failure::new(Code::Failed, format!("{id} was not observed"))),
    };
    if phase.rollout.is_some() && session.facts(&snapshot, &selection)?.rollouts.contains_key(&id) {
        return Err(Failure::new(Code::Held, format!("a rollout is under way in `{id}`")).hint(format!(
            "`glu abort {id} --reason ...` gives it up, and everything is as it was before it"
        )));
    }
    let (pipeline, phase) = session.system.phase(&id).expect("a selection names phases of the system");
    let histories = histories(&session.system, &session.access, &snapshot, &selection, Depth::States(DEPTH))?;
    let history = histories.of(&id);
    let see = format!("`glu history {id}` lists the states it has had");
    let ledger = session.ledger()?;
    let bad = |state: &State| ledger.quarantine(&id, &state.digest);
    let target = match &args.to {
        Some(wanted) => find(history, wanted),
        // Nobody means to go back to a state that is known to be bad.
        None => previous(history, |state| !state.same(&current) && bad(state).is_none()),
    };
    let target = target.map_err(|error| Failure::from(error).hint(see))?.clone();
    if let Some(quarantine) = bad(&target) {
        session
            .shell
            .warn(&format!("{target} is quarantined by {}: {}", quarantine.actor, quarantine.reason));
    }
    for freeze in ledger.freezes(&id, snapshot.at) {
        let hold = hold(&Hold::Frozen(freeze.clone()));
        session.shell.warn(&format!("{hold}; a rollback by hand goes on all the same"));
    }
    let mut view = OutcomeView::new();
    let mut entries = Vec::new();
    let mut moves: Vec<Move> = Vec::new();
    if target.same(&current) {
        view.up_to_date(&id);
        session.shell.advise(&format!("`glu pin {id} --reason ...` makes it stay there"));
        entries.push(Entry {
            id: id.clone(),
            standing: Standing::Current(current),
            queue: None,
            rollout: None,
            cleanup: None,
        });
    } else {
        let planned = plan_rollback(pipeline, phase, &snapshot, target)?;
        moves.push(planned.clone());
        entries.push(Entry {
            id: id.clone(),
            standing: Standing::Moves(Box::new(planned)),
            queue: None,
            rollout: None,
            cleanup: None,
        });
    }
    let plan = Plan { at: snapshot.at, fingerprint: session.system.fingerprint(), entries };
    let (code, outcome) = carry_out(session, &args.consent, &plan, None, &moves, Races::RunAgain, view)?;
    let done = |result: &Result<Promotion, _>| result.as_ref().is_ok_and(|done| done.promotion.is_some());
    let made = moves.first().filter(|_| outcome.results.iter().any(|(_, result)| done(result)));
    // Nobody goes back in order to be moved forward again by the next run.
    let pin = made.map(|planned| What::Pinned {
        subject: Subject::new(id.clone(), planned.to.digest.clone()),
        reason: reason(&planned.from, args.reason.as_deref()),
        until: None,
    });
    let recorded = session.record(pin);
    if !args.consent.is_withheld() {
        session.tell(&plan, None, &outcome);
    }
    recorded?;
    if made.is_some() {
        session
            .shell
            .advise(&format!("it is pinned there; `glu unpin {id} --reason ...` lets it move again"));
    }
    Ok(code)
}

/// Why a phase is pinned to what it was rolled back to.
fn reason(from: &State, why: Option<&str>) -> String {
    why.map_or_else(|| format!("rolled back from {from}"), |why| format!("rolled back from {from}: {why}"))
}
