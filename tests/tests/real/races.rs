//! Several writers on one remote.

use std::collections::BTreeSet;

use glu_tests::program::{Ran, Running, wait_until};
use glu_tests::server::find;
use glu_tests::site::{HeldPush, Site, deployment, executable, git, manifest_of, service, service_of};

const FLEET: &str = env!("CARGO_BIN_EXE_fleet");
const GITOPS: &str = env!("CARGO_BIN_EXE_gitops-under-test");

/// A remote's branch, oldest commit first after the one that began it: the files that each commit changed.
fn changes(site: &Site, branch: &str) -> Vec<Vec<String>> {
    let log = git(site.remote().path(), &["log", "--reverse", "--format=%x00%P", "--name-only", branch]);
    let commits = log.split('\0').skip(2).map(|commit| {
        let mut lines = commit.lines();
        assert_eq!(lines.next().unwrap().split(' ').count(), 1, "the history of {branch} is not linear");
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    });
    commits.collect()
}

fn result(ran: &Ran) -> (String, u64) {
    let phase = &ran.json()["phases"][0];
    (phase["result"].as_str().unwrap().to_owned(), phase["attempts"].as_u64().unwrap_or(0))
}

/// Eight processes promote ten services each; gives the most attempts that one of them needed.
fn eight_times_ten(cache_of: impl Fn(usize) -> String) -> u64 {
    let site = Site::new();
    let services: Vec<String> = (0..80).map(|number| format!("service-{number:02}")).collect();
    let old = site.publish("1");
    site.deploy_fleet(services.clone(), &old);
    let new = site.publish("2");

    let processes: Vec<Running> = services
        .chunks(10)
        .enumerate()
        .map(|(number, services)| {
            let phases: Vec<String> = services.iter().map(|name| format!("{name}/staging")).collect();
            let program = site.program(FLEET).environment("GLU_CACHE", cache_of(number));
            program.start(&format!("promote --yes --output json {}", phases.join(" ")))
        })
        .collect();
    let mut attempts = 0;
    for process in processes {
        let ran = process.wait();
        ran.success();
        let json = ran.json();
        let phases = json["phases"].as_array().unwrap();
        assert_eq!(phases.len(), 10);
        for phase in phases {
            assert_eq!(phase["result"], "promoted", "{phase}");
            attempts = attempts.max(phase["attempts"].as_u64().unwrap());
        }
    }

    let changes = changes(&site, "main");
    assert!(changes.iter().all(|files| files.len() == 1), "{changes:?}");
    let changed: BTreeSet<String> = changes.iter().flatten().cloned().collect();
    let expected: BTreeSet<String> = services.iter().map(|name| service_of(name, "staging")).collect();
    assert_eq!((changes.len(), changed), (80, expected));
    for name in &services {
        assert_eq!(site.remote().read(&service_of(name, "staging")), service(&new));
        assert_eq!(site.remote().read(&service_of(name, "production")), service(&old));
    }
    git(site.remote().path(), &["fsck", "--strict"]);
    attempts
}

#[test]
fn eight_processes_with_clones_of_their_own_lose_nothing() {
    let attempts = eight_times_ten(|number| format!("caches/{number}"));
    assert!(attempts > 1, "nobody lost a race, so nothing was tested");
}

#[test]
fn eight_processes_that_share_a_clone_lose_nothing() {
    eight_times_ten(|_| "cache".to_owned());
}

/// What the kernel's lock is for: git itself would let two fetches stumble over each other.
#[test]
fn processes_that_share_a_clone_take_turns() {
    let site = Site::new();
    let services: Vec<String> = (0..4).map(|number| format!("service-{number}")).collect();
    site.deploy_fleet(services.clone(), &site.publish("1"));
    site.publish("2");
    let (directory, log) = (site.path().join("bin"), site.path().join("log"));
    let (real, shown) = (find("git", "git"), log.display());
    executable(
        &directory.join("git"),
        &format!(
            "case \"$*\" in *' fetch '*|*' push '*) ;; *) exec {real} \"$@\" ;; esac\n\
             echo begin >> {shown}\nsleep 0.05\n{real} \"$@\"\ncode=$?\necho end >> {shown}\nexit $code\n",
            real = real.display()
        ),
    );
    let program = site.program(FLEET).path_first(&directory);
    let processes: Vec<Running> =
        services.iter().map(|name| program.start(&format!("promote --yes {name}/staging"))).collect();
    for process in processes {
        process.wait().success();
    }
    let log = std::fs::read_to_string(log).unwrap();
    let turns: Vec<&str> = log.lines().collect();
    assert!(turns.len() >= 16, "four fetch and push: {turns:?}");
    assert!(turns.chunks(2).all(|turn| turn == ["begin", "end"]), "{turns:?}");
}

/// The example app with a promotion on its way: everything is computed and sent, and the remote has not moved yet.
fn on_its_way(arguments: &str) -> (Site, String, Running, HeldPush) {
    let site = Site::new();
    let old = site.publish("1");
    site.deploy(&old);
    let new = site.publish("2");
    if arguments.contains("--plan") {
        site.program(GITOPS).run("plan --out plan.json staging").success();
    }
    let held = site.hold_first_push();
    let running = site.program(GITOPS).start(arguments);
    wait_until("the push arrives", || held.waits());
    (site, new, running, held)
}

