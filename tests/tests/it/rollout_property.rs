//! Any steps and any answers of a gate: weights never go up while the gate is closed, what is given up leaves the very bytes of before,
//! and what ends leaves the phase with the candidate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use glu::core::gate::{Asked, Check};
use glu::core::ledger::Sample;
use glu::prelude::*;
use proptest::prelude::*;

use crate::shop::{App, Shop, manifest};

/// What a gate says from one minute to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Pass,
    Fail,
    Error,
    Nothing,
}

/// A check that says what it is told to, and counts how often it was asked.
#[derive(Clone, Default)]
struct Told {
    says: Arc<AtomicU32>,
    asked: Arc<AtomicU32>,
}

impl Check for Told {
    fn kind(&self) -> &'static str {
        "told"
    }

    fn specification(&self) -> String {
        "the test's own".to_owned()
    }

    fn sample(&self, _: &Asked<'_>) -> Sample {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.says.load(Ordering::SeqCst) {
            0 => Sample::pass("well"),
            1 => Sample::fail("ill"),
            2 => Sample::error("unreachable"),
            _ => Sample::inconclusive("no telling"),
        }
    }
}

#[derive(Debug, Clone)]
struct Declared {
    share: u32,
    hold: u64,
}

fn steps() -> impl Strategy<Value = Vec<Declared>> {
    (proptest::collection::btree_set(1..=100_u32, 1..4), proptest::collection::vec(0..3_u64, 3)).prop_map(
        |(shares, holds)| {
            shares.into_iter().zip(holds).map(|(share, hold)| Declared { share, hold }).collect()
        },
    )
}

fn answers() -> impl Strategy<Value = Vec<Says>> {
    let one = prop_oneof![
        6 => Just(Says::Pass),
        2 => Just(Says::Fail),
        4 => Just(Says::Error),
        1 => Just(Says::Nothing),
    ];
    proptest::collection::vec(one, 10)
}

fn route(stable: &str, canary: &str) -> String {
    format!("# weights\nstable: {stable} # s\ncanary: {canary} # c\n")
}

fn weight(text: &str) -> u32 {
    text.lines().find_map(|line| line.strip_prefix("canary: ")?.split(' ').next()?.parse().ok()).unwrap()
}

fn rollout(steps: &[Declared], told: &Told) -> Rollout {
    let rollout = canary("production-canary").weights("env/{phase}/route.yaml", "stable", "canary");
    let gated = rollout.gate(check(told.clone()).named("told"));
    steps.iter().fold(gated, |rollout, step| rollout.step(percent(step.share).hold(minutes(step.hold))))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn weights_go_up_by_open_gates_alone_and_all_ends_well(steps in steps(), answers in answers(), rest in 1..5_u32) {
        let told = Told::default();
        let (given, declared) = (told.clone(), steps.clone());
        let shop = Shop::with(move || {
            Pipeline::<App>::from(oci("app"))
                .then(git("staging"))
                .then(git("production").rollout(rollout(&declared, &given)))
                .named("shop")
        });
        let files = ["env/production/app.yaml", "env/production-canary/app.yaml", "env/production/route.yaml"];
        let old = shop.repository.read(files[0]);
        shop.repository.commit("Set up", [(files[1], old.as_str()), (files[2], route(&rest.to_string(), "0").as_str())]);
        let before = files.map(|file| shop.repository.read(file));
        let new = manifest(shop.stage("1.1.0"));
        shop.world.run("promote production").success();
        let mut was = weight(&shop.repository.read(files[2]));
        prop_assert_eq!(was, steps[0].share);
        let mut over = false;
        for (minute, says) in answers.iter().enumerate() {
            shop.world.wait(Duration::from_secs(61));
            let code = match says { Says::Pass => 0, Says::Fail => 1, Says::Error => 2, Says::Nothing => 3 };
            told.says.store(code, Ordering::SeqCst);
            let (asked, files_before) = (told.asked.load(Ordering::SeqCst), files.map(|file| shop.repository.read(file)));
            let run = shop.world.run("run --once");
            prop_assert_eq!(run.code as u8, 0, "{}", run);
            let now = files.map(|file| shop.repository.read(file));
            let canary = weight(&now[2]);
            if over {
                // What is over stays as it is.
                prop_assert_eq!(canary, 0);
                continue;
            }
            prop_assert!(canary <= was || *says == Says::Pass, "minute {}: from {} to {} while {:?}", minute, was, canary, says);
            if told.asked.load(Ordering::SeqCst) == asked {
                // After errors it waits longer before it asks again; unasked, nothing moves.
                prop_assert_eq!(&now, &files_before, "minute {}", minute);
                continue;
            }
            prop_assert!(steps.iter().any(|step| step.share == canary) || canary == 0);
            prop_assert!(now[0] == old || *says == Says::Pass);
            if *says == Says::Fail {
                prop_assert_eq!(&now, &before, "minute {}", minute);
                over = true;
            } else if canary == 0 {
                prop_assert_eq!(&now[0], &new);
                prop_assert_eq!(&now[1], &new);
                prop_assert_eq!(&now[2], &before[2]);
                over = true;
            }
            was = canary;
        }
        if answers.iter().all(|says| *says == Says::Pass) {
            prop_assert!(over);
        }
    }
}
