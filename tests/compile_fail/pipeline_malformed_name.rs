use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline(name = "the shop")]
fn checkout() -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

#[pipeline(name = "-shop")]
fn shop() -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

fn main() {}
