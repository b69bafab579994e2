//! Every example's demonstration runs, and leaves in its remote what it says.

#[expect(dead_code, reason = "the demonstrations need a part of the machine")]
mod newcomer;

use std::path::{Path, PathBuf};

use newcomer::{Machine, built, workspace};

/// Runs an example's `demo.sh` with programs that are built before, and gives what it showed and the remote it left behind.
fn demonstrate(machine: &Machine, example: &str) -> (String, PathBuf) {
    let programs = built(&["--package", example, "--bins"]);
    let target =
        programs.parent().expect("a profile is in the target directory").to_string_lossy().into_owned();
    let directory = workspace().join("examples").join(example);
    let shown = machine
        .run_with(&directory, &[("CARGO_TARGET_DIR", &target)], Path::new("bash"), &["demo.sh"])
        .success();
    (shown, directory.join("demo/remote.git"))
}

#[test]
fn gitops_shows_status_plan_patch_and_commit() {
    let machine = Machine::new();
    let (shown, remote) = demonstrate(&machine, "gitops");
    let file = |phase: &str| machine.git(&remote, &["show", &format!("main:env/{phase}/deployment.yaml")]);
    let (staging, production) = (file("staging"), file("production"));
    let digests = |text: &str| -> Vec<String> {
        text.match_indices("sha256:").map(|(at, _)| text[at..at + 71].to_owned()).collect()
    };
    let (new, old) = (digests(&staging), digests(&production));
    // The image, and the variable that repeats its digest.
    assert_eq!((new.len(), old.len()), (2, 2));
    assert!(new[0] == new[1] && old[0] == old[1] && new[0] != old[0]);
    assert_eq!(staging.replace(&new[0], &old[0]).replace("replicas: 1", "replicas: 3"), production);
    assert_eq!(machine.git(&remote, &["rev-list", "--count", "main"]).trim(), "2");
    let message = machine.git(&remote, &["log", "-1", "--format=%B", "main"]);
    assert!(
        message.contains("Glu-Phase: staging") && message.contains("Glu-Pipeline: gitops-example"),
        "{message}"
    );

    let mut rest = shown.as_str();
    for step in [
        "behind app",
        "-          image: ",
        "+          image: ",
        "promoted",
        "Glu-Promotion: ",
        "1 behind staging",
    ] {
        rest = rest.split_once(step).unwrap_or_else(|| panic!("no `{step}` next in\n{shown}")).1;
    }
}

#[test]
fn monorepo_rolls_a_service_out_by_region() {
    let machine = Machine::new();
    let (shown, remote) = demonstrate(&machine, "monorepo");
    // The rest of the world has what two regions run, and one region does not yet.
    assert!(shown.contains("ahead of ap-south"), "{shown}");
    let version = |service: &str, phase: &str| {
        let file = machine.git(&remote, &["show", &format!("main:services/{service}/{phase}/release.yaml")]);
        let line = file.lines().find_map(|line| line.strip_prefix("version: ")).map(str::to_owned);
        line.expect("a version")
    };
    let cart = ["staging", "eu-west", "us-east", "ap-south", "global"].map(|phase| version("cart", phase));
    assert_eq!(cart, ["1.1.0", "1.1.0", "1.1.0", "1.0.0", "1.1.0"]);
    assert_eq!(version("checkout", "staging"), "1.0.0");
    let search = |phase: &str| machine.git(&remote, &["show", &format!("main:legacy/search/{phase}.env")]);
    assert_ne!(search("staging"), search("eu-west"));
    assert!(search("staging").starts_with("# Read by start.sh.\nIMAGE=ghcr.io/example/search@sha256:"));
    assert!(search("staging").ends_with("\nWORKERS=4\n"));
}

#[test]
fn the_gitops_program_has_at_most_30_lines_of_code() {
    let text = std::fs::read_to_string(workspace().join("examples/gitops/src/main.rs")).expect("a file");
    let (program, tests) = text.split_once("#[cfg(test)]").expect("the tests come last");
    assert_eq!(tests.trim(), "mod tests;");
    let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//");
    let lines = program.lines().map(str::trim).filter(is_code).count();
    assert!((1..=30).contains(&lines), "{lines} lines");
}
