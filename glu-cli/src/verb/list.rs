//! `glu list`

use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::ListView;

/// Arguments of `glu list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    targets: Targets,
}

pub(crate) fn list(args: &ListArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    session.show(&ListView::new(&session.system, &selection))?;
    Ok(Code::Done)
}
