//! The workflow that `glu init` writes, run job by job on a real repository: what it shows, what it promotes, and what it compiles.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glu::core::clock::SystemClock;
use glu::core::forge::{Forge as _, Wording};
use glu::core::source::oci::layout::{ImageContent, publish};
use glu::testing::forge::github::{GitHubServer, TOKEN};
use glu::testing::{Hosted, Remote};

use crate::newcomer::{Machine, replace};
use crate::runner::{Event, Job, Runner};

const FILE: &str = ".github/workflows/delivery.yml";
const OLD: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

fn deployment(image: &str) -> String {
    format!(
        "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: shop\n          image: {image}\n"
    )
}

#[test]
fn a_job_that_changes_nothing_compiles_nothing() {
    let machine = Machine::new();
    // Nothing listens on port 1, and nothing is asked there: the images are in a layout.
    let manifest = deployment(&format!("localhost:1/acme/shop@{OLD}"));
    let files = ["env/staging/deployment.yaml", "env/production/deployment.yaml"];
    let root = machine.repository("shop", &files.map(|file| (file, manifest.as_str())));
    let origin = machine.publish(&root, "origin.git");
    machine.init(&root);
    let digest = publish(&machine.path("images"), "latest", &ImageContent::default()).unwrap();
    let layout = format!(
        "reference = \"oci:{}:latest\"\nname = \"localhost:1/acme/shop\"",
        machine.path("images").display()
    );
    replace(&root.join("glu.toml"), "reference = \"localhost:1/acme/shop:latest\"", &layout);
    // Leaves what the program does not need out of the lock file.
    machine.cargo(&root.join("delivery"), &["metadata", "--format-version", "1", "--quiet"]).success();
    push(&machine, &root, "Deliver");

    let seed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("workflow.tar");
    let caches = machine.path("caches");
    fs::create_dir_all(&caches).unwrap();
    let calls = machine.path("calls");
    let (forge, github) = forge(&machine);
    let mut runner = Runner {
        machine: &machine,
        origin: origin.clone(),
        workspace: machine.path("workspace"),
        caches,
        environment: vec![
            ("PATH".to_owned(), watched_cargo(&machine, &calls)),
            ("GITHUB_API_URL".to_owned(), github.api()),
        ],
        token: TOKEN,
    };
    if seed.exists() {
        // The dependencies, as an earlier run of this test built them.
        fs::copy(&seed, runner.caches.join("delivery-ubuntu-24.04-X64-seed.tar")).unwrap();
    }

    let plan = only(runner.run(FILE, &event("pull_request", &[])), "plan");
    assert!(
        plan.log.contains("Compiling delivery") || plan.log.contains("building pipelines"),
        "{}",
        plan.log
    );
    assert!(!cargo_calls(&calls).is_empty());
    assert!(plan.summary.contains("## glu plan") && plan.summary.contains("```diff"), "{}", plan.summary);
    assert_eq!(plan.outputs["changes"], "true");
    assert!(plan.log.contains("::group::glu plan: what it does\n"), "{}", plan.log);
    keep(&runner.caches, &seed);
    let comments = || forge.proposal(1).comments.into_iter().map(|comment| comment.body).collect::<Vec<_>>();
    let [comment] = comments().try_into().unwrap_or_else(|all| panic!("{all:#?}\n{}", plan.log));
    assert!(comment.contains("### `glu plan` of `delivery`") && comment.contains("```diff"), "{comment}");
    assert!(comment.contains("(https://github.com/acme/shop/actions/runs/7)"), "{comment}");
    assert!(
        !plan.log.contains(TOKEN) || plan.log.contains(&format!("::add-mask::{TOKEN}\n")),
        "{}",
        plan.log
    );

    // The same again on a fresh checkout, whose times are all other ones.
    let again = only(runner.run(FILE, &event("pull_request", &[])), "plan");
    assert_eq!(cargo_calls(&calls), "", "{}", again.log);
    assert!(!again.log.contains("Compiling") && !again.log.contains("building"), "{}", again.log);
    assert_eq!(again.summary, plan.summary);
    assert_eq!(comments(), [comment]);

    // By hand, into one phase.
    let promote = only(runner.run(FILE, &event("workflow_dispatch", &[("phase", "staging")])), "promote");
    assert_eq!(cargo_calls(&calls), "", "{}", promote.log);
    let promoted = machine.git(&origin, &["show", "main:env/staging/deployment.yaml"]);
    assert_eq!(promoted, deployment(&format!("localhost:1/acme/shop@{digest}")));
    assert_eq!(machine.git(&origin, &["show", "main:env/production/deployment.yaml"]), manifest);
    let commit = machine.git(&origin, &["log", "-1", "--format=%an%n%B", "main"]);
    assert!(commit.starts_with("github-actions[bot]\n"), "{commit}");
    assert!(commit.contains("\nGlu-Run: https://github.com/acme/shop/actions/runs/7\n"), "{commit}");
    assert!(promote.summary.contains("promoted"), "{}", promote.summary);

    // On a schedule, and by hand without a phase: nothing in this program moves by itself.
    for event in [event("schedule", &[]), event("workflow_dispatch", &[("phase", "every automatic move")])] {
        let run = only(runner.run(FILE, &event), "run");
        assert!(run.summary.contains("it does not move by itself"), "{}", run.summary);
        assert_eq!(cargo_calls(&calls), "", "{}", run.log);
    }

    // Another program: it alone is compiled, and where it is wrong the pull request shows the line.
    machine.git(&root, &["pull", "--quiet", "--rebase"]);
    replace(&root.join("delivery/src/main.rs"), "fn shop()", "fn shop_again()");
    push(&machine, &root, "Rename the pipeline");
    let plan = only(runner.run(FILE, &event("pull_request", &[])), "plan");
    assert!(plan.log.contains("Compiling delivery") && !plan.log.contains("Compiling glu"), "{}", plan.log);
    assert!(plan.summary.contains("shop-again/production"), "{}", plan.summary);
    let [comment] = comments().try_into().unwrap_or_else(|all| panic!("{all:#?}"));
    assert!(comment.contains("`shop-again/production`") && !comment.contains("`shop/"), "{comment}");
    replace(&root.join("delivery/src/main.rs"), "    glu::main()", "    wrong();\n    glu::main()");
    push(&machine, &root, "Break it");
    runner.environment.push(("NO_COLOR".to_owned(), "1".to_owned()));
    let mut jobs = runner.run(FILE, &event("pull_request", &[]));
    let broken = jobs.remove("plan").unwrap();
    assert_ne!(broken.code, 0);
    let line = 1 + fs::read_to_string(root.join("delivery/src/main.rs"))
        .unwrap()
        .lines()
        .position(|line| line.contains("wrong();"))
        .unwrap();
    let expected = format!(
        "::error file=delivery/src/main.rs,line={line},title=cargo build::cannot find function `wrong` in this scope\n"
    );
    assert!(broken.log.contains(&expected), "{}", broken.log);
}

