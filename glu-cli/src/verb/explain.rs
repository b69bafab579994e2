//! `glu explain`

use glu_core::history::{Depth, histories};
use glu_core::plan::plan;

use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::ExplainView;

/// Arguments of `glu explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    #[command(flatten)]
    targets: Targets,
}

pub(crate) fn explain(args: &ExplainArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    let snapshot = session.observe(&selection);
    let facts = session.facts(&snapshot, &selection)?;
    let histories = histories(&session.system, &session.access, &snapshot, &selection, Depth::States(1))?;
    let plan = plan(&session.system, &snapshot, &facts, &selection);
    session.show(&ExplainView::new(&session.system, &snapshot, &facts, &histories, &plan))?;
    Ok(Code::Done)
}
