//! Phases that propose, and what else there is: rollbacks, forces, gates that change, loops, queues, freezes, simulations.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use glu::core::author::GitPhase;
use glu::core::gate::{Asked, Check, Verdict};
use glu::core::ledger::Sample;
use glu::exit::Code;
use glu::prelude::*;
use glu::testing::Hosted;
use glu::testing::forge::{Action, Way};

use glu_tests::proposals::HEAD;

use crate::shop::{App, Shop, manifest};

/// A shop on a forge whose production is this, and which goes on to `live` by itself.
fn site(production: impl Fn(GitPhase) -> GitPhase + 'static) -> (Shop, Arc<Hosted>) {
    let shop = Shop::with(move || {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging"))
            .then(production(git("production")))
            .then(git("live").automatic())
            .named("shop")
    });
    let live = shop.repository.read("env/production/app.yaml");
    shop.repository.commit("Go live", [("env/live/app.yaml", live.as_str())]);
    let forge = shop.world.host("environments", &shop.repository);
    (shop, forge)
}

fn proposed(shop: &Shop) -> String {
    shop.repository.read_on(HEAD, "env/production/app.yaml")
}

#[test]
fn a_rollback_takes_the_open_proposal_over() {
    let (shop, forge) = site(GitPhase::propose);
    let old = shop.repository.read("env/production/app.yaml");
    let first = shop.stage("1.1.0");
    shop.world.run("promote production").success();
    forge.merge("grace", 1, Way::Squash);
    shop.world.run("run --once").success();
    let second = shop.stage("1.2.0");
    shop.world.run("promote production").success();
    assert_eq!(proposed(&shop), manifest(&second));
    shop.world.run("rollback production --reason broken").success();
    assert_eq!((forge.open_numbers(), proposed(&shop)), (vec![2], old.clone()));
    let proposal = forge.proposal(2);
    assert!(proposal.title.starts_with("Roll shop in production back to "), "{}", proposal.title);
    assert!(proposal.body.contains(&first.to_string()) && !proposal.body.contains(&second.to_string()));
    // It is pinned there, so nobody proposes the newer one again meanwhile.
    shop.world.run("promote production").code(Code::Held);
    assert_eq!(proposed(&shop), old);
    forge.merge("grace", 2, Way::Commit);
    assert_eq!(shop.repository.read("env/production/app.yaml"), old);
    shop.world.run("promote production").code(Code::Held);
    assert!(!forge.has_branch(HEAD) && forge.open_numbers().is_empty());
}

#[test]
fn a_rollbacks_proposal_is_wanted_until_it_is_merged_or_nobody_wants_it_any_more() {
    let (shop, forge) = site(GitPhase::propose);
    let old = shop.repository.read("env/production/app.yaml");
    shop.stage("1.1.0");
    shop.world.run("promote production").success();
    forge.merge("grace", 1, Way::Squash);
    shop.world.run("rollback production --reason broken").success();
    assert!(forge.proposal(2).body.contains("Takes `production` back to "), "{}", forge.proposal(2).body);
    // Production and its upstream have the same state, and yet something is proposed.
    for command in ["run --once", "promote production", "promote --all"] {
        shop.world.run(command).success();
        assert_eq!((forge.open_numbers(), proposed(&shop)), (vec![2], old.clone()), "after {command}");
    }
    shop.world.run("unpin production --reason mistaken").success();
    shop.world.run("run --once").success();
    assert!(forge.open_numbers().is_empty(), "who takes the pin away takes the rollback back");
    shop.world.run("rollback production --reason broken").success();
    forge.merge("grace", 3, Way::Commit);
    shop.world.run("run --once").success();
    assert_eq!(shop.repository.read("env/production/app.yaml"), old);
    assert!(!forge.has_branch(HEAD) && forge.open_numbers().is_empty());
}

/// As the README has it.
#[test]
fn a_forge_in_memory_has_hands() {
    let (shop, forge) = site(GitPhase::propose);
    let image = shop.stage("1.1.0");
    let world = &shop.world;
    world.run("promote production").success();
    forge.fail_check(1, "ci/build");
    forge.approve_by("grace", 1);
    assert!(world.run("status").success().contains("ci/build failed"));
    forge.merge("grace", 1, Way::Squash);
    world.run("run --once").success();
    assert_eq!(shop.repository.read("env/production/app.yaml"), manifest(&image));
    assert!(!forge.has_branch(HEAD));
}

#[test]
fn status_tells_that_somebody_has_closed_a_proposal() {
    let (shop, forge) = site(GitPhase::propose);
    shop.stage("1.1.0");
    shop.world.run("promote production").success();
    assert!(!shop.world.run("status").success().contains("closed"));
    forge.close_by("grace", 1);
    let status = shop.world.run("status");
    assert!(status.success().contains("was closed by grace"), "{status}");
    // A newer state is another matter.
    shop.stage("1.2.0");
    assert!(!shop.world.run("status").success().contains("closed"));
}

/// A check whose answer the test decides.
#[derive(Clone, Default)]
struct Smoke(Arc<AtomicBool>);

impl Check for Smoke {
    fn kind(&self) -> &'static str {
        "smoke"
    }

    fn specification(&self) -> String {
        "the test's own".to_owned()
    }

    fn sample(&self, _: &Asked<'_>) -> Sample {
        match self.0.load(Ordering::SeqCst) {
            false => Sample::new(Verdict::Pass, "all is well"),
            true => Sample::new(Verdict::Fail, "it smokes"),
        }
    }
}

