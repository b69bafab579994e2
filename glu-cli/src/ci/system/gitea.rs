//! Gitea and Forgejo Actions: GitHub's conventions, in a runner of their own.

use glu_core::forge::Kind;

use super::github::{GROUP, annotation, mask, pause, run};
use super::{Hazard, OutputForm, SummaryForm, System};
use crate::ci::PullRequest;

pub(super) const SYSTEM: System = System {
    name: "gitea",
    present: |variables| variables.says("GITEA_ACTIONS") || variables.says("FORGEJO_ACTIONS"),
    actors: &["GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"],
    // Runs are shown by their number within the repository.
    run: |variables| run(variables, "GITHUB_RUN_NUMBER"),
    pull_request: |variables| {
        let kind = if variables.says("FORGEJO_ACTIONS") { Kind::Forgejo } else { Kind::Gitea };
        PullRequest::of_actions(variables, kind)
    },
    colors: true,
    group: GROUP,
    annotation: Some(annotation),
    mask: Some(mask),
    hazard: Hazard::Workflow,
    pause: Some(pause),
    summary: SummaryForm::File { variable: "GITHUB_STEP_SUMMARY", limit: 1 << 20 },
    outputs: OutputForm::File { variable: "GITHUB_OUTPUT" },
};
