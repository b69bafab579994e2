//! GitLab CI. Secrets are masked by their variables' settings alone; outputs go through a `dotenv` report.

use super::{Group, Hazard, OutputForm, SummaryForm, System};

pub(super) const SYSTEM: System = System {
    name: "gitlab",
    present: |variables| variables.says("GITLAB_CI"),
    actors: &["GITLAB_USER_LOGIN", "GITLAB_USER_EMAIL"],
    run: |variables| variables.line("CI_JOB_URL"),
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
