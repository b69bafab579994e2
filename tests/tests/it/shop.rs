//! The shop that most tests are about: an image goes from its registry through staging to production, one file each.

use std::time::Duration;

use glu::prelude::*;
use glu::testing::{Images, Remote, World};

/// Compares a run, whole, with the snapshot that follows it.
macro_rules! shown {
    ($run:expr, @$expected:literal) => {
        insta::assert_snapshot!($run.to_string(), @$expected)
    };
}

/// What moves.
#[derive(Resource)]
#[resource(file = "env/{phase}/app.yaml")]
pub struct App {
    #[resource(digest, at = "spec.image")]
    image: ImageRef,
}

/// Ships the shop.
pub fn pipeline() -> Pipeline<App> {
    Pipeline::from(oci("app"))
        .then(git("staging").label("tier", "test"))
        .then(git("production").label("tier", "live"))
        .named("shop")
        .described("Ships the shop.")
        .label("team", "web")
}

/// A file of one phase, with bytes around the value that have to survive.
pub fn manifest(image: impl std::fmt::Display) -> String {
    format!("# By hand; keep.\nspec:\n  replicas: 3\n  image: {image}  # pinned\n")
}

/// A world with the shop in it, version 1.0.0 everywhere.
pub struct Shop {
    pub world: World,
    pub images: Images,
    pub repository: Remote,
}

impl Shop {
    pub fn new() -> Self {
        Self::with(pipeline)
    }

    /// With another pipeline over the same files.
    pub fn with(pipeline: impl Fn() -> Pipeline<App> + 'static) -> Self {
        let world = World::new();
        let images = world.layout("app");
        let repository = world.remote("environments");
        world.pipelines(move |_| pipeline());
        let first = manifest(images.publish("latest", "1.0.0"));
        repository.commit(
            "Set the shop up",
            [("env/staging/app.yaml", first.as_str()), ("env/production/app.yaml", first.as_str())],
        );
        let shop = Self { world, images, repository };
        shop.pass_hours(1);
        shop
    }

    pub fn pass_hours(&self, hours: u64) {
        self.world.wait(Duration::from_secs(hours * 3600));
    }

    /// Publishes a version and promotes it to staging, an hour each.
    pub fn stage(&self, version: &str) -> ImageRef {
        let image = self.images.publish("latest", version);
        self.pass_hours(1);
        self.world.run("promote staging").success();
        self.pass_hours(1);
        image
    }

    /// Somebody's commit to a phase's file.
    pub fn edit(&self, phase: &str, text: &str) -> String {
        self.repository.commit_to(
            "main",
            "Grace Example",
            &format!("Edit {phase} by hand"),
            [(format!("env/{phase}/app.yaml").as_str(), text)],
        )
    }
}
