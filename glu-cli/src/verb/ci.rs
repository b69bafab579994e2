//! `glu ci`

use std::path::Path;

use crate::ci::workflow::{Facts, Host, Needs};
use crate::config::{self, Repository};
use crate::exit::{Code, Failure};
use crate::init::{self, InitError, Planner};
use crate::launcher;
use crate::session::Session;
use crate::view::{WorkflowCheckView, WorkflowView};

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
    /// The system; without, the one of the remote `origin`, else of the configured remotes, else the one that the repository's files tell of
    #[arg(value_enum, value_name = "SYSTEM")]
    system: Option<Host>,
    /// Write nothing, and fail where a workflow that was written is not as it would be now
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
    let facts = facts(session, &repository.root)?;
    if args.check {
        return check(args, &facts, &repository, session);
    }
    let (host, choice) = choose(args, &repository, session)?;
    let mut planner = Planner::new(&repository.root, args.force);
    planner.workflow(host, &facts)?;
    let plan = planner.finish(Vec::new())?;
    if !args.dry_run {
        init::apply(&plan)?;
    }
    let advice = if plan.files.is_empty() { Vec::new() } else { host.advice(&facts) };
    let notes = choice.into_iter().chain(advice).collect();
    session.show(&WorkflowView::new(host, &plan, args.dry_run, notes))?;
    Ok(Code::Done)
}

/// Compares what was written with what would be: for the system that is named, else for each that was written for.
fn check(
    args: &InitArgs,
    facts: &Facts,
    repository: &Repository,
    session: &mut Session,
) -> Result<Code, Failure> {
    let written = |host: &&Host| host.is_written(facts, &repository.root);
    let mut hosts: Vec<Host> = match args.system {
        Some(host) => vec![host],
        None => Host::ALL.iter().filter(written).copied().collect(),
    };
    if hosts.is_empty() {
        hosts.push(choose(args, repository, session)?.0);
    }
    let (mut wrong, mut ways) = (Vec::new(), Vec::new());
    for host in &hosts {
        // A check is a comparison with what would be forced.
        let mut planner = Planner::new(&repository.root, true);
        planner.workflow(*host, facts)?;
        let plan = planner.finish(Vec::new())?;
        let files: Vec<String> = plan.files.iter().map(|file| file.path.display().to_string()).collect();
        if !files.is_empty() {
            let name = host.name();
            wrong.push(format!("{} is not as `glu ci init {name}` would write it", files.join(", ")));
            ways.push(format!("`glu ci init {name} --dry-run --force`"));
        }
    }
    if wrong.is_empty() {
        session.show(&WorkflowCheckView::new(&hosts))?;
        return Ok(Code::Done);
    }
    let verb = if ways.len() == 1 { "shows" } else { "show" };
    let hint = format!("{} {verb} how it would", ways.join(" and "));
    Err(Failure::new(Code::Failed, wrong.join("; ")).hint(hint))
}

/// The system that is meant, and why where something tells of another.
fn choose(
    args: &InitArgs,
    repository: &Repository,
    session: &Session,
) -> Result<(Host, Option<String>), Failure> {
    if let Some(host) = args.system {
        return Ok((host, None));
    }
    let settings = session.access.settings();
    let remotes = settings.git.values().filter_map(|git| git.remote.as_ref()?.url.as_deref());
    let remotes: Vec<&str> = remotes.collect();
    let signs = Host::signs(repository.remote_url("origin").as_deref(), &remotes, &repository.root);
    let Some((taken, others)) = signs.split_first() else {
        let names: Vec<&str> = Host::ALL.iter().map(|host| host.name()).collect();
        return Err(Failure::new(Code::Usage, "it is not clear which CI system is meant")
            .hint(format!("name one: `glu ci init SYSTEM`, with one of {}", names.join(", "))));
    };
    let other = others.iter().find(|sign| sign.host != taken.host);
    let choice = other.map(|other| {
        format!(
            "this is for {}, by {}; {} would be for {}: `glu ci init {}`",
            taken.host.name(),
            taken.from,
            other.from,
            other.host.name(),
            other.host.name()
        )
    });
    Ok((taken.host, choice))
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
    let loaded = config::load(&session.directory, &session.env)?;
    let settings = &loaded.settings;
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
        needs: Needs::of(&session.system, &loaded, &config::written(&session.directory)?),
    })
}

impl From<&InitError> for Code {
    fn from(error: &InitError) -> Self {
        if matches!(error, InitError::Dependency { .. }) { Self::Usage } else { Self::Failed }
    }
}
