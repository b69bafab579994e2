//! `cargo bench -p glu-tests --bench simulate`: how long a year takes of a pipeline with ten phases and a new version every hour, once
//! where every phase takes every version, and once where each state soaks for half an hour.

#![expect(clippy::print_stdout, reason = "the times are what it is for")]

use std::time::{Duration, Instant};

use glu::prelude::*;
use glu::testing::World;

/// What moves.
#[derive(Resource)]
#[resource(file = "env/{phase}/app.yaml")]
struct App {
    #[resource(digest, at = "spec.image")]
    image: ImageRef,
}

const PHASES: usize = 10;

fn pipeline(soaks: bool) -> Pipeline<App> {
    let mut pipeline = Pipeline::from(oci("app"));
    for index in 0..PHASES {
        let phase = git(format!("p{index}")).automatic();
        pipeline = pipeline.then(if soaks && index > 0 { phase.gate(soak(minutes(30))) } else { phase });
    }
    pipeline.named("shop")
}

fn main() {
    for soaks in [false, true] {
        let world = World::new();
        let image = world.layout("app").publish("latest", "0");
        let text = format!("# By hand; keep.\nspec:\n  replicas: 3\n  image: {image}  # pinned\n");
        let files: Vec<String> = (0..PHASES).map(|index| format!("env/p{index}/app.yaml")).collect();
        world.remote("environments").commit("start", files.iter().map(|file| (file.as_str(), text.as_str())));
        world.pipelines(move |_| pipeline(soaks));
        let mut simulation = world.simulate();
        for hour in 1..365 * 24 {
            simulation = simulation.publish(hours(hour), "app", &format!("1.{hour}.0"));
        }
        let began = Instant::now();
        let simulated = simulation.run(days(365));
        let took: Duration = began.elapsed();
        let moves: usize = (0..PHASES).map(|index| simulated.arrivals(&format!("shop/p{index}")).len()).sum();
        println!(
            "{}: {moves} moves in {:.2} s, {:.0} us each",
            if soaks { "soaking" } else { "at once" },
            took.as_secs_f64(),
            took.as_secs_f64() * 1e6 / moves as f64
        );
    }
}
