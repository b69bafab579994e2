use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline]
async fn first() -> Pipeline<App> {
    Pipeline::from(git("staging"))
}

#[pipeline]
const unsafe extern "C" fn second() -> Pipeline<App> {
    loop {}
}

fn main() {}
