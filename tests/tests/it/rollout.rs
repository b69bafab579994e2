//! Progressive rollouts, end to end on a repository with a Gateway API route.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use glu::core::author::GitPhase;
use glu::core::gate::{Asked, Check, Verdict};
use glu::core::ledger::Sample;
use glu::exit::Code;
use glu::prelude::*;
use glu::testing::Run;

use crate::shop::{App, Shop, manifest};

const ROUTE: &str = "env/production/route.yaml";
const STABLE: &str = "spec.rules[0].backendRefs[name=app].weight";
const CANARY: &str = "spec.rules[0].backendRefs[name=app-canary].weight";

/// A route with bytes around the weights that have to survive.
fn route(stable: u32, canary: u32) -> String {
    format!(
        "# By hand; keep.\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nspec:\n  hostnames: [ shop.example.com ]\n  \
         rules:\n    - backendRefs:\n        - {{name: app, port: 80, weight: {stable}}}  # stable\n        - name: app-canary\n          \
         port: 80\n          weight: {canary}   # canary\n"
    )
}

/// A check whose answer the test decides, and which counts how often it was asked.
#[derive(Clone, Default)]
struct Smoke {
    fails: Arc<AtomicU32>,
    asked: Arc<AtomicU32>,
}

impl Smoke {
    fn fail(&self, fails: bool) {
        self.fails.store(u32::from(fails), Ordering::SeqCst);
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
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

/// By weights, to 10 and to 50 percent, ten minutes each.
fn by_weights() -> Rollout {
    canary("production-canary")
        .weights("env/{phase}/route.yaml", STABLE, CANARY)
        .step(percent(10).hold(minutes(10)))
        .step(percent(50).hold(minutes(10)))
}

/// The shop with 1.1.0 in staging, and production behind this.
struct Site {
    shop: Shop,
    old: String,
    new: String,
}

impl Site {
    fn new(production: impl Fn(GitPhase) -> GitPhase + 'static) -> Self {
        let shop = Shop::with(move || {
            Pipeline::<App>::from(oci("app"))
                .then(git("staging"))
                .then(production(git("production")))
                .named("shop")
        });
        let old = shop.repository.read("env/production/app.yaml");
        shop.repository.commit(
            "Add a canary",
            [("env/production-canary/app.yaml", old.as_str()), (ROUTE, route(1, 0).as_str())],
        );
        let site = Self { shop, old, new: String::new() };
        let new = site.stage("1.1.0");
        Self { new, ..site }
    }

    fn stage(&self, version: &str) -> String {
        manifest(self.shop.stage(version))
    }

    fn run(&self, command: &str) -> Run {
        self.shop.world.run(command)
    }

    fn wait(&self, minutes: u64) {
        self.shop.world.wait(Duration::from_secs(minutes * 60));
    }

    /// What the phase runs, what its canary runs, and the weights.
    fn stands(&self, stable: &str, canary: &str, weights: (u32, u32)) {
        let read = |file: &str| self.shop.repository.read(file);
        assert_eq!(read("env/production/app.yaml"), stable, "the phase");
        assert_eq!(read("env/production-canary/app.yaml"), canary, "its canary");
        assert_eq!(read(ROUTE), route(weights.0, weights.1));
    }

    /// Goes on when the time of a step is over.
    fn advance(&self) {
        self.wait(10);
        self.run("promote production").success();
    }

    fn message(&self) -> String {
        self.shop.repository.log()[0].message.clone()
    }

    fn commits(&self) -> usize {
        self.shop.repository.log().len()
    }
}

#[test]
fn a_state_comes_in_by_steps_each_of_which_is_one_commit() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    let before = site.commits();
    shown!(site.run("promote production"), @"
    shop/production  rolling out: a09fe52d4805, step 1 of 2, 10 % (main at 892f127d2c)
    --- exit 0
    ");
    site.stands(&site.old, &site.new, (90, 10));
    let held = site.run("promote production");
    assert!(held.code(Code::Held).contains("step 1 of 2 (10 %) lasts until"), "{held}");
    site.wait(9);
    site.run("promote production").code(Code::Held);
    site.wait(1);
    site.run("promote production").success();
    site.stands(&site.old, &site.new, (50, 50));
    site.advance();
    site.stands(&site.new, &site.new, (1, 0));
    assert_eq!(site.commits(), before + 3);
    assert!(site.run("promote production").success().contains("up to date"));
    // The next one goes the same way, with samples and steps of its own.
    let newer = site.stage("1.2.0");
    site.run("promote production").success();
    site.stands(&site.new, &newer, (90, 10));
    site.advance();
    site.advance();
    site.stands(&newer, &newer, (1, 0));
}

#[test]
fn commits_say_where_the_rollout_is() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    let base = site.shop.repository.log()[0].id.clone();
    site.run("promote production").success();
    let begun = site.message();
    let promotion = begun.split("Glu-Promotion: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    for expected in [
        "step 1 of 2, 10 %",
        &format!("Glu-Rollout: {promotion}\n"),
        "Glu-Step: 1/2\n",
        &format!("Glu-Base: {base}\n"),
    ] {
        assert!(begun.contains(expected), "{expected}: {begun}");
    }
    site.advance();
    assert!(site.message().contains(&format!("Glu-Rollout: {promotion}\nGlu-Step: 2/2\nGlu-Base: {base}\n")));
    site.advance();
    assert!(
        site.message().contains(&format!("Glu-Rollout: {promotion}\nGlu-Step: end\n")),
        "{}",
        site.message()
    );
    assert!(site.message().starts_with("Promote shop to production: "));
}

#[test]
fn every_view_shows_a_rollout_under_way() {
    let smoke = Smoke::default();
    let site = Site::new(move |phase| phase.rollout(by_weights().gate(check(smoke.clone()).named("smoke"))));
    site.run("promote production").success();
    site.wait(3);
    site.run("check production").success();
    shown!(site.run("status production"), @"
    shop
      PHASE       STATE         SINCE        BY                        STANDING
      production  40f372c1942a  3 hours ago  Ada Example, outside glu  1 behind staging; rollout of a09fe52d4805: step 1 of 2, 10 %, 7 minutes left
    --- exit 0
    ");
    shown!(site.run("explain production"), @"
    shop/production  40f372c1942a
      since  2026-01-01T12:00:00Z (3 hours ago) by Ada Example, outside glu, commit c805cca9c5
      rollout  of a09fe52d4805: step 1 of 2, 10 %, 7 minutes left
        gate smoke  pass: all is well
      next  step 2 of 2, 50 %
        held  step 1 of 2 (10 %) lasts until 2026-01-01T15:10:00Z
    --- exit 0
    ");
    shown!(site.run("plan production"), @"
    shop/production  40f372c1942a  held: step 1 of 2 (10 %) lasts until 2026-01-01T15:10:00Z

    1 held
    --- exit 0
    ");
    shown!(site.run("history production"), @"
    shop/production
      rollout of a09fe52d4805: step 1 of 2, 10 %, 7 minutes left
      STATE         SINCE                               BY           HOW          COMMIT      SUBJECT
      40f372c1942a  2026-01-01T12:00:00Z (3 hours ago)  Ada Example  outside glu  c805cca9c5  Set the shop up
    --- exit 0
    ");
    let json = site.run("plan production -o json").json();
    let rollout = &json["phases"][0]["rollout"];
    assert_eq!(
        (rollout["step"].as_u64(), rollout["steps"].as_u64(), rollout["share"].as_u64()),
        (Some(1), Some(2), Some(10))
    );
    assert_eq!(rollout["gates"][0]["verdict"], "pass", "{json}");
    let explained = site.run("explain production -o markdown");
    assert!(explained.success().contains("step 1 of 2, 10 %, 7 minutes left"), "{explained}");
    site.wait(7);
    site.run("check production").success();
    shown!(site.run("plan production"), @"
    shop/production  40f372c1942a  step 2 of 2, 50 %  from staging, commit to main
      diff --git a/env/production/route.yaml b/env/production/route.yaml
      --- a/env/production/route.yaml
      +++ b/env/production/route.yaml
      @@ -5,7 +5,7 @@
         hostnames: [ shop.example.com ]
         rules:
           - backendRefs:
      -        - {name: app, port: 80, weight: 90}  # stable
      +        - {name: app, port: 80, weight: 50}  # stable
               - name: app-canary
                 port: 80
      -          weight: 10   # canary
      +          weight: 50   # canary

    1 to move
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 0
    ");
}

#[test]
fn what_holds_during_a_rollout_is_asked_until_the_end_of_each_step() {
    let smoke = Smoke::default();
    let given = smoke.clone();
    let site = Site::new(move |phase| phase.rollout(by_weights().gate(check(given.clone()).named("smoke"))));
    site.run("promote production").success();
    assert_eq!(smoke.asked(), 0);
    site.run("run --once").success();
    assert_eq!(smoke.asked(), 1);
    site.wait(1);
    site.run("run --once").success();
    assert_eq!(smoke.asked(), 2);
    // A look of nine minutes ago tells nothing of now: planning alone does not go on by it.
    site.wait(9);
    let plan = site.run("plan production");
    assert!(plan.success().contains("due to look again"), "{plan}");
    site.run("run --once").success();
    assert_eq!(smoke.asked(), 3);
    site.stands(&site.old, &site.new, (50, 50));
    // What was seen at the first step does not count at the second.
    site.wait(10);
    smoke.fail(true);
    site.run("run --once").success();
    site.stands(&site.old, &site.old, (1, 0));
}

#[test]
fn a_failing_gate_takes_everything_back_and_quarantines_the_state() {
    let smoke = Smoke::default();
    let given = smoke.clone();
    let site = Site::new(move |phase| phase.rollout(by_weights().gate(check(given.clone()).named("smoke"))));
    site.run("promote production").success();
    site.advance();
    site.wait(2);
    smoke.fail(true);
    shown!(site.run("run --once"), @"
    shop/staging     up to date
    shop/production  aborted: 40f372c1942a, as before the rollout (main at 5f8822f8c4)
    --- exit 0
    ");
    site.stands(&site.old, &site.old, (1, 0));
    assert!(site.message().contains("it smokes"), "{}", site.message());
    assert!(site.message().contains("Glu-Cause: abort\n"), "{}", site.message());
    // Nothing brings it in again but a person who says so.
    let commits = site.commits();
    let held = site.run("promote production");
    assert!(held.code(Code::Held).contains("is quarantined by"), "{held}");
    assert_eq!(site.commits(), commits);
    smoke.fail(false);
    site.run("quarantine production --state a09fe52d4805 --release --reason mended").success();
    site.run("promote production").success();
    site.stands(&site.old, &site.new, (90, 10));
    site.advance();
    site.advance();
    site.stands(&site.new, &site.new, (1, 0));
}

#[test]
fn a_gate_of_one_step_is_asked_in_that_step_alone() {
    let smoke = Smoke::default();
    let given = smoke.clone();
    let site = Site::new(move |phase| {
        let second = percent(50).gate(check(given.clone()).named("smoke").after(minutes(2)));
        phase.rollout(
            canary("production-canary")
                .weights("env/{phase}/route.yaml", STABLE, CANARY)
                .step(percent(10))
                .step(second),
        )
    });
    site.run("promote production").success();
    site.run("promote production").success();
    site.stands(&site.old, &site.new, (50, 50));
    assert_eq!(smoke.asked(), 0);
    site.run("promote production").code(Code::Held);
    assert_eq!(smoke.asked(), 0);
    site.wait(2);
    site.run("promote production").success();
    assert_eq!(smoke.asked(), 1);
    site.stands(&site.new, &site.new, (1, 0));
}

#[test]
fn a_newer_state_begins_again_from_the_stable_one() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("promote production").success();
    site.advance();
    site.stands(&site.old, &site.new, (50, 50));
    let newer = site.stage("1.2.0");
    site.run("promote production").success();
    site.stands(&site.old, &newer, (90, 10));
    // What it goes back to is what was before the first of them.
    site.run("abort production --reason enough").success();
    site.stands(&site.old, &site.old, (1, 0));
}

#[test]
fn while_a_newer_state_is_held_the_rollout_goes_on() {
    let site = Site::new(|phase| phase.gate(soak(hours(3))).rollout(by_weights()));
    site.shop.pass_hours(3);
    site.run("promote production").success();
    let newer = site.stage("1.2.0");
    site.run("promote production").success();
    site.stands(&site.old, &site.new, (50, 50));
    let explained = site.run("explain production");
    assert!(explained.success().contains("newer  ") && explained.out.contains("soak"), "{explained}");
    site.advance();
    site.stands(&site.new, &site.new, (1, 0));
    site.shop.pass_hours(3);
    site.run("promote production").success();
    site.stands(&site.new, &newer, (90, 10));
}

#[test]
fn a_run_goes_on_with_what_was_begun_and_begins_nothing_without_a_trigger() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("run --once").success();
    site.stands(&site.old, &site.old, (1, 0));
    site.run("promote production").success();
    site.wait(10);
    // The newer state would have to be asked for; the old one goes on.
    site.stage("1.2.0");
    site.run("run --once").success();
    site.stands(&site.old, &site.new, (50, 50));
    site.wait(10);
    site.run("run --once").success();
    site.stands(&site.new, &site.new, (1, 0));
    site.wait(10);
    site.run("run --once").success();
    site.stands(&site.new, &site.new, (1, 0));
}

#[test]
fn a_rollout_is_withdrawn_where_the_upstream_goes_back() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("promote production").success();
    site.run("rollback staging").success();
    let withdrawn = site.run("run --once");
    assert!(withdrawn.success().contains("aborted"), "{withdrawn}");
    site.stands(&site.old, &site.old, (1, 0));
    assert_eq!(
        site.run("ledger --event quarantined -o json").json()["events"].as_array().map(Vec::len),
        Some(0)
    );
}

#[test]
fn hands_pause_resume_and_skip() {
    let site = Site::new(|phase| phase.rollout(by_weights().step(percent(80).hold(hours(1)))));
    for verb in ["pause", "skip", "abort"] {
        let none = site.run(&format!("{verb} production --reason x"));
        none.code(Code::Failed);
        assert!(none.err.contains("no rollout is under way in `shop/production`"), "{none}");
    }
    site.run("resume production").code(Code::Failed);
    let never = site.run("pause staging --reason x");
    never.code(Code::Usage);
    assert!(never.err.contains("has no rollout"), "{never}");
    site.run("promote production").success();
    site.run("pause production --reason lunch").success();
    site.wait(60);
    let held = site.run("promote production");
    assert!(
        held.code(Code::Held)
            .contains("the rollout is paused by Ada Example <ada.example@example.com>: lunch"),
        "{held}"
    );
    site.stands(&site.old, &site.new, (90, 10));
    site.run("resume production --reason back").success();
    site.run("promote production").success();
    site.stands(&site.old, &site.new, (50, 50));
    site.run("promote production").code(Code::Held);
    site.run("skip production --to 2 --reason x").code(Code::Usage);
    site.run("skip production --to 5 --reason x").code(Code::Usage);
    site.run("skip production --reason seen --to end").success();
    site.run("promote production").success();
    site.stands(&site.new, &site.new, (1, 0));
}

#[test]
fn a_pause_holds_a_failing_rollout_no_less_from_being_given_up() {
    let smoke = Smoke::default();
    let given = smoke.clone();
    let site = Site::new(move |phase| phase.rollout(by_weights().gate(check(given.clone()).named("smoke"))));
    site.run("promote production").success();
    site.run("pause production --reason lunch").success();
    site.run("freeze production --reason incident").success();
    site.run("pin production --reason audit").success();
    site.run("run --once").success();
    site.stands(&site.old, &site.new, (90, 10));
    site.wait(10);
    smoke.fail(true);
    site.run("run --once").success();
    site.stands(&site.old, &site.old, (1, 0));
}

#[test]
fn a_frozen_line_and_a_pin_hold_the_next_step() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("promote production").success();
    site.wait(10);
    site.run("freeze production --reason incident").success();
    site.run("promote production").code(Code::Held);
    site.run("unfreeze production --reason over").success();
    site.run("pin production --reason audit").success();
    site.run("promote production").code(Code::Held);
    site.run("unpin production --reason over").success();
    site.run("promote production").success();
    site.stands(&site.old, &site.new, (50, 50));
}

#[test]
fn weights_changed_by_hand_hold_and_have_two_ways_out() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("promote production").success();
    site.shop.repository.commit("More!", [(ROUTE, route(70, 30).as_str())]);
    site.wait(10);
    let held = site.run("promote production");
    assert!(held.code(Code::Held).contains("is 70 by other hands, where step 1 of 2 wrote 90"), "{held}");
    site.stands(&site.old, &site.new, (70, 30));
    site.run("resume production").success();
    site.stands(&site.old, &site.new, (90, 10));
    // The step lasts anew from then on.
    site.run("promote production").code(Code::Held);
    site.advance();
    site.stands(&site.old, &site.new, (50, 50));
    site.shop.repository.commit("Less!", [(ROUTE, route(99, 1).as_str())]);
    site.run("abort production --reason confused").success();
    site.stands(&site.old, &site.old, (1, 0));
}

#[test]
fn a_rollout_that_somebody_reverts_is_over() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("promote production").success();
    let old = site.old.clone();
    site.shop
        .repository
        .commit("Revert", [(ROUTE, route(1, 0).as_str()), ("env/production-canary/app.yaml", &old)]);
    let plan = site.run("plan production");
    assert!(plan.success().contains("rollout begins"), "{plan}");
}

/// What moves, said in two places.
#[derive(Resource)]
#[resource(file = "env/{phase}/app.yaml")]
struct Twice {
    #[resource(digest, at = "image", also(at = "env.digest", part = digest))]
    image: ImageRef,
}

#[test]
fn an_abort_brings_back_what_was_wrong_before_as_well() {
    let world = glu::testing::World::new();
    let images = world.layout("app");
    let repository = world.remote("environments");
    world.pipelines(|_| {
        let rollout = canary("canary").weights("route.yaml", "stable", "canary").step(percent(10));
        Pipeline::<Twice>::from(oci("app")).then(git("production").rollout(rollout)).named("shop")
    });
    let old = images.publish("latest", "1.0.0");
    let said = |digest: &str| format!("image: {old}\nenv: {{ digest: {digest} }} # by hand\n");
    let (right, wrong) = (said(old.digest.as_ref().unwrap().as_str()), said("nobody-knows"));
    let route = "stable: 1\ncanary: 0\n";
    repository.commit(
        "Set up",
        [("env/production/app.yaml", right.as_str()), ("env/canary/app.yaml", &wrong), ("route.yaml", route)],
    );
    images.publish("latest", "1.1.0");
    world.run("promote production").success();
    assert!(!repository.read("env/canary/app.yaml").contains("nobody-knows"));
    // Somebody else's word in another file is kept.
    repository.commit("Say something", [("route.yaml", "# Mine.\nstable: 90\ncanary: 10\n")]);
    world.run("abort production --reason enough").success();
    assert_eq!(repository.read("env/canary/app.yaml"), wrong);
    assert_eq!(repository.read("env/production/app.yaml"), right);
    assert_eq!(repository.read("route.yaml"), format!("# Mine.\n{route}"));
}

#[test]
fn a_phase_changed_by_hand_in_the_middle_holds() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("promote production").success();
    let hotfix = manifest(site.shop.images.publish("hotfix", "1.0.1"));
    site.shop.edit("production", &hotfix);
    site.wait(10);
    let held = site.run("promote production");
    assert!(held.code(Code::Held).contains("by other hands, where the rollout began from"), "{held}");
    site.run("abort production --reason hotfix").success();
    site.stands(&hotfix, &site.old, (1, 0));
}

