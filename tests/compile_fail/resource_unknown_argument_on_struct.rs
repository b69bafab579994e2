use glu::prelude::*;

#[derive(Resource)]
#[resource(flie = "app.yaml", at = "image", file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

fn main() {}
