//! Argo CD: whether an application has synced the commit that brought the state, and is healthy with it.

use std::time::Duration;

use serde_json::{Value, json};

use super::judgement::{Circumstances, Judgement, behind};
use super::object::{Type, text, time};
use super::{Judge, Kubernetes, Wanted, by_commit, by_health};

const APPLICATION: Type = Type {
    kind: "Application",
    group: "argoproj.io",
    versions: &["v1alpha1"],
    plural: "applications",
    namespace: Some("argocd"),
};

/// Asks an Argo CD application; made by [`argo_cd`].
#[derive(Debug, Clone, Default)]
pub struct ArgoCd {
    any_revision: bool,
}

by_commit!(ArgoCd);
by_health!(ArgoCd);

/// A check of an Argo CD application, in the namespace `argocd` unless told otherwise.
///
/// It passes when the application is synced to a revision that has the commit which brought the state, and is healthy. Until then it is
/// pending, and fails when it has been degraded for longer than the grace.
pub fn argo_cd(application: impl Into<String>) -> Kubernetes<ArgoCd> {
    Kubernetes::new(application, ArgoCd::default())
}

impl Judge for ArgoCd {
    fn kind(&self) -> &'static str {
        "argo_cd"
    }

    fn resource(&self) -> Wanted<'_> {
        Wanted::Known(APPLICATION)
    }

    fn specification(&self) -> Value {
        json!({"any_revision": self.any_revision})
    }

    fn judge(&self, object: &Value, grace: Duration, circumstances: &Circumstances<'_>) -> Judgement {
        if object.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null()) {
            return Judgement::inconclusive("the application is being deleted");
        }
        match text(object, "/status/sync/status") {
            "Synced" => {}
            "OutOfSync" => return Judgement::pending(format!("it is out of sync{}", operation(object))),
            "" => return Judgement::pending("it was not compared with git yet"),
            other => {
                return Judgement::inconclusive(format!("its sync status is {other}{}", complaint(object)));
            }
        }
        if !self.any_revision {
            let revisions: Vec<&str> =
                match object.pointer("/status/sync/revisions").and_then(Value::as_array) {
                    Some(revisions) if !revisions.is_empty() => {
                        revisions.iter().map(|revision| revision.as_str().unwrap_or_default()).collect()
                    }
                    _ => vec![text(object, "/status/sync/revision")],
                };
            if let Some(judgement) = behind(circumstances.lineage, &revisions, "the application") {
                return judgement;
            }
        }
        // What comes after a sync, such as its hooks, belongs to it.
        if matches!(text(object, "/status/operationState/phase"), "Running" | "Terminating") {
            return Judgement::pending(format!("its sync is not finished{}", operation(object)));
        }
        let message = text(object, "/status/health/message");
        let told = if message.is_empty() { String::new() } else { format!(": {message}") };
        match text(object, "/status/health/status") {
            "Healthy" => Judgement::pass("synced and healthy"),
            "Progressing" => Judgement::pending(format!("it is progressing{told}")),
            "Suspended" => Judgement::pending(format!("it is suspended{told}")),
            "Degraded" => {
                let known = [
                    time(object, "/status/health/lastTransitionTime"),
                    time(object, "/status/operationState/finishedAt"),
                ];
                let since = known.into_iter().max().flatten();
                circumstances.bad(grace, since, format!("it is degraded{told}"))
            }
            "" => Judgement::inconclusive("it says nothing of its health"),
            other => Judgement::inconclusive(format!("its health is {other}{told}")),
        }
    }
}

/// What became of the last sync, where that explains anything.
fn operation(object: &Value) -> String {
    let (phase, message) =
        (text(object, "/status/operationState/phase"), text(object, "/status/operationState/message"));
    match (phase, message) {
        ("" | "Succeeded", _) => String::new(),
        (phase, "") => format!("; the last sync is {phase}"),
        (phase, message) => format!("; the last sync is {phase}: {message}"),
    }
}

/// The first condition that is an error.
fn complaint(object: &Value) -> String {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let error = conditions.and_then(|conditions| {
        conditions.iter().find(|condition| text(condition, "/type").ends_with("Error"))
    });
    error.map_or(String::new(), |condition| format!(": {}", text(condition, "/message")))
}
