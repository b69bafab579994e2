//! Deployments, with `kubectl rollout status` as the referee: both read the same server.

use std::process::Command;

use glu::core::gate::Verdict;
use glu::core::gate::check::deployment;
use serde_json::{Value, json};

use crate::asked::{expect, sample};
use glu_tests::server::api_server::{ApiServer, READER};
use glu_tests::server::find;

fn with(wanted: Option<i64>, replicas: i64, updated: i64, available: i64) -> Value {
    let mut deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "app", "namespace": "shop", "generation": 2, "uid": "00000000-0000-0000-0000-000000000001", "resourceVersion": "7",
        },
        "spec": {"selector": {"matchLabels": {"app": "app"}}, "template": {"spec": {"containers": [{"name": "app", "image": "app:1"}]}}},
        "status": {
            "observedGeneration": 2, "replicas": replicas, "updatedReplicas": updated, "availableReplicas": available,
            "conditions": [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}],
        },
    });
    if let Some(wanted) = wanted {
        deployment["spec"]["replicas"] = json!(wanted);
    }
    deployment
}

/// What `kubectl rollout status` says, and whether it takes the rollout for failed.
fn referee(kubeconfig: &std::path::Path) -> (bool, String) {
    let output = Command::new(find("kubectl", "kubernetes-client"))
        .args([
            "rollout",
            "status",
            "deployment/app",
            "--watch=false",
            "--request-timeout=20s",
            "--kubeconfig",
        ])
        .arg(kubeconfig)
        .env("HOME", kubeconfig.parent().unwrap())
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

#[test]
fn a_rollout_is_complete_when_kubectl_says_so() {
    let server = ApiServer::start();
    let kubeconfig = server.kubeconfig(&format!("token: {READER}"));
    let check = deployment("app").kubeconfig(&kubeconfig);
    let late = |mut deployment: Value| {
        deployment["status"]["conditions"][0] =
            json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"});
        deployment
    };
    let unseen = |mut deployment: Value| {
        deployment["status"]["observedGeneration"] = json!(1);
        deployment
    };
    let pending = Verdict::Pending { until: None };
    for (deployment, verdict, reason) in [
        (with(Some(3), 3, 3, 3), Verdict::Pass, "rolled out"),
        (with(Some(0), 0, 0, 0), Verdict::Pass, "rolled out"),
        (with(Some(3), 3, 2, 3), pending, "2 of 3 replicas are updated"),
        (with(Some(3), 4, 3, 3), pending, "1 old replicas are still there"),
        (with(Some(3), 3, 3, 2), pending, "2 of 3 updated replicas are available"),
        (unseen(with(Some(3), 3, 3, 3)), pending, "has not seen yet"),
        (late(with(Some(3), 3, 2, 3)), Verdict::Fail, "exceeded its deadline"),
        (late(with(Some(3), 3, 3, 3)), Verdict::Fail, "exceeded its deadline"),
        (unseen(late(with(Some(3), 3, 3, 3))), pending, "has not seen yet"),
    ] {
        server.put(deployment.clone());
        let (is_well, said) = referee(&kubeconfig);
        let referee = match (is_well, said.contains("successfully rolled out")) {
            (true, true) => Verdict::Pass,
            (true, false) => pending,
            (false, _) => Verdict::Fail,
        };
        let words = ["rollout", "rolled out", "progress deadline", "spec update to be observed"];
        assert!(words.iter().any(|words| said.contains(words)), "{said}");
        assert_eq!(referee, verdict, "{said}");
        expect(&sample(&check), verdict, reason);
    }
}

#[test]
fn the_image_can_be_waited_for() {
    let server = ApiServer::start();
    let kubeconfig = server.kubeconfig(&format!("token: {READER}"));
    server.put(with(Some(3), 3, 3, 3));
    let check = deployment("app").kubeconfig(&kubeconfig);
    expect(&sample(&check.clone().runs("app:1")), Verdict::Pass, "rolled out");
    let waiting = sample(&check.runs("app:{chart-version}"));
    expect(&waiting, Verdict::Pending { until: None }, "it is to run app:1, and not app:1.3 yet");
}
