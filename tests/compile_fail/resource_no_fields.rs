use glu::prelude::*;

#[derive(Resource)]
struct App {}

fn main() {}
