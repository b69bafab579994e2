//! `glu promote`

use std::path::PathBuf;

use glu_core::announce::Sight;
use glu_core::facts::Facts;
use glu_core::ledger::{Subject, What};
use glu_core::model::Selection;
use glu_core::observe::Snapshot;
use glu_core::plan::{Move, Plan, Standing, plan};
use glu_core::promote::{Outcome, Races};
use glu_core::propose::{clean, renew};
use glu_core::sample::{When, sample};

use super::wait::{Patience, follow, waiting};
use crate::ci::Place;
use crate::cli::{Targets, label};
use crate::exit::{Code, Failure};
use crate::plan_file::PlanFile;
use crate::session::Session;
use crate::view::report::hold;
use crate::view::{OutcomeView, PlanView, held};

/// Arguments of `glu promote`.
#[derive(Debug, clap::Args)]
pub struct PromoteArgs {
    /// Phases; a pipeline's name stands for all of its phases
    #[arg(value_name = "PHASE")]
    phases: Vec<String>,
    /// Only pipelines with this label; may be given several times
    #[arg(short, long = "label", value_name = "NAME=VALUE", value_parser = label)]
    labels: Vec<(String, String)>,
    /// Promote every phase that can move
    #[arg(long, conflicts_with_all = ["phases", "plan"])]
    all: bool,
    /// Make exactly the moves of a saved plan, or none
    #[arg(long, value_name = "FILE", conflicts_with_all = ["phases", "labels"])]
    plan: Option<PathBuf>,
    /// Make the moves although something holds them; needs --reason and leaves a record
    #[arg(long, requires = "reason", conflicts_with = "all")]
    force: bool,
    /// Why they are forced
    #[arg(long, value_name = "TEXT", requires = "force")]
    reason: Option<String>,
    #[command(flatten)]
    patience: Patience,
    #[command(flatten)]
    consent: Consent,
}

