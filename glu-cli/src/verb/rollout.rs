//! `glu pause`, `glu resume`, `glu skip` and `glu abort`: the hands on a rollout that is under way.

use glu_core::announce::Sight;
use glu_core::facts::Facts;
use glu_core::ledger::{Subject, What};
use glu_core::model::{PhaseId, Selection};
use glu_core::observe::Snapshot;
use glu_core::plan::{Entry, Move, Plan, Standing};
use glu_core::promote::Races;
use glu_core::rollout::{Progress, Rollout, abort as plan_abort, resume as plan_resume};

use super::promote::{Consent, carry_out};
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::OutcomeView;

/// Arguments of `glu pause`.
#[derive(Debug, clap::Args)]
pub struct PauseArgs {
    /// The phase, as PHASE or PIPELINE/PHASE
    #[arg(value_name = "PHASE")]
    phase: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Arguments of `glu resume`.
#[derive(Debug, clap::Args)]
pub struct ResumeArgs {
    /// The phase, as PHASE or PIPELINE/PHASE
    #[arg(value_name = "PHASE")]
    phase: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

/// Arguments of `glu skip`.
#[derive(Debug, clap::Args)]
pub struct SkipArgs {
    /// The phase, as PHASE or PIPELINE/PHASE
    #[arg(value_name = "PHASE")]
    phase: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Go on with this step instead of the next: its number, or `end`
    #[arg(long, value_name = "STEP", value_parser = target)]
    to: Option<u32>,
}

/// Arguments of `glu abort`.
#[derive(Debug, clap::Args)]
pub struct AbortArgs {
    /// The phase, as PHASE or PIPELINE/PHASE
    #[arg(value_name = "PHASE")]
    phase: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    consent: Consent,
}

fn target(text: &str) -> Result<u32, String> {
    match text {
        "end" => Ok(u32::MAX),
        _ => text.parse().map_err(|_| "write a step's number, or `end`".to_owned()),
    }
}

pub(crate) fn pause(args: &PauseArgs, session: &mut Session) -> Result<Code, Failure> {
    let found = Found::look(session, &args.phase)?;
    session.record([What::Paused { subject: found.subject(), reason: args.reason.clone() }])?;
    session.shell.say(&format!("the rollout of {} stays at step {}", found.id, found.progress.step));
    session.shell.advise(&format!("`glu resume {}` lets it go on", found.id));
    Ok(Code::Done)
}

pub(crate) fn resume(args: &ResumeArgs, session: &mut Session) -> Result<Code, Failure> {
    let found = Found::look(session, &args.phase)?;
    let paused = found.facts.ledger.pause(&found.id, &found.progress.rollout).is_some();
    let planned = plan_resume(&session.system, &found.snapshot, &found.facts, &found.id)?;
    if paused && !args.consent.is_withheld() {
        let reason = args.reason.clone().unwrap_or_default();
        session.record([What::Resumed { subject: found.subject(), reason }])?;
        session.shell.say(&format!("the rollout of {} may go on", found.id));
    }
    match planned {
        Some(planned) => found.make(session, &args.consent, planned),
        None if paused => Ok(Code::Done),
        None => {
            session.shell.say(&format!("the rollout of {} is not paused, and as it was written", found.id));
            Ok(Code::Done)
        }
    }
}

pub(crate) fn skip(args: &SkipArgs, session: &mut Session) -> Result<Code, Failure> {
    let found = Found::look(session, &args.phase)?;
    let step = found.progress.step;
    let count = found.count;
    let to = args.to.map(|to| if to == u32::MAX { count + 1 } else { to });
    if let Some(to) = to.filter(|to| *to <= step || *to > count + 1) {
        let message = format!(
            "the rollout of {} is at step {step} of {count} and cannot go on with step {to}",
            found.id
        );
        return Err(Failure::new(Code::Usage, message).hint("name a later step, or `end`"));
    }
    session.record([What::Skipped { subject: found.subject(), to, reason: args.reason.clone() }])?;
    session.shell.say(&format!("the rest of step {step} of the rollout of {} is skipped", found.id));
    session.shell.advise(&format!("`glu promote {}` goes on, and so does `glu run`", found.id));
    Ok(Code::Done)
}

pub(crate) fn abort(args: &AbortArgs, session: &mut Session) -> Result<Code, Failure> {
    let found = Found::look(session, &args.phase)?;
    let planned = plan_abort(&session.system, &found.snapshot, &found.facts, &found.id, &args.reason)?;
    match planned {
        Some(planned) => {
            let code = found.make(session, &args.consent, planned)?;
            let (id, candidate) = (&found.id, &found.progress.candidate);
            session.shell.advise(&format!(
                "{candidate} is quarantined; `glu quarantine {id} --state {} --release --reason ...` lets it come again",
                candidate.digest.short()
            ));
            Ok(code)
        }
        None => Err(none(&found.id)),
    }
}

/// A phase whose rollout is under way.
struct Found {
    id: PhaseId,
    snapshot: Snapshot,
    facts: Facts,
    progress: Progress,
    count: u32,
}

impl Found {
    fn look(session: &mut Session, name: &str) -> Result<Self, Failure> {
        let id = session.the_phase(name)?;
        let (_, phase) = session.system.phase(&id).expect("a selection names phases of the system");
        let Some(count) = phase.rollout.as_ref().map(Rollout::count) else {
            let message = format!("phase `{id}` has no rollout: states come into it at once");
            return Err(Failure::new(Code::Usage, message).hint("`.rollout(...)` gives it one"));
        };
        let selection = Selection::of([id.clone()]);
        let snapshot = session.observe(&selection);
        if let Some(Err(problem)) = snapshot.phases.get(&id).map(|observation| &observation.state) {
            return Err(problem.clone().into());
        }
        let facts = session.facts(&snapshot, &selection)?;
        let progress = facts.rollouts.get(&id).cloned().ok_or_else(|| none(&id))?;
        Ok(Self { id, snapshot, facts, progress, count })
    }

    fn subject(&self) -> Subject {
        let Progress { rollout, step, candidate, .. } = &self.progress;
        Subject::new(self.id.clone(), candidate.digest.clone()).in_step(rollout, *step)
    }

    fn make(&self, session: &mut Session, consent: &Consent, planned: Move) -> Result<Code, Failure> {
        let standing = Standing::Moves(Box::new(planned.clone()));
        let entries =
            vec![Entry { id: self.id.clone(), standing, queue: None, rollout: None, cleanup: None }];
        let plan = Plan { at: self.snapshot.at, fingerprint: session.system.fingerprint(), entries };
        let view = OutcomeView::new();
        let sight = Some(Sight { snapshot: &self.snapshot, facts: &self.facts });
        Ok(carry_out(session, consent, &plan, sight, &[planned], Races::RunAgain, view)?.0)
    }
}

fn none(id: &PhaseId) -> Failure {
    Failure::new(Code::Failed, format!("no rollout is under way in `{id}`"))
        .hint(format!("`glu explain {id}` shows what is"))
}
