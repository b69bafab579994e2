//! Flux: whether a kustomization or a Helm release has applied the commit that brought the state, and is ready with it.

use std::time::Duration;

use serde_json::{Value, json};

use super::judgement::{Circumstances, Has, Judgement, behind};
use super::object::{Condition, Type, condition, is_observed, text};
use super::{Judge, Kubernetes, Wanted, by_commit, by_health};

const KUSTOMIZATION: Type = Type {
    kind: "Kustomization",
    group: "kustomize.toolkit.fluxcd.io",
    versions: &["v1", "v1beta2"],
    plural: "kustomizations",
    namespace: Some("flux-system"),
};

const HELM_RELEASE: Type = Type {
    kind: "HelmRelease",
    group: "helm.toolkit.fluxcd.io",
    versions: &["v2", "v2beta2", "v2beta1"],
    plural: "helmreleases",
    namespace: Some("flux-system"),
};

/// Asks Flux; made by [`flux_kustomization`] and [`flux_helm_release`].
#[derive(Debug, Clone)]
pub struct Flux {
    is_release: bool,
    any_revision: bool,
}

by_commit!(Flux);
by_health!(Flux);

/// A check of a Flux kustomization, in the namespace `flux-system` unless told otherwise.
///
/// It passes when what is written in it was observed, a revision that has the commit which brought the state was applied, and it is ready.
/// What is stalled fails; what is not ready although it tried that commit fails after the grace.
pub fn flux_kustomization(name: impl Into<String>) -> Kubernetes<Flux> {
    Kubernetes::new(name, Flux { is_release: false, any_revision: false })
}

/// A check of a Flux Helm release, in the namespace `flux-system` unless told otherwise.
///
/// A release names a chart's version and no commit, so the kustomization that applies the release is asked which commit it has applied.
pub fn flux_helm_release(name: impl Into<String>) -> Kubernetes<Flux> {
    Kubernetes::new(name, Flux { is_release: true, any_revision: false })
}

impl Judge for Flux {
    fn kind(&self) -> &'static str {
        if self.is_release { "flux_helm_release" } else { "flux_kustomization" }
    }

    fn resource(&self) -> Wanted<'_> {
        Wanted::Known(if self.is_release { HELM_RELEASE } else { KUSTOMIZATION })
    }

    fn specification(&self) -> Value {
        json!({"any_revision": self.any_revision})
    }

    fn judge(&self, object: &Value, grace: Duration, circumstances: &Circumstances<'_>) -> Judgement {
        if object.pointer("/spec/suspend").and_then(Value::as_bool) == Some(true) {
            return Judgement::pending("it is suspended; `flux resume` lets it go on");
        }
        if !is_observed(object) {
            return Judgement::pending("its controller has not seen yet what is written in it");
        }
        let stalled = condition(object, "Stalled").filter(Condition::is_true);
        let stalled = stalled.map(|stalled| Judgement::fail(format!("it is stalled: {}", stalled.words())));
        // A kustomization that is stalled will not try the commit either; a release that is may be mended by it.
        if let Some(stalled) = stalled.as_ref().filter(|_| !self.is_release) {
            return stalled.clone();
        }
        let applied = match (self.any_revision, self.is_release) {
            (true, _) => Applied::Yes,
            (false, true) => release(object, circumstances),
            (false, false) => own(object, circumstances),
        };
        let ready = condition(object, "Ready");
        match (applied, stalled, ready) {
            (Applied::No(judgement), ..) => judgement,
            (_, Some(stalled), _) => stalled,
            (_, None, Some(ready)) if ready.is_false() => not_ready(&ready, grace, circumstances),
            (Applied::Tried(judgement), ..) => judgement,
            (Applied::Yes, None, Some(ready)) if ready.is_true() => {
                Judgement::pass(format!("ready: {}", ready.words()))
            }
            (Applied::Yes, None, Some(ready)) => {
                Judgement::pending(format!("it is not ready yet: {}", ready.words()))
            }
            (Applied::Yes, None, None) => Judgement::pending("it does not say yet whether it is ready"),
        }
    }
}

/// Whether the commit that brought the state was applied.
enum Applied {
    Yes,
    /// It was tried, and is not done.
    Tried(Judgement),
    No(Judgement),
}

/// Waits for others without being at fault, or is at fault.
fn not_ready(ready: &Condition<'_>, grace: Duration, circumstances: &Circumstances<'_>) -> Judgement {
    let reason = format!("it is not ready: {}", ready.words());
    match ready.reason {
        "DependencyNotReady" | "Progressing" | "ProgressingWithRetry" => Judgement::pending(reason),
        _ => circumstances.bad(grace, ready.since, reason),
    }
}

/// The commits of what was applied: of the source, or, where that is an artifact, of what the artifact was made of.
fn revisions(object: &Value) -> Vec<&str> {
    let origin = commit(text(object, "/status/lastAppliedOriginRevision"));
    let applied = commit(text(object, "/status/lastAppliedRevision"));
    if origin.is_empty() { vec![applied] } else { vec![origin, applied] }
}

/// The commit in a revision: `main@sha1:...`, `v1.0@sha1:...` or `sha1:...`; `main/...` from before Flux 2.
fn commit(revision: &str) -> &str {
    match revision.rsplit_once("sha1:") {
        Some((_, commit)) => commit,
        None => match revision.rsplit_once('/') {
            Some((_, commit)) if commit.len() == 40 => commit,
            _ => revision,
        },
    }
}

/// What a kustomization has applied, or tried to.
fn own(kustomization: &Value, circumstances: &Circumstances<'_>) -> Applied {
    applied(kustomization, "the kustomization", circumstances)
}

/// What the kustomization that applies a release has applied: a release names no commit itself.
fn release(release: &Value, circumstances: &Circumstances<'_>) -> Applied {
    let label = |name: &str| release["metadata"]["labels"][name].as_str().unwrap_or_default();
    let owner = label("kustomize.toolkit.fluxcd.io/name");
    let namespace = label("kustomize.toolkit.fluxcd.io/namespace");
    if owner.is_empty() || namespace.is_empty() {
        return Applied::No(Judgement::inconclusive(
            "no kustomization applies the release, so nothing says which commit it is from; `.any_revision()` goes by health alone",
        ));
    }
    match (circumstances.read)(&KUSTOMIZATION, namespace, owner) {
        Ok(kustomization) => applied(
            &kustomization,
            &format!("the kustomization `{owner}`, which applies the release,"),
            circumstances,
        ),
        Err(error) => Applied::No(Judgement::inconclusive(error)),
    }
}

fn applied(kustomization: &Value, what: &str, circumstances: &Circumstances<'_>) -> Applied {
    let Some(judgement) = behind(circumstances.lineage, &revisions(kustomization), what) else {
        return Applied::Yes;
    };
    let attempted = commit(text(kustomization, "/status/lastAttemptedRevision"));
    let tried = circumstances.lineage.has(attempted) == Has::Yes;
    if tried { Applied::Tried(judgement) } else { Applied::No(judgement) }
}
