use glu::prelude::*;

#[derive(Resource)]
struct App {
    #[resource(digest, at = "image", also(at = "copy"))]
    image: ImageRef,
    #[resource(at = "version", file = "app.yaml")]
    version: String,
}

fn main() {}
