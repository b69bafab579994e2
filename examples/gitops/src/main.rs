//! An image goes from a registry to staging, then to production.

use std::process::ExitCode;

use glu::prelude::*;

/// What moves through the pipeline.
#[derive(Resource)]
#[resource(file = "env/{phase}/deployment.yaml")]
struct App {
    /// The image, pinned by digest; the digest also stands in an environment variable of the container.
    #[resource(
        digest,
        at = "spec.template.spec.containers[name=app].image",
        also(at = "spec.template.spec.containers[name=app].env[name=APP_IMAGE_DIGEST].value", part = digest)
    )]
    image: ImageRef,
}

/// Ships the example app from its registry through staging to production.
#[pipeline(labels(team = "platform"))]
fn gitops_example() -> Pipeline<App> {
    Pipeline::from(oci("app")).then(git("staging")).then(git("production"))
}

fn main() -> ExitCode {
    glu::main()
}

#[cfg(test)]
mod tests;
