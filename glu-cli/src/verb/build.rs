//! `glu build`

use crate::exit::{Code, Failure};
use crate::launcher;
use crate::session::Surroundings;
use crate::shell::Shell;

/// Arguments of `glu build`.
#[derive(Debug, clap::Args)]
pub struct BuildArgs {}

pub(crate) fn build(
    _args: &BuildArgs,
    surroundings: &Surroundings,
    shell: &mut Shell,
) -> Result<Code, Failure> {
    let binary = launcher::build(&surroundings.directory, &surroundings.env)?;
    shell.data(&binary.to_string_lossy())?;
    Ok(Code::Done)
}
