use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline]
fn first(_: String, _: &Discovery) -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

#[pipeline]
fn second(_: &mut Discovery) -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

#[pipeline]
fn third(_: &str) -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

fn main() {}
