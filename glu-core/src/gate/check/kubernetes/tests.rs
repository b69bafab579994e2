//! What resources say, as their controllers write them. Their shapes are those of the published schemas.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::ClientError;
use super::judgement::{Circumstances, Has, Judgement, Lineage};
use super::object::Type;
use super::*;
use crate::gate::Verdict;
use crate::source::git::CommitId;

const NEW: &str = "1111111111111111111111111111111111111111";
const OLD: &str = "0000000000000000000000000000000000000000";
const NOW: &str = "2026-01-01T12:00:00Z";
const PENDING: Verdict = Verdict::Pending { until: None };

/// A history in which one revision has the commit, and one has it not yet.
struct History;

impl Lineage for History {
    fn has(&self, revision: &str) -> Has {
        match revision {
            NEW => Has::Yes,
            OLD => Has::Lacks(CommitId::parse(NEW).unwrap()),
            _ => Has::Unknown,
        }
    }
}

/// A state of which nobody knows where it came from.
struct NoHistory;

impl Lineage for NoHistory {
    fn has(&self, _: &str) -> Has {
        Has::Nothing
    }
}

struct World {
    since: Option<&'static str>,
    image: Option<&'static str>,
    other: Option<Value>,
    lineage: &'static dyn Lineage,
}

const WORLD: World = World { since: None, image: None, other: None, lineage: &History };

impl World {
    fn judge<R: Judge>(&self, check: &Kubernetes<R>, object: &Value) -> Judgement {
        let read = |wanted: &Type, namespace: &str, name: &str| match &self.other {
            Some(other) if (namespace, name) == ("flux-system", "apps") => Ok(other.clone()),
            _ => Err(ClientError::NoObject { what: wanted.kind.to_owned(), cluster: "x".to_owned() }),
        };
        let circumstances = Circumstances {
            lineage: self.lineage,
            read: &read,
            now: NOW.parse().unwrap(),
            since: self.since.map(|since| since.parse().unwrap()),
            image: self.image.map(str::to_owned),
        };
        check.asks.judge(object, check.grace, &circumstances)
    }

    #[track_caller]
    fn expect<R: Judge>(&self, check: &Kubernetes<R>, object: &Value, verdict: Verdict, reason: &str) {
        let judgement = self.judge(check, object);
        assert_eq!(judgement.verdict, verdict, "{judgement:?} of {object}");
        assert!(judgement.reason.contains(reason), "`{reason}` is not in {judgement:?}");
    }
}

fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    object.pointer_mut(parent).unwrap()[key] = value;
    object
}

fn application(sync: &str, revision: &str, health: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd", "generation": 12},
        "status": {
            "sync": {"status": sync, "revision": revision, "comparedTo": {"source": {"repoURL": "https://x"}}},
            "health": {"status": health, "lastTransitionTime": "2026-01-01T11:58:00Z"},
            "operationState": {"phase": "Succeeded", "finishedAt": "2026-01-01T11:50:00Z"},
        },
    })
}

#[test]
fn an_application_is_synced_to_the_commit_and_healthy() {
    let check = argo_cd("shop");
    let expect = |object: &Value, verdict, reason| WORLD.expect(&check, object, verdict, reason);
    expect(&application("Synced", NEW, "Healthy"), Verdict::Pass, "synced and healthy");
    expect(
        &application("Synced", OLD, "Healthy"),
        PENDING,
        "is at 0000000000, which does not have 1111111111",
    );
    expect(&application("OutOfSync", NEW, "Healthy"), PENDING, "out of sync");
    expect(&application("Synced", NEW, "Progressing"), PENDING, "progressing");
    expect(&application("Synced", NEW, "Suspended"), PENDING, "suspended");
    expect(&application("Synced", NEW, "Missing"), Verdict::Inconclusive, "its health is Missing");
    expect(&application("Synced", NEW, "Unknown"), Verdict::Inconclusive, "its health is Unknown");
    expect(
        &application("Synced", "2.1.0", "Healthy"),
        Verdict::Inconclusive,
        "is at 2.1.0, which is no commit",
    );
    let unknown = with(
        application("Unknown", NEW, "Healthy"),
        "/status/conditions",
        json!([{"type": "SharedResourceWarning", "message": "w"}, {"type": "ComparisonError", "message": "no such path"}]),
    );
    expect(&unknown, Verdict::Inconclusive, "its sync status is Unknown: no such path");
    let running =
        with(application("Synced", NEW, "Healthy"), "/status/operationState/phase", json!("Running"));
    expect(&running, PENDING, "its sync is not finished");
    let failed = with(
        application("OutOfSync", NEW, "Healthy"),
        "/status/operationState",
        json!({"phase": "Failed", "message": "one or more objects failed to apply"}),
    );
    expect(&failed, PENDING, "the last sync is Failed: one or more objects failed");
    let deleted = with(application("Synced", NEW, "Healthy"), "/metadata/deletionTimestamp", json!(NOW));
    expect(&deleted, Verdict::Inconclusive, "being deleted");
    expect(&json!({"metadata": {}}), PENDING, "not compared with git yet");
}

