//! The command line as clap sees it. One file a verb holds its own arguments.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::shell::Color;
use crate::verb;

/// Progressive delivery as code
///
/// Shows what runs where, plans the next move, and makes it by a commit.
///
/// PHASE names a phase: `staging` is that phase of every pipeline, `checkout/staging` one pipeline's. A pipeline's name stands for all its
/// phases.
#[derive(Debug, Parser)]
#[command(name = "glu", version, disable_help_subcommand = true, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    /// Arguments of every verb.
    #[command(flatten)]
    pub global: Global,
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 done or nothing to do, 1 failed, 2 usage, 3 held (a gate, a pin, a window, a join), 4 something \
moved (a stale plan, a lost race), 5 changes pending (only with --exit-code).";

/// Arguments of every verb.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// Run as if started in DIR
    #[arg(short = 'C', long, value_name = "DIR", global = true, help_heading = "Global options")]
    pub directory: Option<PathBuf>,
    /// Write data as text, JSON or Markdown
    #[arg(
        short,
        long,
        value_enum,
        value_name = "FORMAT",
        default_value_t,
        global = true,
        help_heading = "Global options"
    )]
    pub output: Output,
    /// Colour text
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        global = true,
        help_heading = "Global options"
    )]
    pub color: Color,
    /// Run this built program instead of looking for a pipelines crate and building it
    #[arg(
        long,
        value_name = "PATH",
        env = "GLU_PROGRAM",
        hide_env_values = true,
        global = true,
        help_heading = "Global options"
    )]
    pub program: Option<PathBuf>,
    /// Append what is shown to FILE, as Markdown
    #[arg(long, value_name = "FILE", global = true, help_heading = "Global options")]
    pub summary: Option<PathBuf>,
    /// Write what came of it to FILE as GLU_NAME=value lines, for the jobs that come after
    #[arg(long, value_name = "FILE", global = true, help_heading = "Global options")]
    pub output_env: Option<PathBuf>,
}

/// The form of data on standard output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Text,
    /// For programs; carries a format version.
    Json,
    /// For pull requests and CI summaries.
    Markdown,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List pipelines and their phases
    List(verb::list::ListArgs),
    /// Show what runs where
    Status(verb::status::StatusArgs),
    /// Show which states would move where, with the patch of each move
    Plan(verb::plan::PlanArgs),
    /// Print the patch of the moves, as git apply takes it
    Diff(verb::diff::DiffArgs),
    /// Move states into phases
    Promote(verb::promote::PromoteArgs),
    /// Tell why a phase is where it is, what could move it, and what is in the way
    Explain(verb::explain::ExplainArgs),
    /// Ask gates alone
    Check(verb::check::CheckArgs),
    /// Approve the state that a phase would get
    Approve(verb::approve::ApproveArgs),
    /// Keep a phase in the state it is in
    Pin(verb::pin::PinArgs),
    /// Let a pinned phase move again
    Unpin(verb::pin::UnpinArgs),
    /// Stop the line: nothing is promoted into a phase, a pipeline, or anywhere
    Freeze(verb::freeze::FreezeArgs),
    /// Let things move again
    Unfreeze(verb::freeze::UnfreezeArgs),
    /// Keep a bad state from coming in again
    Quarantine(verb::quarantine::QuarantineArgs),
    /// Hold a rollout at its step
    Pause(verb::rollout::PauseArgs),
    /// Let a paused rollout go on, and write its step again where somebody changed it
    Resume(verb::rollout::ResumeArgs),
    /// Cut a rollout's step short
    Skip(verb::rollout::SkipArgs),
    /// Give a rollout up: quarantine its state, and write back what was before it
    Abort(verb::rollout::AbortArgs),
    /// Make every move that is automatic and not held, once or for ever
    Run(verb::run::RunArgs),
    /// Let time pass in memory: show when what would move, and why not sooner
    Simulate(verb::simulate::SimulateArgs),
    /// List the states a phase has had
    History(verb::history::HistoryArgs),
    /// Bring an older state of a phase back by a new commit, and pin it there
    Rollback(verb::rollback::RollbackArgs),
    /// List and verify what is remembered besides the files: samples, approvals, pins, freezes
    Ledger(verb::ledger::LedgerArgs),
    /// Draw the pipelines
    Graph(verb::graph::GraphArgs),
    /// Write a pipelines program into this repository
    Init(verb::init::InitArgs),
    /// Build the pipelines program if anything it is made of has changed, and print where it is
    Build(verb::build::BuildArgs),
    /// Write the workflow for a CI system
    Ci(verb::ci::CiArgs),
    /// Check the machine, the configuration and the way to every source
    Doctor(verb::doctor::DoctorArgs),
    /// Print a shell's completions
    Completions(verb::completions::CompletionsArgs),
    /// Write manual pages
    Man(verb::man::ManArgs),
}

/// Which phases a verb is about.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Targets {
    /// Phases or pipelines; all of them where none is named
    #[arg(value_name = "PHASE")]
    pub phases: Vec<String>,
    /// Only pipelines with this label; may be given several times
    #[arg(short, long = "label", value_name = "NAME=VALUE", value_parser = label)]
    pub labels: Vec<(String, String)>,
}

pub(crate) fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}
