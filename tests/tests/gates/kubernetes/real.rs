//! The same questions to a real `kube-apiserver` over a real `etcd`, which no Debian package has: for machines that have them on the path.

use std::time::Duration;

use glu::core::gate::Verdict;
use glu::core::gate::check::{
    argo_cd, argo_rollout, deployment, flagger_canary, flux_helm_release, flux_kustomization, kubernetes,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::asked::{ERROR, expect, expect_no_data, sample};
use glu_tests::server::certificates::{self, Pair};
use glu_tests::server::{Server, free_port};

struct Cluster {
    _etcd: Server,
    _apiserver: Server,
    home: TempDir,
    agent: ureq::Agent,
    address: String,
    authority: Pair,
    client: Pair,
}

impl Cluster {
    fn start() -> Self {
        let home = TempDir::new().unwrap();
        let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
        let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
        let authority = certificates::authority(home.path(), "cluster");
        let server = certificates::localhost(home.path(), &authority);
        let client = certificates::client(home.path(), &authority, "grace", "system:masters");
        std::fs::write(
            home.path().join("tokens.csv"),
            "admin-t0ken,admin,1,\"system:masters\"\nnobody-t0ken,nobody,2,\"strangers\"\n",
        )
        .unwrap();
        let (clients, peers) = (free_port(), free_port());
        let etcd_address = format!("http://127.0.0.1:{clients}");
        let peer_address = format!("http://127.0.0.1:{peers}");
        let arguments = [
            format!("--data-dir={}", path("etcd")),
            format!("--listen-client-urls={etcd_address}"),
            format!("--advertise-client-urls={etcd_address}"),
            format!("--listen-peer-urls={peer_address}"),
            format!("--initial-advertise-peer-urls={peer_address}"),
            format!("--initial-cluster=default={peer_address}"),
        ];
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let etcd = Server::start("etcd", "etcd-server", &arguments, home.path());
        let port = free_port();
        let arguments = [
            format!("--etcd-servers={etcd_address}"),
            format!("--secure-port={port}"),
            "--bind-address=127.0.0.1".to_owned(),
            "--advertise-address=127.0.0.1".to_owned(),
            format!("--cert-dir={}", path("certificates")),
            format!("--tls-cert-file={}", text(&server.certificate)),
            format!("--tls-private-key-file={}", text(&server.key)),
            format!("--client-ca-file={}", text(&authority.certificate)),
            format!("--token-auth-file={}", path("tokens.csv")),
            "--authorization-mode=RBAC".to_owned(),
            "--service-account-issuer=https://localhost".to_owned(),
            format!("--service-account-key-file={}", text(&server.key)),
            format!("--service-account-signing-key-file={}", text(&server.key)),
            "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
            "--disable-admission-plugins=ServiceAccount".to_owned(),
        ];
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let apiserver =
            Server::start("kube-apiserver", "kube-apiserver (built from source)", &arguments, home.path());
        let tls = ureq::tls::TlsConfig::builder()
            .unversioned_rustls_crypto_provider(std::sync::Arc::new(rustls::crypto::ring::default_provider()))
            .disable_verification(true)
            .build();
        let agent =
            ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).build().new_agent();
        let mut cluster = Self {
            _etcd: etcd,
            _apiserver: apiserver,
            home,
            agent,
            address: format!("https://localhost:{port}"),
            authority,
            client,
        };
        let ready = format!("{}/readyz", cluster.address);
        let agent = cluster.agent.clone();
        cluster._apiserver.wait_until(|| {
            std::thread::sleep(Duration::from_millis(200));
            agent
                .get(&ready)
                .header("authorization", "Bearer admin-t0ken")
                .call()
                .is_ok_and(|reply| reply.status() == 200)
        });
        cluster
    }

    fn send(&self, method: &str, path: &str, object: &Value) -> Value {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("authorization", "Bearer admin-t0ken")
            .header("content-type", "application/json")
            .body(object.to_string())
            .unwrap();
        let mut reply = self.agent.run(request).unwrap();
        let answer: Value = serde_json::from_str(&reply.body_mut().read_to_string().unwrap()).unwrap();
        assert!(reply.status().is_success(), "{method} {path}: {answer}");
        answer
    }

    /// Defines a kind whose schema says nothing, and waits until it is served.
    fn define(&self, group: &str, version: &str, kind: &str, plural: &str) {
        let schema =
            json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
        self.send(
            "POST",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            &json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": format!("{plural}.{group}")},
                "spec": {
                    "group": group, "scope": "Namespaced",
                    "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
                    "versions": [{"name": version, "served": true, "storage": true, "schema": schema}],
                },
            }),
        );
        let uri = format!("{}/apis/{group}/{version}/{plural}", self.address);
        for _ in 0..200 {
            let reply = self.agent.get(&uri).header("authorization", "Bearer admin-t0ken").call().unwrap();
            if reply.status() == 200 {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{kind} is not served");
    }

    fn kubeconfig(&self, user: &str) -> std::path::PathBuf {
        let text = format!(
            "current-context: test\ncontexts: [{{name: test, context: {{cluster: c, user: u, namespace: shop}}}}]\n\
             clusters: [{{name: c, cluster: {{server: '{}', certificate-authority: '{}'}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n",
            self.address,
            self.authority.certificate.display(),
        );
        let path = self.home.path().join(format!("kubeconfig-{}", user.len()));
        std::fs::write(&path, text).unwrap();
        path
    }
}

