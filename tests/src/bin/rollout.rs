//! A rollout of three steps without a hold, watched by a gate that fails while there is a file `fail`.

use std::process::ExitCode;

use glu::prelude::*;

/// What moves.
#[derive(Resource)]
#[resource(file = "env/{phase}/app.yaml")]
struct App {
    /// The image.
    #[resource(digest, at = "image")]
    image: ImageRef,
}

/// Ships the app to production by steps.
#[pipeline]
fn shop() -> Pipeline<App> {
    let rollout = canary("canary")
        .weights("env/{phase}/route.yaml", "spec.stable.weight", "spec.canary.weight")
        .step(percent(10))
        .step(percent(50))
        .step(percent(80))
        .gate(command(["test", "!", "-e", "fail"]));
    Pipeline::from(oci("app")).then(git("production").rollout(rollout))
}

fn main() -> ExitCode {
    glu::main()
}
