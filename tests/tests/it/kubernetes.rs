//! A phase that counts as well when its cluster says so.

use glu::exit::Code;
use glu::prelude::*;
use glu_tests::server::api_server::{ApiServer, READER};
use serde_json::json;

use crate::shop::{Shop, manifest};

#[test]
fn a_state_moves_on_when_argo_cd_has_deployed_its_commit() {
    let server = ApiServer::start();
    let kubeconfig = server.kubeconfig(&format!("token: {READER}"));
    let shop = Shop::with(move || {
        let deployed = argo_cd("{pipeline}-{phase}").kubeconfig(&kubeconfig);
        Pipeline::from(oci("app"))
            .then(git("staging").verify(check(deployed)))
            .then(git("production"))
            .named("shop")
    });
    let deploy = |revision: &str, health: &str| {
        server.put(json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "shop-staging", "namespace": "argocd", "generation": 1},
            "status": {"sync": {"status": "Synced", "revision": revision}, "health": {"status": health}},
        }));
        shop.pass_hours(1);
    };
    let before = shop.repository.log()[0].id.clone();
    let image = shop.stage("1.1.0");
    let commit = shop.repository.log()[0].id.clone();
    let promote = || shop.world.run("promote production");

    deploy(&before, "Healthy");
    let held = promote();
    let words = format!("the application is at {}, which does not have {} yet", &before[..10], &commit[..10]);
    assert!(held.code(Code::Held).contains(&words), "{held}");
    deploy(&commit, "Progressing");
    assert!(promote().code(Code::Held).contains("it is progressing"));
    deploy(&commit, "Healthy");
    promote().success();
    assert_eq!(shop.repository.read("env/production/app.yaml"), manifest(image));
    let ledger = shop.world.run("ledger --event sampled -o json");
    assert!(!ledger.out.contains(READER), "{ledger}");
    assert!(ledger.out.contains("Application argocd/shop-staging"), "{ledger}");
}