#[test]
fn a_candidate_brought_in_by_hand_ends_the_rollout() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("promote production").success();
    site.shop.edit("production", &site.new);
    site.run("promote production").success();
    site.stands(&site.new, &site.new, (1, 0));
    assert!(site.run("promote production").success().contains("up to date"));
}

#[test]
fn a_quarantine_in_the_middle_takes_everything_back() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("promote production").success();
    site.run("quarantine production --state a09fe52d4805 --reason broken").success();
    site.run("run --once").success();
    site.stands(&site.old, &site.old, (1, 0));
}

#[test]
fn the_ledger_may_be_lost_in_the_middle_and_so_may_the_cache() {
    let smoke = Smoke::default();
    let given = smoke.clone();
    let site = Site::new(move |phase| phase.rollout(by_weights().gate(check(given.clone()).named("smoke"))));
    site.run("promote production").success();
    site.run("run --once").success();
    site.wait(10);
    site.run("run --once").success();
    site.stands(&site.old, &site.new, (50, 50));
    let ledger = site.shop.repository.path().join("refs/glu/ledger");
    std::fs::remove_file(ledger).unwrap();
    std::fs::remove_dir_all(site.shop.world.path().join("cache")).unwrap();
    let explained = site.run("explain production");
    assert!(explained.success().contains("step 2 of 2, 50 %, 10 minutes left"), "{explained}");
    site.wait(10);
    site.run("run --once").success();
    site.stands(&site.new, &site.new, (1, 0));
}

