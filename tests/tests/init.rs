//! What `glu init` writes works at once: each program is built and run.

mod newcomer;

use std::collections::BTreeMap;
use std::path::Path;

use glu::core::source::oci::layout::{ImageContent, publish};
use newcomer::{Ended, Machine, replace, write};
use serde_json::Value;

const OLD: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

fn deployment(image: &str) -> String {
    format!(
        "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: shop\n          image: {image}  # keep\n"
    )
}

/// The state of each phase in what `status` shows.
fn states(shown: &str) -> BTreeMap<&str, &str> {
    let rows = shown.lines().filter_map(|line| line.strip_prefix("  ")).skip(1);
    rows.filter_map(|row| {
        let mut words = row.split_whitespace();
        Some((words.next()?, words.next()?))
    })
    .collect()
}

#[test]
fn a_new_program_shows_the_phases() {
    let machine = Machine::new();
    // Nothing listens on port 1.
    let manifest = deployment(&format!("localhost:1/acme/shop@{OLD}"));
    let files = ["env/staging/deployment.yaml", "env/production/deployment.yaml"];
    let root = machine.repository("shop", &files.map(|file| (file, manifest.as_str())));
    machine.publish(&root, "origin.git");

    let shown = machine.init(&root);
    assert!(shown.contains("Wrote a pipelines program for staging, production"), "{shown}");
    let deep = root.join("env/staging");

    // Without the registry: what is known is shown, and what is wrong with the rest.
    let ended = machine.cargo(&root.join("delivery"), &["run", "--", "status"]);
    let shown = ended.code(1);
    let expected = [("shop", "unknown"), ("staging", "111111111111"), ("production", "111111111111")];
    assert_eq!(states(&shown), BTreeMap::from(expected), "{shown}");
    assert!(shown.contains("cannot reach `http://localhost:1/"), "{shown}");
    // Nobody can tell whether staging is up to date.
    let staging = shown.lines().find(|line| line.contains("staging  ")).expect("a line for staging");
    assert!(staging.ends_with("shop is unknown"), "{shown}");

    // With it, by all three ways.
    let digest = publish(&machine.path("images"), "latest", &ImageContent::default()).expect("an image");
    let layout = "reference = \"oci:../images:latest\"\nname = \"localhost:1/acme/shop\"";
    replace(&root.join("glu.toml"), "reference = \"localhost:1/acme/shop:latest\"", layout);
    let new = digest.to_string();
    let (_, hexadecimal) = new.split_once(':').expect("algorithm and value");
    let expected = BTreeMap::from([
        ("shop", &hexadecimal[..12]),
        ("staging", "111111111111"),
        ("production", "111111111111"),
    ]);
    let ways: [fn(&Machine, &Path, &Path) -> Ended; 3] = [
        |machine, root, _| machine.cargo(&root.join("delivery"), &["run", "--", "status"]),
        |machine, root, _| machine.cargo(root, &["glu", "status"]),
        |machine, _, deep| machine.glu(deep, &["status"]),
    ];
    for way in ways {
        let shown = way(&machine, &root, &deep).success();
        assert_eq!(states(&shown), expected, "{shown}");
        assert!(shown.contains("behind shop"), "{shown}");
    }

    // What is committed is everything but what was built.
    machine.git(&root, &["add", "--all"]);
    let committed = machine.git(&root, &["status", "--short"]);
    assert!(committed.contains("delivery/Cargo.lock") && !committed.contains("target"), "{committed}");
    assert!(committed.contains(".github/workflows/delivery.yml"), "{committed}");
}

