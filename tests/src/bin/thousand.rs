//! A pipelines program for measuring: a pipeline for each directory in `apps/`, from its registry through staging to production.

use std::process::ExitCode;

use glu::prelude::*;

/// What moves through the pipelines.
#[derive(Resource)]
#[resource(file = "apps/{pipeline}/{phase}/deployment.yaml")]
struct App {
    /// The image, pinned by digest; the digest also stands in an environment variable of the container.
    #[resource(
        digest,
        at = "spec.template.spec.containers[name=app].image",
        also(at = "spec.template.spec.containers[name=app].env[name=APP_IMAGE_DIGEST].value", part = digest)
    )]
    image: ImageRef,
}

/// Ships every app there is.
#[pipeline]
fn apps(discovery: &Discovery) -> Result<Vec<Pipeline<App>>, glu::DiscoveryError> {
    let pipeline = |app: String| {
        Pipeline::from(oci(app.as_str())).then(git("staging")).then(git("production")).named(app)
    };
    Ok(discovery.directories("apps")?.into_iter().map(pipeline).collect())
}

fn main() -> ExitCode {
    glu::main()
}