#[test]
fn a_rollback_waits_until_the_rollout_is_over() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("promote production").success();
    let refused = site.run("rollback production");
    refused.code(Code::Held);
    assert!(refused.err.contains("a rollout is under way"), "{refused}");
}

#[test]
fn a_route_that_is_not_at_rest_begins_nothing() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.shop.repository.commit("Half", [(ROUTE, route(50, 50).as_str())]);
    let held = site.run("promote production");
    assert!(held.code(Code::Held).contains("is 50 with no rollout under way; it has to be 0"), "{held}");
}

#[test]
fn a_saved_plan_makes_exactly_one_step() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("plan production --out plan.json").success();
    site.run("promote --plan plan.json").success();
    site.stands(&site.old, &site.new, (90, 10));
    site.run("promote --plan plan.json").code(Code::Moved);
    site.stands(&site.old, &site.new, (90, 10));
}

#[test]
fn a_step_can_be_forced() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    site.run("promote production").success();
    site.run("promote production --force --reason hurry").success();
    site.stands(&site.old, &site.new, (50, 50));
}

#[test]
fn an_approval_is_of_one_step() {
    let site = Site::new(|phase| {
        phase.rollout(
            canary("production-canary")
                .weights("env/{phase}/route.yaml", STABLE, CANARY)
                .step(percent(10).gate(approval(1)))
                .step(percent(50).gate(approval(1))),
        )
    });
    site.run("promote production").success();
    site.run("promote production").code(Code::Held);
    site.shop.world.env("GLU_ACTOR", "Grace <grace@example.com>");
    site.run("approve production").success();
    site.shop.world.env("GLU_ACTOR", "Ada Example <ada.example@example.com>");
    site.run("promote production").success();
    site.stands(&site.old, &site.new, (50, 50));
    site.run("promote production").code(Code::Held);
    site.shop.world.env("GLU_ACTOR", "Grace <grace@example.com>");
    site.run("approve production").success();
    site.shop.world.env("GLU_ACTOR", "Ada Example <ada.example@example.com>");
    site.run("promote production").success();
    site.stands(&site.new, &site.new, (1, 0));
}

