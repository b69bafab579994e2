use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image", part = digest, crate = ::glu)]
    image: ImageRef,
}

fn main() {}
