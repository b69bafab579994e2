//! Gates on the way in and on what runs, and the hands on the wheel.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use glu::core::gate::{Asked, Check, Verdict};
use glu::core::ledger::Sample;
use glu::prelude::*;
use glu::testing::Run;

use crate::programs::hook;
use crate::shop::{App, Shop, manifest};

/// A check whose answer the test decides, and which counts how often it was asked.
#[derive(Clone, Default)]
pub struct Smoke {
    pub fails: Arc<AtomicU32>,
    pub asked: Arc<AtomicU32>,
}

impl Check for Smoke {
    fn kind(&self) -> &'static str {
        "smoke"
    }

    fn specification(&self) -> String {
        "the test's own".to_owned()
    }

    fn sample(&self, _: &Asked<'_>) -> Sample {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.fails.load(Ordering::SeqCst) {
            0 => Sample::new(Verdict::Pass, "all is well"),
            _ => Sample::new(Verdict::Fail, "it smokes"),
        }
    }
}

/// The shop with production behind gates, and 1.1.0 in staging.
fn guarded(
    production: impl Fn(glu::core::author::GitPhase) -> glu::core::author::GitPhase + 'static,
) -> (Shop, ImageRef) {
    let shop = Shop::with(move || {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging"))
            .then(production(git("production")))
            .named("shop")
    });
    let image = shop.images.publish("latest", "1.1.0");
    shop.world.run("promote staging").success();
    (shop, image)
}

fn production(shop: &Shop, run: &str) -> (Run, String) {
    let run = shop.world.run(run);
    (run, shop.repository.read("env/production/app.yaml"))
}

#[test]
fn a_soak_opens_when_its_time_has_passed_and_says_when() {
    let (shop, image) = guarded(|phase| phase.gate(soak(hours(2))));
    let (run, file) = production(&shop, "promote production");
    assert!(run.code(glu::exit::Code::Held).contains("soak"), "{run}");
    assert_ne!(file, manifest(&image));
    assert!(
        shop.world.run("explain production").out.contains("it opens at 2026-01-01 15:00 UTC"),
        "{}",
        shop.world.run("explain production")
    );
    shop.pass_hours(2);
    let (run, file) = production(&shop, "promote production");
    run.success();
    assert_eq!(file, manifest(&image));
}

#[test]
fn an_approval_is_of_one_state_by_somebody_else() {
    let (shop, image) = guarded(|phase| phase.gate(approval(1)));
    production(&shop, "promote production").0.code(glu::exit::Code::Held);
    shop.world.env("GLU_ACTOR", "glu <glu@example.com>");
    let run = shop.world.run("approve production");
    run.success();
    assert!(
        run.err.contains("pending: 0 of 1 approval given; glu <glu@example.com> wrote the change"),
        "{run}"
    );
    // Who wrote the change does not count, nor who had it written.
    shop.world.env("GLU_ACTOR", "Ada Example <ada.example@example.com>");
    let run = shop.world.run("approve production");
    assert!(run.err.contains("Ada Example <ada.example@example.com> wrote the change"), "{run}");
    production(&shop, "promote production").0.code(glu::exit::Code::Held);
    shop.world.env("GLU_ACTOR", "Grace <grace@example.com>");
    let run = shop.world.run("approve production");
    run.success();
    assert!(run.err.contains("gate approval: pass: approved by Grace <grace@example.com>"), "{run}");
    // A newer state needs an approval of its own.
    shop.images.publish("latest", "1.2.0");
    shop.world.env("GLU_ACTOR", "Ada Example <ada.example@example.com>");
    shop.world.run("promote staging").success();
    production(&shop, "promote production").0.code(glu::exit::Code::Held);
    shop.world.env("GLU_ACTOR", "Grace <grace@example.com>");
    shop.world.run("approve production").success();
    let (run, file) = production(&shop, "promote production");
    run.success();
    assert_ne!(file, manifest(&image));
}

#[test]
fn an_approval_that_no_gate_asks_for_is_refused() {
    let (shop, _) = guarded(|phase| phase.gate(soak(hours(2))));
    let run = shop.world.run("approve production");
    run.code(glu::exit::Code::Usage);
    assert!(run.err.contains("no gate of shop/production asks for an approval"), "{run}");
    assert_eq!(shop.world.run("ledger show").out.lines().filter(|line| line.contains("approved")).count(), 0);
    // However deep it is, a gate asks.
    let (shop, _) = guarded(|phase| phase.gate(any_of([soak(hours(2)), approval(1)])));
    shop.world.env("GLU_ACTOR", "Grace <grace@example.com>");
    shop.world.run("approve production").success();
}