#[test]
fn every_revision_that_is_a_commit_of_ours_counts() {
    let check = argo_cd("shop");
    let of =
        |revisions: Value| with(application("Synced", "", "Healthy"), "/status/sync/revisions", revisions);
    WORLD.expect(&check, &of(json!(["7.4.0", NEW])), Verdict::Pass, "healthy");
    WORLD.expect(&check, &of(json!([NEW, OLD])), PENDING, "does not have");
    WORLD.expect(&check, &of(json!(["7.4.0", "8"])), Verdict::Inconclusive, "7.4.0, 8");
    WORLD.expect(&check, &application("Synced", "", "Healthy"), PENDING, "no revision yet");
    let nothing = World { lineage: &NoHistory, ..WORLD };
    nothing.expect(
        &check,
        &application("Synced", NEW, "Healthy"),
        Verdict::Inconclusive,
        "no commit is known",
    );
    nothing.expect(&check.any_revision(), &application("Synced", OLD, "Healthy"), Verdict::Pass, "healthy");
}

#[test]
fn what_is_degraded_fails_after_a_grace_from_the_last_thing_that_happened() {
    let degraded = application("Synced", NEW, "Degraded");
    let until = |time: &str| Verdict::Pending { until: Some(time.parse().unwrap()) };
    let check = argo_cd("shop");
    WORLD.expect(
        &check,
        &degraded,
        until("2026-01-01T12:03:00Z"),
        "degraded; it has until 2026-01-01 12:03 UTC",
    );
    WORLD.expect(&check.clone().grace(Duration::from_secs(120)), &degraded, Verdict::Fail, "it is degraded");
    // The state came after the application had degraded: it may be what mends it.
    let since = World { since: Some("2026-01-01T11:59:00Z"), ..WORLD };
    let check = check.grace(Duration::from_secs(120));
    since.expect(&check, &degraded, until("2026-01-01T12:01:00Z"), "degraded");
    let undated = with(
        degraded,
        "/status",
        json!({"sync": {"status": "Synced", "revision": NEW}, "health": {"status": "Degraded", "message": "CrashLoopBackOff"}}),
    );
    WORLD.expect(&check, &undated, Verdict::Fail, "it is degraded: CrashLoopBackOff");
}

fn kustomization(applied: &str, ready: &str, reason: &str) -> Value {
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "flux-system", "generation": 3},
        "spec": {"interval": "10m", "prune": true},
        "status": {
            "observedGeneration": 3,
            "lastAppliedRevision": format!("main@sha1:{applied}"),
            "lastAttemptedRevision": format!("main@sha1:{applied}"),
            "conditions": [{
                "type": "Ready", "status": ready, "reason": reason, "message": "told",
                "lastTransitionTime": "2026-01-01T11:00:00Z", "observedGeneration": 3,
            }],
        },
    })
}

