//! `glu list`

use glu::prelude::*;
use glu::testing::World;

use crate::shop::{App, Shop, pipeline};

#[test]
fn pipelines_and_phases_stand_with_what_feeds_them() {
    let shop = Shop::new();
    shop.world.pipelines(|_| {
        Pipeline::<App>::from(git("eu").branch("live"))
            .named("blog")
            .described("Publishes the blog.\n\nBy night.")
            .annotation("runbook", "https://runbooks.example/blog")
    });
    shown!(shop.world.run("list"), @"
    blog  Publishes the blog.
      PHASE  SOURCE
      eu     git (live)

    shop  Ships the shop.  team=web
      PHASE       SOURCE  FROM     MOVES    LABELS
      app         oci
      staging     git     app      by hand  tier=test
      production  git     staging  by hand  tier=live
    --- exit 0
    ");
    shown!(shop.world.run("list --output markdown"), @"
    ### blog

    Publishes the blog. By night.

    | PHASE | SOURCE | FROM | MOVES | LABELS |
    | --- | --- | --- | --- | --- |
    | eu | git (live) |  |  |  |

    ### shop

    Ships the shop.

    team=web

    | PHASE | SOURCE | FROM | MOVES | LABELS |
    | --- | --- | --- | --- | --- |
    | app | oci |  |  |  |
    | staging | git | app | by hand | tier=test |
    | production | git | staging | by hand | tier=live |
    --- exit 0
    ");
}

#[test]
fn how_states_come_in_is_told() {
    let world = World::new();
    world.configure("[sources.oci.app]\nreference = \"oci:nowhere\"");
    world.configure("[sources.git.default]\nremote.url = \"nowhere.git\"");
    world.pipelines(|_| {
        let canary = canary("production-canary")
            .replicas("env/{phase}/app.yaml", "spec.replicas", 10)
            .step(percent(10))
            .step(percent(50));
        Pipeline::<App>::from(oci("app"))
            .then(git("test").automatic())
            .then(git("staging").every(hours(4)).queue())
            .then(git("production").cron("0 9 * * 1-5", "Europe/Vienna").rollout(canary))
            .then(git("archive").propose())
            .named("shop")
    });
    shown!(world.run("list"), @"
    shop
      PHASE       SOURCE  FROM        MOVES
      app         oci
      test        git     app         at once
      staging     git     test        every 4 hours, one after another
      production  git     staging     0 9 * * 1-5 Europe/Vienna, in 2 steps
      archive     git     production  by hand, by proposal
    --- exit 0
    ");
}

#[test]
fn the_world_is_not_looked_at() {
    let world = World::new();
    // Sources that do not exist are no matter as long as they are configured.
    world.configure("[sources.oci.app]\nreference = \"oci:nowhere\"");
    world.configure("[sources.git.default]\nremote.url = \"nowhere.git\"");
    world.pipelines(|_| pipeline());
    world.run("list").success();
}

#[test]
fn labels_and_names_select() {
    let shop = Shop::new();
    shop.world.pipelines(|_| Pipeline::<App>::from(git("eu")).named("blog").label("team", "news"));
    shown!(shop.world.run("list --label team=news"), @"
    blog  team=news
      PHASE  SOURCE
      eu     git
    --- exit 0
    ");
    shown!(shop.world.run("list blog"), @"
    blog  team=news
      PHASE  SOURCE
      eu     git
    --- exit 0
    ");
    shown!(shop.world.run("list --label team=nobody"), @"
    --- stderr
    error: no pipeline has these labels
    hint: `glu list` shows the labels
    --- exit 2
    ");
    shown!(shop.world.run("list --label team"), @"
    --- stderr
    error: invalid value 'team' for '--label <NAME=VALUE>': write NAME=VALUE

    For more information, try '--help'.
    --- exit 2
    ");
    shown!(shop.world.run("list stagin"), @"
    --- stderr
    error: no pipeline and no phase is called `stagin`
    hint: did you mean `staging`?
    --- exit 2
    ");
}

#[test]
fn json_has_all_there_is_to_know() {
    let shop = Shop::new();
    let json = shop.world.run("list -o json").json();
    assert_eq!(json["format_version"], "1.0");
    let pipeline = &json["pipelines"][0];
    assert_eq!(pipeline["labels"]["team"], "web");
    assert_eq!(pipeline["annotations"], serde_json::json!({}));
    assert!(pipeline["declared"].as_str().unwrap().starts_with("tests/tests/it/shop.rs:"));
    assert_eq!(pipeline["phases"][1]["from"][0], "app");
    assert_eq!(pipeline["phases"][1]["labels"]["tier"], "test");
}
