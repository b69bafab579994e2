//! `glu run`: what moves by itself, and when it looks again. Every loop has an interval that is longer than the test, so that whatever
//! happens before its end was woken up for.

use std::sync::atomic::Ordering;

use glu::prelude::*;

use crate::gates::Smoke;
use crate::shop::{App, Shop, manifest};

/// When a phase came into the state it is in, to the second.
fn since(shop: &Shop, phase: &str) -> String {
    let history = shop.world.run(&format!("history {phase} -o json")).json();
    history["phases"][0]["states"][0]["at"].as_str().unwrap().to_owned()
}

fn state(shop: &Shop, phase: &str) -> String {
    shop.repository.read(&format!("env/{phase}/app.yaml"))
}

#[test]
fn a_phase_moves_in_the_very_look_in_which_its_last_sample_passes() {
    let smoke = Smoke::default();
    let asked = smoke.asked.clone();
    let shop = Shop::with(move || {
        let smoke = check(smoke.clone()).named("smoke").samples(3).every(minutes(5));
        let production = git("production").automatic().gate(smoke);
        Pipeline::<App>::from(oci("app")).then(git("staging")).then(production).named("shop")
    });
    let image = shop.stage("1.1.0");
    // It is 15:00; looks at 15:00, 15:05 and 15:10.
    shop.world.run("run --for 11m --interval 1d").success();
    assert_eq!(state(&shop, "production"), manifest(image));
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert_eq!(since(&shop, "production"), "2026-01-01T15:10:00Z");
}

#[test]
fn a_loop_wakes_up_when_a_soak_is_over_and_when_a_pin_ends() {
    let shop = Shop::with(|| {
        let production = git("production").automatic().gate(soak(hours(2)));
        Pipeline::<App>::from(oci("app")).then(git("staging")).then(production).named("shop")
    });
    // In staging since 14:00; it is 15:00.
    let image = shop.stage("1.1.0");
    shop.world.run("run --for 90m --interval 1d").success();
    assert_eq!(
        (state(&shop, "production"), since(&shop, "production").as_str()),
        (manifest(image), "2026-01-01T16:00:00Z")
    );
    let image = shop.stage("1.2.0");
    shop.world.run("pin production --reason audit --for 5h").success();
    shop.world.run("run --for 6h --interval 1d").success();
    assert_eq!(state(&shop, "production"), manifest(image));
}

#[test]
fn what_moved_lets_the_next_phase_move_at_once() {
    let shop = Shop::with(|| {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging").automatic())
            .then(git("production").automatic())
            .named("shop")
    });
    let image = shop.images.publish("latest", "1.1.0");
    shop.world.run("run --for 10s --interval 1d").success();
    assert_eq!(state(&shop, "production"), manifest(image));
}

#[test]
fn a_loop_ends_when_its_time_is_over_and_not_before_it_has_looked() {
    let shop =
        Shop::with(|| Pipeline::<App>::from(oci("app")).then(git("staging").automatic()).named("shop"));
    let image = shop.images.publish("latest", "1.1.0");
    shop.world.run("run --for 0s").success();
    assert_eq!(state(&shop, "staging"), manifest(image));
}

#[test]
fn every_is_the_same_for_a_loop_and_for_a_job_that_begins_anew() {
    let shop =
        Shop::with(|| Pipeline::<App>::from(oci("app")).then(git("staging").every(hours(3))).named("shop"));
    // Set up at 12:00; it is 13:00.
    let first = shop.images.publish("latest", "1.1.0");
    shop.world.run("run --once").success();
    assert_ne!(state(&shop, "staging"), manifest(&first));
    shop.pass_hours(2);
    shop.world.run("run --once").success();
    assert_eq!(state(&shop, "staging"), manifest(&first));
    let second = shop.images.publish("latest", "1.2.0");
    shop.world.run("run --once").success();
    assert_eq!(state(&shop, "staging"), manifest(&first));
    shop.world.run("run --for 4h --interval 1d").success();
    assert_eq!(
        (state(&shop, "staging"), since(&shop, "staging").as_str()),
        (manifest(second), "2026-01-01T18:00:00Z")
    );
}

#[test]
fn a_timetable_lets_in_at_its_times_what_a_registry_offers() {
    let shop = Shop::with(|| {
        let staging = git("staging").cron("0 9 * * 1-5", "Europe/Vienna");
        Pipeline::<App>::from(oci("app")).then(staging).named("shop")
    });
    let image = shop.images.publish("latest", "1.1.0");
    // Thursday, 14:00 in Vienna: nine o'clock has passed, but nobody had seen the image then.
    let run = shop.world.run("run --once");
    assert!(run.success().contains("it does not move by itself before 2026-01-02T08:00:00Z"), "{run}");
    shop.world.run("run --once").success();
    let explained = shop.world.run("explain staging");
    assert!(
        explained.success().contains("trigger  it does not move by itself before 2026-01-02T08:00:00Z"),
        "{explained}"
    );
    let sighted = shop.world.run("ledger --event sighted -o json").json();
    assert_eq!(sighted["events"].as_array().map(Vec::len), Some(1), "{sighted}");
    shop.world.run("run --for 1d --interval 2d").success();
    assert_eq!(
        (state(&shop, "staging"), since(&shop, "staging").as_str()),
        (manifest(image), "2026-01-02T08:00:00Z")
    );
}
