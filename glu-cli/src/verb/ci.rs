//! `glu ci`

use std::path::Path;

use crate::ci::workflow::{Facts, Host};
use crate::config;
use crate::exit::{Code, Failure};
use crate::init::{self, InitError, Planner};
use crate::launcher;
use crate::session::Session;
use crate::view::WorkflowView;

/// Arguments of `glu ci`.
#[derive(Debug, clap::Args)]
pub struct CiArgs {
    #[command(subcommand)]
    verb: CiVerb,
}

#[derive(Debug, clap::Subcommand)]
enum CiVerb {
    /// Write the workflow: a plan on each pull request, automatic moves on a schedule, promotions by hand
    Init(InitArgs),
}

#[derive(Debug, clap::Args)]
struct InitArgs {
    /// The system; without, the one of the remote, else the one that the repository's files tell of
    #[arg(value_enum, value_name = "SYSTEM")]
    system: Option<Host>,
    /// Write nothing, and fail where the workflow is not as it would be written
    #[arg(long, conflicts_with_all = ["force", "dry_run"])]
    check: bool,
    /// Replace a file that somebody else wrote or edited
    #[arg(long)]
    force: bool,
    /// Show the files and their contents, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn ci(args: &CiArgs, session: &mut Session) -> Result<Code, Failure> {
    let CiVerb::Init(args) = &args.verb;
    init(args, session)
}

fn init(args: &InitArgs, session: &mut Session) -> Result<Code, Failure> {
    let repository = config::enclosing_repository(&session.directory).ok_or_else(|| {
        Failure::new(Code::Usage, "this is no git repository, which a workflow belongs into")
    })?;
    let remote = repository.remote_url("origin");
    let host =
        args.system.or_else(|| Host::recognise(remote.as_deref(), &repository.root)).ok_or_else(|| {
            let names: Vec<&str> = Host::ALL.iter().map(|host| host.name()).collect();
            Failure::new(Code::Usage, "it is not clear which CI system is meant")
                .hint(format!("name one: `glu ci init SYSTEM`, with one of {}", names.join(", ")))
        })?;
    let facts = facts(session, &repository.root)?;
    // A check is a comparison with what would be forced.
    let mut planner = Planner::new(&repository.root, args.force || args.check);
    planner.workflow(host, &facts)?;
    let plan = planner.finish(Vec::new())?;
    if args.check {
        let wrong: Vec<String> = plan.files.iter().map(|file| file.path.display().to_string()).collect();
        if wrong.is_empty() {
            return Ok(Code::Done);
        }
        let message = format!("{} is not as `glu ci init {}` would write it", wrong.join(", "), host.name());
        return Err(
            Failure::new(Code::Failed, message).hint("`glu ci init --dry-run --force` shows how it would")
        );
    }
    if !args.dry_run {
        init::apply(&plan)?;
    }
    let advice = if plan.files.is_empty() { None } else { host.advice() };
    session.show(&WorkflowView::new(host, &plan, args.dry_run, advice))?;
    Ok(Code::Done)
}

/// What the workflow is about, by the pipelines and the configuration.
fn facts(session: &Session, root: &Path) -> Result<Facts, Failure> {
    let program = launcher::crate_of(&session.directory, &session.env).ok_or_else(|| {
        Failure::new(Code::Usage, "there is no pipelines crate that a workflow could build")
            .hint("name one as `program.package` in glu.toml")
    })?;
    let below = |path: &Path| {
        let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let path = real(path).strip_prefix(real(root)).ok()?.to_string_lossy().into_owned();
        Some(if path.is_empty() { ".".to_owned() } else { path })
    };
    let package = below(&program.directory).ok_or_else(|| {
        let place = program.directory.display();
        Failure::new(
            Code::Usage,
            format!("the pipelines crate {place} is not in the repository {}", root.display()),
        )
    })?;
    let mut phases: Vec<String> = Vec::new();
    for phase in session.system.pipelines().flat_map(|pipeline| &pipeline.phases) {
        if phase.source.accepts() && !phases.contains(&phase.name) {
            phases.push(phase.name.clone());
        }
    }
    let settings = session.access.settings();
    let registry = |reference: &String| reference.split('/').next().unwrap_or_default().to_owned();
    let mut registries: Vec<String> =
        settings.oci.values().map(|source| registry(&source.reference)).collect();
    registries.sort();
    registries.dedup();
    let directory = config::root(&session.directory).and_then(|directory| below(&directory));
    Ok(Facts {
        package,
        program: program.program,
        directory: directory.unwrap_or_else(|| ".".to_owned()),
        phases,
        registries,
        source: settings.default_git().unwrap_or("default").to_owned(),
    })
}

impl From<&InitError> for Code {
    fn from(error: &InitError) -> Self {
        if matches!(error, InitError::Dependency { .. }) { Self::Usage } else { Self::Failed }
    }
}
