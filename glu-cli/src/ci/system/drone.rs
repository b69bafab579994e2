//! Drone.

use super::{Hazard, OutputForm, SummaryForm, System};
use crate::ci::PullRequest;

pub(super) const SYSTEM: System = System {
    name: "drone",
    present: |variables| variables.says("DRONE"),
    actors: &["DRONE_BUILD_TRIGGER", "DRONE_COMMIT_AUTHOR"],
    run: |variables| variables.line("DRONE_BUILD_LINK"),
    pull_request: |variables| PullRequest::of(variables, "DRONE_PULL_REQUEST", "DRONE_REPO_LINK"),
    colors: true,
    group: None,
    annotation: None,
    mask: None,
    hazard: Hazard::None,
    pause: None,
    summary: SummaryForm::None,
    outputs: OutputForm::None,
};
