use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline]
impl App {
    fn checkout() {}
}

fn main() {}
