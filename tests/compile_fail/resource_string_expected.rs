use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = spec.image, file = 3)]
    image: ImageRef,
}

fn main() {}
