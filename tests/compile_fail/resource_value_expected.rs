use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at, from)]
    image: ImageRef,
}

fn main() {}
