use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "env/{stage}/app.yaml")]
struct App {
    #[resource(digest, at = "images.{region}")]
    image: ImageRef,
}

fn main() {}
