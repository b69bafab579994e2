//! `glu status`

use glu_core::facts::Facts;
use glu_core::history::{Depth, histories};
use glu_core::model::{PhaseId, Selection};
use glu_core::plan::plan;
use glu_core::propose::look;

use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::StatusView;

/// Arguments of `glu status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    #[command(flatten)]
    targets: Targets,
    /// Look through at most COUNT older states of a phase to tell how far another is behind
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    depth: usize,
}

pub(crate) fn status(args: &StatusArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    let snapshot = session.observe(&selection);
    // Upstreams are needed to tell how far a phase is behind, whether they were named or not.
    let with_upstreams = selection.clone().with_upstreams(&session.system);
    let histories =
        histories(&session.system, &session.access, &snapshot, &with_upstreams, Depth::Behind(args.depth))?;
    for branch in histories.shallow() {
        session.shell.warn(&format!(
            "`{branch}` is a shallow clone: older states are not known; fetch it with its whole history (`fetch-depth: 0`)"
        ));
    }
    // Rollouts alone need a plan to tell how far they are; where there are none, that asks for nothing.
    let rollouts = rollouts(session, &selection);
    let facts = session.facts(&snapshot, &rollouts)?;
    let plan = plan(&session.system, &snapshot, &facts, &rollouts);
    let proposals = look(&session.system, &session.access, &snapshot, &selection);
    let facts = Facts { proposals, ..facts };
    let view = StatusView::new(&session.system, &selection, &snapshot, &histories, &facts, &plan);
    session.show(&view)?;
    Ok(if view.sound() { Code::Done } else { Code::Failed })
}

/// Those of the selected phases that have a rollout.
pub(crate) fn rollouts(session: &Session, selection: &Selection) -> Selection {
    let rolled = |id: &&PhaseId| session.system.phase(id).is_some_and(|(_, phase)| phase.rollout.is_some());
    Selection::of(selection.iter().filter(rolled).cloned())
}
