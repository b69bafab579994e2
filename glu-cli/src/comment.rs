//! Says a plan on a pull request of the repository that holds the pipelines: one comment for a program, found again by its marker.

use glu_core::forge::{Forge, ForgeError, ForgeProblem, Kind};

use crate::ci::{PullRequest, without_controls};
use crate::cli::Targets;
use crate::config;
use crate::exit::{Code, Failure};
use crate::launcher;
use crate::session::Session;
use crate::view::{Page, PlanView};

/// Posts the plan on the pull request that this run is for. Whatever goes wrong is a warning: the plan has been shown.
pub(crate) fn post(session: &mut Session, view: &PlanView, targets: &Targets) {
    let Some(pull_request) = PullRequest::here(&session.env) else {
        session.shell.say("no comment is posted: this is no run for a pull request");
        return;
    };
    if let Err(error) = say(session, view, targets, &pull_request) {
        session.shell.warn(&format!("the plan is not on {pull_request}: {error}"));
        if let Some(way_out) = way_out(&pull_request, &error) {
            session.shell.hint(way_out);
        }
    }
}

/// Posts the plan on the pull request that somebody named.
///
/// # Errors
/// When it cannot be posted.
pub(crate) fn post_by_hand(
    session: &mut Session,
    view: &PlanView,
    targets: &Targets,
    number: u64,
) -> Result<(), Failure> {
    let here = PullRequest::here(&session.env);
    let repository =
        config::enclosing_repository(&session.directory).and_then(|found| found.remote_url("origin"));
    let pull_request = match (repository, here) {
        (_, Some(here)) if here.number == number => here,
        (Some(repository), _) => PullRequest { kind: None, repository, api: None, number },
        (None, _) => {
            let message = "there is no repository around the working directory that has a remote `origin`";
            return Err(Failure::new(Code::Usage, message));
        }
    };
    say(session, view, targets, &pull_request).map_err(|error| {
        let failure =
            Failure::new(Code::Failed, format!("the plan is not on pull request {number}: {error}"));
        match way_out(&pull_request, &error) {
            Some(way_out) => failure.hint(way_out),
            None => failure,
        }
    })
}

fn say(
    session: &mut Session,
    view: &PlanView,
    targets: &Targets,
    pull_request: &PullRequest,
) -> Result<(), ForgeError> {
    let PullRequest { kind, repository, api, number } = pull_request;
    let forge = session.access.forge_at(repository, *kind, api.clone())?;
    let program = Program::of(session);
    let marker = marker(&program, targets);
    if !view.is_news() && !forge.has_comment(*number, &marker)? {
        return Ok(());
    }
    // The marker is on a line of its own.
    let limit = forge.comment_limit().saturating_sub(marker.chars().count() + 2);
    let page =
        Page { program: &program.name, folds: folds(&*forge), run: session.access.run_address(), limit };
    // A patch may have the marker of another comment in it.
    let text = view.comment(&page).replace(MARK, "glu plan");
    let address = forge.comment(*number, &marker, &format!("\n{text}"))?;
    session.shell.say(&format!("the plan is at {}", without_controls(&address)));
    Ok(())
}

/// Whether a forge folds what stands in `<details>`; Bitbucket shows the tags.
fn folds(forge: &dyn Forge) -> bool {
    !forge.kind().starts_with("bitbucket")
}

/// How every marker begins.
const MARK: &str = "glu:plan";

/// What tells several pipelines programs of a repository apart.
struct Program {
    name: String,
    directory: String,
}

impl Program {
    fn of(session: &Session) -> Self {
        let found = launcher::crate_of(&session.directory, &session.env);
        let name = found.map_or_else(|| "pipelines".to_owned(), |found| found.program);
        let root = config::enclosing_repository(&session.directory).map(|repository| repository.root);
        let place = config::root(&session.directory).unwrap_or_else(|| session.directory.clone());
        let real = |path: &std::path::Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let below = root.and_then(|root| real(&place).strip_prefix(real(&root)).ok().map(ToOwned::to_owned));
        Self { name, directory: below.unwrap_or_default().to_string_lossy().into_owned() }
    }
}

/// An invisible line, by which a plan of the same phases of the same program is known again. Where comments of HTML are shown, the forge's client
/// gives it another form.
fn marker(program: &Program, targets: &Targets) -> String {
    let mut of: Vec<String> = targets.phases.clone();
    of.extend(targets.labels.iter().map(|(name, value)| format!("{name}={value}")));
    of.sort();
    let words = [&program.name, &program.directory, &of.join(",")].map(|word| escaped(word));
    format!("<!-- {MARK} program={} directory={} of={} -->", words[0], words[1], words[2])
}

/// A word that ends no comment, whichever form that has.
fn escaped(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'/' | b',');
    word.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") })
        .collect()
}

/// What helps where a token may not comment.
fn way_out(pull_request: &PullRequest, error: &ForgeError) -> Option<&'static str> {
    let is_refused = matches!(
        error.problem,
        ForgeProblem::Forbidden { .. }
            | ForgeProblem::Unauthorized { .. }
            | ForgeProblem::NotFound { .. }
            | ForgeProblem::NoCredential(_)
            | ForgeProblem::Unsupported(_)
    );
    if !is_refused {
        return None;
    }
    let host = pull_request
        .repository
        .split_once("://")
        .map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    Some(match pull_request.kind.or_else(|| Kind::of_host(host))? {
        Kind::Github => {
            "give the job `pull-requests: write` and the step GITHUB_TOKEN. On a pull request from a fork no token may write: there the plan is in \
             the run's summary. `pull_request_target` is no way out, since it would build and run the fork's program with a token that may write"
        }
        Kind::Gitlab => {
            "a job's own token may not comment: put a project access token with the scope `api` into the masked variable GITLAB_TOKEN. Pipelines of \
             forks do not get it, and should not: they run the fork's program"
        }
        Kind::Gitea | Kind::Forgejo => {
            "give the step a token that may write to issues and pull requests, as GITEA_TOKEN or FORGEJO_TOKEN. Runs for forks get none that may write"
        }
        Kind::Bitbucket | Kind::BitbucketDataCenter => {
            "put an access token of the repository that may write to pull requests into the secured variable BITBUCKET_TOKEN"
        }
        Kind::Azure => {
            "give the step SYSTEM_ACCESSTOKEN as $(System.AccessToken), and let the build service contribute to pull requests"
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_one_line_that_nothing_ends() {
        let program = Program { name: "a --> b)\n".to_owned(), directory: "ops/the shop".to_owned() };
        let targets = Targets { phases: vec!["b".to_owned(), "a".to_owned()], labels: Vec::new() };
        let marked = marker(&program, &targets);
        assert_eq!(
            marked,
            "<!-- glu:plan program=a%20%2d%2d%3e%20b%29%0a directory=ops/the%20shop of=a,b -->"
        );
        let all = Targets::default();
        assert_ne!(marker(&program, &all), marked);
        let beside = Program { name: program.name.clone(), directory: "ops".to_owned() };
        assert_ne!(marker(&beside, &targets), marked);
    }
}