#[test]
fn of_two_who_make_the_same_move_one_makes_it() {
    let (site, new, first, held) = on_its_way("promote staging --output json");
    let other = site.program(GITOPS).environment("GLU_CACHE", "other-cache");
    let second = other.run("promote staging --output json");
    second.success();
    assert_eq!(result(&second), ("promoted".to_owned(), 1));
    held.let_go();
    let first = first.wait();
    first.success();
    assert_eq!(result(&first), ("already_there".to_owned(), 2));
    assert_eq!(changes(&site, "main"), [[manifest_of("staging")]]);
    assert_eq!(site.remote().read(&manifest_of("staging")), deployment(&new));
    assert_eq!(result(&site.program(GITOPS).run("promote staging --output json")).0, "up_to_date");
}

#[test]
fn a_change_of_another_file_in_between_is_kept() {
    let (site, new, running, held) = on_its_way("promote staging --output json");
    site.remote().commit("Say something", [("README.md", "hello\n")]);
    held.let_go();
    let ran = running.wait();
    ran.success();
    assert_eq!(result(&ran), ("promoted".to_owned(), 2));
    assert_eq!(changes(&site, "main"), [["README.md".to_owned()], [manifest_of("staging")]]);
    assert_eq!(site.remote().read(&manifest_of("staging")), deployment(&new));
}

#[test]
fn a_change_of_the_same_file_beside_the_state_is_kept() {
    let (site, new, running, held) = on_its_way("promote staging --output json");
    let path = manifest_of("staging");
    let text = format!("# Do not touch.\n{}", site.remote().read(&path));
    site.remote().commit("Warn", [(path.as_str(), text.as_str())]);
    held.let_go();
    running.wait().success();
    assert_eq!(site.remote().read(&path), format!("# Do not touch.\n{}", deployment(&new)));
}

#[test]
fn a_change_of_the_same_phase_in_between_wins_and_is_named() {
    let (site, _, running, held) = on_its_way("promote staging");
    let path = manifest_of("staging");
    let by_hand = deployment(&format!("sha256:{}", "b".repeat(64)));
    site.remote().commit("Fix it by hand", [(path.as_str(), by_hand.as_str())]);
    held.let_go();
    let ran = running.wait();
    let out = ran.exit(4);
    assert!(out.contains("gitops-example/staging") && out.contains("bbbbbb"), "{out}");
    assert_eq!(changes(&site, "main"), [[path.clone()]]);
    assert_eq!(site.remote().read(&path), by_hand);
}

#[test]
fn a_saved_plan_is_not_run_again_on_another_tip() {
    let (site, _, running, held) = on_its_way("promote --plan plan.json");
    site.remote().commit("Say something", [("README.md", "hello\n")]);
    held.let_go();
    let ran = running.wait();
    assert!(ran.exit(4).contains("moved"), "{ran:?}");
    assert_eq!(changes(&site, "main"), [["README.md"]]);
    // From the start, it is the saved plan's tip that has moved.
    let ran = site.program(GITOPS).run("promote --plan plan.json");
    ran.exit(4);
    assert!(ran.text().contains("main"), "{ran:?}");
}

#[test]
fn a_branch_that_a_hook_guards_stays_where_it_is() {
    let site = Site::new();
    site.deploy(&site.publish("1"));
    let new = site.publish("2");
    site.hook("pre-receive", "echo 'nobody pushes on a Friday' >&2\nexit 1\n");
    let ran = site.program(GITOPS).run("promote staging");
    let out = ran.exit(1);
    assert!(
        out.contains("refuses") && out.contains("main") && out.contains("nobody pushes on a Friday"),
        "{out}"
    );
    assert!(changes(&site, "main").is_empty());
    site.unhook("pre-receive");
    site.program(GITOPS).run("promote staging").success();
    assert_eq!(site.remote().read(&manifest_of("staging")), deployment(&new));
}

/// A service that has something to move on `main` and on `production`, where a hook refuses the latter.
fn one_branch_is_guarded() -> (Site, [String; 3]) {
    let site = Site::new();
    let first = site.publish("1");
    site.deploy_fleet(["shop".to_owned()], &first);
    let second = site.publish("2");
    site.program(FLEET).run("promote shop/staging").success();
    let third = site.publish("3");
    site.hook(
        "update",
        "[ \"$1\" != refs/heads/production ] || { echo 'production is frozen' >&2; exit 1; }\n",
    );
    (site, [first, second, third])
}

#[test]
fn one_refused_branch_does_not_hold_the_others() {
    let (site, [first, _, third]) = one_branch_is_guarded();
    let ran = site.program(FLEET).run("promote --all --output json");
    ran.exit(1);
    let json = ran.json();
    let results: Vec<&str> =
        json["phases"].as_array().unwrap().iter().map(|phase| phase["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["promoted", "failed"], "{json}");
    assert!(json["phases"][1]["reason"].as_str().unwrap().contains("production is frozen"), "{json}");
    assert_eq!(site.remote().read(&service_of("shop", "staging")), service(&third));
    assert_eq!(site.remote().read_on("production", &service_of("shop", "production")), service(&first));
    assert!(changes(&site, "production").is_empty());
}

#[test]
fn of_a_saved_plan_all_branches_move_or_none() {
    let (site, [first, second, third]) = one_branch_is_guarded();
    site.program(FLEET).run("plan --out plan.json").success();
    let ran = site.program(FLEET).run("promote --plan plan.json");
    let out = ran.exit(1);
    assert!(out.contains("production is frozen"), "{out}");
    assert_eq!(site.remote().read(&service_of("shop", "staging")), service(&second));
    assert_eq!(site.remote().read_on("production", &service_of("shop", "production")), service(&first));
    site.unhook("update");
    site.program(FLEET).run("promote --plan plan.json").success();
    assert_eq!(site.remote().read(&service_of("shop", "staging")), service(&third));
    assert_eq!(site.remote().read_on("production", &service_of("shop", "production")), service(&second));
}
