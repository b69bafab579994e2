use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App<T> {
    #[resource(digest, at = "image")]
    image: T,
}

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct Borrowed<'a> {
    #[resource(digest, at = "image")]
    image: &'a str,
}

fn main() {}
