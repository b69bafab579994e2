//! `glu completions`

use clap::CommandFactory as _;
use clap_complete::Shell as CompletionShell;

use crate::cli::Cli;
use crate::exit::{Code, Failure};
use crate::shell::Shell;

/// Arguments of `glu completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: CompletionShell,
}

pub(crate) fn completions(args: &CompletionsArgs, shell: &mut Shell) -> Result<Code, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "glu", &mut script);
    shell.data(&String::from_utf8_lossy(&script))?;
    Ok(Code::Done)
}