#[test]
fn an_automatic_rollback_is_proposed_and_merged_as_the_template_says() {
    for auto_merge in [false, true] {
        let smoke = Smoke::default();
        let given = smoke.clone();
        let (shop, forge) = site(move |phase| {
            let template = if auto_merge { proposal().auto_merge() } else { proposal() };
            phase.propose_with(template).verify(check(given.clone()).named("smoke")).rollback_on_failure()
        });
        let old = shop.repository.read("env/production/app.yaml");
        let bad = shop.stage("1.1.0");
        shop.world.run("promote production").success();
        if !auto_merge {
            forge.merge("grace", 1, Way::Squash);
        }
        assert_eq!(shop.repository.read("env/production/app.yaml"), manifest(&bad));
        smoke.0.store(true, Ordering::SeqCst);
        for _ in 0..3 {
            shop.world.run("run --once").success();
            shop.pass_hours(1);
        }
        match auto_merge {
            true => assert_eq!(shop.repository.read("env/production/app.yaml"), old),
            false => assert_eq!((forge.open_numbers(), proposed(&shop)), (vec![2], old)),
        }
        let proposal = forge.proposal(2);
        assert!(proposal.title.starts_with("Roll shop in production back to "), "{}", proposal.title);
        assert!(proposal.body.contains("gate \\`smoke\\` says fail: it smokes"), "{}", proposal.body);
        let explained = shop.world.run("ledger");
        assert!(explained.success().contains("smoke"), "the reason is kept: {explained}");
    }
}

#[test]
fn what_is_forced_is_proposed_and_its_checklist_renewed_when_it_says_something_else() {
    let (shop, forge) = site(|phase| phase.propose().gate(soak(hours(3))));
    shop.stage("1.1.0");
    shop.world.run("promote production").code(Code::Held);
    shop.world.run("promote production --force --reason hotfix").success();
    let body = forge.proposal(1).body;
    assert!(body.contains("- [ ] `soak` pending") && body.contains("Forced: hotfix"), "{body}");
    let renewals =
        || forge.with(|state| state.asked.iter().filter(|asked| **asked == Action::Update).count());
    let looks = |count: u32| {
        for _ in 0..count {
            shop.world.wait(Duration::from_secs(60));
            shop.world.run("promote production").success();
            shop.world.run("run --once").success();
        }
    };
    // It waits a little longer each time, and that is nothing else.
    looks(3);
    assert_eq!(renewals(), 0);
    forge.reword_by_hand(1, "Ship it", |body| format!("Please look.\n\n{body}"));
    shop.pass_hours(2);
    looks(3);
    assert_eq!(renewals(), 1);
    let proposal = forge.proposal(1);
    assert!(proposal.body.contains("- [x] `soak` pass"), "{}", proposal.body);
    assert!(proposal.body.contains("Forced: hotfix"), "{}", proposal.body);
    assert!(proposal.body.starts_with("Please look.\n") && proposal.title == "Ship it", "{proposal:?}");
}

#[test]
fn a_loop_opens_waits_sees_the_merge_and_goes_on() {
    let (shop, forge) = site(|phase| phase.propose().automatic());
    let live = || shop.repository.read("env/live/app.yaml");
    let old = live();
    let image = shop.stage("1.1.0");
    for _ in 0..3 {
        shop.world.run("run --once").success();
    }
    assert_eq!((forge.open_numbers(), live()), (vec![1], old));
    forge.merge("grace", 1, Way::Rebase);
    shop.world.run("run --once").success();
    assert_eq!(live(), manifest(&image));
    assert!(!forge.has_branch(HEAD));
}

#[test]
fn a_queue_goes_on_after_each_merge() {
    let (shop, forge) = site(|phase| phase.propose().automatic().queue());
    let images = ["1.1.0", "1.2.0", "1.3.0"].map(|version| shop.stage(version));
    // A queue begins after the last state that the phase has had.
    for (image, number) in images.iter().zip(1..) {
        for _ in 0..2 {
            shop.world.run("run --once").success();
        }
        assert_eq!((forge.open_numbers(), proposed(&shop)), (vec![number], manifest(image)));
        forge.merge("grace", number, Way::Squash);
    }
    shop.world.run("run --once").success();
    assert!(forge.open_numbers().is_empty());
}

#[test]
fn a_freeze_closes_nothing() {
    let (shop, forge) = site(|phase| phase.propose().automatic());
    let image = shop.stage("1.1.0");
    shop.world.run("run --once").success();
    let commit = forge.proposal(1).commit;
    shop.world.run("freeze --reason incident --all").code(Code::Usage);
    shop.world.run("freeze shop --reason incident").success();
    let newer = shop.images.publish("latest", "1.2.0");
    assert_ne!(newer, image);
    shop.world.run("run --once").success();
    assert_eq!((forge.open_numbers(), forge.proposal(1).commit), (vec![1], commit));
}

#[test]
fn a_simulation_takes_proposals_as_merged_and_says_so_once() {
    let (shop, forge) = site(|phase| phase.propose().automatic());
    shop.stage("1.1.0");
    shop.world.run("run --once").success();
    assert_eq!(forge.open_numbers(), [1]);
    let run = shop.world.run("simulate --for 1d --expect live=a09fe52d4805");
    let text = format!("{}{}", run.out, run.err);
    assert_eq!(text.matches("proposals are taken as merged at once").count(), 1, "{run}");
    assert!(run.out.contains("shop/live"), "{run}");
    assert_eq!(forge.open_numbers(), [1], "nothing is written");
    let (pushes, _) = site(|phase| phase);
    let run = pushes.world.run("simulate --for 1d");
    assert!(!run.out.contains("taken as merged") && !run.err.contains("taken as merged"), "{run}");
}