#[test]
fn a_step_lasts_from_when_its_commit_is_live() {
    let smoke = Smoke::default();
    let given = smoke.clone();
    smoke.fail(true);
    let site = Site::new(move |phase| {
        phase.rollout(by_weights().live(check(given.clone()).named("live").tolerate_in_a_row(100)))
    });
    site.run("promote production").success();
    site.wait(10);
    site.run("run --once").success();
    smoke.fail(false);
    site.wait(1);
    site.run("run --once").success();
    site.stands(&site.old, &site.new, (90, 10));
    let explained = site.run("explain production");
    assert!(explained.success().contains("10 minutes left"), "{explained}");
    site.wait(9);
    site.run("run --once").success();
    site.stands(&site.old, &site.new, (90, 10));
    site.wait(1);
    site.run("run --once").success();
    site.stands(&site.old, &site.new, (50, 50));
}

#[test]
fn a_rollout_is_found_behind_somebody_elses_merge() {
    let site = Site::new(|phase| phase.rollout(by_weights()));
    let before = site.shop.repository.log()[0].id.clone();
    site.run("promote production").success();
    let step = site.shop.repository.log()[0].id.clone();
    let path = site.shop.repository.path().to_owned();
    let git = |arguments: &[&str]| glu_tests::site::git(&path, arguments).trim().to_owned();
    // Their own commit first, then ours: as `git pull` makes it.
    let identity = ["-c", "user.name=Grace", "-c", "user.email=grace@example.com"];
    let commit = |tree: &str, parents: &[&str]| {
        let parents = parents.iter().flat_map(|parent| ["-p", parent]);
        let arguments: Vec<&str> =
            identity.into_iter().chain(["commit-tree", "-m", "Theirs", tree]).chain(parents).collect();
        git(&arguments)
    };
    let theirs = commit(&format!("{before}^{{tree}}"), &[&before]);
    let merge = commit(&format!("{step}^{{tree}}"), &[&theirs, &step]);
    git(&["update-ref", "refs/heads/main", &merge]);
    let explained = site.run("explain production");
    assert!(explained.success().contains("step 1 of 2, 10 %"), "{explained}");
    site.advance();
    site.stands(&site.old, &site.new, (50, 50));
}

