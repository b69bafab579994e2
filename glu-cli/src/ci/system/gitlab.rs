//! GitLab CI. Secrets are masked by their variables' settings alone; outputs go through a `dotenv` report.

use glu_core::forge::Kind;

use super::{Group, Hazard, OutputForm, SummaryForm, System};
use crate::ci::PullRequest;

pub(super) const SYSTEM: System = System {
    name: "gitlab",
    present: |variables| variables.says("GITLAB_CI"),
    actors: &["GITLAB_USER_LOGIN", "GITLAB_USER_EMAIL"],
    run: |variables| variables.line("CI_JOB_URL"),
    pull_request: |variables| {
        // A pipeline of a fork's merge request is the fork's.
        let project = variables.line("CI_MERGE_REQUEST_PROJECT_PATH").or(variables.line("CI_PROJECT_PATH"))?;
        let server = variables.line("CI_SERVER_URL")?;
        Some(PullRequest {
            kind: Some(Kind::Gitlab),
            repository: format!("{}/{project}", server.trim_end_matches('/')),
            api: variables.line("CI_API_V4_URL"),
            number: variables.line("CI_MERGE_REQUEST_IID")?.parse().ok()?,
        })
    },
    colors: true,
    group: Some(Group {
        begin: |section| {
            let (second, number, title) = (section.second, section.number, &section.title);
            format!("\u{1b}[0Ksection_start:{second}:glu_{number}[collapsed=true]\r\u{1b}[0K{title}")
        },
        end: |section| format!("\u{1b}[0Ksection_end:{}:glu_{}\r\u{1b}[0K", section.second, section.number),
    }),
    annotation: None,
    mask: None,
    // A section begins with an escape character.
    hazard: Hazard::None,
    pause: None,
    summary: SummaryForm::None,
    outputs: OutputForm::None,
};
