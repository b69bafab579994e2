use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline(name, labels = "team", annotations, crate = "glu")]
fn checkout() -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

fn main() {}
