use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline]
fn checkout() -> Vec<String> {
    vec!["staging".to_owned()]
}

#[pipeline]
fn shop() -> Option<Pipeline<App>> {
    None
}

fn main() {}
