//! `glu diff`

use glu_core::plan::{Standing, plan};

use crate::ci::Place;
use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::{PatchView, held};

/// Arguments of `glu diff`.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    #[command(flatten)]
    targets: Targets,
    /// Exit with 5 when there is a difference
    #[arg(long)]
    exit_code: bool,
}

pub(crate) fn diff(args: &DiffArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    let snapshot = session.observe(&selection);
    let facts = session.facts(&snapshot, &selection)?;
    let plan = plan(&session.system, &snapshot, &facts, &selection);
    session.show_exactly(&PatchView::new(&plan))?;
    let mut code = if args.exit_code && plan.moves().next().is_some() { Code::Pending } else { Code::Done };
    for entry in &plan.entries {
        let mut place = None;
        let problem = match &entry.standing {
            Standing::Broken(problem) => {
                place = Place::of_problem(problem);
                problem.to_string()
            }
            Standing::Held { holds, .. } if entry.standing.is_broken() => held(holds),
            _ => continue,
        };
        session.shell.fail(&Failure::new(Code::Failed, format!("{}: {problem}", entry.id)).at(place));
        code = Code::Failed;
    }
    Ok(code)
}
