//! Rollouts by real processes: killed at every call of git and taken up by another process from another clone, and raced for.

use std::fs;

use glu_tests::program::{Program, wait_until};
use glu_tests::site::{IMAGE, Site, git};

use crate::kill::{ended, treacherous_git};

const ROLLOUT: &str = env!("CARGO_BIN_EXE_rollout");
const PHASE: &str = "env/production/app.yaml";
const CANARY: &str = "env/canary/app.yaml";
const ROUTE: &str = "env/production/route.yaml";

fn app(digest: &str) -> String {
    format!("image: {IMAGE}@{digest}\n")
}

fn route(stable: u32, canary: u32) -> String {
    format!("kind: HTTPRoute\nspec:\n  stable:\n    weight: {stable} # s\n  canary: {{ weight: {canary} }}\n")
}

/// A site on which one version after the other is rolled out.
struct Victim {
    site: Site,
    old: String,
    new: String,
    versions: usize,
    clones: usize,
}

impl Victim {
    fn new() -> Self {
        let site = Site::new();
        let old = site.publish("0");
        let manifest = app(&old);
        site.remote()
            .commit("Set up", [(PHASE, manifest.as_str()), (CANARY, &manifest), (ROUTE, &route(100, 0))]);
        let mut victim = Self { site, new: old.clone(), old, versions: 0, clones: 0 };
        victim.next_version();
        victim
    }

    fn next_version(&mut self) {
        self.versions += 1;
        self.old = self.new.clone();
        self.new = self.site.publish(&self.versions.to_string());
    }

    /// Another machine: the same configuration, and a clone of its own that is not there yet.
    fn another(&mut self) -> Program {
        self.clones += 1;
        self.site.program(ROLLOUT).environment("GLU_CACHE", format!("clones/{}", self.clones))
    }

    fn files(&self) -> [String; 3] {
        [PHASE, CANARY, ROUTE].map(|file| self.site.remote().read(file))
    }

    /// What the files may be: as before, at one of the steps, or at the end.
    fn courses(&self, before: &str) -> Vec<[String; 3]> {
        let (old, new) = (app(&self.old), app(&self.new));
        let at = |stable: &String, canary: &String, weights: (u32, u32)| {
            [stable.clone(), canary.clone(), route(weights.0, weights.1)]
        };
        vec![
            at(&old, &before.to_owned(), (100, 0)),
            at(&old, &new, (90, 10)),
            at(&old, &new, (50, 50)),
            at(&old, &new, (20, 80)),
            at(&new, &new, (100, 0)),
        ]
    }

    /// Runs a command and kills it at a call of git; gives how many calls there are where the number is beyond them.
    fn killed(&self, command: &str, number: usize, when: &str) {
        let directory = treacherous_git(&self.site, number, when);
        let mut running = self.site.program(ROLLOUT).path_first(&directory).start(command);
        let id = running.id();
        wait_until("it ends", || ended(id));
        running.kill();
        drop(running.wait());
    }

    fn calls(&self, command: &str) -> usize {
        self.killed(command, 0, "never");
        let log = self.site.path().join("treacherous/0-never/calls");
        let calls = fs::read_to_string(&log).unwrap();
        fs::remove_file(log).unwrap();
        assert!(calls.contains("push"), "{calls}");
        calls.lines().count()
    }

    /// The steps of all rollouts, oldest first.
    fn steps(&self) -> Vec<String> {
        let log = self.site.remote().log();
        let step = |message: &str| Some(message.split("Glu-Step: ").nth(1)?.lines().next()?.to_owned());
        log.iter().rev().filter_map(|commit| step(&commit.message)).collect()
    }
}

#[test]
fn killed_at_every_call_of_git_and_taken_up_from_another_clone() {
    let mut victim = Victim::new();
    // The second move takes a sample before, as all but the first do.
    victim.site.program(ROLLOUT).run("promote --yes production").success();
    let count = victim.calls("promote --yes production");
    let mut before = app(&victim.old);
    for number in 1..=count {
        for when in ["before", "meanwhile", "after"] {
            let how = format!("{when} call {number} of {count}");
            let courses = victim.courses(&before);
            let seen = courses.iter().position(|files| *files == victim.files()).expect(&how);
            victim.killed("promote --yes production", number, when);
            wait_until("children that outlive their parent end", || {
                glu_tests::descendants::at_home_in(victim.site.path()).is_empty()
            });
            let killed = courses.iter().position(|files| *files == victim.files()).expect(&how);
            assert!(killed == seen || killed == seen + 1, "{how}: from {seen} to {killed}");
            if killed + 1 < courses.len() {
                victim.another().run("promote --yes production").success();
                assert_eq!(victim.files(), courses[killed + 1], "{how}");
            }
            if victim.files() == courses[courses.len() - 1] {
                before = app(&victim.new);
                victim.next_version();
            }
        }
    }
    git(victim.site.remote().path(), &["fsck", "--strict", "--no-dangling"]);
    let steps = victim.steps();
    assert!(steps.len() > 12, "{steps:?}");
    for (place, step) in steps.iter().enumerate() {
        assert_eq!(
            step,
            ["1/3", "2/3", "3/3", "end"][place % 4],
            "no step is left out or made twice: {steps:?}"
        );
    }
}

