//! Every workflow by the forges' own schemas, and those for GitHub by actionlint.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use glu::ci::workflow::{Facts, Host, Needs};

/// Pinned, so that a newer rule fails when somebody looks for it.
const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
const CHECK_JSONSCHEMA: &str = "check-jsonschema==0.39.0";

/// The schemas that check-jsonschema brings, as their projects publish them. Jenkins reads Groovy and has none.
const SCHEMAS: &[(Host, &str)] = &[
    (Host::Github, "vendor.github-workflows"),
    (Host::Gitlab, "vendor.gitlab-ci"),
    (Host::Gitea, "vendor.github-workflows"),
    (Host::Bitbucket, "vendor.bitbucket-pipelines"),
    (Host::Azure, "vendor.azure-pipelines"),
    (Host::Circleci, "vendor.circle-ci"),
    (Host::Buildkite, "vendor.buildkite"),
    (Host::Woodpecker, "vendor.woodpecker-ci"),
];

/// Crates, configurations and names in several places and shapes.
fn facts() -> Vec<Facts> {
    let plain = Facts {
        package: "delivery".to_owned(),
        program: "delivery".to_owned(),
        directory: ".".to_owned(),
        phases: vec!["staging".to_owned(), "production".to_owned()],
        registries: vec!["registry.example".to_owned()],
        source: "default".to_owned(),
        needs: Needs::default(),
    };
    let secrets =
        ["GLU_CREDENTIALS_APP_GITHUB_APP_PRIVATE_KEY_BYTES", "GLU_CREDENTIALS_REGISTRY_ACCESS_TOKEN"];
    let all = Needs {
        proposals: true,
        announcements: true,
        answers: true,
        commits: true,
        signs_in: false,
        secrets: secrets.map(str::to_owned).to_vec(),
    };
    vec![
        Facts { registries: vec!["ghcr.io".to_owned()], ..plain.clone() },
        Facts {
            package: ".".to_owned(),
            directory: "the ops".to_owned(),
            phases: ["on", "1", "1.0", "eu-west_1"].map(str::to_owned).to_vec(),
            ..plain.clone()
        },
        Facts { needs: Needs { answers: true, signs_in: true, ..Needs::default() }, ..plain.clone() },
        Facts { needs: all, ..plain.clone() },
        plain,
    ]
}

#[test]
fn every_workflow_is_valid_by_its_forges_schema() {
    let program = check_jsonschema();
    let directory = tempfile::tempdir().unwrap();
    let covered: Vec<Host> = SCHEMAS.iter().map(|(host, _)| *host).collect();
    assert!(Host::ALL.iter().all(|host| *host == Host::Jenkins || covered.contains(host)));
    for (host, schema) in SCHEMAS {
        for (number, facts) in facts().iter().enumerate() {
            let text = host.file(facts).text;
            let file = directory.path().join(format!("{}-{number}.yml", host.name()));
            fs::write(&file, &text).unwrap();
            let checked = check(&program, schema, &file);
            assert!(checked.status.success(), "{}\n{text}", said(&checked));
        }
    }
    // The referee has something to say.
    let file = directory.path().join("wrong.yml");
    let wrong = Host::Github.file(&facts()[0]).text.replace("runs-on:", "runs-at:");
    fs::write(&file, wrong).unwrap();
    assert!(!check(&program, "vendor.github-workflows", &file).status.success());
}

#[test]
fn actionlint_finds_nothing() {
    let program = actionlint();
    let directory = tempfile::tempdir().unwrap();
    let lint = |text: &str| {
        let file = directory.path().join("delivery.yml");
        fs::write(&file, text).unwrap();
        Command::new(&program).arg("-no-color").arg(&file).output().unwrap()
    };
    for facts in facts() {
        for host in [Host::Github, Host::Gitea] {
            let text = host.file(&facts).text;
            let linted = lint(&text);
            assert!(linted.status.success(), "{}\n{text}", said(&linted));
        }
        let wrong = Host::Github.file(&facts).text.replace("steps.plan.outputs", "steps.plans.outputs");
        assert!(!lint(&wrong).status.success());
    }
}

fn check(program: &Path, schema: &str, file: &Path) -> Output {
    let mut command = Command::new(program);
    command.args(["--builtin-schema", schema]);
    if schema == "vendor.gitlab-ci" {
        command.args(["--data-transform", "gitlab-ci"]);
    }
    if schema == "vendor.azure-pipelines" {
        // Its patterns are not all of the newer kind.
        command.args(["--data-transform", "azure-pipelines", "--regex-variant", "nonunicode"]);
    }
    command.arg(file).output().unwrap()
}

/// check-jsonschema in an environment of its own below the target directory; made once.
fn check_jsonschema() -> PathBuf {
    installed("schemas", "bin/check-jsonschema", |directory| {
        let need = "this test needs python3 with the module venv (on Debian `python3` and `python3-venv`), and PyPI or a mirror";
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(directory), need);
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", CHECK_JSONSCHEMA];
        run(Command::new(directory.join("bin/python")).args(pip), need);
    })
}

/// actionlint below the target directory; built once.
fn actionlint() -> PathBuf {
    installed("actionlint", "actionlint", |directory| {
        let need = "this test needs Go (on Debian `golang-go`), and Go's module proxy or a mirror";
        run(Command::new("go").args(["install", ACTIONLINT]).env("GOBIN", directory), need);
    })
}

fn installed(name: &str, program: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&directory).unwrap();
    let lock = File::create(directory.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let ready = directory.join("ready");
    if !ready.exists() {
        install(&directory);
        File::create(&ready).unwrap();
    }
    directory.join(program)
}

fn run(command: &mut Command, need: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{need}: {error}"));
    assert!(output.status.success(), "{need}: {}", said(&output));
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
