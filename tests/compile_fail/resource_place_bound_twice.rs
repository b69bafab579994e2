use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
    #[resource(at = "['image']")]
    again: String,
    #[resource(at = "tag", also(at = "version"), also(at = "version"))]
    tag: String,
}

fn main() {}
