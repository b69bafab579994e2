use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline(labels(team = "a", "team" = "b", "" = "c"))]
fn checkout() -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

fn main() {}
