//! Woodpecker.

use super::{Hazard, OutputForm, SummaryForm, System};

pub(super) const SYSTEM: System = System {
    name: "woodpecker",
    present: |variables| {
        let named = |variable: &str| variables.line(variable).is_some_and(|name| name == "woodpecker");
        named("CI") || named("CI_SYSTEM_NAME")
    },
    actors: &["CI_PIPELINE_AUTHOR", "CI_COMMIT_AUTHOR"],
    run: |variables| variables.line("CI_PIPELINE_URL"),
    colors: true,
    group: None,
    annotation: None,
    mask: None,
    hazard: Hazard::None,
    pause: None,
    summary: SummaryForm::None,
    outputs: OutputForm::None,
};
