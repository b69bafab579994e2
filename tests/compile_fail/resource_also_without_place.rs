use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image", also(part = digest), also())]
    image: ImageRef,
}

fn main() {}
