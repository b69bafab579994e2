//! `glu status`

use glu_core::history::{Depth, histories};

use glu_core::model::Selection;

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
    let facts = session.facts(&snapshot, &Selection::default())?;
    let view = StatusView::new(&session.system, &selection, &snapshot, &histories, &facts.ledger);
    session.show(&view)?;
    Ok(if view.sound() { Code::Done } else { Code::Failed })
}
