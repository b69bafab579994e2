//! Woodpecker.

use glu_core::forge::Kind;

use super::{Hazard, OutputForm, SummaryForm, System};
use crate::ci::PullRequest;

pub(super) const SYSTEM: System = System {
    name: "woodpecker",
    present: |variables| {
        let named = |variable: &str| variables.line(variable).is_some_and(|name| name == "woodpecker");
        named("CI") || named("CI_SYSTEM_NAME")
    },
    actors: &["CI_PIPELINE_AUTHOR", "CI_COMMIT_AUTHOR"],
    run: |variables| variables.line("CI_PIPELINE_URL"),
    pull_request: |variables| {
        let found = PullRequest::of(variables, "CI_COMMIT_PULL_REQUEST", "CI_REPO_URL")?;
        let forge = variables.line("CI_FORGE_TYPE").unwrap_or_default();
        let kind = Kind::ALL.iter().find(|(name, _)| *name == forge).map(|(_, kind)| *kind);
        Some(PullRequest { kind, ..found })
    },
    colors: true,
    group: None,
    annotation: None,
    mask: None,
    hazard: Hazard::None,
    pause: None,
    summary: SummaryForm::None,
    outputs: OutputForm::None,
};