#[test]
#[ignore = "needs `kube-apiserver` and `etcd` on the path; tests/run.sh runs it where they are"]
fn a_real_api_server_is_understood() {
    let cluster = Cluster::start();
    let namespace = |name: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    for name in ["shop", "argocd", "flux-system"] {
        cluster.send("POST", "/api/v1/namespaces", &namespace(name));
    }
    let kubeconfig = cluster.kubeconfig("token: admin-t0ken");

    let absent = argo_cd("shop").kubeconfig(&kubeconfig);
    expect(&sample(&absent), ERROR, "knows no `applications.argoproj.io`");
    cluster.define("argoproj.io", "v1alpha1", "Application", "applications");
    cluster.define("argoproj.io", "v1alpha1", "Rollout", "rollouts");
    cluster.define("kustomize.toolkit.fluxcd.io", "v1beta2", "Kustomization", "kustomizations");
    cluster.define("helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases");
    cluster.define("flagger.app", "v1beta1", "Canary", "canaries");
    expect_no_data(&sample(&absent), "there is no Application `shop` in namespace `argocd`");

    let ready = json!([{"type": "Ready", "status": "True", "reason": "ok", "message": "told"}]);
    for (path, object) in [
        (
            "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications",
            json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                "status": {"sync": {"status": "Synced", "revision": "1"}, "health": {"status": "Healthy"}}}),
        ),
        (
            "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts",
            json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
                "status": {"observedGeneration": "1", "phase": "Paused", "message": "CanaryPauseStep"}}),
        ),
        (
            "/apis/kustomize.toolkit.fluxcd.io/v1beta2/namespaces/flux-system/kustomizations",
            json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1beta2", "kind": "Kustomization",
                "status": {"observedGeneration": 1, "conditions": ready}}),
        ),
        (
            "/apis/helm.toolkit.fluxcd.io/v2/namespaces/flux-system/helmreleases",
            json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
                "status": {"observedGeneration": 1, "conditions": ready}}),
        ),
        (
            "/apis/flagger.app/v1beta1/namespaces/shop/canaries",
            json!({"apiVersion": "flagger.app/v1beta1", "kind": "Canary", "status": {"phase": "Succeeded"}}),
        ),
    ] {
        let mut object = object;
        object["metadata"] = json!({"name": "shop"});
        cluster.send("POST", path, &object);
    }
    expect(&sample(&absent.any_revision()), Verdict::Pass, "synced and healthy");
    let rollout = argo_rollout("shop").kubeconfig(&kubeconfig);
    expect(&sample(&rollout), Verdict::Pending { until: None }, "it is paused: CanaryPauseStep");
    let kustomization = flux_kustomization("shop").any_revision().kubeconfig(&kubeconfig);
    expect(&sample(&kustomization), Verdict::Pass, "ready: ok: told");
    let release = flux_helm_release("shop").any_revision().kubeconfig(&kubeconfig);
    expect(&sample(&release), Verdict::Pass, "ready: ok: told");
    expect(&sample(&flagger_canary("shop").kubeconfig(&kubeconfig)), Verdict::Pass, "the canary succeeded");

    let created = cluster.send(
        "POST",
        "/apis/apps/v1/namespaces/shop/deployments",
        &json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app"},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "app"}}, "template": {
                "metadata": {"labels": {"app": "app"}}, "spec": {"containers": [{"name": "app", "image": "app:1"}]}}},
        }),
    );
    let check = deployment("app").kubeconfig(&kubeconfig);
    expect(&sample(&check), Verdict::Pending { until: None }, "has not seen yet");
    let mut rolled_out = created;
    rolled_out["status"] = json!({
        "observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
        "conditions": [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "m"}],
    });
    cluster.send("PUT", "/apis/apps/v1/namespaces/shop/deployments/app/status", &rolled_out);
    expect(&sample(&check.clone().runs("app:1")), Verdict::Pass, "rolled out");
    let available = kubernetes("apps/v1", "Deployment", "app").condition("Available").kubeconfig(&kubeconfig);
    expect(&sample(&available), Verdict::Pass, "Available is True");
    let namespace = kubernetes("v1", "Namespace", "shop").condition("Ready").kubeconfig(&kubeconfig);
    expect_no_data(&sample(&namespace), "it has no condition `Ready`");
    let unknown = kubernetes("v1", "Cat", "shop").condition("Ready").kubeconfig(&kubeconfig);
    expect(&sample(&unknown), ERROR, "knows no `Cat in v1`");

    let client = &cluster.client;
    let user = format!(
        "client-certificate: '{}', client-key: '{}'",
        client.certificate.display(),
        client.key.display()
    );
    expect(&sample(&deployment("app").kubeconfig(cluster.kubeconfig(&user))), Verdict::Pass, "rolled out");
    let nobody = deployment("app").kubeconfig(cluster.kubeconfig("token: nobody-t0ken"));
    expect(&sample(&nobody), ERROR, "deployments.apps \"app\" is forbidden: User \"nobody\"");
    let stranger = deployment("app").kubeconfig(cluster.kubeconfig("token: stranger"));
    expect(&sample(&stranger), ERROR, "does not know us (401)");
}
