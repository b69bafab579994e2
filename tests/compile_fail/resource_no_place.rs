use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
    version: String,
    #[resource(label)]
    title: String,
}

fn main() {}
