//! Where the configuration comes from: none at all, a file found upwards, variables.

use std::path::{Path, PathBuf};

use glu::prelude::*;
use glu::testing::World;

use crate::programs::git;
use crate::shop::{Shop, manifest};

/// A version that moves from phase to phase in one repository, with no registry.
#[derive(Resource)]
#[resource(file = "{phase}.yaml")]
struct Note {
    #[resource(digest, label, at = "version")]
    version: String,
}

fn notes() -> Pipeline<Note> {
    Pipeline::from(git_phase("draft")).then(git_phase("final")).named("notes")
}

fn git_phase(name: &str) -> glu::core::author::GitPhase {
    glu::prelude::git(name)
}

/// A world without a configuration file, and in it a checkout with two commits.
fn unconfigured(directory: &str) -> (World, PathBuf) {
    let world = World::new();
    std::fs::remove_file(world.path().join("glu.toml")).unwrap();
    world.env("XDG_CACHE_HOME", &world.path().join("cache").display().to_string());
    world.pipelines(|_| notes());
    let work = world.path().join(directory);
    let git = git(&work);
    git(&["init", "--quiet", "--initial-branch=main", "."]);
    git(&["config", "user.name", "Ada Example"]);
    git(&["config", "user.email", "ada@example.com"]);
    std::fs::write(work.join("draft.yaml"), "version: 2\n").unwrap();
    std::fs::write(work.join("final.yaml"), "version: 1\n").unwrap();
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "Begin"]);
    (world, work)
}

fn read(work: &Path, file: &str) -> String {
    std::fs::read_to_string(work.join(file)).unwrap()
}

