//! Deployments: whether a rollout is complete, as `kubectl rollout status` judges it.

use std::time::Duration;

use serde_json::Value;

use super::judgement::{Circumstances, Judgement};
use super::object::{Type, condition, is_observed, number};
use super::{Judge, Kubernetes, Wanted, by_image};

const DEPLOYMENT: Type =
    Type { kind: "Deployment", group: "apps", versions: &["v1"], plural: "deployments", namespace: None };

/// Asks a deployment; made by [`deployment`].
#[derive(Debug, Clone)]
pub struct Deployment;

by_image!(Deployment);

/// A check of a deployment, in the context's namespace unless told otherwise.
///
/// It passes when all replicas are of what is written, are available, and none is left of what was before: `kubectl rollout status` with
/// exit code 0. It fails when the deployment exceeds its own deadline. `.runs("{image}")` waits until it is told to run the state's image.
pub fn deployment(name: impl Into<String>) -> Kubernetes<Deployment> {
    Kubernetes::new(name, Deployment)
}

impl Judge for Deployment {
    fn kind(&self) -> &'static str {
        "deployment"
    }

    fn resource(&self) -> Wanted<'_> {
        Wanted::Known(DEPLOYMENT)
    }

    fn judge(&self, object: &Value, _: Duration, circumstances: &Circumstances<'_>) -> Judgement {
        if let Some(judgement) = waits_for_image(object, circumstances.image.as_deref()) {
            return judgement;
        }
        if !is_observed(object) {
            return Judgement::pending("its controller has not seen yet what is written in it");
        }
        if let Some(progressing) = condition(object, "Progressing")
            && progressing.reason == "ProgressDeadlineExceeded"
        {
            return Judgement::fail(format!("it exceeded its deadline: {}", progressing.words()));
        }
        let status = |name: &str| number(object, &format!("/status/{name}")).unwrap_or(0);
        let wanted = number(object, "/spec/replicas").unwrap_or(1);
        let (replicas, updated, available) =
            (status("replicas"), status("updatedReplicas"), status("availableReplicas"));
        if updated < wanted {
            Judgement::pending(format!("{updated} of {wanted} replicas are updated"))
        } else if replicas > updated {
            Judgement::pending(format!("{} old replicas are still there", replicas - updated))
        } else if available < updated {
            Judgement::pending(format!("{available} of {updated} updated replicas are available"))
        } else {
            Judgement::pass(format!("rolled out: {available} of {wanted} replicas are available"))
        }
    }
}

/// Waits for a pod template that names an image; none where it does, or where none is waited for.
pub(super) fn waits_for_image(object: &Value, image: Option<&str>) -> Option<Judgement> {
    let image = image?;
    let list = |name: &str| {
        let list = object.pointer(&format!("/spec/template/spec/{name}")).and_then(Value::as_array);
        list.map(Vec::as_slice).unwrap_or_default()
    };
    let containers: Vec<&str> = list("containers")
        .iter()
        .chain(list("initContainers"))
        .filter_map(|container| container["image"].as_str())
        .collect();
    if containers.is_empty() {
        return Some(Judgement::inconclusive("it has no pod template that could name an image"));
    }
    let runs = containers.contains(&image);
    (!runs)
        .then(|| Judgement::pending(format!("it is to run {}, and not {image} yet", containers.join(", "))))
}
