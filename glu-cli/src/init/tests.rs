use glu_core::document::{Format, to_value};

use super::*;

/// A repository with files.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        tree.write(".git/HEAD", "ref: refs/heads/main\n");
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn plan(&self) -> InitPlan {
        plan(self.0.path(), &InitOptions::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn error(&self, options: &InitOptions) -> InitError {
        plan(self.0.path(), options).unwrap_err()
    }
}

impl InitPlan {
    fn contents(&self, path: &str) -> &str {
        &self
            .files
            .iter()
            .find(|file| file.path == Path::new(path))
            .unwrap_or_else(|| panic!("{path}: {self:#?}"))
            .contents
    }

    fn paths(&self) -> Vec<(String, Change)> {
        self.files.iter().map(|file| (file.path.display().to_string(), file.change)).collect()
    }
}

fn deployment(container: &str, image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\nspec:\n  template:\n    spec:\n      containers:\n      \
         - name: {container}\n        image: {image}\n"
    )
}

fn tutorial() -> Tree {
    let manifest = deployment("container", "ghcr.io/get-glu/gitops-example/app:v0.1@sha256:00");
    Tree::new(&[("env/production/deployment.yaml", &manifest), ("env/staging/deployment.yaml", &manifest)])
}

#[test]
fn the_tutorials_program_is_exactly_this() {
    let plan = tutorial().plan();
    assert_eq!(
        plan.contents("delivery/src/main.rs"),
        r#"use glu::prelude::*;

/// What moves through the pipeline.
#[derive(Resource)]
#[resource(file = "env/{phase}/deployment.yaml")]
struct App {
    /// The image, pinned by digest.
    #[resource(digest, at = "spec.template.spec.containers[name=container].image")]
    image: ImageRef,
}

/// Ships app from its registry through staging to production.
#[pipeline]
fn app() -> Pipeline<App> {
    Pipeline::from(oci("app"))
        .then(git("staging"))
        .then(git("production"))
}

fn main() -> std::process::ExitCode {
    glu::main()
}
"#
    );
    assert_eq!(
        plan.contents("delivery/Cargo.toml"),
        r#"[package]
name = "delivery"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
glu-cli = "0.1"

# A workspace of its own, so that no workspace further up claims it.
[workspace]

[profile.dev]
# Full debug information would cost a third of a cold build.
debug = "line-tables-only"
"#
    );
    assert_eq!(plan.contents(".gitignore"), "/delivery/target\n");
    assert_eq!(
        plan.contents(".cargo/config.toml"),
        "[alias]\nglu = \"run --quiet --manifest-path delivery/Cargo.toml --\"\n"
    );
    let expected =
        ["delivery/src/main.rs", "delivery/Cargo.toml", "glu.toml", ".cargo/config.toml", ".gitignore"];
    let mut expected: Vec<(String, Change)> =
        expected.iter().map(|path| ((*path).to_owned(), Change::Create)).collect();
    expected.push((".github/workflows/delivery.yml".to_owned(), Change::Create));
    assert_eq!(plan.paths(), expected);
}

#[test]
fn the_written_configuration_loads() {
    let tree = tutorial();
    tree.write(".git/config", "[remote \"origin\"]\n\turl = https://github.com/acme/x\n");
    apply(&tree.plan()).unwrap();
    let loaded = config::load(tree.0.path(), &std::collections::BTreeMap::new()).unwrap();
    assert_eq!(loaded.settings.oci["app"].reference, "ghcr.io/get-glu/gitops-example/app:latest");
    assert_eq!(
        loaded.settings.git["default"].remote.as_ref().map(|remote| remote.name.as_str()),
        Some("origin")
    );
    assert_eq!(loaded.config.program.package.as_deref(), Some(Path::new("delivery")));
}

