//! One shape for every service: from its registry to staging, from there to all regions, and everywhere else once two regions run it.

mod search;

use std::process::ExitCode;

use glu::DiscoveryError;
use glu::prelude::*;

use crate::search::Search;

const REGIONS: [&str; 3] = ["eu-west", "us-east", "ap-south"];

/// A service as it stands in its directory, once for each phase.
#[derive(Resource)]
#[resource(file = "services/{pipeline}/{phase}/release.yaml")]
struct Service {
    /// The image, pinned by digest.
    #[resource(digest, at = "image")]
    image: ImageRef,
    /// What people call it; the registry has it as an annotation.
    #[resource(label, at = "version", from = annotation("org.opencontainers.image.version"))]
    version: String,
}

/// Rolls a service out to all regions.
#[pipeline(labels(team = "shop"))]
fn services(discovery: &Discovery) -> Result<Vec<Pipeline<Service>>, DiscoveryError> {
    // A new directory is a new pipeline: nothing has to be written here for it.
    Ok(discovery.directories("services")?.iter().map(|service| rollout(service)).collect())
}

/// Rolls the search service out, which is older than the others and keeps its image in a shell file.
#[pipeline(labels(team = "discovery"))]
fn search() -> Pipeline<Search> {
    rollout("search")
}

/// The shape that all of them follow.
fn rollout<R: FromImage>(service: &str) -> Pipeline<R> {
    Pipeline::from(oci("registry").source(service))
        .then(git("staging"))
        .then_each(REGIONS.map(|region| git(region).label("region", region)))
        .then(git("global").join(Join::AtLeast(2)))
        .named(service)
}

fn main() -> ExitCode {
    glu::main()
}

#[cfg(test)]
mod tests;
