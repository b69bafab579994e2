use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

impl App {
    #[pipeline]
    fn checkout(&self) -> Pipeline<App> {
        Pipeline::from(git("staging"))
    }
}

fn main() {}
