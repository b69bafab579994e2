//! Buildkite. A heading begins a group and ends the one before: `---` a folded one, `+++` an open one.

use super::{Group, Hazard, OutputForm, SummaryForm, System};
use crate::ci::PullRequest;

pub(super) const SYSTEM: System = System {
    name: "buildkite",
    present: |variables| variables.says("BUILDKITE"),
    actors: &["BUILDKITE_UNBLOCKER_EMAIL", "BUILDKITE_BUILD_CREATOR_EMAIL", "BUILDKITE_BUILD_CREATOR"],
    run: |variables| {
        let job = variables.line("BUILDKITE_JOB_ID");
        let job = job.map_or_else(String::new, |job| format!("#{job}"));
        Some(format!("{}{job}", variables.line("BUILDKITE_BUILD_URL")?))
    },
    // `BUILDKITE_PULL_REQUEST_REPO` is where the changes come from, which may be a fork.
    pull_request: |variables| PullRequest::of(variables, "BUILDKITE_PULL_REQUEST", "BUILDKITE_REPO"),
    colors: true,
    group: Some(Group {
        begin: |section| format!("--- {}", section.title),
        end: |section| format!("+++ {}: done", section.title),
    }),
    annotation: None,
    mask: None,
    hazard: Hazard::Headings,
    pause: None,
    summary: SummaryForm::None,
    outputs: OutputForm::None,
};
