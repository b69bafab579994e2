use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image", also(path = "copy", at = "copy", digest))]
    image: ImageRef,
}

fn main() {}
