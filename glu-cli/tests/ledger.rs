//! `glu ledger`, over a ledger that others have written to.

#![expect(clippy::unwrap_used, reason = "a failure ends the test")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use glu::core::access::Access;
use glu::core::clock::{FakeClock, Identifiers, SeededRandom};
use glu::core::gate::Verdict;
use glu::core::ledger::{Event, FreezeScope, GateId, Sample, Subject, What, open};
use glu::core::model::{PhaseId, StateDigest};
use glu::exit::Code;
use glu::prelude::*;
use glu::testing::World;

#[derive(Resource)]
#[resource(file = "env/{phase}/app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline]
fn shop() -> Pipeline<App> {
    Pipeline::from(oci("app")).then(git("staging")).then(git("production"))
}

fn world() -> World {
    let world = World::new();
    world.layout("app");
    world.remote("environments");
    world
}

/// Writes to the ledger from another machine, a minute apart, half an hour ago.
fn write(world: &World, events: Vec<What>) -> Vec<Event> {
    let clock = Arc::new(FakeClock::at("2026-01-01T11:30:00Z".parse().unwrap()));
    let random = SeededRandom::new(9);
    let events: Vec<Event> = events
        .into_iter()
        .map(|what| {
            clock.advance(Duration::from_secs(60));
            let at = glu::core::clock::Clock::now(&*clock);
            Event {
                id: Identifiers::default().next(&*clock, &random),
                at,
                actor: "github:octocat".to_owned(),
                run: None,
                what,
            }
        })
        .collect();
    let mut settings = glu::config::load(world.path(), &BTreeMap::new()).unwrap().settings;
    settings.cache = world.path().join("another machine");
    open(&Arc::new(Access::new(settings).clock(clock))).append(&events).unwrap();
    events
}

fn subject(phase: &str) -> Subject {
    Subject::new(PhaseId::new("shop", phase), StateDigest::new(format!("sha256:{}", "ab".repeat(32))))
}

fn some_events() -> Vec<What> {
    let until = "2026-01-01T18:00:00Z".parse().ok();
    vec![
        What::Sampled {
            gate: GateId { name: "soak".to_owned(), specification: "sha256:1".to_owned() },
            subject: subject("staging"),
            attempt: 1,
            sample: Sample {
                verdict: Verdict::Pass,
                reason: "it ran for an hour".to_owned(),
                evidence: [("seconds".to_owned(), 3600.into())].into(),
            },
        },
        What::Approved { subject: subject("production"), comment: Some("looks good".to_owned()) },
        What::Frozen { scope: FreezeScope::Everything, reason: "the holidays".to_owned(), until },
        What::Unpinned { phase: PhaseId::new("gone", "production"), reason: "it is no more".to_owned() },
    ]
}

#[test]
fn an_empty_ledger_is_no_failure_and_stays_unwritten() {
    let world = world();
    let out = world.run("ledger");
    let place = world.path().join("environments.git");
    assert_eq!(out.success(), format!("no events in the ledger `refs/glu/ledger` of {}\n", place.display()));
    assert!(world.run("ledger verify").success().ends_with(": 0 events, no faults\n"));
    assert!(!place.join("refs/glu").exists());
}

#[test]
fn events_are_listed_newest_first_and_chosen_by_phase_and_kind() {
    let world = world();
    write(&world, some_events());
    let all = world.run("ledger show");
    let lines: Vec<&str> = all.success().lines().map(str::trim).collect();
    assert!(lines[0].starts_with("WHEN"), "{all:?}");
    for (line, parts) in lines[1..].iter().zip([
        ["2026-01-01T11:34:00Z (26 minutes ago)", "unpinned", "gone/production", "it is no more"],
        [
            "2026-01-01T11:33:00Z (27 minutes ago)",
            "frozen until 2026-01-01T18:00:00Z",
            "everything",
            "the holidays",
        ],
        ["2026-01-01T11:32:00Z (28 minutes ago)", "approved", "shop/production", "looks good"],
        ["2026-01-01T11:31:00Z (29 minutes ago)", "sampled soak: pass", "shop/staging", "it ran for an hour"],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
    }
    assert_eq!(lines.len(), 5);

    let kinds = |command: &str| -> Vec<String> {
        let json = world.run(&format!("{command} --output json")).json();
        let events = json["events"].as_array().unwrap().iter();
        events.map(|event| event["event"].as_str().unwrap().to_owned()).collect()
    };
    // A freeze of everything concerns every phase.
    assert_eq!(kinds("ledger show staging"), ["frozen", "sampled"]);
    assert_eq!(kinds("ledger show shop/production"), ["frozen", "approved"]);
    assert_eq!(kinds("ledger --event approved --event frozen"), ["frozen", "approved"]);
    assert_eq!(kinds("ledger show --limit 1"), ["unpinned"]);
    assert!(world.run("ledger --limit 1").success().ends_with("3 older events; `--limit` shows more\n"));
    assert!(world.run("ledger show --event promoted").code(Code::Usage).is_empty());
    assert!(world.run("ledger show nowhere").code(Code::Usage).is_empty());

    let json = world.run("ledger staging --event sampled -o json").json();
    assert_eq!(json["events"][0]["evidence"]["seconds"], 3600);
    assert_eq!(json["events"][0]["verdict"], "pass");
    assert!(json["format_version"].is_string());
    let markdown = world.run("ledger --event frozen -o markdown");
    assert!(markdown.success().contains("| everything |"), "{markdown:?}");
}

#[test]
fn faults_are_told_and_fail_a_verification_and_nothing_else() {
    let world = world();
    write(&world, some_events());
    world.run("ledger verify").success();
    // Somebody removes the ledger.
    let environments = world.path().join("environments.git");
    std::fs::remove_file(environments.join("refs/glu/ledger")).unwrap();
    let listed = world.run("ledger");
    assert_eq!(listed.success().lines().count(), 5);
    assert!(listed.err.contains("the ledger has 1 fault; `glu ledger verify` tells more"), "{}", listed.err);
    let verified = world.run("ledger verify");
    let text = verified.code(Code::Failed);
    assert!(text.contains(": 4 events, 1 fault\n  1 entry that was there before is gone"), "{text}");
    let json = world.run("ledger verify -o json").json();
    assert_eq!((json["events"].as_u64(), json["faults"].as_array().map(Vec::len)), (Some(4), Some(1)));
}
