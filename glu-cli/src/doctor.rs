//! Examines the machine, the configuration, the pipelines and the way to every source; one thing that is wrong does not hide the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use glu_core::access::Access;
use glu_core::forge::Purpose;
use glu_core::ledger::actor::actor_here;
use glu_core::model::{Source, System};
use glu_core::progress::Progress;
use glu_core::source::{git, oci};

use crate::config;
use crate::discovery::Discovery;
use crate::session::Surroundings;
use crate::verb::doctor::{Check, Health};

mod notifications;

/// Examines everything; notifications are sent only if that is asked for.
pub(crate) fn examine(
    surroundings: &Surroundings,
    progress: Arc<dyn Progress>,
    sends_notifications: bool,
) -> Vec<Check> {
    let mut checks = vec![match git::installed_version() {
        Ok(version) => good("git", version.to_string()),
        Err(error) => bad("git", error),
    }];
    let loaded = match config::load(&surroundings.directory, &surroundings.env) {
        Ok(loaded) => loaded,
        Err(error) => {
            checks.push(bad("configuration", error));
            return checks;
        }
    };
    checks.push(match &loaded.file {
        Some(file) => good("configuration", file.display().to_string()),
        None => note(
            "configuration",
            format!("none found; the repository at {} is the source", loaded.root.display()),
        ),
    });
    let access = Access::new(loaded.settings.clone())
        .clock(surroundings.clock.clone())
        .random(surroundings.random.clone())
        .progress(progress);
    let given = surroundings.forges.iter();
    let access = given.fold(access, |access, (source, forge)| access.forge(source, forge.clone()));
    let access = Arc::new(access);
    let mut used: Vec<(String, String)> = Vec::new();
    let mut sound = None;
    let drafts = (surroundings.pipelines)(&Discovery::new(access.clone()));
    match drafts
        .map_err(|error| error.to_string())
        .and_then(|drafts| System::new(drafts).map_err(|error| error.to_string()))
    {
        Err(error) => checks.push(bad("pipelines", error)),
        Ok(system) => {
            let count = system.pipelines().count();
            let phases = system.pipelines().map(|pipeline| pipeline.phases.len()).sum::<usize>();
            checks.push(match system.check_sources(&loaded.settings) {
                Ok(()) => good("pipelines", format!("{count} with {phases} phases")),
                Err(refusals) => bad("pipelines", refusals),
            });
            used.extend(branches(&system, &access));
            checks.extend(forges(&system, &access));
            sound = Some(system);
        }
    }
    for name in loaded.settings.git.keys() {
        checks.extend(repository(name, &access, &used));
    }
    for (name, settings) in &loaded.settings.oci {
        let title = format!("oci source `{name}`");
        let image = access.step(&format!("asking {}", settings.reference), || {
            oci::open(settings).and_then(|images| images.resolve(images.selector()))
        });
        checks.push(match image {
            Ok(image) => good(&title, image.reference()),
            Err(error) => bad(&title, error),
        });
    }
    // Which phases somebody is told of cannot be said without pipelines.
    if let Some(system) = sound {
        let sender =
            sends_notifications.then(|| actor_here(crate::ci::actor(&surroundings.env).as_deref(), &access));
        checks.extend(notifications::examine(&system, &access, sender.as_deref()));
    }
    checks
}

/// The branches that phases live on, where they name one.
fn branches(system: &System, access: &Access) -> Vec<(String, String)> {
    system
        .pipelines()
        .flat_map(|pipeline| &pipeline.phases)
        .filter_map(|phase| match &phase.source {
            Source::Git { source, branch: Some(branch) } => {
                let source = source.as_deref().or_else(|| access.settings().default_git())?;
                Some((source.to_owned(), branch.clone()))
            }
            _ => None,
        })
        .collect()
}