/// How a verb that writes comes by its consent.
#[derive(Debug, clap::Args)]
pub(crate) struct Consent {
    /// Do not ask; without a terminal nobody is asked anyway
    #[arg(short, long, env = "GLU_YES", hide_env_values = true, value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::SetTrue)]
    yes: bool,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Consent {
    /// Whether nothing is to be done.
    pub(crate) fn is_withheld(&self) -> bool {
        self.dry_run
    }
}

pub(crate) fn promote(args: &PromoteArgs, session: &mut Session) -> Result<Code, Failure> {
    if args.phases.is_empty() && args.labels.is_empty() && !args.all && args.plan.is_none() {
        return Err(Failure::new(Code::Usage, "nothing was named to promote").hint(
            "name phases (`glu promote staging`), or say `--all`, or give a saved plan with `--plan FILE`",
        ));
    }
    let file = args.plan.as_ref().map(|file| PlanFile::load(&session.directory.join(file))).transpose()?;
    let selection = match &file {
        Some(file) => Selection::of(file.phases()),
        None => session.select(&Targets { phases: args.phases.clone(), labels: args.labels.clone() })?,
    };
    let (snapshot, facts, mut plan) = if args.consent.dry_run {
        let snapshot = session.observe(&selection);
        let facts = session.facts(&snapshot, &selection)?;
        let plan = plan(&session.system, &snapshot, &facts, &selection);
        (snapshot, facts, plan)
    } else {
        planned(session, &selection)?
    };
    let forced = args.reason.as_ref().map_or_else(Vec::new, |reason| force(&mut plan, reason));
    if let Some(file) = &file {
        file.check(&plan, &snapshot)?;
    }
    only_origins(&plan)?;
    let moves: Vec<Move> = plan.moves().cloned().collect();
    let races = if file.is_some() { Races::Refuse } else { Races::RunAgain };
    let mut view = OutcomeView::new();
    settle(&plan, &mut view);
    let sight = Some(Sight { snapshot: &snapshot, facts: &facts });
    let Acted { mut view, outcome } = act(session, &args.consent, &plan, sight, &moves, races, view)?;
    let records = outcome.results.iter().filter_map(|(id, result)| {
        let promotion = result.as_ref().ok()?.promotion.clone()?;
        let (planned, held) = forced.iter().find(|(planned, _)| planned.id == *id)?;
        Some(What::Forced {
            subject: Subject::new(id.clone(), planned.to.digest.clone()),
            promotion,
            held: held.clone(),
            reason: args.reason.clone().unwrap_or_default(),
        })
    });
    let records: Vec<What> = records.collect();
    let recorded = session.record(records);
    if args.consent.is_withheld() {
        return Ok(view.code());
    }
    session.tell(&plan, Some(&facts), &outcome);
    // What was done is shown, whatever fails behind it.
    let followed = recorded.and_then(|()| match args.patience.wait {
        true => follow(session, &args.patience, waiting(&plan, &outcome), &mut view),
        false => Ok(()),
    });
    let shown = session.show(&view);
    annotate(session, &plan, &outcome);
    followed?;
    shown?;
    Ok(view.code())
}

/// Observes, takes the samples that are due, and plans by what they say.
pub(crate) fn planned(
    session: &mut Session,
    selection: &Selection,
) -> Result<(Snapshot, Facts, Plan), Failure> {
    let snapshot = session.observe(selection);
    let facts = session.facts(&snapshot, selection)?;
    let first = plan(&session.system, &snapshot, &facts, selection);
    let samples = sample(&session.system, &session.access, &snapshot, &facts, &first, When::Due);
    if samples.is_empty() {
        return Ok((snapshot, facts, first));
    }
    session.record(samples)?;
    let facts = session.facts(&snapshot, selection)?;
    let plan = plan(&session.system, &snapshot, &facts, selection);
    Ok((snapshot, facts, plan))
}

/// Takes held moves out of their holds; gives them with what held each.
fn force(plan: &mut Plan, reason: &str) -> Vec<(Move, Vec<String>)> {
    let mut forced = Vec::new();
    for entry in &mut plan.entries {
        if let Standing::Held { holds, held: Some(planned), .. } = &entry.standing {
            let planned = Move { forced: Some(reason.to_owned()), ..(**planned).clone() };
            forced.push((planned.clone(), holds.iter().map(hold).collect()));
            entry.standing = Standing::Moves(Box::new(planned));
        }
    }
    forced
}

/// Refuses to promote to phases that only begin pipelines: whoever names them means something else.
fn only_origins(plan: &Plan) -> Result<(), Failure> {
    if plan.entries.is_empty()
        || !plan.entries.iter().all(|entry| matches!(entry.standing, Standing::Origin(_)))
    {
        return Ok(());
    }
    let names: Vec<String> = plan.entries.iter().map(|entry| format!("`{}`", entry.id)).collect();
    Err(Failure::new(
        Code::Usage,
        format!("nothing can be promoted to {}: states begin there", names.join(", ")),
    )
    .hint("name the phases that states are to move into; `glu graph` shows them"))
}

/// Notes the phases that do not move, and why.
fn settle(plan: &Plan, view: &mut OutcomeView) {
    for entry in &plan.entries {
        match &entry.standing {
            Standing::Origin(_) | Standing::Moves(_) => {}
            Standing::Current(_) => view.up_to_date(&entry.id),
            Standing::Proposed { planned, .. } => view.waiting(&entry.id, planned),
            Standing::Held { holds, .. } if entry.standing.is_broken() => view.broken(&entry.id, held(holds)),
            Standing::Held { holds, .. } => view.held(&entry.id, held(holds)),
            Standing::Broken(problem) => view.broken(&entry.id, problem.to_string()),
        }
    }
}

/// Shows the moves, asks where somebody can answer, makes them, and shows what came of it.
pub(crate) fn carry_out(
    session: &mut Session,
    consent: &Consent,
    plan: &Plan,
    sight: Option<Sight<'_>>,
    moves: &[Move],
    races: Races,
    view: OutcomeView,
) -> Result<(Code, Outcome), Failure> {
    let Acted { view, outcome } = act(session, consent, plan, sight, moves, races, view)?;
    if !consent.is_withheld() {
        session.show(&view)?;
        annotate(session, plan, &outcome);
    }
    Ok((view.code(), outcome))
}

/// What was done, and what there is to show of it.
struct Acted {
    view: OutcomeView,
    outcome: Outcome,
}

fn act(
    session: &mut Session,
    consent: &Consent,
    plan: &Plan,
    sight: Option<Sight<'_>>,
    moves: &[Move],
    races: Races,
    view: OutcomeView,
) -> Result<Acted, Failure> {
    let nothing = Outcome { results: Vec::new() };
    if consent.dry_run {
        session.show(&PlanView::new(plan))?;
        return Ok(Acted { view, outcome: nothing });
    }
    let cleans = plan.entries.iter().any(|entry| entry.cleanup.is_some());
    if (!moves.is_empty() || cleans) && !consent.yes && session.shell.interactive() {
        let text = PlanView::new(plan).talk(session.shell.colored());
        session.shell.say(&text);
        let what = if moves.len() == 1 { "this move" } else { "these moves" };
        if !session.shell.ask(&format!("Make {what}?"))? {
            return Err(Failure::new(Code::Failed, "not promoted: the answer was not yes"));
        }
    }
    let outcome = if moves.is_empty() { nothing } else { session.promote(moves, races)? };
    let mut view = view.with(&outcome, plan);
    finish(session, plan, sight, &outcome, &mut view);
    Ok(Acted { view, outcome })
}

/// Cleans up after proposals, and tells the forges of what was found and made.
pub(crate) fn finish(
    session: &mut Session,
    plan: &Plan,
    sight: Option<Sight<'_>>,
    outcome: &Outcome,
    view: &mut OutcomeView,
) {
    let cleaned = clean(&session.access, plan);
    view.cleaned(&cleaned);
    let offered = outcome.results.iter().filter_map(|(_, result)| result.as_ref().ok()?.proposal.as_ref());
    for warning in offered.flat_map(|offered| &offered.warnings) {
        session.shell.warn(warning);
    }
    for warning in renew(&session.system, &session.access, plan) {
        session.shell.warn(&warning);
    }
    session.announce(plan, sight, outcome);
}

/// Shows what is broken and what failed at its places, where a CI system can.
pub(crate) fn annotate(session: &mut Session, plan: &Plan, outcome: &Outcome) {
    session.annotate(plan);
    for (id, result) in &outcome.results {
        if let Err(failure) = result {
            session.shell.annotate(&format!("{id}: {failure}"), Place::of_failure(failure).as_ref());
        }
    }
}
