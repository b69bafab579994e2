//! Checks: what looks at the world once and says what it saw.
//!
//! A mismatch fails; what could not be looked at is an error, which says whether looking again may help; what was looked at and had
//! nothing in it is inconclusive and says `no_data` in its evidence, so that the gate's policy decides. What may be different on
//! another machine, such as a program or a variable that is missing, may help to look at again; a mistake in the check itself does not.

#[cfg(feature = "registry")]
mod bound;
mod command;
#[cfg(feature = "registry")]
mod comparison;
#[cfg_attr(not(feature = "registry"), allow(dead_code, reason = "commands alone need less of it"))]
mod evidence;
#[cfg(feature = "registry")]
mod exchange;
#[cfg(feature = "registry")]
mod http;
#[cfg(feature = "kubernetes")]
mod kubernetes;
#[cfg(feature = "registry")]
mod placeholder;
#[cfg(feature = "registry")]
mod prometheus;
#[cfg(feature = "signatures")]
mod signature;

#[cfg(feature = "registry")]
pub use bound::Bound;
pub use command::{Command, command};
#[cfg(feature = "registry")]
pub use comparison::{Comparison, Metric, comparison, metric};
pub use evidence::NO_DATA;
#[cfg(feature = "registry")]
pub use http::{Http, http};
#[cfg(feature = "kubernetes")]
pub use kubernetes::{
    ArgoCd, ArgoRollout, Deployment, FlaggerCanary, Flux, Kubernetes, Resource, argo_cd, argo_rollout,
    deployment, flagger_canary, flux_helm_release, flux_kustomization, kubernetes,
};
#[cfg(feature = "registry")]
pub use prometheus::{ApiError, BurnRate, Prometheus, Query, Reduce, prometheus};
#[cfg(feature = "signatures")]
pub use signature::{Key, Signed, key, signed_by};
