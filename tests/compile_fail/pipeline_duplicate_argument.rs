use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline(name = "shop", labels(a = "b"), name = "store", labels(c = "d"))]
fn checkout() -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

fn main() {}
