use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline(nam = "shop", description = "Sells.", team = "platform")]
fn checkout() -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

fn main() {}
