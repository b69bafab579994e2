//! `glu plan`

use std::path::PathBuf;

use glu_core::plan::plan as make;

use crate::cli::Targets;
use crate::comment;
use crate::exit::{Code, Failure};
use crate::plan_file::PlanFile;
use crate::session::Session;
use crate::view::PlanView;

/// Arguments of `glu plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArgs {
    #[command(flatten)]
    targets: Targets,
    /// Save the plan, for glu promote --plan FILE
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 5 when anything is to be moved
    #[arg(long)]
    exit_code: bool,
    /// Post the plan as a comment on the pull request that this CI job runs for, or renew the one that is there
    ///
    /// Where every phase is up to date, a comment is only renewed. A comment that cannot be written is a warning. It takes a token from the usual
    /// variables, such as GITHUB_TOKEN or GITLAB_TOKEN, unless the repository is a source with a credential.
    #[arg(long, env = "GLU_COMMENT", hide_env_values = true, value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    comment: bool,
    /// Post it on pull request NUMBER of the repository that holds the working directory; what cannot be written is a failure
    #[arg(long, value_name = "NUMBER")]
    comment_on: Option<u64>,
}

pub(crate) fn plan(args: &PlanArgs, session: &mut Session) -> Result<Code, Failure> {
    let selection = session.select(&args.targets)?;
    let snapshot = session.observe(&selection);
    let facts = session.facts(&snapshot, &selection)?;
    let plan = make(&session.system, &snapshot, &facts, &selection);
    let view = PlanView::new(&plan);
    session.show(&view)?;
    session.annotate(&plan);
    if let Some(file) = &args.out {
        PlanFile::new(&plan, &snapshot).save(&session.directory.join(file))?;
        session.shell.advise(&format!("`glu promote --plan {}` makes exactly these moves", file.display()));
    } else if plan.moves().next().is_some() {
        session.shell.advise("`glu promote PHASE` makes a move, `glu promote --all` all of them");
    }
    if let Some(number) = args.comment_on {
        comment::post_by_hand(session, &view, &args.targets, number)?;
    } else if args.comment {
        comment::post(session, &view, &args.targets);
    }
    let broken = plan.entries.iter().any(|entry| entry.standing.is_broken());
    Ok(match plan.moves().next() {
        _ if broken => Code::Failed,
        Some(_) if args.exit_code => Code::Pending,
        _ => Code::Done,
    })
}
