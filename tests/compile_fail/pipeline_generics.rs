use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline]
fn checkout<R>() -> Pipeline<App>
where
    R: Resource,
{
    Pipeline::from(git("staging"))
}

fn main() {}