/// Whether the forges answer that phases propose on, are told of states or have commits made by; each is asked once.
fn forges(system: &System, access: &Access) -> Vec<Check> {
    let through_forge = access.settings().commit.through_forge;
    let mut asked: BTreeMap<String, Purpose> = BTreeMap::new();
    for phase in system.pipelines().flat_map(|pipeline| &pipeline.phases) {
        let Source::Git { source, .. } = &phase.source else { continue };
        let Some(source) = source.as_deref().or_else(|| access.settings().default_git()) else { continue };
        let purpose = match (&phase.proposing, &phase.tells_forge) {
            (Some(_), _) => Purpose::Propose,
            (None, _) if through_forge => Purpose::Commit,
            (None, Some(_)) => Purpose::Tell,
            (None, None) => continue,
        };
        asked.entry(source.to_owned()).or_insert(purpose);
    }
    let check = |(source, purpose): (&String, &Purpose)| {
        let title = format!("forge of `{source}`");
        let looked = access.forge_for(source, *purpose).and_then(|forge| {
            access.step(&format!("asking {}", forge.describe()), || forge.look())?;
            Ok(forge)
        });
        match looked {
            Ok(forge) => match (through_forge, forge.makes_commits()) {
                (true, true) => {
                    good(&title, format!("{} answers; it makes and signs commits", forge.describe()))
                }
                (true, false) => {
                    bad(&title, format!("{} cannot make commits (`commit.through_forge`)", forge.describe()))
                }
                (false, true) if !is_signed(source, access) => good(
                    &title,
                    format!(
                        "{} answers; `commit.through_forge = true` lets it sign commits",
                        forge.describe()
                    ),
                ),
                (false, _) => good(&title, format!("{} answers", forge.describe())),
            },
            Err(error) => bad(&title, error),
        }
    };
    let exposed = asked.keys().filter(|source| access.is_exposed(source)).map(|source| {
        let said = "its API's address begins with http://: whoever is on the way can read the credential";
        note(&format!("forge of `{source}`"), said)
    });
    asked.iter().map(check).chain(exposed).collect()
}

/// Whether commits to a source are signed here; what cannot be read is told elsewhere.
fn is_signed(source: &str, access: &Access) -> bool {
    let signs =
        access.repository(source).and_then(|repository| repository.signs(access.settings().commit.sign));
    signs.unwrap_or(true)
}

fn repository(name: &str, access: &Access, used: &[(String, String)]) -> Vec<Check> {
    let title = format!("git source `{name}`");
    let read = || {
        let repository = access.repository(name)?;
        let default = repository.default_branch()?;
        let mut branches = vec![default.as_str()];
        branches.extend(used.iter().filter(|(source, _)| source == name).map(|(_, branch)| branch.as_str()));
        branches.sort_unstable();
        branches.dedup();
        let tips = access.tips(name, &branches)?;
        Ok::<_, git::GitError>((repository, tips))
    };
    let (repository, tips) = match read() {
        Ok(read) => read,
        Err(error) => return vec![bad(&title, error)],
    };
    let mut checks: Vec<Check> = tips
        .iter()
        .map(|(branch, tip)| match tip {
            Some(tip) => good(&title, format!("{} has `{branch}` at {}", repository.describe(), tip.short())),
            None => bad(&title, repository.missing_branch(branch)),
        })
        .collect();
    if repository.is_shallow() {
        checks.push(note(&title, "a shallow clone: history and rollback see only its newest commits"));
    }
    if access.settings().commit.through_forge {
        return checks;
    }
    checks.push(match repository.signature(access.settings().author.as_ref(), access.now()) {
        Ok(signature) => good(&title, format!("commits are by {} <{}>", signature.name, signature.email)),
        Err(error) => bad(&title, error),
    });
    checks
}

#[expect(clippy::needless_pass_by_value, reason = "a detail is made to be told once")]
fn good(name: &str, detail: impl ToString) -> Check {
    Check { name: name.to_owned(), result: Health::Good, detail: detail.to_string() }
}

#[expect(clippy::needless_pass_by_value, reason = "a detail is made to be told once")]
fn note(name: &str, detail: impl ToString) -> Check {
    Check { name: name.to_owned(), result: Health::Notice, detail: detail.to_string() }
}

#[expect(clippy::needless_pass_by_value, reason = "a detail is made to be told once")]
fn bad(name: &str, detail: impl ToString) -> Check {
    Check { name: name.to_owned(), result: Health::Bad, detail: detail.to_string() }
}
