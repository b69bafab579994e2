//! Fan-out and fan-in: how many of a phase's upstreams must hold the same state.

use glu::prelude::*;
use glu::testing::{Images, Remote, World};

use crate::shop::{App, manifest};

const REGIONS: [&str; 3] = ["ap", "eu", "us"];

/// app feeds three regions, and they feed `world`.
fn regions(join: Join) -> (World, Images, Remote) {
    let world = World::new();
    let images = world.layout("app");
    let repository = world.remote("environments");
    world.pipelines(move |_| {
        Pipeline::<App>::from(oci("app"))
            .then_each(REGIONS.map(git))
            .then(git("world").join(join))
            .named("shop")
    });
    let first = manifest(images.publish("latest", "1.0.0"));
    let files: Vec<String> =
        REGIONS.iter().chain(&["world"]).map(|phase| format!("env/{phase}/app.yaml")).collect();
    repository.commit("Set up", files.iter().map(|file| (file.as_str(), first.as_str())));
    world.wait(std::time::Duration::from_secs(3600));
    (world, images, repository)
}

#[test]
fn a_fan_out_moves_each_on_its_own() {
    let (world, images, _) = regions(Join::All);
    images.publish("latest", "1.1.0");
    shown!(world.run("promote eu us"), @"
    shop/eu  promoted: a09fe52d4805 (main at f75c1c3f6e)
    shop/us  promoted: a09fe52d4805 (main at eb9016a5c6)
    --- exit 0
    ");
    shown!(world.run("status"), @"
    shop
      PHASE  STATE         SINCE       BY                        STANDING
      app    a09fe52d4805
      ap     40f372c1942a  1 hour ago  Ada Example, outside glu  behind app
      eu     a09fe52d4805  just now    Ada Example               up to date
      us     a09fe52d4805  just now    Ada Example               up to date
      world  40f372c1942a  1 hour ago  Ada Example, outside glu  1 behind eu; 1 behind us
    --- exit 0
    ");
}

#[test]
fn all_waits_for_the_last() {
    let (world, images, _) = regions(Join::All);
    images.publish("latest", "1.1.0");
    world.run("promote ap eu").success();
    shown!(world.run("promote world"), @"
    shop/world  held: all of its upstreams must hold the same state: ap has a09fe52d4805, eu has a09fe52d4805, us has 40f372c1942a
    --- exit 3
    ");
    shown!(world.run("plan world"), @"
    shop/world  40f372c1942a  held: all of its upstreams must hold the same state: ap has a09fe52d4805, eu has a09fe52d4805, us has 40f372c1942a

    1 held
    --- exit 0
    ");
    world.run("promote us").success();
    shown!(world.run("promote world"), @"
    shop/world  promoted: a09fe52d4805 (main at 7f67e7ee26)
    --- exit 0
    ");
}

#[test]
fn at_least_two_waits_for_the_second() {
    let (world, images, _) = regions(Join::AtLeast(2));
    images.publish("latest", "1.1.0");
    world.run("promote ap").success();
    // The other two still hold what world has.
    shown!(world.run("plan world"), @"
    shop/world  40f372c1942a  up to date

    1 up to date
    --- exit 0
    ");
    world.wait(std::time::Duration::from_secs(60));
    world.run("promote us").success();
    shown!(world.run("promote world"), @"
    shop/world  promoted: a09fe52d4805 (main at 7e09a7ceb3)
    --- exit 0
    ");
}

#[test]
fn any_takes_the_state_that_came_last() {
    let (world, images, repository) = regions(Join::Any);
    images.publish("latest", "1.1.0");
    world.run("promote us").success();
    let newest = images.publish("latest", "1.2.0");
    world.wait(std::time::Duration::from_secs(60));
    world.run("promote ap").success();
    shown!(world.run("promote world"), @"
    shop/world  promoted: c735125fc13c (main at f6d335e16e)
    --- exit 0
    ");
    assert_eq!(repository.read("env/world/app.yaml"), manifest(newest));
    shown!(world.run("plan world"), @"
    shop/world  c735125fc13c  up to date

    1 up to date
    --- exit 0
    ");
}

#[test]
fn three_different_states_hold_two_of_three() {
    let (world, images, _) = regions(Join::AtLeast(2));
    images.publish("latest", "1.1.0");
    world.run("promote ap").success();
    images.publish("latest", "1.2.0");
    world.run("promote eu").success();
    shown!(world.run("plan world --exit-code"), @"
    shop/world  40f372c1942a  held: at least 2 of its upstreams must hold the same state: ap has a09fe52d4805, eu has c735125fc13c, us has 40f372c1942a

    1 held
    --- exit 0
    ");
    shown!(world.run("plan world -o json"), @r#"
    {
      "format_version": "1.0",
      "at": "2026-01-01T13:00:00Z",
      "phases": [
        {
          "pipeline": "shop",
          "phase": "world",
          "standing": "held",
          "state": {
            "digest": "sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f",
            "label": "40f372c1942a",
            "fields": {
              "image": "registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f"
            }
          },
          "reason": "at least 2 of its upstreams must hold the same state: ap has a09fe52d4805, eu has c735125fc13c, us has 40f372c1942a"
        }
      ]
    }
    --- exit 0
    "#);
    assert_eq!(world.run("promote world").code as u8, 3);
}

#[test]
fn an_upstream_that_cannot_be_read_holds_only_where_it_is_needed() {
    for (join, expected) in [(Join::All, 1), (Join::AtLeast(2), 0), (Join::Any, 0)] {
        let (world, images, repository) = regions(join);
        images.publish("latest", "1.1.0");
        world.run("promote ap eu").success();
        repository.commit("Break it", [("env/us/app.yaml", "{}\n")]);
        let run = world.run("promote world");
        assert_eq!(run.code as u8, expected, "{join}: {run}");
        if join == Join::All {
            shown!(run, @"
            shop/world  failed: the state of `us` is not known: env/us/app.yaml: `spec.image` (line 1): the document has no key `spec` (in `environments:main` at 084f006e2b)
            --- exit 1
            ");
        }
    }
}

#[test]
fn edges_may_skip_and_a_phase_may_be_fed_at_different_depths() {
    let world = World::new();
    let images = world.layout("app");
    let repository = world.remote("environments");
    world.pipelines(|_| {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging"))
            .then(git("production").join(Join::All))
            .edge("app", "production")
            .named("shop")
    });
    let first = manifest(images.publish("latest", "1.0.0"));
    let files = ["env/staging/app.yaml", "env/production/app.yaml"];
    repository.commit("Set up", files.map(|file| (file, first.as_str())));
    images.publish("latest", "1.1.0");
    assert_eq!(world.run("promote production").code as u8, 3);
    world.run("promote staging").success();
    images.publish("latest", "1.2.0");
    // What staging has is not the newest any more.
    assert_eq!(world.run("promote production").code as u8, 3);
    world.run("promote staging").success();
    world.run("promote production").success();
}