#[test]
fn written_yaml_is_yaml() {
    let tree = tutorial();
    let plan = tree.plan();
    let workflow = to_value(Format::Yaml, plan.contents(".github/workflows/delivery.yml")).unwrap();
    assert_eq!(
        workflow["on"]["workflow_dispatch"]["inputs"]["phase"]["options"],
        serde_json::json!(["every automatic move", "staging", "production"])
    );
    assert_eq!(workflow["jobs"]["promote"]["permissions"]["contents"], "write");

    // The variables of the job mean something to the configuration.
    tree.write(".git/config", "[remote \"origin\"]\n\turl = https://gitlab.com/acme/x\n");
    let plan = tree.plan();
    apply(&plan).unwrap();
    let gitlab = to_value(Format::Yaml, plan.contents(".gitlab/delivery.yml")).unwrap();
    let variables = gitlab[".delivery-write"]["variables"].as_object().unwrap();
    let variables = variables.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    let loaded = config::load(tree.0.path(), &variables.collect()).unwrap();
    assert_eq!(loaded.settings.author.map(|author| author.name).as_deref(), Some("$GITLAB_USER_NAME"));
    let remote = loaded.settings.git["default"].remote.clone().unwrap();
    assert!(
        matches!(remote.credential, Some(glu_core::credential::Credential::AccessToken(_))),
        "{remote:?}"
    );
}

#[test]
fn an_image_at_github_is_signed_in_for() {
    let workflow = |image: &str| {
        let manifest = deployment("app", image);
        let tree = Tree::new(&[("env/staging/d.yaml", &manifest), ("env/production/d.yaml", &manifest)]);
        to_value(Format::Yaml, tree.plan().contents(".github/workflows/delivery.yml")).unwrap()
    };
    let signs_in = |workflow: &serde_json::Value, job: &str| {
        let steps = workflow["jobs"][job]["steps"].as_array().unwrap();
        steps.iter().filter_map(|step| step["run"].as_str()).any(|run| run.contains("docker login ghcr.io"))
    };
    let github = workflow("ghcr.io/acme/app:main");
    assert!(signs_in(&github, "plan") && signs_in(&github, "promote"));
    // A job's own permissions take the place of the workflow's.
    assert_eq!(github["permissions"]["packages"], "read");
    assert_eq!(github["jobs"]["promote"]["permissions"]["packages"], "read");
    let other = workflow("registry.example/app:main");
    assert!(!signs_in(&other, "plan") && !signs_in(&other, "promote"));
    assert_eq!(other["permissions"], serde_json::json!({ "contents": "read" }));
}

#[test]
fn layouts_are_recognised() {
    let image = deployment("web", "ghcr.io/acme/shop:main");
    let pod = "spec.template.spec.containers[name=web].image";
    let kustomization =
        "kind: Kustomization\nimages:\n- name: shop\n  newName: ghcr.io/acme/shop\n  newTag: v1\n";
    let values = "image:\n  repository: ghcr.io/acme/shop\n  tag: v1\n";
    type Case<'a> = (&'a [&'a str], &'a str, &'a str, &'a str, &'a [&'a str]);
    let cases: [Case<'_>; 6] = [
        (&["staging/d.yaml", "prod/d.yaml"], &image, "{phase}/d.yaml", pod, &["staging", "prod"]),
        (
            &[
                "apps/shop/overlays/production/kustomization.yaml",
                "apps/shop/overlays/dev/kustomization.yaml",
            ],
            kustomization,
            "apps/shop/overlays/{phase}/kustomization.yaml",
            "images[name=shop].newTag",
            &["dev", "production"],
        ),
        (
            &["charts/qa/values.yaml", "charts/live/values.yaml"],
            values,
            "charts/{phase}/values.yaml",
            "image.tag",
            &["qa", "live"],
        ),
        (
            &["environments/blue/d.yml", "environments/green/d.yml"],
            &image,
            "environments/{phase}/d.yml",
            pod,
            &["blue", "green"],
        ),
        (
            &["env/staging/apps/d.yaml", "env/production/apps/d.yaml", "env/shared/apps/d.yaml"],
            &image,
            "env/{phase}/apps/d.yaml",
            pod,
            &["staging", "production"],
        ),
        (&["base/d.yaml", "production/d.yaml"], &image, "{phase}/d.yaml", pod, &["production"]),
    ];
    for (files, text, template, at, phases) in cases {
        let files: Vec<(&str, &str)> = files.iter().map(|file| (*file, text)).collect();
        let tree = Tree::new(&files);
        let (layout, _) = scan::scan(tree.0.path()).unwrap();
        assert_eq!((layout.file.as_str(), layout.place.at.as_str()), (template, at));
        assert_eq!(layout.phases, phases, "{template}");
        assert_eq!(layout.source().unwrap().0, "ghcr.io/acme/shop", "{template}");
    }
}