#[test]
fn a_dry_run_shows_everything_and_writes_nothing() {
    let machine = Machine::new();
    let root = machine.path("shop");
    let refused = machine.glu(&machine.path(""), &["init", "nowhere"]);
    assert!(refused.err.contains("there is no directory"), "{}", refused.err);
    refused.code(2);
    write(&root, &[("env/production/app.yaml", "kind: Service\n")]);
    let refused = machine.glu(&root, &["init"]);
    assert!(refused.err.contains("no manifests found"), "{}", refused.err);
    refused.code(1);

    let manifest = deployment("localhost:1/acme/shop:main");
    write(&root, &[("env/staging/app.yaml", &manifest), ("env/production/app.yaml", &manifest)]);
    let text = machine.glu(&root, &["init", "--dry-run"]).success();
    assert!(text.contains("Would write") && text.contains("fn shop() -> Pipeline<Shop>"), "{text}");
    let markdown = machine.glu(&root, &["init", "--dry-run", "--output", "markdown"]).success();
    assert!(
        markdown.contains("| delivery/src/main.rs | new |") && markdown.contains("```rust\nuse glu"),
        "{markdown}"
    );
    let json = machine.glu(&machine.path(""), &["init", "shop", "--dry-run", "--output", "json"]).success();
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["phases"], serde_json::json!(["staging", "production"]));
    assert_eq!(json["files"][0]["path"], "delivery/src/main.rs");
    assert_eq!((&json["dry_run"], &json["format_version"]), (&Value::Bool(true), &Value::from("1.0")));
    assert!(!root.join("delivery").exists() && !root.join("glu.toml").exists());

    machine.glu(&root, &["init", "--glu", "./nonsense"]).code(2);
    machine.init(&root);
    replace(&root.join("glu.toml"), "stale", "old");
    let refused = machine.glu(&root, &["init"]);
    assert!(refused.err.contains("glu.toml already exists; `--force` replaces it"), "{}", refused.err);
    refused.code(1);
}

#[test]
fn every_layout_gets_a_program_that_works() {
    let machine = Machine::new();
    let kustomization =
        "kind: Kustomization\nimages:\n  - name: shop\n    newName: localhost:1/acme/shop\n    newTag: v1\n";
    let values = "image:\n  repository: localhost:1/acme/shop\n  tag: \"1.4\"\n";
    let plain = deployment("localhost:1/acme/shop:main");
    let layouts: [(&str, [&str; 2], &str, &str); 3] = [
        (
            "overlays",
            ["overlays/dev/kustomization.yaml", "overlays/prod/kustomization.yaml"],
            kustomization,
            "v1",
        ),
        ("helm", ["chart/staging/values.yaml", "chart/production/values.yaml"], values, "1.4"),
        ("gitlab", ["qa/app.yaml", "live/app.yaml"], &plain, "main"),
    ];
    for (name, files, text, state) in layouts {
        let root = machine.repository(name, &files.map(|file| (file, text)));
        machine.publish(&root, &format!("{name}.git"));
        if name == "gitlab" {
            write(&root, &[(".gitlab/CODEOWNERS", "* @platform\n")]);
        }
        machine.init(&root);
        let shown = machine.cargo(&root.join("delivery"), &["run", "--quiet", "--", "status"]).code(1);
        let states = states(&shown);
        for file in files {
            let phase = file.split('/').rev().nth(1).expect("a directory");
            assert_eq!(states.get(phase), Some(&state), "{shown}");
        }
        assert_eq!(states.get("shop"), Some(&"unknown"), "{shown}");
        assert_eq!(root.join(".gitlab-ci.yml").exists(), name == "gitlab");
        assert_eq!(root.join(".github").exists(), name != "gitlab");
    }
}

#[test]
fn the_truth_is_the_branch_of_whatever_repository_there_is() {
    let machine = Machine::new();
    let manifest = deployment("shop:1");
    let files = [("env/staging/app.yaml", manifest.as_str()), ("env/production/app.yaml", manifest.as_str())];

    // A repository without a commit: nothing is there yet, and it says what to do.
    let root = machine.path("fresh");
    write(&root, &files);
    machine.git(&root, &["init", "--quiet", "--initial-branch=trunk"]);
    machine.init(&root);
    let status = |directory: &Path| machine.cargo(directory, &["glu", "status"]);
    let shown = status(&root).code(1);
    assert!(shown.contains("has no branch `trunk`; make a first commit"), "{shown}");

    // With commits and no remote, its own branch; files that were not committed do not count.
    machine.git(&root, &["add", "--all"]);
    machine.git(&root, &["commit", "--quiet", "--message=Deploy"]);
    replace(&root.join("env/production/app.yaml"), "shop:1", "shop:2");
    let expected = BTreeMap::from([("staging", "1"), ("production", "1")]);
    let shown = status(&root).success();
    assert_eq!(states(&shown), expected, "{shown}");

    // In a clone, the branch of the repository it was cloned from.
    let clone = machine.path("clone");
    machine.git(&root, &["clone", "--quiet", &root.to_string_lossy(), &clone.to_string_lossy()]);
    machine.git(&root, &["commit", "--quiet", "--all", "--message=Update"]);
    let shown = status(&clone).success();
    assert_eq!(states(&shown).get("production"), Some(&"2"), "{shown}");
}
