//! `glu history`

use glu::testing::World;

use crate::programs::git;
use crate::shop::{Shop, manifest, pipeline};

#[test]
fn states_come_newest_first_with_how_they_came() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    let hotfix = shop.images.publish("hotfix", "1.0.1");
    shop.edit("staging", &manifest(hotfix));
    shop.pass_hours(48);
    // What leaves the state as it is does not count.
    shop.repository.commit("Unrelated", [("README", "hello")]);
    shop.world.run("rollback staging").success();
    shown!(shop.world.run("history staging"), @"
    shop/staging
      STATE         SINCE                              BY             HOW          COMMIT      SUBJECT
      a09fe52d4805  2026-01-03T15:00:00Z (just now)    Ada Example    rollback     0e825a28f1  Roll shop in staging back to a09fe52d4805
      906a8263fcbb  2026-01-01T15:00:00Z (2 days ago)  Grace Example  outside glu  7e84ba483e  Edit staging by hand
      a09fe52d4805  2026-01-01T14:00:00Z (2 days ago)  Ada Example    promotion    8d8bd61815  Promote shop to staging: a09fe52d4805
      40f372c1942a  2026-01-01T12:00:00Z (2 days ago)  Ada Example    outside glu  c805cca9c5  Set the shop up
    --- exit 0
    ");
    shown!(shop.world.run("history staging -o markdown"), @"
    ### shop/staging

    | STATE | SINCE | BY | HOW | COMMIT | SUBJECT |
    | --- | --- | --- | --- | --- | --- |
    | a09fe52d4805 | 2026-01-03T15:00:00Z (just now) | Ada Example | rollback | 0e825a28f1 | Roll shop in staging back to a09fe52d4805 |
    | 906a8263fcbb | 2026-01-01T15:00:00Z (2 days ago) | Grace Example | outside glu | 7e84ba483e | Edit staging by hand |
    | a09fe52d4805 | 2026-01-01T14:00:00Z (2 days ago) | Ada Example | promotion | 8d8bd61815 | Promote shop to staging: a09fe52d4805 |
    | 40f372c1942a | 2026-01-01T12:00:00Z (2 days ago) | Ada Example | outside glu | c805cca9c5 | Set the shop up |
    --- exit 0
    ");
    shown!(shop.world.run("history staging -n 1 -o json"), @r#"
    {
      "format_version": "1.0",
      "phases": [
        {
          "pipeline": "shop",
          "phase": "staging",
          "states": [
            {
              "state": {
                "digest": "sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3",
                "label": "a09fe52d4805",
                "fields": {
                  "image": "registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3"
                }
              },
              "at": "2026-01-03T15:00:00Z",
              "author": "glu",
              "actor": "Ada Example <ada.example@example.com>",
              "commit": "0e825a28f1aaf9b618195d6f49557ab210b8b1fa",
              "subject": "Roll shop in staging back to a09fe52d4805",
              "promotion": "01KE25YPC1ANF73GC6J3Q45J8B",
              "cause": "rollback"
            }
          ]
        }
      ]
    }
    --- exit 0
    "#);
}

#[test]
fn all_phases_one_after_the_other_and_those_outside_git_say_so() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    shown!(shop.world.run("history"), @"
    shop/app
      no history: it is not in git

    shop/staging
      STATE         SINCE                               BY           HOW          COMMIT      SUBJECT
      a09fe52d4805  2026-01-01T14:00:00Z (1 hour ago)   Ada Example  promotion    8d8bd61815  Promote shop to staging: a09fe52d4805
      40f372c1942a  2026-01-01T12:00:00Z (3 hours ago)  Ada Example  outside glu  c805cca9c5  Set the shop up

    shop/production
      STATE         SINCE                               BY           HOW          COMMIT      SUBJECT
      40f372c1942a  2026-01-01T12:00:00Z (3 hours ago)  Ada Example  outside glu  c805cca9c5  Set the shop up
    --- exit 0
    ");
}

#[test]
fn the_limit_is_for_each_phase() {
    let shop = Shop::new();
    for version in ["1.1.0", "1.2.0", "1.3.0"] {
        shop.stage(version);
    }
    let json = shop.world.run("history -o json -n 2").json();
    let counts: Vec<usize> = json["phases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|phase| phase["states"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [0, 2, 1]);
}

#[test]
fn a_time_without_a_state_is_part_of_it() {
    let shop = Shop::new();
    shop.edit("staging", "{}\n");
    shop.pass_hours(1);
    let again = shop.images.publish("latest", "1.0.0");
    shop.edit("staging", &manifest(again));
    shown!(shop.world.run("history staging"), @"
    shop/staging
      STATE         SINCE                               BY             HOW          COMMIT      SUBJECT
      40f372c1942a  2026-01-01T14:00:00Z (just now)     Grace Example  outside glu  9acc2aa5c7  Edit staging by hand
      unknown       2026-01-01T13:00:00Z (1 hour ago)   Grace Example  outside glu  e4b71f2276  Edit staging by hand
      40f372c1942a  2026-01-01T12:00:00Z (2 hours ago)  Ada Example    outside glu  c805cca9c5  Set the shop up
    --- exit 0
    ");
}

#[test]
fn a_merge_is_credited_to_the_commit_it_brought() {
    let shop = Shop::new();
    let hotfix = shop.images.publish("hotfix", "1.0.1");
    shop.repository.commit_to(
        "topic",
        "Grace Example",
        "Fix it",
        [("env/staging/app.yaml", manifest(hotfix).as_str())],
    );
    shop.pass_hours(1);
    shop.repository.commit("Meanwhile", [("README", "hello")]);
    let work = shop.world.path().join("work");
    let git = git(&work);
    git(&["clone", "--quiet", "../environments.git", "."]);
    git(&["merge", "--quiet", "--no-ff", "-m", "Merge topic", "origin/topic"]);
    git(&["push", "--quiet", "origin", "HEAD:main"]);
    shop.pass_hours(1);
    let json = shop.world.run("history staging -o json").json();
    let newest = &json["phases"][0]["states"][0];
    assert_eq!(newest["author"], "Grace Example");
    assert_eq!(newest["subject"], "Merge topic");
    assert_eq!(json["phases"][0]["states"].as_array().unwrap().len(), 2);
}

#[test]
fn a_shallow_clone_warns_that_it_does_not_know_all() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    shop.stage("1.2.0");
    let work = shop.world.path().join("work");
    let url = format!("file://{}/environments.git", shop.world.path().display());
    git(&work)(&["clone", "--quiet", "--depth", "1", &url, "."]);

    let world = World::new();
    world.configure(&format!("[sources.git.here]\npath = \"{}\"", work.display()));
    world.configure(&format!(
        "[sources.oci.app]\nreference = \"oci:{}/app.oci\"\nname = \"registry.example/app\"",
        shop.world.path().display()
    ));
    world.pipelines(|_| pipeline());
    let run = world.run("history staging");
    insta::assert_snapshot!(run.err, @"warning: `here:main` is a shallow clone: older states are not known");
    assert_eq!(run.success().lines().count(), 3, "a name, a head, and the one state that is known: {run}");
    let run = world.run("status");
    insta::assert_snapshot!(run.err, @"warning: `here:main` is a shallow clone: older states are not known; fetch it with its whole history (`fetch-depth: 0`)");
    run.success();
}

#[test]
fn a_phase_that_never_was_is_a_failure() {
    let shop = Shop::new();
    shop.world.pipelines(|_| {
        glu::prelude::Pipeline::<crate::shop::App>::from(glu::prelude::git("nowhere")).named("other")
    });
    shown!(shop.world.run("history nowhere"), @"
    --- stderr
    error: other/nowhere: env/nowhere/app.yaml: no such file (in `environments:main` at c805cca9c5)
    --- exit 1
    ");
}
