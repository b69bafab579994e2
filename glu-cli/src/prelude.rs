//! What a pipelines program uses: `use glu::prelude::*;`.

pub use glu_core::author::{FromImage, Pipeline, git, oci, own};
pub use glu_core::change::Change;
pub use glu_core::gate::check::command;
#[cfg(feature = "kubernetes")]
pub use glu_core::gate::check::{
    argo_cd, argo_rollout, deployment, flagger_canary, flux_helm_release, flux_kustomization, kubernetes,
};
#[cfg(feature = "registry")]
pub use glu_core::gate::check::{comparison, http, metric, prometheus};
#[cfg(feature = "signatures")]
pub use glu_core::gate::check::{key, signed_by};
pub use glu_core::gate::rule::{
    approval, cron_window, freeze_calendar, no_downgrade, no_major, reviews, soak, statuses, version_range,
    window,
};
pub use glu_core::gate::{
    Gate, all_of, any_of, at_least_of, check, days, hours, minutes, observe_only, rule, seconds,
};
pub use glu_core::image::{Digest, Image, ImageRef};
pub use glu_core::model::{Fields, Join, Resource, ResourceError, Scope, State, StateDigest, Value};
pub use glu_core::notify::{Notification, Notify, NotifyError};
pub use glu_core::propose::proposal;
pub use glu_core::rollout::{Rollout, canary, in_place, number, percent};
pub use glu_core::tree::{Edit, Tree};
pub use glu_macros::{Resource, pipeline};

pub use crate::discovery::Discovery;
