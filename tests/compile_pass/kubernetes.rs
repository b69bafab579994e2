//! The gates of the features that are off by default, as the README shows them.

use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "env/{phase}/app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

const KEY: &str = include_str!("../fixtures/cosign/p256.pub");

#[pipeline]
fn deployed() -> Pipeline<App> {
    let argo = argo_cd("shop-{phase}").context("staging").of("staging").grace(minutes(2));
    let rollout = argo_rollout("shop").namespace("shop").runs("{image}");
    let job = kubernetes("batch/v1", "Job", "migration").condition("Complete").condition_is("Failed", "False");
    Pipeline::from(oci("app"))
        .then(
            git("staging")
                .verify(check(argo).every(minutes(1)))
                .verify(flux_kustomization("apps"))
                .verify(flux_helm_release("shop").any_revision())
                .verify(any_of([rollout.into(), flagger_canary("shop").into()]))
                .verify(deployment("shop").runs("{image}"))
                .verify(job),
        )
        .then(git("production").gate(signed_by(key(KEY))))
}

fn main() {
    let drafts = glu::registration::collect(&Discovery::default()).expect("every function succeeds");
    glu::core::model::System::new(drafts).expect("every gate makes sense");
}
