//! `glu doctor`

use serde::Serialize;

use crate::cli::Global;
use crate::config;
use crate::exit::{Code, Failure};
use crate::session::Surroundings;
use crate::shell::Shell;
use crate::view::{Paper, Table, Tone, View};

/// Arguments of `glu doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Send a test to everybody whom notifications tell
    #[arg(long)]
    notify: bool,
}

pub(crate) fn doctor(
    args: &DoctorArgs,
    global: &Global,
    surroundings: &Surroundings,
    shell: &mut Shell,
) -> Result<Code, Failure> {
    // What is wrong with the configuration is told below.
    if let Ok(loaded) = config::load(&surroundings.directory, &surroundings.env) {
        shell.mask(&loaded.secrets());
    }
    let checks = crate::doctor::examine(surroundings, shell.progress(), args.notify);
    let view = DoctorView { checks };
    shell.show(&view, global.output)?;
    Ok(if view.checks.iter().all(|check| check.result != Health::Bad) { Code::Done } else { Code::Failed })
}

/// What was examined, and how it is.
#[derive(Debug, Serialize)]
struct DoctorView {
    checks: Vec<Check>,
}

/// One thing that was examined.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) result: Health,
    pub(crate) detail: String,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Health {
    Good,
    Notice,
    Bad,
}

impl DoctorView {
    fn table(&self) -> Table {
        let mut table = Table::new(&["CHECK", "RESULT", "DETAIL"]);
        for check in &self.checks {
            let (tone, said) = match check.result {
                Health::Good => (Tone::Good, "ok"),
                Health::Notice => (Tone::Notice, "note"),
                Health::Bad => (Tone::Bad, "bad"),
            };
            table.row(vec![
                (Tone::Strong, check.name.clone()),
                (tone, said.to_owned()),
                (Tone::Plain, check.detail.replace('\n', "; ")),
            ]);
        }
        table
    }
}

impl View for DoctorView {
    fn text(&self, paper: &mut Paper) {
        self.table().text(paper);
    }

    fn markdown(&self) -> String {
        self.table().markdown()
    }
}
