//! A pipeline for each directory of `apps/`, as a platform team writes it once for a thousand services.

use std::process::ExitCode;

use glu::DiscoveryError;
use glu::prelude::*;

/// What moves.
#[derive(Resource)]
#[resource(file = "apps/{pipeline}/{phase}.yaml")]
struct Service {
    /// The image.
    #[resource(digest, at = "image")]
    image: ImageRef,
}

/// Ships one service; `production` is on a branch of its own.
#[pipeline]
fn services(discovery: &Discovery) -> Result<Vec<Pipeline<Service>>, DiscoveryError> {
    let ship = |name| {
        Pipeline::from(oci("app"))
            .then(git("staging"))
            .then(git("production").branch("production"))
            .named(name)
    };
    Ok(discovery.directories("apps")?.into_iter().map(ship).collect())
}

fn main() -> ExitCode {
    glu::main()
}
