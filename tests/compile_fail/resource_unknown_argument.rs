use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digst, at = "image", digest, colour = "red")]
    image: ImageRef,
}

fn main() {}
