use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline]
fn checkout() {
    let _: Pipeline<App> = Pipeline::from(git("staging"));
}

fn main() {}
