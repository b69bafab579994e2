//! Branches and repositories: a branch for a phase, several sources, and one fetch and one push for all that share one.

use glu::prelude::*;
use glu::testing::World;

use crate::programs::{Catalog, hook};
use crate::shop::{App, manifest};

#[test]
fn each_phase_may_live_on_a_branch_of_its_own() {
    let world = World::new();
    let images = world.layout("app");
    let repository = world.remote("environments");
    world.pipelines(|_| {
        Pipeline::<One>::from(oci("app"))
            .then(git("staging"))
            .then(git("production").branch("live"))
            .named("shop")
    });
    let first = manifest(images.publish("latest", "1.0.0"));
    repository.commit("Set up", [("app.yaml", first.as_str())]);
    repository.commit_to("live", "Ada Example", "Begin", [("README", "live")]);
    let second = manifest(images.publish("latest", "1.1.0"));
    shown!(world.run("promote staging"), @"
    shop/staging  promoted: a09fe52d4805 (main at 8a0a0e24df)
    --- exit 0
    ");
    assert_eq!(
        (repository.read("app.yaml"), repository.read_on("live", "app.yaml")),
        (second.clone(), first)
    );
    shown!(world.run("promote production"), @"
    shop/production  promoted: a09fe52d4805 (live at 966c6e2aa8)
    --- exit 0
    ");
    assert_eq!(repository.read_on("live", "app.yaml"), second);
    assert_eq!(repository.read_on("live", "README"), "live");
    shown!(world.run("history"), @"
    shop/app
      no history: it is not in git

    shop/staging
      STATE         SINCE                            BY           HOW          COMMIT      SUBJECT
      a09fe52d4805  2026-01-01T12:00:00Z (just now)  Ada Example  promotion    8a0a0e24df  Promote shop to staging: a09fe52d4805
      40f372c1942a  2026-01-01T12:00:00Z (just now)  Ada Example  outside glu  ed09d11d44  Set up

    shop/production
      STATE         SINCE                            BY           HOW          COMMIT      SUBJECT
      a09fe52d4805  2026-01-01T12:00:00Z (just now)  Ada Example  promotion    966c6e2aa8  Promote shop to production: a09fe52d4805
      40f372c1942a  2026-01-01T12:00:00Z (just now)  Ada Example  outside glu  ed09d11d44  Set up
    --- exit 0
    ");
}

/// The same file in every phase, on branches of their own.
#[derive(Resource)]
#[resource(file = "app.yaml")]
struct One {
    #[resource(digest, at = "spec.image")]
    image: ImageRef,
}

#[test]
fn phases_may_live_in_several_repositories() {
    let world = World::new();
    let images = world.layout("app");
    let [near, far] = ["near", "far"].map(|name| world.remote(name));
    world.pipelines(|_| {
        Pipeline::<App>::from(oci("app"))
            .then_each([git("eu").source("near"), git("us").source("far")])
            .named("shop")
    });
    let first = manifest(images.publish("latest", "1.0.0"));
    near.commit("Set up", [("env/eu/app.yaml", first.as_str())]);
    far.commit("Set up", [("env/us/app.yaml", first.as_str())]);
    let second = manifest(images.publish("latest", "1.1.0"));
    shown!(world.run("promote --all"), @"
    shop/eu  promoted: a09fe52d4805 (main at ffc6ae7681)
    shop/us  promoted: a09fe52d4805 (main at 1bc3b1a04f)
    --- exit 0
    ");
    assert_eq!((near.read("env/eu/app.yaml"), far.read("env/us/app.yaml")), (second.clone(), second));
    assert_eq!((near.log().len(), far.log().len()), (2, 2));
}

#[test]
fn one_repository_that_refuses_does_not_stop_the_others() {
    let world = World::new();
    let images = world.layout("app");
    let [near, far] = ["near", "far"].map(|name| world.remote(name));
    world.pipelines(|_| {
        Pipeline::<App>::from(oci("app"))
            .then_each([git("eu").source("near"), git("us").source("far")])
            .named("shop")
    });
    let first = manifest(images.publish("latest", "1.0.0"));
    near.commit("Set up", [("env/eu/app.yaml", first.as_str())]);
    far.commit("Set up", [("env/us/app.yaml", first.as_str())]);
    images.publish("latest", "1.1.0");
    hook(near.path(), "pre-receive", "echo 'main is protected' >&2; exit 1");
    shown!(world.run("promote --all"), @"
    shop/eu  failed: the remote refuses the push to `near:main`: pre-receive hook declined: main is protected
    shop/us  promoted: a09fe52d4805 (main at 1bc3b1a04f)
    --- exit 1
    ");
    assert_eq!((near.log().len(), far.log().len()), (1, 2));
}

#[test]
fn thirty_phases_in_one_repository_share_one_fetch_and_one_push() {
    let catalog = Catalog::new(10);
    let counting = catalog.counting_git();
    let calls = |command: &str| {
        let _ = std::fs::remove_file(counting.join("calls"));
        let finished = catalog.shell(&format!("PATH='{}':\"$PATH\"; glu {command}", counting.display()));
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        let calls = std::fs::read_to_string(counting.join("calls")).unwrap();
        ["ls-remote", "fetch", "push"]
            .map(|name| calls.lines().filter(|line| line.split(' ').any(|word| word == name)).count())
    };
    // The first asks for the name of the default branch; pipelines are discovered in what is fetched once.
    assert_eq!(calls("status"), [1, 1, 0]);
    // Where the remote has just said that nothing moved, nothing is fetched; a slow machine takes no such word for fresh.
    let [asked, fetched, pushed] = calls("promote eu");
    assert_eq!((asked, pushed), (1, 1));
    assert!(fetched <= 1, "{fetched}");
    assert_eq!(catalog.repository.log().len(), 11, "one commit for each of ten moves");
    assert_eq!(calls("promote --all"), [1, 1, 1]);
    assert_eq!(catalog.repository.log().len(), 21);
    assert_eq!(calls("promote --all"), [1, 1, 0]);
}