const FLAGS: &str = "env/production/features.yaml";

fn flags(percentage: u32) -> String {
    format!(
        "flags:\n  - key: checkout\n    rollouts:\n      - threshold:\n          percentage: {percentage}  # of users\n"
    )
}

fn in_place_shop(smoke: &Smoke) -> Site {
    let given = smoke.clone();
    let site = Site::new(move |phase| {
        phase.rollout(
            in_place()
                .flag("env/{phase}/features.yaml", "flags[key=checkout].rollouts[0].threshold.percentage")
                .step(percent(25).hold(minutes(10)))
                .step(percent(50).hold(minutes(10)))
                .gate(check(given.clone()).named("smoke")),
        )
    });
    site.shop.repository.commit("Add flags", [(FLAGS, flags(100).as_str())]);
    site
}

#[test]
fn in_place_the_state_comes_first_and_the_numbers_follow() {
    let smoke = Smoke::default();
    let site = in_place_shop(&smoke);
    let stands = |state: &str, percentage| {
        assert_eq!(site.shop.repository.read("env/production/app.yaml"), state);
        assert_eq!(site.shop.repository.read(FLAGS), flags(percentage));
    };
    site.run("promote production").success();
    stands(&site.new, 25);
    site.wait(10);
    site.run("run --once").success();
    stands(&site.new, 50);
    site.wait(10);
    site.run("run --once").success();
    stands(&site.new, 100);
    assert!(site.run("promote production").success().contains("up to date"));
    let newer = site.stage("1.2.0");
    site.run("promote production").success();
    stands(&newer, 25);
    smoke.fail(true);
    site.wait(1);
    site.run("run --once").success();
    stands(&site.new, 100);
}

