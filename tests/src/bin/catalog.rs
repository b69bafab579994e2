//! A pipelines program as users build them, for tests that need a real process: a pipeline for each directory below `apps`.

use std::process::ExitCode;

use glu::DiscoveryError;
use glu::prelude::*;

/// What moves.
#[derive(Resource)]
#[resource(file = "apps/{pipeline}/{phase}.yaml")]
struct Service {
    #[resource(digest, at = "spec.image")]
    image: ImageRef,
}

/// Ships an application from staging to both regions.
#[pipeline]
fn catalog(discovery: &Discovery) -> Result<Vec<Pipeline<Service>>, DiscoveryError> {
    let pipeline = |name: String| Pipeline::from(git("staging")).then_each(["eu", "us"].map(git)).named(name);
    Ok(discovery.directories("apps")?.into_iter().map(pipeline).collect())
}

fn main() -> ExitCode {
    glu::main()
}
