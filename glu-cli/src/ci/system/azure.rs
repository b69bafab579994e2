//! Azure Pipelines. The agent reads logging commands, `##vso[area.action key=value;]message`, anywhere in a line.

use glu_core::forge::Kind;

use super::{Group, Hazard, OutputForm, SummaryForm, System};
use crate::ci::{Annotation, Level, PullRequest};

pub(super) const SYSTEM: System = System {
    name: "azure",
    present: |variables| variables.says("TF_BUILD"),
    actors: &["BUILD_REQUESTEDFOREMAIL", "BUILD_REQUESTEDFOR"],
    run: |variables| {
        let collection = variables.line("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI")?;
        let project = variables.line("SYSTEM_TEAMPROJECT")?.replace(' ', "%20");
        let build = variables.line("BUILD_BUILDID")?;
        Some(format!("{}/{project}/_build/results?buildId={build}", collection.trim_end_matches('/')))
    },
    pull_request: |variables| {
        // The number that people know is another than Azure's own where the repository is elsewhere.
        let names = ["SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"];
        let found = names.iter().find_map(|name| PullRequest::of(variables, name, "BUILD_REPOSITORY_URI"))?;
        let is_ours = variables.line("BUILD_REPOSITORY_PROVIDER").as_deref() == Some("TfsGit");
        Some(PullRequest { kind: is_ours.then_some(Kind::Azure), ..found })
    },
    colors: true,
    group: Some(Group {
        begin: |section| format!("##[group]{}", section.title),
        end: |_| "##[endgroup]".to_owned(),
    }),
    annotation: Some(annotation),
    mask: Some(|secret| format!("##vso[task.setsecret]{}", message(secret))),
    hazard: Hazard::Logging,
    pause: None,
    summary: SummaryForm::Upload {
        variable: "AGENT_TEMPDIRECTORY",
        tell: |file| format!("##vso[task.uploadsummary]{file}"),
    },
    outputs: OutputForm::Line {
        tell: |name, value| {
            format!("##vso[task.setvariable variable={};isOutput=true]{}", property(name), message(value))
        },
    },
};

fn annotation(annotation: &Annotation) -> String {
    // There are errors and warnings, and nothing less.
    let kind = if annotation.level == Level::Error { "error" } else { "warning" };
    let mut properties = format!("type={kind};");
    if let Some(place) = &annotation.place {
        properties.push_str(&format!("sourcepath={};", property(&place.file)));
        if let Some(line) = place.line {
            properties.push_str(&format!("linenumber={line};"));
        }
    }
    format!(
        "##vso[task.logissue {properties}]{}: {}",
        message(&annotation.title),
        message(&annotation.message)
    )
}

fn message(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(']', "%5D").replace(';', "%3B")
}
