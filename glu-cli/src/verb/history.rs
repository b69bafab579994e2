//! `glu history`

use glu_core::facts::Facts;
use glu_core::history::{Depth, histories};
use glu_core::plan::plan;

use super::status::rollouts;
use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::{HistoryView, RolloutView};

/// Arguments of `glu history`.
#[derive(Debug, clap::Args)]
pub struct HistoryArgs {
    #[command(flatten)]
    targets: Targets,
    /// List at most COUNT states of each phase
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
}

pub(crate) fn history(args: &HistoryArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    let snapshot = session.observe(&selection);
    let histories =
        histories(&session.system, &session.access, &snapshot, &selection, Depth::States(args.limit.max(1)))?;
    for branch in histories.shallow() {
        session.shell.warn(&format!("`{branch}` is a shallow clone: older states are not known"));
    }
    let rollouts = rollouts(session, &selection);
    let facts = if rollouts.is_empty() { Facts::default() } else { session.facts(&snapshot, &rollouts)? };
    let plan = plan(&session.system, &snapshot, &facts, &rollouts);
    let mut view = HistoryView::new(snapshot.at);
    let mut code = Code::Done;
    let phases = session.system.pipelines().flat_map(|pipeline| {
        pipeline.phases.iter().map(|phase| pipeline.id(phase)).filter(|id| selection.contains(id))
    });
    for id in &phases.collect::<Vec<_>>() {
        match snapshot.phases.get(id).map(|observation| &observation.state) {
            Some(Err(problem)) if histories.of(id).is_empty() => {
                session.shell.fail(&Failure::new(Code::Failed, format!("{id}: {problem}")));
                code = Code::Failed;
            }
            _ => view.add(id, histories.of(id), RolloutView::of_phase(&plan, &id.pipeline, &id.phase)),
        }
    }
    session.show(&view)?;
    Ok(code)
}
