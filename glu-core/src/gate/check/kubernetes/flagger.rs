//! Flagger: how far a canary is, whose weights its controller owns.

use std::time::Duration;

use serde_json::Value;

use super::judgement::{Circumstances, Judgement};
use super::object::{Type, condition, number, text, time};
use super::{Judge, Kubernetes, Wanted};
use crate::gate::words::moment;

const CANARY: Type = Type {
    kind: "Canary",
    group: "flagger.app",
    versions: &["v1beta1"],
    plural: "canaries",
    namespace: None,
};

/// Asks a Flagger canary; made by [`flagger_canary`].
#[derive(Debug, Clone)]
pub struct FlaggerCanary;

/// A check of a Flagger canary, in the context's namespace unless told otherwise. It only observes: the controller owns the weights.
///
/// It passes when the analysis that ended after the state came has succeeded, is pending until then, and fails when it has failed.
pub fn flagger_canary(name: impl Into<String>) -> Kubernetes<FlaggerCanary> {
    Kubernetes::new(name, FlaggerCanary)
}

impl Judge for FlaggerCanary {
    fn kind(&self) -> &'static str {
        "flagger_canary"
    }

    fn resource(&self) -> Wanted<'_> {
        Wanted::Known(CANARY)
    }

    fn judge(&self, object: &Value, _: Duration, circumstances: &Circumstances<'_>) -> Judgement {
        let phase = text(object, "/status/phase");
        let decided = time(object, "/status/lastTransitionTime");
        let is_older = decided.zip(circumstances.since).is_some_and(|(decided, since)| decided < since);
        match phase {
            // Its status is about what it has seen last, and that may be what ran before.
            "Succeeded" | "Initialized" | "Failed" if is_older => {
                let since = decided.map_or(String::new(), |at| format!(" since {}", moment(at)));
                Judgement::pending(format!("it is {phase}{since}, which is before the state came"))
            }
            "Succeeded" => Judgement::pass("the canary succeeded"),
            "Initialized" => Judgement::pass("the first version is there, without an analysis"),
            "Failed" => {
                let told =
                    condition(object, "Promoted").map_or(String::new(), |told| format!(": {}", told.words()));
                Judgement::fail(format!("the canary failed{}{told}", progress(object)))
            }
            "Initializing" | "Waiting" | "WaitingPromotion" | "Progressing" | "Promoting" | "Finalising" => {
                Judgement::pending(format!("it is {phase}{}", progress(object)))
            }
            "" => Judgement::pending("it says nothing of itself yet"),
            other => Judgement::inconclusive(format!("its phase is {other}")),
        }
    }
}

/// Where the canary is: its weight or iteration, and what has failed so far.
fn progress(object: &Value) -> String {
    let mut words = Vec::new();
    let iterations = number(object, "/spec/analysis/iterations").filter(|iterations| *iterations > 0);
    if let (Some(iterations), Some(iteration)) = (iterations, number(object, "/status/iterations")) {
        words.push(format!("iteration {iteration} of {iterations}"));
    } else if let Some(weight) = number(object, "/status/canaryWeight") {
        words.push(format!("weight {weight}"));
    }
    if let Some(failed) = number(object, "/status/failedChecks").filter(|failed| *failed > 0) {
        let threshold = number(object, "/spec/analysis/threshold");
        let of = threshold.map_or(String::new(), |threshold| format!(" of {threshold}"));
        words.push(format!("{failed}{of} checks failed"));
    }
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}
