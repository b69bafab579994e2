use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image", also(at = "copy", part = digset))]
    image: ImageRef,
    #[resource(at = "tag", also(at = "tags", part = "tag"), also(at = "more", part = whole))]
    tag: String,
}

fn main() {}
