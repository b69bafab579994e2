//! A pipeline for each directory of the repository.

use glu::prelude::*;
use glu::testing::World;

use crate::shop::{App, manifest};

/// One for each directory below `apps`, which has the phases as files.
fn each(discovery: &Discovery) -> Result<Vec<Pipeline<Service>>, glu::DiscoveryError> {
    let names = discovery.directories("apps")?;
    let pipeline =
        |name: String| Pipeline::from(oci("app")).then(git("staging")).then(git("production")).named(name);
    Ok(names.into_iter().map(pipeline).collect())
}

#[derive(Resource)]
#[resource(file = "apps/{pipeline}/{phase}.yaml")]
struct Service {
    #[resource(digest, at = "spec.image")]
    image: ImageRef,
}

#[test]
fn a_new_directory_is_a_new_pipeline() {
    let world = World::new();
    let images = world.layout("app");
    let repository = world.remote("environments");
    world.pipelines(each);
    let first = manifest(images.publish("latest", "1.0.0"));
    let file = |name: &str| [format!("apps/{name}/staging.yaml"), format!("apps/{name}/production.yaml")];
    let [cart, till] = ["cart", "till"].map(file);
    repository.commit("Two", cart.iter().chain(&till).map(|file| (file.as_str(), first.as_str())));
    repository.commit("A file is no directory", [("apps/README.md", "hello\n")]);
    shown!(world.run("status"), @"
    cart
      PHASE       STATE         SINCE     BY                        STANDING
      app         40f372c1942a
      staging     40f372c1942a  just now  Ada Example, outside glu  up to date
      production  40f372c1942a  just now  Ada Example, outside glu  up to date

    till
      PHASE       STATE         SINCE     BY                        STANDING
      app         40f372c1942a
      staging     40f372c1942a  just now  Ada Example, outside glu  up to date
      production  40f372c1942a  just now  Ada Example, outside glu  up to date
    --- exit 0
    ");
    let mail = file("mail");
    repository.commit("A third", mail.iter().map(|file| (file.as_str(), first.as_str())));
    images.publish("latest", "1.1.0");
    shown!(world.run("promote staging"), @"
    cart/staging  promoted: a09fe52d4805 (main at 679b0981f6)
    mail/staging  promoted: a09fe52d4805 (main at d4c7e029bf)
    till/staging  promoted: a09fe52d4805 (main at 5cabcf099d)
    --- exit 0
    ");
    shown!(world.run("promote mail/production"), @"
    mail/production  promoted: a09fe52d4805 (main at 3387143e9f)
    --- exit 0
    ");
}

#[test]
fn a_repository_that_cannot_be_looked_into_is_named() {
    let world = World::new();
    world.pipelines(each);
    world.configure("[sources.git.environments]\nremote.url = \"nowhere.git\"");
    let run = world.run("list");
    assert_eq!(run.code as u8, 2);
    let said =
        run.err.split_once("failed: ").unwrap().1.replace(&world.path().display().to_string(), "[world]");
    insta::assert_snapshot!(said, @"git source `environments` ([world]/nowhere.git): the remote has no such repository, or hides it from whoever signs in without a configured credential, as git itself does: '[world]/nowhere.git' does not appear to be a git repository");
}

#[test]
fn other_sources_branches_and_files_can_be_looked_at() {
    let world = World::new();
    world.remote("environments").commit("Nothing", [("x", "y")]);
    let catalog = world.remote("catalog");
    catalog.commit("Set up", [("x", "y")]);
    catalog.commit_to("live", "Ada Example", "Names", [("services.txt", "cart\ntill\n")]);
    world.pipelines(|discovery| -> Result<Vec<Pipeline<App>>, glu::DiscoveryError> {
        let live = discovery.source("catalog").branch("live");
        assert_eq!(live.files("")?, ["services.txt", "x"]);
        assert_eq!(live.read("absent")?, None);
        let names = live.read("services.txt")?.unwrap_or_default();
        Ok(names.lines().map(|name| Pipeline::from(git(name).source("environments")).named(name)).collect())
    });
    shown!(world.run("graph"), @"
    cart
      cart (git)

    till
      till (git)
    --- exit 0
    ");
}

#[test]
fn a_branch_that_is_not_there_is_named() {
    let world = World::new();
    world.remote("environments").commit("Nothing", [("x", "y")]);
    world.pipelines(|discovery| -> Result<Vec<Pipeline<App>>, glu::DiscoveryError> {
        discovery.branch("gone").directories("apps")?;
        Ok(Vec::new())
    });
    let run = world.run("list");
    assert!(run.err.ends_with("failed: git source `environments` has no branch `gone`\n"), "{run}");
}
