//! `glu ledger`

use glu_core::ledger::{self, What};
use glu_core::model::Selection;

use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::session::Session;
use crate::view::{LedgerView, VerifyView};

/// Arguments of `glu ledger`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct LedgerArgs {
    #[command(subcommand)]
    verb: Option<LedgerVerb>,
    #[command(flatten)]
    show: ShowArgs,
}

#[derive(Debug, clap::Subcommand)]
enum LedgerVerb {
    /// List events, newest first; the default
    Show(ShowArgs),
    /// Read everything, and tell what cannot be trusted and what is missing
    Verify,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    #[command(flatten)]
    targets: Targets,
    /// List at most COUNT events
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
    /// Only events of this kind; may be given several times
    #[arg(long = "event", value_name = "KIND", value_parser = clap::builder::PossibleValuesParser::new(What::KINDS))]
    events: Vec<String>,
}

pub(crate) fn ledger(args: &LedgerArgs, session: &mut Session) -> Result<Code, Failure> {
    match &args.verb {
        Some(LedgerVerb::Verify) => verify(session),
        Some(LedgerVerb::Show(args)) => show(args, session),
        None => show(&args.show, session),
    }
}

fn show(args: &ShowArgs, session: &mut Session) -> Result<Code, Failure> {
    // Without names, events of phases that are no more are shown too.
    let chosen = !args.targets.phases.is_empty() || !args.targets.labels.is_empty();
    let selection = if chosen { Some(session.select(&args.targets)?) } else { None };
    let concerns = |what: &What| {
        let one_of = |selection: &Selection| selection.iter().any(|phase| what.concerns(phase));
        selection.as_ref().is_none_or(one_of)
    };
    let of_kind = |what: &What| args.events.is_empty() || args.events.iter().any(|kind| kind == what.kind());
    let ledger = ledger::open(&session.access);
    let contents = ledger.read()?;
    let events = contents.events.iter().rev().filter(|event| concerns(&event.what) && of_kind(&event.what));
    let view = LedgerView::new(ledger.describe(), events, args.limit, session.access.now());
    if !contents.skipped.is_empty() {
        let faults = match contents.skipped.len() {
            1 => "1 fault".to_owned(),
            count => format!("{count} faults"),
        };
        session.shell.warn(&format!("the ledger has {faults}; `glu ledger verify` tells more"));
    }
    session.show(&view)?;
    Ok(Code::Done)
}

fn verify(session: &mut Session) -> Result<Code, Failure> {
    let ledger = ledger::open(&session.access);
    let contents = ledger.read()?;
    let code = if contents.skipped.is_empty() { Code::Done } else { Code::Failed };
    session.show(&VerifyView::new(ledger.describe(), contents.events.len(), contents.skipped))?;
    Ok(code)
}
