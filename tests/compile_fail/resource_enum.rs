use glu::prelude::*;

#[derive(Resource)]
enum App {
    Image(ImageRef),
}

fn main() {}
