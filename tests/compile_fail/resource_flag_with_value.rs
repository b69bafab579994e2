use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest = true, label("image"), at = "image")]
    image: ImageRef,
}

fn main() {}
