//! Jenkins. Its logs show colours only with a plugin; whoever acts is known with the plugin for build user variables.

use super::{Hazard, OutputForm, SummaryForm, System};
use crate::ci::PullRequest;

pub(super) const SYSTEM: System = System {
    name: "jenkins",
    present: |variables| variables.says("JENKINS_URL"),
    actors: &["BUILD_USER_EMAIL", "BUILD_USER_ID"],
    run: |variables| variables.line("BUILD_URL"),
    pull_request: |variables| {
        variables.line("CHANGE_ID")?;
        PullRequest::at(&variables.line("CHANGE_URL")?)
    },
    colors: false,
    group: None,
    annotation: None,
    mask: None,
    hazard: Hazard::None,
    pause: None,
    summary: SummaryForm::None,
    outputs: OutputForm::None,
};
