//! Argo Rollouts: how far a rollout is, whose weights its controller owns.

use std::time::Duration;

use serde_json::Value;

use super::deployment::waits_for_image;
use super::judgement::{Circumstances, Judgement};
use super::object::{Type, condition, number, text, time};
use super::{Judge, Kubernetes, Wanted, by_health, by_image};

const ROLLOUT: Type = Type {
    kind: "Rollout",
    group: "argoproj.io",
    versions: &["v1alpha1"],
    plural: "rollouts",
    namespace: None,
};

/// Asks an Argo Rollout; made by [`argo_rollout`].
#[derive(Debug, Clone)]
pub struct ArgoRollout;

by_image!(ArgoRollout);
by_health!(ArgoRollout);

/// A check of an Argo Rollout, in the context's namespace unless told otherwise. It only observes: the controller owns the weights.
///
/// It passes when the rollout is healthy, is pending while it progresses or is paused, and fails when it is degraded for longer than the
/// grace, or was aborted.
pub fn argo_rollout(name: impl Into<String>) -> Kubernetes<ArgoRollout> {
    Kubernetes::new(name, ArgoRollout)
}

impl Judge for ArgoRollout {
    fn kind(&self) -> &'static str {
        "argo_rollout"
    }

    fn resource(&self) -> Wanted<'_> {
        Wanted::Known(ROLLOUT)
    }

    fn judge(&self, object: &Value, grace: Duration, circumstances: &Circumstances<'_>) -> Judgement {
        if let Some(judgement) = waits_for_image(object, circumstances.image.as_deref()) {
            return judgement;
        }
        // Here it is text: controllers before 1.0 wrote a hash.
        let observed = text(object, "/status/observedGeneration").parse::<i64>().ok();
        let generation = number(object, "/metadata/generation");
        if generation.is_some() && observed < generation {
            return Judgement::pending("its controller has not seen yet what is written in it");
        }
        let message = text(object, "/status/message");
        let told = if message.is_empty() { String::new() } else { format!(": {message}") };
        let at = step(object);
        match text(object, "/status/phase") {
            "Healthy" => Judgement::pass("the rollout is healthy"),
            "Progressing" => Judgement::pending(format!("it is progressing{at}{told}")),
            "Paused" => Judgement::pending(format!("it is paused{at}{told}")),
            "Degraded" if object.pointer("/status/abort").and_then(Value::as_bool) == Some(true) => {
                Judgement::fail(format!("it was aborted{at}{told}"))
            }
            "Degraded" => {
                let since = condition(object, "Progressing").and_then(|progressing| progressing.since);
                let since = since.max(time(object, "/status/abortedAt"));
                circumstances.bad(grace, since, format!("it is degraded{at}{told}"))
            }
            "" => Judgement::pending("it says nothing of itself yet"),
            other => Judgement::inconclusive(format!("its phase is {other}{told}")),
        }
    }
}

/// Where a canary is: its step and its weight.
fn step(object: &Value) -> String {
    let steps = object.pointer("/spec/strategy/canary/steps").and_then(Value::as_array).map_or(0, Vec::len);
    let mut words = Vec::new();
    if let Some(index) = number(object, "/status/currentStepIndex").filter(|_| steps > 0) {
        words.push(format!("after {index} of {steps} steps"));
    }
    if let Some(weight) = number(object, "/status/canary/weights/canary/weight") {
        words.push(format!("weight {weight}"));
    }
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}
