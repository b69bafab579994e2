use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image", from = refrence)]
    image: ImageRef,
    #[resource(at = "version", from = "tag")]
    version: String,
    #[resource(at = "title", from = label("title"))]
    subtitle: String,
    #[resource(at = "vendor", from = "org.opencontainers.image.vendor")]
    title: String,
    #[resource(at = "tag", from = tag("latest"))]
    tag: String,
}

fn main() {}
