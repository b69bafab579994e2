use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml", file = "other.yaml")]
struct App {
    #[resource(digest, at = "image", at = "images")]
    #[resource(digest)]
    image: ImageRef,
}

fn main() {}