/// A GitHub with a pull request, `acme/shop`'s first.
fn forge(machine: &Machine) -> (Arc<Hosted>, GitHubServer) {
    let remote = Remote::create(&machine.path("hosted.git"), Arc::new(SystemClock));
    remote.commit("Begin", [("file", "one\n")]);
    remote.commit_to("change", "Ada Example", "Change it", [("file", "two\n")]);
    let forge = Hosted::new("acme/shop", &remote);
    let wording = Wording { title: "Change it".to_owned(), ..Wording::default() };
    assert_eq!(forge.open("change", "main", &wording).unwrap().number, 1);
    let server = GitHubServer::start(forge.clone());
    (forge, server)
}

fn event(name: &'static str, inputs: &[(&'static str, &'static str)]) -> Event {
    Event { name, inputs: inputs.iter().copied().collect() }
}

/// The one job that ran, which went well.
#[track_caller]
fn only(mut jobs: BTreeMap<String, Job>, name: &str) -> Job {
    assert_eq!(jobs.keys().collect::<Vec<_>>(), [name]);
    let job = jobs.remove(name).unwrap();
    assert_eq!(job.code, 0, "{}", job.log);
    job
}

fn push(machine: &Machine, root: &Path, message: &str) {
    machine.git(root, &["add", "--all"]);
    machine.git(root, &["commit", "--quiet", &format!("--message={message}")]);
    machine.git(root, &["push", "--quiet"]);
}

/// A search path with a cargo before all others that writes its calls down.
fn watched_cargo(machine: &Machine, calls: &Path) -> String {
    let path = std::env::var("PATH").unwrap();
    let cargo = machine.run(Path::new("/"), Path::new("sh"), &["-c", "command -v cargo"]).success();
    let directory = machine.path("bin");
    fs::create_dir_all(&directory).unwrap();
    let script = format!("#!/bin/sh\necho \"$*\" >> {}\nexec {} \"$@\"\n", calls.display(), cargo.trim());
    fs::write(directory.join("cargo"), script).unwrap();
    fs::set_permissions(directory.join("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{path}", directory.display())
}

/// The calls since the last time.
fn cargo_calls(calls: &Path) -> String {
    let text = fs::read_to_string(calls).unwrap_or_default();
    let _ = fs::remove_file(calls);
    text
}

/// Keeps the newest cache for the next run of this test.
fn keep(caches: &Path, seed: &Path) {
    let files = fs::read_dir(caches).unwrap().map(|entry| entry.unwrap().path());
    let newest: Option<PathBuf> = files.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    fs::copy(newest.unwrap(), seed).unwrap();
}
