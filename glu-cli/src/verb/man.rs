//! `glu man`

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::exit::{Code, Failure};
use crate::shell::Shell;

/// Arguments of `glu man`.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// Write a page for glu and one for each verb into DIR, instead of glu's own page to standard output
    #[arg(value_name = "DIR")]
    into: Option<PathBuf>,
}

pub(crate) fn man(args: &ManArgs, directory: &Path, shell: &mut Shell) -> Result<Code, Failure> {
    let mut command = Cli::command();
    command.build();
    let Some(into) = &args.into else {
        shell.data(&page(command)?)?;
        return Ok(Code::Done);
    };
    let into = directory.join(into);
    let write = |name: String, text: String| {
        let file = into.join(name);
        std::fs::write(&file, text)
            .map_err(|error| Failure::new(Code::Failed, format!("{}: {error}", file.display())))
    };
    std::fs::create_dir_all(&into)
        .map_err(|error| Failure::new(Code::Failed, format!("{}: {error}", into.display())))?;
    for verb in command.get_subcommands() {
        let name = format!("glu-{}", verb.get_name());
        write(format!("{name}.1"), page(verb.clone().name(name.leak() as &'static str))?)?;
    }
    write("glu.1".to_owned(), page(command)?)?;
    Ok(Code::Done)
}

fn page(command: clap::Command) -> Result<String, Failure> {
    let mut text = Vec::new();
    Man::new(command).render(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
