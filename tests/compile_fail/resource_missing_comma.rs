use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest at = "image")]
    image: ImageRef,
}

fn main() {}
