//! `glu check`

use glu_core::plan::{Standing, plan, verification};
use glu_core::sample::{When, sample};

use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::CheckView;

/// Arguments of `glu check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    #[command(flatten)]
    targets: Targets,
    /// Set the samples of gates that failed aside and try anew, and say why
    #[arg(long, value_name = "TEXT")]
    retry: Option<String>,
    /// Look even where the next sample is not due yet
    #[arg(long)]
    now: bool,
}

pub(crate) fn check(args: &CheckArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    let snapshot = session.observe(&selection);
    let mut facts = session.facts(&snapshot, &selection)?;
    let first = plan(&session.system, &snapshot, &facts, &selection);
    if let Some(reason) = &args.retry {
        let retries = glu_core::sample::retries(&session.system, &snapshot, &facts, &first, reason);
        session.record(retries)?;
        facts = session.facts(&snapshot, &selection)?;
    }
    let when = if args.now { When::Now } else { When::Due };
    let samples = sample(&session.system, &session.access, &snapshot, &facts, &first, when);
    session.record(samples)?;
    let facts = session.facts(&snapshot, &selection)?;
    let plan = plan(&session.system, &snapshot, &facts, &selection);
    let mut view = CheckView::default();
    for entry in &plan.entries {
        let Some((pipeline, phase)) = session.system.phase(&entry.id) else { continue };
        if let Some(Ok(state)) = snapshot.phases.get(&entry.id).map(|observation| &observation.state) {
            view.add(
                &entry.id,
                "verification",
                state,
                &verification(pipeline, phase, state, &facts, snapshot.at),
            );
        }
        if let Some(rollout) = &entry.rollout {
            view.add(&entry.id, "rollout", &rollout.candidate, &rollout.gates);
        }
        if let Standing::Moves(planned)
        | Standing::Proposed { planned, .. }
        | Standing::Held { held: Some(planned), .. } = &entry.standing
            && !planned.goes_on()
        {
            view.add(&entry.id, "gates", &planned.to, &planned.gates);
        }
    }
    session.show(&view)?;
    Ok(if view.open() { Code::Done } else { Code::Held })
}
