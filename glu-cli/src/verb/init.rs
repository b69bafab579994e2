//! `glu init`

use std::path::PathBuf;

use crate::cli::Global;
use crate::exit::{Code, Failure};
use crate::init::{self, InitError, InitOptions};
use crate::session::Surroundings;
use crate::shell::Shell;
use crate::view::InitView;

/// Arguments of `glu init`.
#[derive(Debug, clap::Args)]
pub struct InitArgs {
    /// The repository with the manifests, or any directory in it
    #[arg(value_name = "DIR", default_value = ".")]
    repository: PathBuf,
    /// Take the library from here: a version, a directory with a checkout, or the URL of a git repository
    #[arg(long, value_name = "SPEC")]
    glu: Option<String>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// Write a small tree of manifests as well, where there is none
    #[arg(long)]
    example: bool,
    /// Show the files and their contents, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn init(
    args: &InitArgs,
    global: &Global,
    surroundings: &Surroundings,
    shell: &mut Shell,
) -> Result<Code, Failure> {
    let directory = surroundings.directory.join(&args.repository);
    if !directory.is_dir() {
        return Err(Failure::new(Code::Usage, format!("there is no directory {}", directory.display())));
    }
    let options = InitOptions { glu: library(args, surroundings), force: args.force, example: args.example };
    let plan = init::plan(&directory, &options)?;
    if !args.dry_run {
        init::apply(&plan)?;
    }
    let view = InitView::new(&plan, args.dry_run);
    shell.show(&view, global.output)?;
    if !args.dry_run {
        for advice in view.next() {
            shell.advise(advice);
        }
    }
    Ok(Code::Done)
}

/// Where the library comes from; a directory is relative to where the command runs.
fn library(args: &InitArgs, surroundings: &Surroundings) -> Option<String> {
    let given = args.glu.as_ref()?;
    let directory = surroundings.directory.join(given);
    Some(if directory.is_dir() { directory.to_string_lossy().into_owned() } else { given.clone() })
}

impl From<InitError> for Failure {
    fn from(error: InitError) -> Self {
        Self::new(Code::from(&error), &error)
    }
}
