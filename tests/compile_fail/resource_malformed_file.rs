use glu::prelude::*;

#[derive(Resource)]
struct App {
    #[resource(digest, at = "image", file = "/etc/app.yaml")]
    image: ImageRef,
    #[resource(at = "tag", file = "env/../app.yaml")]
    tag: String,
    #[resource(at = "name", file = "name.yaml", also(at = "title", file = "env\\app.yaml"))]
    name: String,
}

fn main() {}