#[test]
fn a_kustomization_has_applied_the_commit_and_is_ready() {
    let check = flux_kustomization("apps");
    let expect = |object: &Value, verdict, reason| WORLD.expect(&check, object, verdict, reason);
    let ready = kustomization(NEW, "True", "ReconciliationSucceeded");
    expect(&ready, Verdict::Pass, "ready: ReconciliationSucceeded: told");
    expect(&kustomization(OLD, "True", "ReconciliationSucceeded"), PENDING, "does not have 1111111111 yet");
    expect(&with(ready.clone(), "/metadata/generation", json!(4)), PENDING, "has not seen yet");
    expect(&with(ready.clone(), "/spec/suspend", json!(true)), PENDING, "suspended");
    let before_2 = with(ready.clone(), "/status/lastAppliedRevision", json!(format!("main/{NEW}")));
    expect(&before_2, Verdict::Pass, "ready");
    let artifact = with(ready.clone(), "/status/lastAppliedRevision", json!("latest@sha256:ab"));
    expect(&artifact, Verdict::Inconclusive, "latest@sha256:ab");
    let origin = with(artifact, "/status/lastAppliedOriginRevision", json!(format!("main@sha1:{NEW}")));
    expect(&origin, Verdict::Pass, "ready");
    expect(&kustomization(NEW, "Unknown", "Progressing"), PENDING, "not ready yet: Progressing");
    expect(&kustomization(NEW, "False", "DependencyNotReady"), PENDING, "DependencyNotReady");
    expect(&kustomization(NEW, "False", "ReconciliationFailed"), Verdict::Fail, "ReconciliationFailed: told");
    // What it never tried is not at fault; what it tries and does not get done is.
    let failing = kustomization(OLD, "False", "HealthCheckFailed");
    expect(&failing, PENDING, "does not have");
    let tried = with(failing, "/status/lastAttemptedRevision", json!(format!("main@sha1:{NEW}")));
    expect(&tried, Verdict::Fail, "HealthCheckFailed");
    let stalled = json!({"type": "Stalled", "status": "True", "reason": "InvalidPath", "message": "no path"});
    let stalled = with(kustomization(OLD, "True", ""), "/status/conditions", json!([stalled]));
    expect(&stalled, Verdict::Fail, "it is stalled: InvalidPath: no path");
    let new = with(ready, "/status", json!({}));
    expect(&new, PENDING, "has not seen yet");
    WORLD.expect(&check.any_revision(), &kustomization(OLD, "True", "x"), Verdict::Pass, "ready");
}

