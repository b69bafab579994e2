//! Drone.

use super::{Hazard, OutputForm, SummaryForm, System};

pub(super) const SYSTEM: System = System {
    name: "drone",
    present: |variables| variables.says("DRONE"),
    actors: &["DRONE_BUILD_TRIGGER", "DRONE_COMMIT_AUTHOR"],
    run: |variables| variables.line("DRONE_BUILD_LINK"),
    colors: true,
    group: None,
    annotation: None,
    mask: None,
    hazard: Hazard::None,
    pause: None,
    summary: SummaryForm::None,
    outputs: OutputForm::None,
};
