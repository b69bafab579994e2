use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline(labels(app/part = "shop"))]
fn checkout() -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

#[pipeline(annotations(3 = "shop"))]
fn shop() -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

fn main() {}
