//! Whole questions: the commit, from a real repository; the resources, from a server.

use std::sync::Arc;

use glu::core::access::Access;
use glu::core::clock::SystemClock;
use glu::core::gate::check::{argo_cd, flux_helm_release, kubernetes};
use glu::core::gate::{Asked, Check, Landing, Verdict};
use glu::core::ledger::{Sample, Subject};
use glu::core::model::PhaseId;
use glu::core::settings::{GitSettings, Settings};
use glu::core::testing::Remote;
use serde_json::json;

use crate::asked::{ERROR, NOW, expect, expect_no_data, sample, state};
use glu_tests::server::api_server::{ApiServer, READER};

/// A repository of three commits, of which the second brought the state to staging.
struct Repository {
    remote: Remote,
    cache: tempfile::TempDir,
    commits: Vec<String>,
}

impl Repository {
    fn new() -> Self {
        let cache = tempfile::tempdir().unwrap();
        let remote = Remote::create(&cache.path().join("environments.git"), Arc::new(SystemClock));
        let commits = (0..3).map(|number| remote.commit("a change", [("file", &*number.to_string())]));
        let commits = commits.collect();
        Self { remote, cache, commits }
    }

    fn ask(&self, check: &dyn Check) -> Sample {
        let settings = Settings {
            git: [(
                "environments".to_owned(),
                GitSettings { path: Some(self.remote.path().to_owned()), ..GitSettings::default() },
            )]
            .into(),
            cache: self.cache.path().join("cache"),
            ..Settings::default()
        };
        let access = Access::new(settings);
        let state = state("1.3");
        let subject = Subject::new(PhaseId::new("shop", "staging"), state.digest.clone());
        let commit = glu::core::source::git::CommitId::parse(&self.commits[1]).unwrap();
        let landing = Landing { phase: "staging".to_owned(), source: "environments".to_owned(), commit };
        check.sample(&Asked {
            subject: &subject,
            state: &state,
            from: None,
            now: NOW.parse().unwrap(),
            since: None,
            landings: &[landing],
            access: &access,
        })
    }
}

#[test]
fn git_says_whether_a_revision_has_the_commit() {
    let repository = Repository::new();
    let server = ApiServer::start();
    let kubeconfig = server.kubeconfig(&format!("token: {READER}"));
    let check = argo_cd("{pipeline}-{phase}").kubeconfig(kubeconfig);
    let at = |revision: &str| {
        server.put(json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "shop-staging", "namespace": "argocd", "generation": 1},
            "status": {"sync": {"status": "Synced", "revision": revision}, "health": {"status": "Healthy"}},
        }));
        repository.ask(&check)
    };
    expect(&at(&repository.commits[1]), Verdict::Pass, "synced and healthy");
    expect(&at(&repository.commits[2]), Verdict::Pass, "synced and healthy");
    let behind = at(&repository.commits[0]);
    expect(&behind, Verdict::Pending { until: None }, &repository.commits[1][..10]);
    assert_eq!(behind.evidence["revision"], repository.commits[0].as_str());
    assert_eq!(behind.evidence["resource"], "Application argocd/shop-staging");
    let elsewhere = at("ffffffffffffffffffffffffffffffffffffffff");
    expect(&elsewhere, Verdict::Inconclusive, "no commit that is known in the phase's repository");
    // Nobody landed there, so nothing is known.
    let other = check.clone().of("production");
    expect(&repository.ask(&other), Verdict::Inconclusive, "no commit is known to have brought the state");
    expect(&sample(&check), Verdict::Inconclusive, "no commit is known");
    expect(&sample(&check.any_revision()), Verdict::Pass, "healthy");
}

#[test]
fn a_release_and_its_kustomization_are_both_read_by_the_version_that_is_served() {
    let repository = Repository::new();
    let server = ApiServer::start();
    let ready = json!([{"type": "Ready", "status": "True", "reason": "ok", "message": "told"}]);
    server.put(json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2beta2", "kind": "HelmRelease",
        "metadata": {"name": "shop", "namespace": "flux-system", "generation": 1, "labels": {
            "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux",
        }},
        "status": {"observedGeneration": 1, "conditions": ready},
    }));
    server.put(json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "flux", "generation": 1},
        "status": {"observedGeneration": 1, "lastAppliedRevision": format!("main@sha1:{}", repository.commits[2])},
    }));
    let check = flux_helm_release("shop").kubeconfig(server.kubeconfig(&format!("token: {READER}")));
    expect(&repository.ask(&check), Verdict::Pass, "ready: ok: told");
    let asked: Vec<_> = server.asked().into_iter().map(|(.., path)| path).collect();
    assert_eq!(
        asked,
        [
            "/apis/helm.toolkit.fluxcd.io/v2/namespaces/flux-system/helmreleases/shop",
            "/apis/helm.toolkit.fluxcd.io/v2beta2/namespaces/flux-system/helmreleases/shop",
            "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux/kustomizations/apps",
        ]
    );
}

#[test]
fn the_server_knows_where_any_kind_is() {
    let server = ApiServer::start();
    let kubeconfig = server.kubeconfig(&format!("token: {READER}"));
    let condition = json!([{"type": "Ready", "status": "True"}]);
    for (version, kind, namespace) in [("v1", "Pod", Some("shop")), ("example.com/v1", "Canary", None)] {
        let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, "status": {"conditions": condition}});
        if let Some(namespace) = namespace {
            object["metadata"]["namespace"] = json!(namespace);
        }
        server.put(object);
        let check = kubernetes(version, kind, "x").condition("Ready").kubeconfig(&kubeconfig);
        expect(&sample(&check), Verdict::Pass, "Ready is True");
        let absent = kubernetes(version, kind, "y").condition("Ready").kubeconfig(&kubeconfig);
        expect_no_data(&sample(&absent), &format!("there is no {kind} `y`"));
    }
    let unknown = kubernetes("v1", "Cat", "x").condition("Ready").kubeconfig(&kubeconfig);
    expect(&sample(&unknown), ERROR, "knows no `Cat in v1`");
    let unknown = kubernetes("cats.io/v1", "Cat", "x").condition("Ready").kubeconfig(&kubeconfig);
    expect(&sample(&unknown), ERROR, "knows no `cats.io/v1`");
}
