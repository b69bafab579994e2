use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digset, at = "spec..image")]
    image: ImageRef,
    #[resource(label = "version", from = "annotation", at = "metadata.version")]
    version: String,
    replicas: u32,
    #[resource(at = "spec.host", file = "env/{stage}/ingress.yaml")]
    host: String,
}

#[pipeline(nmae = "shop", labels(team = 1))]
fn checkout(first: u8) {
    let _ = first;
}

// The mistakes above are all there is: the struct is a resource nevertheless.
#[pipeline]
fn shop() -> Pipeline<App> {
    Pipeline::from(oci("app")).then(git("staging"))
}

fn main() {}
