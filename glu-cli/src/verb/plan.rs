//! `glu plan`

use std::path::PathBuf;

use glu_core::plan::plan as make;

use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::plan_file::PlanFile;
use crate::session::Session;
use crate::view::PlanView;

/// Arguments of `glu plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    #[command(flatten)]
    targets: Targets,
    /// Save the plan, for glu promote --plan FILE
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 5 when anything is to be moved
    #[arg(long)]
    exit_code: bool,
}

pub(crate) fn plan(args: &PlanArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    let snapshot = session.observe(&selection);
    let facts = session.facts(&snapshot, &selection)?;
    let plan = make(&session.system, &snapshot, &facts, &selection);
    session.show(&PlanView::new(&plan))?;
    session.annotate(&plan);
    if let Some(file) = &args.out {
        PlanFile::new(&plan, &snapshot).save(&session.directory.join(file))?;
        session.shell.advise(&format!("`glu promote --plan {}` makes exactly these moves", file.display()));
    } else if plan.moves().next().is_some() {
        session.shell.advise("`glu promote PHASE` makes a move, `glu promote --all` all of them");
    }
    let broken = plan.entries.iter().any(|entry| entry.standing.is_broken());
    Ok(match plan.moves().next() {
        _ if broken => Code::Failed,
        Some(_) if args.exit_code => Code::Pending,
        _ => Code::Done,
    })
}
