//! A phase that takes its upstream's states one after another.

use std::sync::atomic::Ordering;

use glu::core::author::GitPhase;
use glu::exit::Code;
use glu::prelude::*;

use crate::gates::Smoke;
use crate::shop::{App, Shop, manifest};

/// The shop with such a production, and three versions, an hour each, through staging.
fn queued(production: impl Fn(GitPhase) -> GitPhase + 'static) -> (Shop, [ImageRef; 3]) {
    let shop = Shop::with(move || {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging"))
            .then(production(git("production").automatic().queue()))
            .named("shop")
    });
    let versions = ["1.1.0", "1.2.0", "1.3.0"].map(|version| shop.stage(version));
    (shop, versions)
}

fn production(shop: &Shop) -> String {
    shop.repository.read("env/production/app.yaml")
}

#[test]
fn every_state_comes_in_its_turn() {
    let (shop, versions) = queued(|production| production);
    shown!(shop.world.run("plan production"), @"
    shop/production  40f372c1942a -> a09fe52d4805  from staging, commit to main
      image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
      diff --git a/env/production/app.yaml b/env/production/app.yaml
      --- a/env/production/app.yaml
      +++ b/env/production/app.yaml
      @@ -1,4 +1,4 @@
       # By hand; keep.
       spec:
         replicas: 3
      -  image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f  # pinned
      +  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned
      2 more wait behind it

    1 to move
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 0
    ");
    for version in &versions {
        shop.world.run("run production --once").success();
        assert_eq!(production(&shop), manifest(version));
    }
    assert!(shop.world.run("plan production").success().contains("up to date"));
}

#[test]
fn without_a_queue_the_newest_supersedes_the_others() {
    let shop = Shop::new();
    let versions = ["1.1.0", "1.2.0"].map(|version| shop.stage(version));
    shop.world.run("promote production").success();
    assert_eq!(production(&shop), manifest(&versions[1]));
}

#[test]
fn each_passes_the_gates_for_itself() {
    let (shop, versions) = queued(|production| production.gate(approval(1)));
    shop.world.env("GLU_ACTOR", "Grace <grace@example.com>");
    for version in &versions {
        shop.world.run("promote production").code(Code::Held);
        shop.world.run("approve production").success();
        shop.world.run("promote production").success();
        assert_eq!(production(&shop), manifest(version));
    }
}

#[test]
fn a_soak_counts_from_when_a_state_came_though_newer_ones_have_come() {
    // 1.1.0 came five hours ago, 1.2.0 three, 1.3.0 one.
    let (shop, versions) = queued(|production| production.gate(soak(hours(2))));
    shop.world.run("run production --once").success();
    shop.world.run("run production --once").success();
    assert_eq!(production(&shop), manifest(&versions[1]));
    shop.world.run("run production --once").success();
    assert_eq!(production(&shop), manifest(&versions[1]));
    shop.pass_hours(1);
    shop.world.run("run production --once").success();
    assert_eq!(production(&shop), manifest(&versions[2]));
}

#[test]
fn a_quarantined_state_is_passed_over_with_a_word() {
    let (shop, versions) = queued(|production| production);
    let digest = versions[0].digest.clone().unwrap();
    shop.world.run(&format!("quarantine staging --state {digest} --reason broken --everywhere")).success();
    shown!(shop.world.run("explain production"), @"
    shop/production  40f372c1942a
      since  2026-01-01T12:00:00Z (7 hours ago) by Ada Example, outside glu, commit c805cca9c5
      next  it may get c735125fc13c from staging
        queue  1 more waits behind it
        queue  passed over: a09fe52d4805 is quarantined by Ada Example <ada.example@example.com>: broken
    --- exit 0
    ");
    shop.world.run("run production --once").success();
    assert_eq!(production(&shop), manifest(&versions[1]));
    // Where there is nothing to take instead, it is held as ever.
    let digest = versions[2].digest.clone().unwrap();
    shop.world.run(&format!("quarantine staging --state {digest} --reason broken --everywhere")).success();
    let held = shop.world.run("promote production");
    assert!(held.code(Code::Held).contains("is quarantined by"), "{held}");
    assert!(!shop.world.run("plan production").out.contains("passed over"));
}

#[test]
fn what_left_the_upstream_unverified_is_passed_over() {
    let smoke = Smoke::default();
    let switch = smoke.fails.clone();
    let shop = Shop::with(move || {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging").verify(check(smoke.clone()).named("smoke")))
            .then(git("production").queue())
            .named("shop")
    });
    // Each is looked at while it is in staging.
    let stage = |version: &str, fails: u32| {
        let image = shop.stage(version);
        switch.store(fails, Ordering::SeqCst);
        let _ = shop.world.run("check staging");
        image
    };
    stage("1.1.0", 1);
    let held = shop.world.run("promote production");
    assert!(held.code(Code::Held).contains("`staging` is not verified"), "{held}");
    let good = stage("1.2.0", 0);
    stage("1.3.0", 0);
    let plan = shop.world.run("plan production");
    let said = "left `staging` unverified: gate `smoke` says fail: it smokes";
    assert!(plan.success().contains(said) && plan.out.contains("1 more waits behind it"), "{plan}");
    shop.world.run("promote production").success();
    assert_eq!(production(&shop), manifest(&good));
}

#[test]
fn a_change_by_hand_keeps_the_place_and_a_rollback_goes_on_from_where_it_went() {
    let (shop, versions) = queued(|production| production);
    shop.world.run("run production --once").success();
    shop.edit("production", &manifest("registry.example/app@sha256:".to_owned() + &"9".repeat(64)));
    shop.world.run("run production --once").success();
    assert_eq!(production(&shop), manifest(&versions[1]));
    shop.world.run("run production --once").success();
    shop.world.run(&format!("rollback production --to {}", versions[0].digest.clone().unwrap())).success();
    shop.world.run("run production --once").success();
    assert_eq!(production(&shop), manifest(&versions[0]));
    shop.world.run("unpin production --reason mended").success();
    shop.world.run("run production --once").success();
    assert_eq!(production(&shop), manifest(&versions[1]));
}

#[test]
fn a_phase_that_never_had_any_of_them_begins_with_the_newest() {
    let shop = Shop::with(|| {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging").source("environments"))
            .then(git("production").source("elsewhere").queue())
            .named("shop")
    });
    let elsewhere = shop.world.remote("elsewhere");
    let foreign = manifest("registry.example/app@sha256:".to_owned() + &"9".repeat(64));
    elsewhere.commit("Begin", [("env/production/app.yaml", foreign.as_str())]);
    let versions = ["1.1.0", "1.2.0"].map(|version| shop.stage(version));
    shop.world.run("promote production").success();
    assert_eq!(elsewhere.read("env/production/app.yaml"), manifest(&versions[1]));
}

#[test]
fn a_shallow_clone_does_not_let_a_queue_begin_with_the_newest() {
    let pipeline = || {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging"))
            .then(git("production").automatic().queue())
            .named("shop")
    };
    let shop = Shop::with(pipeline);
    shop.stage("1.1.0");
    shop.stage("1.2.0");
    let home = shop.world.path().display().to_string();
    let work = shop.world.path().join("work").display().to_string();
    let url = format!("file://{home}/environments.git");
    crate::programs::git(shop.world.path())(&["clone", "--quiet", "--depth", "1", &url, &work]);

    let world = glu::testing::World::new();
    world.configure(&format!("[sources.git.here]\npath = \"{work}\""));
    world.configure(&format!(
        "[sources.oci.app]\nreference = \"oci:{home}/app.oci\"\nname = \"registry.example/app\""
    ));
    world.pipelines(move |_| pipeline());
    let before = shop.repository.log().len();
    let run = world.run("run production --once");
    let said = "what waits for it is not known, as `here:main` is a shallow clone";
    assert!(run.code(Code::Failed).contains(said), "{run}");
    assert_eq!(shop.repository.log().len(), before);
}
