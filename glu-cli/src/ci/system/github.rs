//! GitHub Actions.
//!
//! The runner reads commands from both streams: `::name key=value::message` at the beginning of a line, blanks aside, and an older
//! `##[name]` anywhere in one. A command that is no command of its own is printed as it stands.

use glu_core::forge::Kind;

use super::{Group, Hazard, OutputForm, SummaryForm, System};
use crate::ci::{Annotation, PullRequest, Variables};

pub(super) const SYSTEM: System = System {
    name: "github",
    present: |variables| variables.says("GITHUB_ACTIONS"),
    // Who started a run anew is another than who started it first.
    actors: &["GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"],
    run: |variables| {
        let attempt = variables.line("GITHUB_RUN_ATTEMPT");
        let attempt = attempt.map_or_else(String::new, |attempt| format!("/attempts/{attempt}"));
        Some(format!("{}{attempt}", run(variables, "GITHUB_RUN_ID")?))
    },
    pull_request: |variables| PullRequest::of_actions(variables, Kind::Github),
    colors: true,
    group: GROUP,
    annotation: Some(annotation),
    mask: Some(mask),
    hazard: Hazard::Workflow,
    pause: Some(pause),
    // "Job summaries are isolated between steps and each step is restricted to a maximum size of 1MiB."
    summary: SummaryForm::File { variable: "GITHUB_STEP_SUMMARY", limit: 1 << 20 },
    outputs: OutputForm::File { variable: "GITHUB_OUTPUT" },
};

pub(super) const GROUP: Option<Group> = Some(Group {
    begin: |section| format!("::group::{}", message(&section.title)),
    end: |_| "::endgroup::".to_owned(),
});

/// A run's address by the variable with its number.
pub(super) fn run(variables: &Variables<'_>, number: &str) -> Option<String> {
    let server = variables.line("GITHUB_SERVER_URL")?;
    let (repository, number) = (variables.line("GITHUB_REPOSITORY")?, variables.line(number)?);
    Some(format!("{}/{repository}/actions/runs/{number}", server.trim_end_matches('/')))
}

pub(super) fn annotation(annotation: &Annotation) -> String {
    let mut properties = Vec::new();
    if let Some(place) = &annotation.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.extend(place.line.map(|line| format!("line={line}")));
    }
    properties.push(format!("title={}", property(&annotation.title)));
    format!("::{} {}::{}", annotation.level.word(), properties.join(","), message(&annotation.message))
}

pub(super) fn mask(secret: &str) -> String {
    format!("::add-mask::{}", message(secret))
}

pub(super) fn pause(token: &str) -> (String, String) {
    (format!("::stop-commands::{token}"), format!("::{token}::"))
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
