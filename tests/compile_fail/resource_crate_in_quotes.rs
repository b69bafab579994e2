use glu::prelude::*;

#[derive(Resource)]
#[resource(crate = "glu", file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

fn main() {}