#[test]
fn nobody_downstream_gets_what_is_in_place_for_a_part_only() {
    let shop = Shop::with(|| {
        let staging = git("staging").rollout(
            in_place()
                .number(number("env/{phase}/users.json", "percentage").values([5, 100]))
                .step(percent(5).hold(hours(1))),
        );
        Pipeline::<App>::from(oci("app")).then(staging).then(git("production")).named("shop")
    });
    shop.repository.commit("Add users", [("env/staging/users.json", "{\n  \"percentage\": 100\n}\n")]);
    shop.images.publish("latest", "1.1.0");
    shop.world.run("promote staging").success();
    assert_eq!(shop.repository.read("env/staging/users.json"), "{\n  \"percentage\": 5\n}\n");
    let held = shop.world.run("promote production");
    assert!(held.code(Code::Held).contains("`staging` has it for a part only"), "{held}");
    shop.pass_hours(1);
    shop.world.run("promote staging").success();
    shop.world.run("promote production").success();
}

#[test]
fn replicas_are_divided_by_ratio_between_the_two_places() {
    let shop = Shop::with(|| {
        let rollout = canary("production-canary")
            .replicas("env/{phase}/app.yaml", "spec.replicas", 3)
            .step(percent(10))
            .step(percent(60));
        Pipeline::<App>::from(oci("app"))
            .then(git("staging"))
            .then(git("production").rollout(rollout))
            .named("shop")
    });
    let old = shop.repository.read("env/production/app.yaml");
    let at_rest = old.replace("replicas: 3", "replicas: 0");
    shop.repository.commit("Add a canary", [("env/production-canary/app.yaml", at_rest.as_str())]);
    let new = manifest(shop.stage("1.1.0"));
    let step = |stable: (&str, u32), canary: (&str, u32)| {
        shop.world.run("promote production").success();
        let of = |(text, count): (&str, u32)| text.replace("replicas: 3", &format!("replicas: {count}"));
        assert_eq!(shop.repository.read("env/production/app.yaml"), of(stable));
        assert_eq!(shop.repository.read("env/production-canary/app.yaml"), of(canary));
    };
    step((&old, 2), (&new, 1));
    step((&old, 1), (&new, 2));
    step((&new, 3), (&new, 0));
}

