use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(at = "image")]
    image: ImageRef,
}

fn main() {}
