use glu::prelude::*;

#[derive(Resource)]
union App {
    number: u64,
}

fn main() {}
