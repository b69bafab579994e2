//! Any resource, by a condition of its status.

use std::time::Duration;

use serde_json::{Value, json};

use super::judgement::{Circumstances, Judgement};
use super::object::{condition, is_name, is_observed};
use super::{Judge, Kubernetes, Wanted, by_health};

/// Asks a resource of any kind; made by [`kubernetes`].
#[derive(Debug, Clone)]
pub struct Resource {
    api_version: String,
    kind: String,
    conditions: Vec<(String, String)>,
}

/// A check of any resource, by a condition: `kubernetes("batch/v1", "Job", "migration").condition("Complete")`.
///
/// It passes when its controller has seen what is written in it and every condition is as expected. What is otherwise for longer than the
/// grace fails; a condition that is not there is no data.
pub fn kubernetes(
    api_version: impl Into<String>,
    kind: impl Into<String>,
    name: impl Into<String>,
) -> Kubernetes<Resource> {
    Kubernetes::new(
        name,
        Resource { api_version: api_version.into(), kind: kind.into(), conditions: Vec::new() },
    )
}

by_health!(Resource);

impl Kubernetes<Resource> {
    /// Expects a condition to be true.
    pub fn condition(self, kind: impl Into<String>) -> Self {
        self.condition_is(kind, "True")
    }

    /// Expects a condition to have this status: `True`, `False` or `Unknown`.
    pub fn condition_is(mut self, kind: impl Into<String>, status: impl Into<String>) -> Self {
        self.asks.conditions.push((kind.into(), status.into()));
        self
    }
}

impl Judge for Resource {
    fn kind(&self) -> &'static str {
        "kubernetes"
    }

    fn resource(&self) -> Wanted<'_> {
        Wanted::Sought { api_version: &self.api_version, kind: &self.kind }
    }

    fn specification(&self) -> Value {
        json!({"api_version": self.api_version, "kind": self.kind, "conditions": self.conditions})
    }

    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let is_version = self.api_version.split('/').all(is_name) && self.api_version.split('/').count() <= 2;
        if !is_version {
            mistakes.push(format!("`{}` is no API version, such as `apps/v1`", self.api_version));
        }
        if self.conditions.is_empty() {
            mistakes.push("it asks for nothing; add `.condition(\"Ready\")`".to_owned());
        }
        for (kind, status) in &self.conditions {
            if !matches!(status.as_str(), "True" | "False" | "Unknown") {
                mistakes.push(format!("condition `{kind}` can be True, False or Unknown, not `{status}`"));
            }
        }
        mistakes
    }

    fn judge(&self, object: &Value, grace: Duration, circumstances: &Circumstances<'_>) -> Judgement {
        // Not every controller tells what it has seen.
        let tells = object.pointer("/status/observedGeneration").is_some();
        if tells && !is_observed(object) {
            return Judgement::pending("its controller has not seen yet what is written in it");
        }
        for (kind, status) in &self.conditions {
            let Some(found) = condition(object, kind) else {
                return Judgement::no_data(format!("it has no condition `{kind}`"));
            };
            if found.status == status {
                continue;
            }
            let reason = format!("condition `{kind}` is {}: {}", found.status, found.words());
            return match found.status {
                "Unknown" => Judgement::pending(reason),
                _ => circumstances.bad(grace, found.since, reason),
            };
        }
        let told: Vec<_> =
            self.conditions.iter().map(|(kind, status)| format!("{kind} is {status}")).collect();
        Judgement::pass(told.join(", "))
    }
}
