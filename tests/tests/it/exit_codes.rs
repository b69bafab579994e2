//! The exit codes, 0 to 5: scripts and CI jobs rely on them.

use glu::prelude::*;

use crate::shop::{App, Shop};

#[test]
fn every_code_has_its_case() {
    let shop = Shop::new();
    shop.world.pipelines(|_| {
        Pipeline::<App>::from(oci("app"))
            .then_each(["staging", "production"].map(git))
            .then(git("world"))
            .named("join")
    });
    let code = |command: &str| shop.world.run(command).code as u8;
    let first = shop.repository.read("env/staging/app.yaml");
    shop.repository.commit("World", [("env/world/app.yaml", first.as_str())]);
    assert_eq!(code("promote --all"), 0, "nothing to do");
    shop.images.publish("latest", "1.1.0");
    assert_eq!(code("plan --exit-code"), 5, "pending");
    assert_eq!(code("plan shop --out plan.json"), 0, "pending is no matter unless asked for");
    assert_eq!(code("promote shop/staging"), 0, "done");
    assert_eq!(code("promote world"), 3, "held: staging and production differ");
    assert_eq!(code("promote --plan plan.json"), 4, "what the plan names has moved");
    assert_eq!(code("promote nowhere"), 2, "usage");
    shop.edit("staging", "{}\n");
    assert_eq!(code("status"), 1, "failed");
    // What is broken outweighs what is held.
    assert_eq!(code("promote world staging"), 1);
}
