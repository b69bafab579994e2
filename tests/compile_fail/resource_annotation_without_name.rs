use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
    #[resource(at = "version", from = annotation(""))]
    version: String,
    #[resource(at = "title", from = annotation)]
    title: String,
    #[resource(at = "author", from = annotation())]
    author: String,
    #[resource(at = "vendor", from = annotation(vendor))]
    vendor: String,
}

fn main() {}
