use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "spec..image")]
    image: ImageRef,
    #[resource(at = "containers[app].tag")]
    tag: String,
    #[resource(at = "/metadata/name", also(at = "list[*]"))]
    name: String,
}

fn main() {}
