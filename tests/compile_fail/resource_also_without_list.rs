use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image", also = "copy", also)]
    image: ImageRef,
}

fn main() {}