#[test]
fn an_abort_that_is_killed_is_completed_from_another_clone() {
    let mut victim = Victim::new();
    let fail = victim.site.path().join("fail");
    let begun = victim.courses(&app(&victim.old));
    let release = |program: Program, digest: &str| {
        let command = format!("quarantine production --state {digest} --release --reason mended");
        program.run(&command).success();
    };
    victim.site.program(ROLLOUT).run("promote --yes production").success();
    fs::write(&fail, "").unwrap();
    let count = victim.calls("run --once");
    for number in 1..=count {
        for when in ["before", "meanwhile", "after"] {
            let how = format!("{when} call {number} of {count}");
            fs::remove_file(&fail).unwrap();
            release(victim.site.program(ROLLOUT), &victim.new);
            victim.site.program(ROLLOUT).run("promote --yes production").success();
            assert_eq!(victim.files(), begun[1], "{how}");
            fs::write(&fail, "").unwrap();
            victim.killed("run --once", number, when);
            wait_until("children that outlive their parent end", || {
                glu_tests::descendants::at_home_in(victim.site.path()).is_empty()
            });
            let seen = victim.files();
            assert!(seen == begun[0] || seen == begun[1], "{how}: {seen:?}");
            victim.another().run("run --once").success();
            assert_eq!(victim.files(), begun[0], "{how}");
            // And it does not come in again.
            let held = victim.another().run("promote --yes production");
            assert!(held.exit(3).contains("is quarantined by"), "{how}: {held:?}");
        }
    }
    let steps = victim.steps();
    for (place, step) in steps.iter().enumerate() {
        assert_eq!(step, ["1/3", "abort"][place % 2], "{steps:?}");
    }
}

#[test]
fn of_two_who_go_on_one_makes_the_step() {
    let mut victim = Victim::new();
    victim.site.program(ROLLOUT).run("promote --yes production").success();
    let courses = victim.courses(&app(&victim.old));
    let held = victim.site.hold_first_push();
    // The first push of a step carries its sample, the second the step itself: both are held back until somebody else has made the step.
    let first = victim.site.program(ROLLOUT).start("promote --yes --output json production");
    wait_until("the push arrives", || held.waits());
    victim.another().run("promote --yes production").success();
    assert_eq!(victim.files(), courses[2]);
    held.let_go();
    let first = first.wait();
    first.success();
    assert_eq!(first.json()["phases"][0]["result"], "already_there", "{first:?}");
    assert_eq!(victim.steps(), ["1/3", "2/3"]);
}

#[test]
fn what_comes_between_is_kept_where_it_is_beside_and_wins_where_it_is_the_weights() {
    let mut victim = Victim::new();
    let between = |victim: &Victim, text: &str| {
        let held = victim.site.hold_first_push();
        let running = victim.site.program(ROLLOUT).start("promote --yes production");
        wait_until("the push arrives", || held.waits());
        victim.site.remote().commit("Meanwhile", [(ROUTE, text)]);
        held.let_go();
        running.wait()
    };
    // The first move takes no sample, so its first push is the step.
    let warned = format!("# Beside.\n{}", route(100, 0));
    between(&victim, &warned).success();
    assert_eq!(victim.site.remote().read(ROUTE), format!("# Beside.\n{}", route(90, 10)));
    victim.another().run("abort --yes production --reason enough").success();
    assert_eq!(victim.site.remote().read(ROUTE), warned);
    let digest = victim.new.clone();
    victim
        .another()
        .run(&format!("quarantine production --state {digest} --release --reason again"))
        .success();
    fs::remove_dir_all(victim.site.path().join("held")).unwrap();
    let ran = between(&victim, &route(30, 70));
    assert!(ran.exit(4).contains("was 100 when it was planned and is 30 now"), "{ran:?}");
    assert_eq!(victim.site.remote().read(ROUTE), route(30, 70));
}
