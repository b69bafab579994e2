//! Two `glu run` loops on two clones of one remote, for a thousand minutes of their clocks, while new versions come.

use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::Ordering;
use std::time::Duration;

use glu::core::clock::{Random as _, SeededRandom};
use glu::prelude::*;
use glu::testing::{Commit, World};

use crate::gates::Smoke;
use crate::shop::{App, manifest};

/// How many minutes there are between the times at which new versions may come. Both loops begin each of these rounds at the same time, and
/// so race for what is free then.
fn rounds() -> Vec<u64> {
    let random = SeededRandom::new(7);
    let mut rounds = Vec::new();
    while rounds.iter().sum::<u64>() < 1000 {
        rounds.push(10 + random.next() % 60);
    }
    // Nothing comes after these two; everything finds its place in them.
    rounds.extend([120, 120]);
    rounds
}

fn minutes_of(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// A pipeline in which the newest supersedes on one way, and every state takes its turn on the other.
fn pipeline(smoke: &Smoke) -> Pipeline<App> {
    let smoke = check(smoke.clone()).named("smoke").samples(2).every(minutes(3));
    Pipeline::from(oci("app"))
        .then(git("staging").automatic())
        .then_each([
            git("europe").automatic().gate(smoke),
            git("production").automatic().queue().gate(soak(minutes(15))),
        ])
        .named("shop")
}

/// What a loop wrote, over all rounds.
fn run_loop(home: &Path, seed: u64, smoke: &Smoke, round: &Barrier) -> String {
    let world = World::seeded(seed);
    let home = home.display();
    world.configure(&format!("[sources.git.environments]\nremote.url = \"{home}/environments.git\""));
    world.configure(&format!(
        "[sources.oci.app]\nreference = \"oci:{home}/app.oci\"\nname = \"registry.example/app\""
    ));
    let smoke = smoke.clone();
    world.pipelines(move |_| pipeline(&smoke));
    let mut end = world.now();
    let mut said = String::new();
    for length in rounds() {
        round.wait();
        let run = world.run(&format!("run --for {}m --interval 20m", length - 1));
        said.push_str(&run.out);
        said.push_str(&run.err);
        end = end.checked_add(minutes_of(length)).unwrap();
        world.wait(Duration::try_from(end.duration_since(world.now())).unwrap());
        round.wait();
    }
    said
}

/// The states that promotions brought to a phase, oldest first.
fn promoted(log: &[Commit], phase: &str) -> Vec<String> {
    let trailer = |commit: &Commit, name: &str| {
        let line = commit.message.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.map(str::to_owned)
    };
    let of_phase = log.iter().rev().filter(|commit| trailer(commit, "Glu-Phase").as_deref() == Some(phase));
    of_phase.map(|commit| trailer(commit, "Glu-State").unwrap()).collect()
}

fn is_subsequence(part: &[String], whole: &[String]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|state| whole.any(|known| known == state))
}

#[test]
fn two_loops_promote_every_state_once_and_lose_none() {
    let smoke = Smoke::default();
    let world = World::seeded(3);
    let images = world.layout("app");
    let repository = world.remote("environments");
    let given = smoke.clone();
    world.pipelines(move |_| pipeline(&given));
    let first = manifest(images.publish("latest", "1.0.0"));
    let files = ["staging", "europe", "production"].map(|phase| format!("env/{phase}/app.yaml"));
    repository.commit("Set the shop up", files.iter().map(|file| (file.as_str(), first.as_str())));

    let round = Barrier::new(3);
    let random = SeededRandom::new(11);
    let mut published = Vec::new();
    let mut publish = |number: usize| {
        let image = images.publish("latest", &format!("1.{number}.{}", published.len()));
        published.push(image.digest.unwrap().to_string());
    };
    let said = std::thread::scope(|scope| {
        let home = world.path();
        let (round, smoke) = (&round, &smoke);
        let loops = [1, 2].map(|seed| scope.spawn(move || run_loop(home, seed, smoke, round)));
        let rounds = rounds().len();
        for number in 1..=rounds {
            if number < rounds {
                // None, one, or two of which only the second is ever seen.
                (0..random.next() % 3).for_each(|_| publish(number));
            }
            round.wait();
            round.wait();
        }
        loops.map(|running| running.join().unwrap())
    });

    let log = repository.log();
    let linear = log.iter().rev().skip(1).all(|commit| commit.parents == 1);
    assert!(linear, "{log:?}");
    let [staging, europe, production] =
        ["staging", "europe", "production"].map(|phase| promoted(&log, phase));
    assert_eq!(log.len() - 1, staging.len() + europe.len() + production.len(), "every commit is a promotion");
    assert!(staging.len() > rounds().len() / 3, "{staging:?}");
    // A subsequence has each state once, since every version is another.
    assert!(is_subsequence(&staging, &published), "{staging:?} of {published:?}");
    assert!(is_subsequence(&europe, &staging), "{europe:?} of {staging:?}");
    assert_eq!(production, staging, "a queue loses none and changes no order");
    assert_eq!((staging.last(), europe.last()), (published.last(), published.last()));
    // Each promotion is one loop's, and both had their share.
    let claimed = said.each_ref().map(|said| said.matches("  promoted: ").count());
    assert_eq!(claimed[0] + claimed[1], log.len() - 1, "{}\n----\n{}", said[0], said[1]);
    assert!(claimed.iter().all(|count| *count > 0), "{claimed:?}");
    assert!(said.iter().all(|said| !said.contains("failed") && !said.contains("error")), "{said:?}");

    world.wait(minutes_of(rounds().iter().sum()));
    world.run("ledger verify").success();
    let ledger = world.run("ledger --event sampled --limit 100000 -o json").json();
    let asked = usize::try_from(smoke.asked.load(Ordering::SeqCst)).unwrap();
    assert_eq!(ledger["events"].as_array().map(Vec::len), Some(asked), "every sample is kept");
    assert_eq!(world.run("run --once").success().matches("up to date").count(), 3);
}
