use glu::prelude::*;

#[derive(Resource)]
struct App(ImageRef);

fn main() {}
