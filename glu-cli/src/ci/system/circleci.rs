//! CircleCI.

use super::{Hazard, OutputForm, SummaryForm, System};
use crate::ci::PullRequest;

pub(super) const SYSTEM: System = System {
    name: "circleci",
    present: |variables| variables.says("CIRCLECI"),
    actors: &["CIRCLE_USERNAME"],
    run: |variables| variables.line("CIRCLE_BUILD_URL"),
    pull_request: |variables| PullRequest::at(&variables.line("CIRCLE_PULL_REQUEST")?),
    colors: true,
    group: None,
    annotation: None,
    mask: None,
    hazard: Hazard::None,
    pause: None,
    summary: SummaryForm::None,
    outputs: OutputForm::None,
};