#[test]
fn the_program_is_as_rustfmt_would_have_it() {
    let long = "a-rather-long-container-name-that-goes-on";
    let manifest = deployment(long, "ghcr.io/acme/shop:main");
    let main =
        Tree::new(&[("env/production/d.yaml", &manifest)]).plan().contents("delivery/src/main.rs").to_owned();
    let attribute = format!(
        "    #[resource(\n        digest,\n        at = \"spec.template.spec.containers[name={long}].image\"\n    )]\n"
    );
    assert!(main.contains(&attribute), "{main}");
    assert!(main.contains("    Pipeline::from(oci(\"shop\")).then(git(\"production\"))\n"), "{main}");
}

#[test]
fn a_tag_alone_is_taken_from_the_registry_as_a_tag() {
    let values = "image:\n  repository: ghcr.io/acme/my.shop\n  tag: v1\n";
    let plan = Tree::new(&[("dev/values.yaml", values), ("prod/values.yaml", values)]).plan();
    let main = plan.contents("delivery/src/main.rs");
    assert!(
        main.contains("    #[resource(digest, from = tag, at = \"image.tag\")]\n    tag: String,\n"),
        "{main}"
    );
    assert!(main.contains("fn my_shop() -> Pipeline<MyShop> {\n"), "{main}");
    assert!(
        plan.contents("glu.toml")
            .contains("[sources.oci.my-shop]\nreference = \"ghcr.io/acme/my.shop:latest\"\n")
    );
}

#[test]
fn without_a_registry_the_first_environment_is_the_source() {
    let manifest = deployment("app", "app:1");
    let files = ["dev", "staging", "prod"].map(|phase| format!("env/{phase}/d.yaml"));
    let tree = Tree::new(&files.iter().map(|file| (file.as_str(), manifest.as_str())).collect::<Vec<_>>());
    let plan = tree.plan();
    let main = plan.contents("delivery/src/main.rs");
    assert!(main.contains("    Pipeline::from(git(\"dev\"))\n        .then(git(\"staging\"))\n        .then(git(\"prod\"))\n"), "{main}");
    assert!(main.contains("/// Ships app from dev through staging to prod.\n"), "{main}");
    assert!(!plan.contents("glu.toml").contains("oci"));

    let alone = Tree::new(&[("env/prod/d.yaml", &manifest)]);
    assert!(
        matches!(alone.error(&InitOptions::default()), InitError::OnePhase { phase, .. } if phase == "prod")
    );
}

#[test]
fn the_resource_with_most_environments_is_taken_and_others_are_mentioned() {
    let (one, two) = (deployment("a", "ghcr.io/acme/a:1"), deployment("b", "ghcr.io/acme/b:1"));
    let tree = Tree::new(&[
        ("env/staging/a.yaml", &one),
        ("env/staging/b.yaml", &two),
        ("env/production/b.yaml", &two),
    ]);
    let plan = tree.plan();
    assert!(plan.contents("delivery/src/main.rs").contains("env/{phase}/b.yaml"));
    assert_eq!(plan.notes, ["env/{phase}/a.yaml looks like a resource, too; add another pipeline for it."]);
}