#[test]
fn a_check_is_asked_when_it_is_due_and_its_answer_kept() {
    let smoke = Smoke::default();
    let asked = smoke.clone();
    let (shop, image) =
        guarded(move |phase| phase.gate(check(smoke.clone()).named("smoke").tolerate(1).samples(2)));
    // Planning looks at nothing.
    shop.world.run("plan").success();
    assert_eq!(asked.asked.load(Ordering::SeqCst), 0);
    production(&shop, "promote production").0.code(glu::exit::Code::Held);
    assert_eq!(asked.asked.load(Ordering::SeqCst), 1);
    // Not due yet.
    production(&shop, "promote production").0.code(glu::exit::Code::Held);
    assert_eq!(asked.asked.load(Ordering::SeqCst), 1);
    shop.pass_hours(1);
    let (run, file) = production(&shop, "promote production");
    run.success();
    assert_eq!((asked.asked.load(Ordering::SeqCst), file), (2, manifest(image)));
    let ledger = shop.world.run("ledger --event sampled -o json").json();
    assert_eq!(ledger["events"].as_array().map(Vec::len), Some(2), "{ledger}");
}

#[test]
fn a_check_that_failed_stays_failed_until_somebody_tries_anew() {
    let smoke = Smoke::default();
    let switch = smoke.clone();
    switch.fails.store(1, Ordering::SeqCst);
    let (shop, image) = guarded(move |phase| phase.gate(check(smoke.clone()).named("smoke")));
    let held = production(&shop, "promote production").0;
    assert!(held.code(glu::exit::Code::Held).contains("it smokes"), "{held}");
    switch.fails.store(0, Ordering::SeqCst);
    shop.pass_hours(5);
    production(&shop, "promote production").0.code(glu::exit::Code::Held);
    shop.world.run("check production --retry mended").success();
    let (run, file) = production(&shop, "promote production");
    run.success();
    assert_eq!(file, manifest(image));
}

#[test]
fn what_runs_must_be_verified_before_it_moves_on() {
    let smoke = Smoke::default();
    let switch = smoke.clone();
    switch.fails.store(1, Ordering::SeqCst);
    let shop = Shop::with(move || {
        let staging = git("staging").verify(check(smoke.clone()).named("smoke"));
        Pipeline::<App>::from(oci("app")).then(staging).then(git("production")).named("shop")
    });
    let image = shop.images.publish("latest", "1.1.0");
    shop.world.run("promote staging").success();
    let (run, file) = production(&shop, "promote production");
    assert!(run.code(glu::exit::Code::Held).contains("`staging` is not verified"), "{run}");
    assert_ne!(file, manifest(image));
}

#[test]
fn a_pinned_phase_stays_until_it_is_let_go_or_the_pin_ends() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    shop.world.run("pin staging --reason audit --for 1d").success();
    let again = shop.world.run("pin staging --reason audit --for 2h");
    again.success();
    assert!(
        again.err.contains("this replaces the pin by Ada Example <ada.example@example.com>: audit"),
        "{again}"
    );
    for (wrong, way) in
        [("--for 2", "such as `45m`"), ("--until yesterday", "such as `2027-01-04T08:00:00Z`")]
    {
        let run = shop.world.run(&format!("pin staging --reason audit {wrong}"));
        run.code(glu::exit::Code::Usage);
        assert!(run.err.contains(way), "{run}");
    }
    assert!(shop.world.run("explain staging").success().contains("pinned to 40f372c1942a until"));
    let held = shop.world.run("promote staging");
    assert!(held.code(glu::exit::Code::Held).contains("pinned to 40f372c1942a until"), "{held}");
    shop.pass_hours(2);
    shop.world.run("promote staging").success();
    shop.images.publish("latest", "1.2.0");
    shop.world.run("pin staging --reason audit").success();
    shop.world.run("promote staging").code(glu::exit::Code::Held);
    shop.world.run("unpin staging --reason done").success();
    shop.world.run("promote staging").success();
}

#[test]
fn a_rollback_sticks() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    shop.world.run("rollback staging").success();
    let held = shop.world.run("promote staging");
    assert!(held.code(glu::exit::Code::Held).contains("rolled back from"), "{held}");
}