#[test]
fn what_a_controller_moves_itself_is_left_alone() {
    let site = Site::new(|phase| {
        phase.rollout(
            canary("production-canary")
                .number(number("env/{phase}/rollout.yaml", "spec.strategy.canary.steps[0].setWeight"))
                .step(percent(10)),
        )
    });
    let rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec:\n  strategy:\n    canary:\n      steps:\n        - setWeight: 0\n";
    site.shop.repository.commit("Argo", [("env/production/rollout.yaml", rollout)]);
    let refused = site.run("promote production");
    assert!(
        refused.code(Code::Failed).contains("is followed by a controller that moves the weights itself"),
        "{refused}"
    );
}

#[test]
fn mistakes_are_refused_at_start_with_their_places() {
    let shop = Shop::with(|| {
        let rollout = canary("staging")
            .weights("env/{phase}/route.yaml", "spec.rules[0", "spec.b")
            .step(percent(50))
            .step(percent(10))
            .step(percent(0));
        let flag = in_place().flag("env/{phase}/flags.yaml", "percentage").step(percent(100));
        Pipeline::<App>::from(oci("app"))
            .then(git("staging").rollout(flag).rollback_on_failure())
            .then(git("production").rollout(rollout))
            .named("shop")
    });
    // Where in this file it is changes with the file; that each has a place of its own does not.
    let refused = shop.world.run("list");
    refused.code(Code::Usage);
    let first = refused.err.split("rollout.rs:").nth(1).unwrap().split(':').next().unwrap();
    let first: usize = first.parse().unwrap();
    let placed = (0..9).fold(refused.err.clone(), |text, line| {
        text.replace(&format!("rollout.rs:{}:", first + line), &format!("[line {line}]"))
    });
    insta::assert_snapshot!(placed, @"
    error: tests/tests/it/[line 0] the rollout of phase `production`: the candidate's place `staging` is a phase of the pipeline
    error: tests/tests/it/[line 1] the rollout of phase `production`: path `spec.rules[0`: the bracket is not closed; add `]` (at byte 10)
    error: tests/tests/it/[line 3] the rollout of phase `production`: steps go up, and 10 % comes after 50 %
    error: tests/tests/it/[line 4] the rollout of phase `production`: a step to 0 % is none
    error: tests/tests/it/[line 4] the rollout of phase `production`: steps go up, and 0 % comes after 10 %
    error: tests/tests/it/[line 7] phase `staging` rolls back when its verification fails, and nothing is verified; add `.verify(...)`
    error: tests/tests/it/[line 5] the rollout of phase `staging`: in place, 100 % is the end, which comes by itself after the last step
    error: tests/tests/it/[line 5] the rollout of phase `staging`: from 100 % to the end nothing changes in the files
    ");
}

/// Production with a verification, and automatic rollback.
fn verified(smoke: &Smoke) -> Shop {
    let given = smoke.clone();
    Shop::with(move || {
        let production = git("production").verify(check(given.clone()).named("smoke")).rollback_on_failure();
        Pipeline::<App>::from(oci("app")).then(git("staging")).then(production).named("shop")
    })
}

#[test]
fn what_fails_its_verification_is_taken_back_by_itself() {
    let smoke = Smoke::default();
    let shop = verified(&smoke);
    let old = shop.repository.read("env/production/app.yaml");
    let new = manifest(shop.stage("1.1.0"));
    shop.world.run("promote production").success();
    shop.pass_hours(1);
    smoke.fail(true);
    shop.world.run("plan production").success();
    assert_eq!(shop.repository.read("env/production/app.yaml"), new);
    shown!(shop.world.run("run --once"), @"
    shop/staging     up to date
    shop/production  rolled back: 40f372c1942a (main at d449212e9e)
    --- exit 0
    ");
    assert_eq!(shop.repository.read("env/production/app.yaml"), old);
    // It does not come again, and what came back is not taken back further.
    let commits = shop.repository.log().len();
    shop.pass_hours(1);
    let held = shop.world.run("promote production");
    assert!(held.code(Code::Held).contains("it was brought back by a rollback itself"), "{held}");
    assert!(held.out.contains("is quarantined by"), "{held}");
    assert_eq!(shop.repository.log().len(), commits);
    // A better one may come all the same.
    smoke.fail(false);
    let better = manifest(shop.stage("1.2.0"));
    shop.world.run("promote production").success();
    assert_eq!(shop.repository.read("env/production/app.yaml"), better);
}

#[test]
fn where_there_is_nothing_to_go_back_to_that_is_said() {
    let smoke = Smoke::default();
    let shop = verified(&smoke);
    smoke.fail(true);
    let held = shop.world.run("promote production");
    assert!(held.code(Code::Held).contains("there is no older state to go back to"), "{held}");
}

#[test]
fn a_simulation_goes_by_the_same_steps() {
    let watched = || by_weights().gate(check(Smoke::default()).named("smoke"));
    let site = Site::new(move |phase| phase.automatic().rollout(watched()));
    let through = site.shop.world.simulate().run(hours(1));
    assert_eq!(through.arrivals("shop/production"), [(minutes(20), "a09fe52d4805")], "{through}");
    let failing = site
        .shop
        .world
        .simulate()
        .answer("smoke", glu::testing::fail().between(minutes(12), hours(2)))
        .run(hours(1));
    assert_eq!(failing.arrivals("shop/production"), [], "{failing}");
    let told = failing.to_string();
    assert!(told.contains("quarantined"), "{told}");
    // Nothing of it was written anywhere.
    site.stands(&site.old, &site.old, (1, 0));
}

#[test]
fn a_simulation_takes_back_what_fails_its_verification() {
    let site = Site::new(|phase| {
        phase.automatic().verify(check(Smoke::default()).named("smoke")).rollback_on_failure()
    });
    let simulation = site
        .shop
        .world
        .simulate()
        .answer("smoke", glu::testing::fail().between(minutes(0), minutes(30)))
        .run(hours(1));
    let arrivals: Vec<&str> =
        simulation.arrivals("shop/production").into_iter().map(|(_, state)| state).collect();
    assert_eq!(arrivals, ["a09fe52d4805", "40f372c1942a"], "{simulation}");
}
