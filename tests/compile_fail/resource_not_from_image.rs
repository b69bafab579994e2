use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
    #[resource(at = "replicas")]
    replicas: u32,
}

#[pipeline]
fn checkout() -> Pipeline<App> {
    Pipeline::from(oci("app"))
}

fn main() {}