#[test]
fn a_release_is_of_the_commit_that_its_kustomization_has_applied() {
    let check = flux_helm_release("shop");
    let mut release = kustomization(OLD, "True", "UpgradeSucceeded");
    release["status"]["lastAppliedRevision"] = json!("6.5.0");
    let alone = release.clone();
    release["metadata"]["labels"] = json!({
        "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    });
    let by = |kustomization: Value| World { other: Some(kustomization), ..WORLD };
    let applied = by(kustomization(NEW, "True", ""));
    applied.expect(&check, &release, Verdict::Pass, "UpgradeSucceeded");
    by(kustomization(OLD, "True", "")).expect(
        &check,
        &release,
        PENDING,
        "the kustomization `apps`, which applies",
    );
    let trying = with(
        kustomization(OLD, "Unknown", ""),
        "/status/lastAttemptedRevision",
        json!(format!("main@sha1:{NEW}")),
    );
    by(trying.clone()).expect(&check, &release, PENDING, "does not have");
    let failed = with(release.clone(), "/status/conditions/0/status", json!("False"));
    by(trying).expect(&check, &failed, Verdict::Fail, "it is not ready");
    let stalled = json!([{"type": "Stalled", "status": "True", "reason": "RetriesExceeded", "message": "m"}]);
    let stalled = with(release.clone(), "/status/conditions", stalled);
    applied.expect(&check, &stalled, Verdict::Fail, "RetriesExceeded");
    by(kustomization(OLD, "True", "")).expect(&check, &stalled, PENDING, "does not have");
    applied.expect(&check, &alone, Verdict::Inconclusive, "no kustomization applies the release");
    WORLD.expect(&check, &release, Verdict::Inconclusive, "there is no Kustomization");
    WORLD.expect(&check.any_revision(), &alone, Verdict::Pass, "ready");
}

#[test]
fn a_rollout_says_where_it_is() {
    let rollout = |phase: &str| {
        json!({
            "metadata": {"generation": 7},
            "spec": {
                "replicas": 5, "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 60}]}},
                "template": {"spec": {"containers": [{"name": "app", "image": "r.io/app:2"}]}},
            },
            "status": {
                "observedGeneration": "7", "phase": phase, "message": "CanaryPauseStep", "currentStepIndex": 1,
                "canary": {"weights": {"canary": {"weight": 20}, "stable": {"weight": 80}}},
                "conditions": [{"type": "Progressing", "status": "False", "lastTransitionTime": "2026-01-01T11:58:00Z"}],
            },
        })
    };
    let check = argo_rollout("shop");
    let expect = |object: &Value, verdict, reason| WORLD.expect(&check, object, verdict, reason);
    expect(&rollout("Healthy"), Verdict::Pass, "healthy");
    expect(&rollout("Paused"), PENDING, "it is paused (after 1 of 3 steps, weight 20): CanaryPauseStep");
    expect(&rollout("Progressing"), PENDING, "it is progressing (after 1 of 3 steps, weight 20)");
    let until = Verdict::Pending { until: Some("2026-01-01T12:03:00Z".parse().unwrap()) };
    expect(&rollout("Degraded"), until, "it is degraded");
    expect(&with(rollout("Degraded"), "/status/abort", json!(true)), Verdict::Fail, "it was aborted");
    expect(&with(rollout("Healthy"), "/metadata/generation", json!(8)), PENDING, "has not seen yet");
    let image = World { image: Some("r.io/app:2"), ..WORLD };
    image.expect(&check, &rollout("Healthy"), Verdict::Pass, "healthy");
    let other = World { image: Some("r.io/app:3"), ..WORLD };
    other.expect(&check, &rollout("Healthy"), PENDING, "it is to run r.io/app:2, and not r.io/app:3 yet");
    let elsewhere = with(rollout("Healthy"), "/spec/template", json!(null));
    other.expect(&check, &elsewhere, Verdict::Inconclusive, "no pod template");
}

#[test]
fn a_canary_speaks_of_the_state_when_its_analysis_ended_after_the_state_came() {
    let canary = |phase: &str| {
        json!({
            "metadata": {"generation": 2},
            "spec": {"analysis": {"threshold": 5, "maxWeight": 50, "stepWeight": 10}},
            "status": {
                "phase": phase, "canaryWeight": 30, "failedChecks": 2, "iterations": 0,
                "lastTransitionTime": "2026-01-01T11:30:00Z",
                "conditions": [{"type": "Promoted", "status": "False", "reason": "Failed", "message": "analysis failed"}],
            },
        })
    };
    let check = flagger_canary("shop");
    for phase in ["Succeeded", "Initialized"] {
        WORLD.expect(&check, &canary(phase), Verdict::Pass, "");
    }
    WORLD.expect(
        &check,
        &canary("Failed"),
        Verdict::Fail,
        "(weight 30, 2 of 5 checks failed): Failed: analysis failed",
    );
    for phase in ["Initializing", "Waiting", "Progressing", "WaitingPromotion", "Promoting", "Finalising"] {
        WORLD.expect(&check, &canary(phase), PENDING, "(weight 30, 2 of 5 checks failed)");
    }
    WORLD.expect(&check, &canary("Terminating"), Verdict::Inconclusive, "Terminating");
    let later = World { since: Some("2026-01-01T11:40:00Z"), ..WORLD };
    for phase in ["Succeeded", "Initialized", "Failed"] {
        later.expect(&check, &canary(phase), PENDING, "before the state came");
    }
    let iterating = with(canary("Progressing"), "/spec/analysis/iterations", json!(10));
    WORLD.expect(&check, &iterating, PENDING, "(iteration 0 of 10, 2 of 5 checks failed)");
}

#[test]
fn a_resource_has_every_condition_that_is_asked_for() {
    let object = json!({
        "metadata": {"generation": 2},
        "status": {"conditions": [
            {"type": "Ready", "status": "True"},
            {"type": "Degraded", "status": "False", "reason": "AsExpected", "lastTransitionTime": "2026-01-01T11:00:00Z"},
            {"type": "Synced", "status": "Unknown", "message": "asking"},
        ]},
    });
    let check = || kubernetes("example.com/v1", "Database", "shop");
    WORLD.expect(&check().condition("Ready"), &object, Verdict::Pass, "Ready is True");
    WORLD.expect(
        &check().condition("Ready").condition_is("Degraded", "False"),
        &object,
        Verdict::Pass,
        "Degraded",
    );
    WORLD.expect(&check().condition("Degraded"), &object, Verdict::Fail, "`Degraded` is False: AsExpected");
    WORLD.expect(&check().condition("Synced"), &object, PENDING, "`Synced` is Unknown: asking");
    let absent = WORLD.judge(&check().condition("Available"), &object);
    assert!(absent.has_no_data && absent.verdict == Verdict::Inconclusive, "{absent:?}");
    let stale = with(object, "/status/observedGeneration", json!(1));
    WORLD.expect(&check().condition("Ready"), &stale, PENDING, "has not seen yet");
}

#[test]
fn what_makes_no_sense_is_said_at_start() {
    let says = |check: &dyn Check| check.mistakes().join("; ");
    assert!(says(&kubernetes("apps/v1", "Deployment", "x")).contains("asks for nothing"));
    assert!(says(&kubernetes("a/b/c", "X", "x").condition("Ready")).contains("no API version"));
    assert!(says(&kubernetes("v1", "X", "x").condition_is("Ready", "yes")).contains("not `yes`"));
    assert!(says(&argo_cd("")).contains("names no resource"));
    assert!(says(&argo_cd("x").timeout(Duration::ZERO)).contains("needs time"));
    assert_eq!(says(&argo_cd("x")), "");
    assert_ne!(argo_cd("x").specification(), argo_cd("x").any_revision().specification());
}
