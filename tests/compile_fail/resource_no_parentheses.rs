use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource]
    image: ImageRef,
    #[resource = "image"]
    version: String,
}

fn main() {}
