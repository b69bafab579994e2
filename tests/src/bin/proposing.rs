//! A pipeline whose staging is pushed to and whose production is proposed to.

use std::process::ExitCode;

use glu::prelude::*;

/// What moves.
#[derive(Resource)]
#[resource(file = "env/{phase}/deployment.yaml")]
struct App {
    /// The image.
    #[resource(digest, at = "spec.template.spec.containers[name=app].image")]
    image: ImageRef,
}

/// Ships the app.
#[pipeline]
fn shop() -> Pipeline<App> {
    Pipeline::from(oci("app")).then(git("staging")).then(git("production").propose())
}

fn main() -> ExitCode {
    glu::main()
}