#[test]
fn without_manifests_it_says_what_it_looked_for_or_writes_an_example() {
    let tree = Tree::new(&[("README.md", "")]);
    let message = tree.error(&InitOptions::default()).to_string();
    assert!(message.contains("overlays/") && message.contains("--example"), "{message}");
    let options = InitOptions { example: true, ..InitOptions::default() };
    let written = plan(tree.0.path(), &options).unwrap();
    apply(&written).unwrap();
    // What is written is what a scan finds.
    assert_eq!(scan::scan(tree.0.path()), Some((example::layout(), Vec::new())));
    assert!(tree.plan().files.is_empty(), "a second time, nothing is left to write");
}

#[test]
fn existing_files_are_refused_by_name_unless_forced() {
    let tree = tutorial();
    tree.write("glu.toml", "# mine\n");
    tree.write("delivery/src/main.rs", "fn main() {}\n");
    let error = tree.error(&InitOptions::default());
    assert!(matches!(&error, InitError::Exists { files } if files.len() == 2), "{error}");
    assert!(error.to_string().contains("delivery/src/main.rs, glu.toml"), "{error}");
    let forced = plan(tree.0.path(), &InitOptions { force: true, ..InitOptions::default() }).unwrap();
    assert_eq!(forced.paths()[0], ("delivery/src/main.rs".to_owned(), Change::Replace));

    tree.write("glu.yaml", "");
    let yaml = tree.error(&InitOptions { force: true, ..InitOptions::default() });
    assert!(matches!(&yaml, InitError::Configured { file } if file == Path::new("glu.yaml")), "{yaml}");
}

#[test]
fn shared_files_are_added_to() {
    let tree = tutorial();
    tree.write(".gitignore", "*.log");
    tree.write(".cargo/config.toml", "alias = { x = \"y\" }\n");
    let plan = tree.plan();
    assert_eq!(plan.contents(".gitignore"), "*.log\n/delivery/target\n");
    assert!(plan.paths().contains(&(".gitignore".to_owned(), Change::Extend)));
    assert_eq!(plan.notes.len(), 1);
    assert!(plan.notes[0].contains("by hand"));
    apply(&plan).unwrap();
    assert!(!tree.plan().paths().iter().any(|(path, _)| path == ".gitignore"));
}

#[test]
fn gitlab_gets_an_include() {
    let tree = tutorial();
    tree.write(".git/config", "[remote \"origin\"]\n\turl = git@gitlab.com:acme/x.git\n");
    assert_eq!(tree.plan().contents(".gitlab-ci.yml"), "include:\n  - local: .gitlab/delivery.yml\n");
    tree.write(".gitlab-ci.yml", "stages: [build]\n");
    let plan = tree.plan();
    assert!(!plan.paths().iter().any(|(path, _)| path == ".gitlab-ci.yml"));
    assert_eq!(plan.notes, ["Include `.gitlab/delivery.yml` in .gitlab-ci.yml."]);
}

#[test]
fn the_library_may_come_from_elsewhere() {
    let given = |specification: &str| {
        dependency(&InitOptions { glu: Some(specification.to_owned()), ..InitOptions::default() })
    };
    assert_eq!(given("0.3.1").unwrap(), "\"0.3.1\"");
    assert_eq!(given("https://example.com/glu").unwrap(), "{ git = \"https://example.com/glu\" }");
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let expected =
        format!("{{ path = \"{}\" }}", std::fs::canonicalize(env!("CARGO_MANIFEST_DIR")).unwrap().display());
    assert_eq!(given(&checkout.display().to_string()).unwrap(), expected);
    assert!(matches!(given("./nowhere"), Err(InitError::Dependency { .. })));
}

#[test]
fn a_file_that_appears_after_planning_is_not_overwritten() {
    let tree = tutorial();
    let plan = tree.plan();
    tree.write("glu.toml", "# mine\n");
    assert!(apply(&plan).is_err());
    assert_eq!(std::fs::read_to_string(tree.0.path().join("glu.toml")).unwrap(), "# mine\n");
}