#[test]
fn a_frozen_line_moves_nothing_where_it_is_frozen() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    shop.images.publish("latest", "1.2.0");
    shop.world.run("freeze production --reason incident").success();
    shop.world.run("promote staging").success();
    let held = shop.world.run("promote production");
    assert!(held.code(glu::exit::Code::Held).contains("the line is stopped by"), "{held}");
    shop.world.run("unfreeze production --reason over").success();
    shop.world.run("freeze --everything --reason holidays --until 2026-01-02T00:00:00Z").success();
    shop.world.run("promote production").code(glu::exit::Code::Held);
    shop.pass_hours(24);
    shop.world.run("promote production").success();
}

#[test]
fn a_quarantined_state_does_not_come_in_and_another_does() {
    let shop = Shop::new();
    let bad = shop.stage("1.1.0");
    let digest = bad.digest.clone().unwrap();
    shop.world.run(&format!("quarantine staging --state {digest} --reason broken --everywhere")).success();
    let held = shop.world.run("promote production");
    assert!(held.code(glu::exit::Code::Held).contains("is quarantined by"), "{held}");
    let good = shop.stage("1.2.0");
    let (run, file) = production(&shop, "promote production");
    run.success();
    assert_eq!(file, manifest(good));
}

#[test]
fn force_needs_a_reason_and_leaves_a_record() {
    let (shop, image) = guarded(|phase| phase.gate(soak(hours(2))));
    shop.world.run("promote production --force").code(glu::exit::Code::Usage);
    shop.world.run("promote production --force --reason outage").success();
    assert_eq!(shop.repository.read("env/production/app.yaml"), manifest(image));
    assert!(shop.repository.log()[0].message.contains("\nGlu-Forced: outage\n"));
    let ledger = shop.world.run("ledger --event forced -o json").json();
    assert_eq!(ledger["events"][0]["reason"], "outage", "{ledger}");
}

#[test]
fn run_once_moves_what_is_automatic_and_free_and_nothing_else() {
    let shop = Shop::with(|| {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging").automatic())
            .then(git("production").automatic().gate(soak(hours(2))))
            .named("shop")
    });
    let image = shop.images.publish("latest", "1.1.0");
    shop.world.run("run --once").success();
    assert_eq!(shop.repository.read("env/staging/app.yaml"), manifest(&image));
    shop.world.run("run --once").success();
    assert_ne!(shop.repository.read("env/production/app.yaml"), manifest(&image));
    shop.pass_hours(2);
    shop.world.run("run --once").success();
    assert_eq!(shop.repository.read("env/production/app.yaml"), manifest(&image));
    let before = shop.repository.log().len();
    shop.world.run("run --once").success();
    assert_eq!(shop.repository.log().len(), before);
}

#[test]
fn a_phase_without_a_trigger_never_moves_by_itself() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    let before = shop.repository.log().len();
    shop.world.run("run --once").success();
    assert_eq!(shop.repository.log().len(), before);
}

#[test]
fn explain_says_what_is_in_the_way_and_what_would_open_it() {
    let (shop, _) = guarded(|phase| phase.gate(all_of([soak(hours(2)), approval(1)]).named("ready")));
    shop.world.run("freeze shop/production --reason incident --for 1h").success();
    shown!(shop.world.run("explain production"), @"
    shop/production  40f372c1942a
      since  2026-01-01T12:00:00Z (1 hour ago) by Ada Example, outside glu, commit c805cca9c5
      next  it would get a09fe52d4805 from staging, and is held
        held  the line is stopped until 2026-01-01T14:00:00Z by Ada Example <ada.example@example.com>: incident
        gate ready  pending: 0 of 2 open, 2 needed; `approval` says pending: 0 of 1 approval given; `glu approve shop/production`, by anybody but ada.example@example.com, glu@example.com
          gate soak  pending: 2 hours in staging; it opens at 2026-01-01 15:00 UTC
          gate approval  pending: 0 of 1 approval given; `glu approve shop/production`, by anybody but ada.example@example.com, glu@example.com
    --- exit 0
    ");
}

#[test]
fn what_was_done_is_shown_though_it_cannot_be_written_down() {
    let (shop, image) = guarded(|phase| phase.gate(soak(hours(2))));
    hook(shop.repository.path(), "update", "case \"$1\" in refs/glu/*) echo no such refs >&2; exit 1;; esac");
    let run = shop.world.run("promote production --force --reason hotfix");
    run.code(glu::exit::Code::Failed);
    assert_eq!(shop.repository.read("env/production/app.yaml"), manifest(&image));
    assert!(run.out.contains("shop/production  promoted"), "{run}");
    assert!(run.err.contains("no such refs"), "{run}");
}
