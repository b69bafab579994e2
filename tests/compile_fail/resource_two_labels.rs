use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, label, at = "image")]
    image: ImageRef,
    #[resource(label, at = "version")]
    version: String,
    #[resource(label, at = "title")]
    title: String,
}

fn main() {}