#[test]
fn with_no_configuration_the_enclosing_repository_is_the_source_and_its_work_tree_follows() {
    let (world, work) = unconfigured("work");
    std::fs::create_dir(work.join("deep")).unwrap();
    shown!(world.run("-C work/deep plan"), @"
    notes/final  1 (6b86b273ff34) -> 2 (d4735e3a265e)  from draft, commit to main
      version: 1 -> 2
      diff --git a/final.yaml b/final.yaml
      --- a/final.yaml
      +++ b/final.yaml
      @@ -1 +1 @@
      -version: 1
      +version: 2

    1 to move
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 0
    ");
    std::fs::write(work.join("mine.txt"), "not committed\n").unwrap();
    world.run("-C work/deep promote final").success();
    assert_eq!(read(&work, "final.yaml"), "version: 2\n");
    assert_eq!(read(&work, "mine.txt"), "not committed\n");
    let said = git(&work)(&["log", "-1", "--format=%an <%ae> %s"]);
    assert_eq!(said, "Ada Example <ada@example.com> Promote notes to final: 2 (d4735e3a265e)\n");
    assert_eq!(git(&work)(&["status", "--porcelain"]), "?? mine.txt\n");
}

#[test]
fn local_changes_in_the_way_are_kept_and_nothing_moves() {
    let (world, work) = unconfigured("work");
    std::fs::write(work.join("final.yaml"), "version: mine\n").unwrap();
    shown!(world.run("-C work promote final"), @"
    notes/final  failed: git source `default` ([world]/work): branch `main` is checked out in [world]/work, where local changes are in the way; nothing was changed: Entry 'final.yaml' not uptodate. Cannot merge.
    --- exit 1
    ");
    assert_eq!(read(&work, "final.yaml"), "version: mine\n");
    assert_eq!(git(&work)(&["rev-list", "--count", "HEAD"]), "1\n");
}

#[test]
fn with_an_origin_the_origin_is_the_truth_and_the_checkout_is_left_alone() {
    let (world, work) = unconfigured("first");
    git(&work)(&["clone", "--quiet", "--bare", ".", "../origin.git"]);
    let second = world.path().join("second");
    git(&second)(&["clone", "--quiet", "../origin.git", "."]);
    git(&second)(&["config", "user.name", "Grace Example"]);
    git(&second)(&["config", "user.email", "grace@example.com"]);
    world.run("-C second promote final").success();
    assert_eq!(git(&second)(&["rev-list", "--count", "HEAD"]), "1\n", "its branch stays");
    assert_eq!(read(&second, "final.yaml"), "version: 1\n", "its work tree stays");
    let origin = git(&world.path().join("origin.git"));
    assert_eq!(origin(&["show", "main:final.yaml"]), "version: 2\n");
    assert_eq!(origin(&["log", "-1", "--format=%an", "main"]), "Grace Example\n");
}

#[test]
fn outside_of_any_repository_it_says_what_is_missing() {
    let world = World::new();
    std::fs::remove_file(world.path().join("glu.toml")).unwrap();
    world.pipelines(|_| notes());
    let run = world.run("status");
    assert_eq!(run.code as u8, 2);
    assert!(
        run.err.ends_with(
            "there is no git source; run inside a git repository, or add `[sources.git.NAME]` to the configuration\n"
        ),
        "{run}"
    );
}

#[test]
fn an_unknown_key_suggests_the_nearest() {
    let shop = Shop::new();
    shop.world.configure(
        "[comit]\nname = \"x\"\n\n[sources.git.environments.remot]\nurl = \"x\"\n\n[server]\nprot = 1",
    );
    shown!(shop.world.run("status"), @"
    --- stderr
    error: [world]/glu.toml:14: unknown key `comit`; did you mean `commit`?
    error: [world]/glu.toml:17: unknown key `sources.git.environments.remot`; did you mean `sources.git.environments.remote`?
    error: [world]/glu.toml:21: unknown key `server.prot`; did you mean `server.port`?
    --- exit 2
    ");
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_line() {
    let shop = Shop::new();
    shop.world.configure("[server]\nport = \"many\"");
    shown!(shop.world.run("status"), @"
    --- stderr
    error: [world]/glu.toml:15: `server.port` is a string, expected a whole number up to 65535
    --- exit 2
    ");
}

#[test]
fn a_file_that_cannot_be_parsed_is_named_with_its_line() {
    let shop = Shop::new();
    shop.world.configure("[server\nport = 1");
    shown!(shop.world.run("status"), @"
    --- stderr
    error: cannot parse [world]/glu.toml: line 14: the text cannot be parsed: unclosed table, expected `]`
    --- exit 2
    ");
}

#[test]
fn a_variable_outweighs_the_file() {
    let shop = Shop::new();
    let other = shop.world.path().join("other.git");
    git(&other)(&["clone", "--quiet", "--bare", "../environments.git", "."]);
    let image = shop.images.publish("latest", "1.1.0");
    shop.world.env("GLU_SOURCES_GIT_ENVIRONMENTS_REMOTE_URL", "other.git");
    shop.world.run("promote staging").success();
    assert_eq!(shop.repository.log().len(), 1);
    assert_eq!(git(&other)(&["show", "main:env/staging/app.yaml"]), manifest(image));
}

#[test]
fn a_variable_that_fits_no_key_is_an_error() {
    let shop = Shop::new();
    shop.world.env("GLU_SOURCES_GIT_ENVIRONMENTS_BRANCH", "main");
    shop.world.env("GLU_SERVER_PORT", "many");
    shown!(shop.world.run("status"), @"
    --- stderr
    error: GLU_SERVER_PORT: expected a whole number up to 65535 for `server.port`
    error: GLU_SOURCES_GIT_ENVIRONMENTS_BRANCH: no key has this name; did you mean `GLU_SOURCES_GIT_ENVIRONMENTS_DEFAULT_BRANCH`?
    --- exit 2
    ");
}

#[test]
fn a_secret_is_in_no_output_and_no_plan() {
    let world = World::new();
    world.remote("near").commit("Begin", [("draft.yaml", "version: 2\n"), ("final.yaml", "version: 1\n")]);
    world.configure("[credentials.forge]\naccess_token = \"hush-hush\"");
    world.configure(
        "[sources.git.far]\nremote.url = \"https://user:hush-hush@localhost:1/x.git\"\nremote.credential = \"forge\"",
    );
    world.pipelines(|_| {
        vec![
            Pipeline::<Note>::from(git_phase("draft").source("far"))
                .then(git_phase("final").source("far"))
                .named("far"),
            Pipeline::from(git_phase("draft").source("near"))
                .then(git_phase("final").source("near"))
                .named("near"),
        ]
    });
    for (command, code) in [
        ("status", 1),
        ("plan --out plan.json", 1),
        ("plan -o json", 1),
        ("doctor", 1),
        ("history", 1),
        ("promote --all", 1),
        ("rollback far/final", 1),
    ] {
        let run = world.run(command);
        assert_eq!(run.code as u8, code, "{command}: {run}");
        assert!(run.to_string().contains("https://localhost:1/x.git"), "{command}: {run}");
        assert!(!run.to_string().contains("hush-hush"), "{command}: {run}");
    }
    let plan = std::fs::read_to_string(world.path().join("plan.json")).unwrap();
    assert!(plan.contains("near:main") && !plan.contains("hush-hush"), "{plan}");
}

#[test]
fn yaml_and_json_are_configurations_too() {
    let world = World::new();
    world
        .remote("environments")
        .commit("Begin", [("draft.yaml", "version: 2\n"), ("final.yaml", "version: 1\n")]);
    world.pipelines(|_| notes());
    std::fs::remove_file(world.path().join("glu.toml")).unwrap();
    let yaml = "cache: cache\ncommit: {name: glu, email: glu@example.com}\nsources:\n  git:\n    default:\n      remote:\n        url: environments.git\n";
    std::fs::write(world.path().join("glu.yaml"), yaml).unwrap();
    world.run("status").success();
    std::fs::remove_file(world.path().join("glu.yaml")).unwrap();
    let json = "{\"cache\": \"cache\", \"sources\": {\"git\": {\"default\": {\"remote\": {\"url\": \"environments.git\"}}}}}";
    std::fs::write(world.path().join("glu.json"), json).unwrap();
    world.run("status").success();
    std::fs::write(world.path().join("glu.yml"), yaml).unwrap();
    shown!(world.run("status"), @"
    --- stderr
    error: several configuration files in one directory: [world]/glu.yml and [world]/glu.json; keep one
    --- exit 2
    ");
}
