//! `glu doctor`

use glu::prelude::*;
use glu::testing::{Run, World};

use crate::shop::{App, Shop, pipeline};

/// A run with git's version left out.
fn steady(run: &Run) -> String {
    let text = run.to_string();
    let lines = text.lines().map(|line| match line.trim_start().starts_with("git  ") {
        true => line.split_at(line.find("2.").unwrap()).0.to_owned() + "2.x.y",
        false => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn a_sound_world() {
    let shop = Shop::new();
    insta::assert_snapshot!(steady(&shop.world.run("doctor")), @"
      CHECK                      RESULT  DETAIL
      git                        ok      2.x.y
      configuration              ok      [world]/glu.toml
      pipelines                  ok      1 with 3 phases
      git source `environments`  ok      [world]/environments.git has `main` at c805cca9c5
      git source `environments`  ok      commits are by glu <glu@example.com>
      oci source `app`           ok      registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f
    --- exit 0
    ");
}

#[test]
fn one_thing_that_is_wrong_does_not_hide_the_next() {
    let world = World::new();
    world.remote("empty");
    world.configure("[sources.git.gone]\nremote.url = \"gone.git\"");
    world.configure("[sources.oci.app]\nreference = \"oci:nowhere\"");
    world.pipelines(|_| Pipeline::<App>::from(oci("app")).then(git("staging").source("emtpy")).named("shop"));
    insta::assert_snapshot!(steady(&world.run("doctor")), @"
      CHECK               RESULT  DETAIL
      git                 ok      2.x.y
      configuration       ok      [world]/glu.toml
      pipelines           bad     tests/tests/it/doctor.rs:39: phase `staging`: git source `emtpy` is not configured; did you mean `empty`?
      git source `empty`  bad     git source `empty` ([world]/empty.git): the repository is empty: push a first commit to it
      git source `gone`   bad     git source `gone` ([world]/gone.git): the remote has no such repository, or hides it from whoever signs in without a configured credential, as git itself does: '[world]/gone.git' does not appear to be a git repository
      oci source `app`    bad     image layout: cannot read `[world]/nowhere/oci-layout`: it does not exist
    --- exit 1
    ");
}

#[test]
fn branches_that_phases_name_are_looked_for() {
    let shop = Shop::new();
    shop.world.pipelines(|_| Pipeline::<App>::from(git("live").branch("lvie")).named("other"));
    shop.repository.commit_to("live", "Ada Example", "A branch", [("x", "y")]);
    let run = shop.world.run("doctor");
    assert_eq!(run.code as u8, 1);
    assert!(run.out.contains("there is no branch `lvie`; there is `live`, `main`"), "{run}");
}

#[test]
fn a_wrong_configuration_is_a_finding() {
    let world = World::new();
    world.configure("[sources.gti.default]\npath = \".\"");
    world.pipelines(|_| pipeline());
    insta::assert_snapshot!(steady(&world.run("doctor")), @"
      CHECK          RESULT  DETAIL
      git            ok      2.x.y
      configuration  bad     [world]/glu.toml:7: unknown key `sources.gti`; did you mean `sources.git`?
    --- exit 1
    ");
}

#[test]
fn json_and_markdown() {
    let shop = Shop::new();
    let json = shop.world.run("doctor -o json").json();
    assert_eq!(json["format_version"], "1.0");
    assert_eq!(json["checks"][0]["name"], "git");
    assert!(json["checks"].as_array().unwrap().iter().all(|check| check["result"] == "good"));
    assert!(shop.world.run("doctor -o markdown").success().starts_with("| CHECK | RESULT | DETAIL |\n"));
}
