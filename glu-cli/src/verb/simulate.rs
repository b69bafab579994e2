//! `glu simulate`

use std::path::PathBuf;

use jiff::SignedDuration;

use super::freeze::length;
use crate::cli::Targets;
use crate::exit::{Code, Failure};
use crate::scenario::moment::Moment;
use crate::scenario::script::{self, Expect, Publish, Says, Script};
use crate::session::Session;
use crate::view::SimulationView;

/// Arguments of `glu simulate`.
#[derive(Debug, clap::Args)]
pub struct SimulateArgs {
    #[command(flatten)]
    targets: Targets,
    /// How long to go on, such as `30d`; 30 days without, and until now with --since
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    length: Option<SignedDuration>,
    /// Go through the past again from then, `2026-09-01` or `30d` ago: the states as git has them, the ledger as it was, the gates as they are
    /// written now
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    since: Option<Moment>,
    /// Read what happens from a TOML file
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Let an invented state appear where a pipeline begins: `2d app=1.4.0`, `5d 14:00 app=1.5.0,chart=3`
    #[arg(long, value_name = "[TIME] PHASE=STATE[,FIELD=VALUE]", value_parser = script::publish)]
    publish: Vec<Publish>,
    /// Say what a check answers, which passes without: `smoke=fail`, `smoke=fail 3d..4d`
    #[arg(long, value_name = "GATE=ANSWER [TIME..TIME]", value_parser = script::says)]
    answer: Vec<Says>,
    /// Exit with 1 unless a phase gets a state: `production=1.4.0 by 10d`
    #[arg(long, value_name = "PHASE=STATE [by TIME]", value_parser = script::expect)]
    expect: Vec<Expect>,
    /// The time from one look to the next, as between the runs of a scheduled job; a minute without
    #[arg(long, value_name = "TIME", value_parser = length)]
    every: Option<SignedDuration>,
}

pub(crate) fn simulate(args: &SimulateArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    let mut script = match &args.scenario {
        Some(file) => Script::load(&session.directory.join(file))?,
        None => Script::default(),
    };
    script.length = args.length.or(script.length);
    script.since = args.since.or(script.since);
    script.every = args.every.or(script.every);
    script.publish.extend(args.publish.iter().cloned());
    script.answer.extend(args.answer.iter().cloned());
    script.expect.extend(args.expect.iter().cloned());
    let simulated = script.play(session, &selection)?;
    for gate in &simulated.unasked {
        session.shell.warn(&format!("no check called `{gate}` was asked anything"));
    }
    let missed = !simulated.missed.is_empty();
    session.show(&SimulationView::new(&session.system, &simulated))?;
    Ok(if missed { Code::Failed } else { Code::Done })
}
