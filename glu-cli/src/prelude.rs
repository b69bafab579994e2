//! What a pipelines program uses: `use glu::prelude::*;`.

pub use glu_core::author::{FromImage, Pipeline, git, oci, own};
pub use glu_core::gate::check::command;
#[cfg(feature = "registry")]
pub use glu_core::gate::check::{comparison, http, metric, prometheus};
pub use glu_core::gate::rule::{
    approval, cron_window, freeze_calendar, no_downgrade, no_major, soak, version_range, window,
};
pub use glu_core::gate::{
    Gate, all_of, any_of, at_least_of, check, days, hours, minutes, observe_only, rule, seconds,
};
pub use glu_core::image::{Digest, Image, ImageRef};
pub use glu_core::model::{Fields, Join, Resource, ResourceError, Scope, State, StateDigest, Value};
pub use glu_core::tree::{Edit, Tree};
pub use glu_macros::{Resource, pipeline};

pub use crate::discovery::Discovery;
