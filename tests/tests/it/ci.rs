//! In CI systems: what the log, the files and the ledger get.

use std::path::PathBuf;

use glu::exit::Code;
use glu::prelude::*;
use glu::testing::{Run, World};

use crate::programs::git;
use crate::shop::{Shop, manifest};

const ADDRESS: &str = "https://github.com/acme/shop/actions/runs/7/attempts/1";

/// The variables and files of a step on GitHub.
struct Step {
    summary: PathBuf,
    output: PathBuf,
}

impl Step {
    fn of(world: &World) -> Self {
        let step = Self { summary: world.path().join("summary.md"), output: world.path().join("output") };
        for (name, value) in [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTOR", "octocat"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_RUN_ID", "7"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GLU_ACTOR", ""),
            ("NO_COLOR", "1"),
        ] {
            world.env(name, value);
        }
        world.env("GITHUB_STEP_SUMMARY", step.summary.to_str().unwrap());
        world.env("GITHUB_OUTPUT", step.output.to_str().unwrap());
        step
    }

    fn summary(&self) -> String {
        std::fs::read_to_string(&self.summary).unwrap_or_default()
    }

    /// An output, read as the runner reads it: the last one of that name.
    fn output(&self, name: &str) -> Option<String> {
        let text = std::fs::read_to_string(&self.output).unwrap_or_default();
        let mut lines = text.lines();
        let mut found = None;
        while let Some(line) = lines.next() {
            let (named, delimiter) = line.split_once("<<").unwrap();
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            if named == name {
                found = Some(value.join("\n"));
            }
        }
        found
    }
}

/// The lines that a GitHub runner takes for commands.
fn commands(run: &Run) -> Vec<String> {
    let text = format!("{}\n{}", run.out, run.err);
    let lines = text.split(['\n', '\r']).map(str::trim);
    lines.filter(|line| line.starts_with("::") || line.contains("##[")).map(str::to_owned).collect()
}

#[test]
fn a_plan_is_folded_summed_up_and_passed_on() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    let step = Step::of(&shop.world);
    let run = shop.world.run("plan");
    assert_eq!(
        run.err.replace(&shop.world.path().display().to_string(), "[world]"),
        "::group::glu plan: what it does\nfetching [world]/environments.git\nasking oci:app.oci\nreading `refs/glu/ledger` of \
         [world]/environments.git\n::endgroup::\n"
    );
    assert!(run.success().contains("1 to move"), "{run}");
    let summary = step.summary();
    assert!(summary.starts_with("## glu plan\n\n**1 to move, 1 up to date**\n"), "{summary}");
    assert!(summary.contains("```diff\n"), "{summary}");
    let all = ["changes", "moves", "held", "broken", "phases"].map(|name| step.output(name).unwrap());
    assert_eq!(all, ["true", "1", "0", "0", "shop/staging"]);

    // The next verb of the step adds to both.
    shop.world.run("plan production").success();
    assert!(step.summary().starts_with(&summary) && step.summary().len() > summary.len());
    assert_eq!(step.output("changes").unwrap(), "false");
}

#[test]
fn a_promotion_says_which_run_made_it() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    let step = Step::of(&shop.world);
    shop.world.run("promote staging").success();
    let commit = shop.repository.log().remove(0);
    assert!(commit.message.contains(&format!("\nGlu-Run: {ADDRESS}\n")), "{}", commit.message);
    assert_eq!(step.output("commits").unwrap(), commit.id);
    assert!(commit.message.contains(&format!("Glu-Promotion: {}\n", step.output("promotions").unwrap())));
    assert_eq!(step.output("promoted").unwrap(), "1");
    let history = shop.world.run("history staging -o json").json();
    assert_eq!(history["phases"][0]["states"][0]["run"], ADDRESS);

    shop.world.run("pin production --reason audit").success();
    let ledger = shop.world.run("ledger -o json").json();
    assert_eq!(
        (&ledger["events"][0]["run"], &ledger["events"][0]["actor"]),
        (&ADDRESS.into(), &"github:octocat".into())
    );
    shop.world.run("unpin production --reason audited").success();

    // On a laptop there is no run.
    for name in ["GITHUB_ACTIONS", "CI"] {
        shop.world.env(name, "");
    }
    shop.world.run("promote production").success();
    assert!(!shop.repository.log().remove(0).message.contains("Glu-Run"));
}

#[test]
fn mistakes_are_shown_at_their_places() {
    let shop = Shop::new();
    let step = Step::of(&shop.world);
    shop.edit("staging", "spec:\n  image: [broken\n");
    let run = shop.world.run("plan");
    run.code(Code::Failed);
    let annotations: Vec<String> =
        commands(&run).into_iter().filter(|line| line.starts_with("::error")).collect();
    let [annotation] = annotations.as_slice() else { panic!("{run}") };
    assert!(annotation.starts_with("::error file=env/staging/app.yaml,line="), "{run}");
    assert!(annotation.contains(",title=glu plan::shop/staging: env/staging/app.yaml"), "{run}");
    assert_eq!(step.output("broken").unwrap(), "1");
    // Whoever asks about production alone learns of it too.
    let run = shop.world.run("plan production");
    assert!(run.err.contains("::error file=env/staging/app.yaml,line="), "{run}");
    let promote = shop.world.run("promote staging");
    promote.code(Code::Failed);
    assert!(promote.err.contains("::error file=env/staging/app.yaml,line="), "{promote}");

    // Of the configuration.
    shop.world.configure("[commit.nmae]\n");
    let run = shop.world.run("status");
    run.code(Code::Usage);
    let lines = commands(&run);
    assert!(lines[0].starts_with("::error file=") && lines[0].contains("glu.toml,line="), "{run}");
    assert!(!run.err.contains("error: "), "said once: {run}");

    // Of the program.
    let shop = Shop::with(|| crate::shop::pipeline().edge("staging", "nowhere"));
    Step::of(&shop.world);
    let run = shop.world.run("list");
    run.code(Code::Usage);
    assert!(run.err.starts_with("::error file="), "{run}");
    assert!(run.err.contains("tests/it/ci.rs,line="), "{run}");
}

/// A note whose text comes from outside.
#[derive(Resource)]
#[resource(file = "{phase}.yaml")]
struct Note {
    #[resource(digest, label, at = "text")]
    text: String,
}

const HOSTILE: &str = "\\n::error::forged\\r  ::set-output name=changes::false\\n##[add-path]/evil ###[x] ##vso[task.setvariable variable=a]b\\e[31m";

#[test]
fn text_from_outside_commands_nothing() {
    let world = World::new();
    let step = Step::of(&world);
    let repository = world.remote("notes");
    world.pipelines(|_| {
        Pipeline::<Note>::from(glu::prelude::git("draft")).then(glu::prelude::git("final")).named("notes")
    });
    let text = format!("text: \"{HOSTILE}\"\n");
    repository.commit_to(
        "main",
        "::error::Grace",
        "::set-output name=changes::false\n\n::error::body",
        [("draft.yaml", text.as_str()), ("final.yaml", "text: a\n")],
    );
    let hook = repository.path().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho '::add-mask::a' >&2\necho '##[group]x' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let ours = |line: &String| line.starts_with("::group::glu ") || line == "::endgroup::";
    for verb in ["status", "plan", "diff", "explain", "history", "graph", "list", "promote final"] {
        for form in ["text", "json", "markdown"] {
            let run = world.run(&format!("{verb} -o {form}"));
            let mut found: Vec<String> = commands(&run).into_iter().filter(|line| !ours(line)).collect();
            // What is exact is put between two lines that switch commands off and on again.
            if verb == "diff" && form == "text" && !found.is_empty() {
                let token = found[0].strip_prefix("::stop-commands::").unwrap().to_owned();
                assert_eq!(found.pop().unwrap(), format!("::{token}::"), "{run}");
                found.clear();
            }
            // Our own annotation of the refused push, with all of its message on one line.
            found.retain(|line| {
                !(verb.starts_with("promote") && line.starts_with("::error title=glu promote::notes/final: "))
            });
            assert_eq!(found, [""; 0], "{verb} {form}: {run:?}");
            let escape = run.out.contains('\u{1b}') || run.err.contains('\u{1b}');
            assert!(!escape || form == "text" && verb == "diff", "{verb} {form}: {run:?}");
        }
    }
    assert_eq!(step.output("failed").unwrap(), "1");
    assert_eq!(step.output("changes").unwrap(), "false");
    // Outside of CI every byte of Markdown stays.
    world.env("GITHUB_ACTIONS", "");
    assert!(world.run("plan -o markdown").out.contains("##vso["));
}

#[test]
fn secrets_are_masked_before_anything_is_said() {
    let shop = Shop::new();
    shop.world.configure(
        "[credentials.forge]\naccess_token = \"s3cr3t-token\"\n\n[credentials.deploy.ssh]\nprivate_key_bytes = \"-----BEGIN\\nabcdef\\n--\\n\"",
    );
    Step::of(&shop.world);
    shop.world.configure(
        "[notifications.team]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:1/hook/of-the-team\"\nheaders = [\"X-Key: k3y-0f\"]",
    );
    shop.world.env("GITEA_TOKEN", "from-the-environment");
    let run = shop.world.run("plan");
    let lines: Vec<&str> = run.err.lines().collect();
    let masks = lines.iter().take_while(|line| line.starts_with("::add-mask::")).count();
    assert_eq!(lines[masks], "::group::glu plan: what it does", "{run}");
    for secret in [
        "-----BEGIN",
        "abcdef",
        "s3cr3t-token",
        // `x-access-token:s3cr3t-token` by coreutils' base64, as git sends it.
        "eC1hY2Nlc3MtdG9rZW46czNjcjN0LXRva2Vu",
        "http://127.0.0.1:1/hook/of-the-team",
        "hook/of-the-team",
        "k3y-0f",
        "from-the-environment",
    ] {
        let mask = format!("::add-mask::{secret}");
        assert_eq!(lines[..masks].iter().filter(|line| **line == mask).count(), 1, "{secret} {run}");
        assert!(!lines[masks..].iter().any(|line| line.contains(secret)), "{secret} {run}");
    }
    assert!(!run.out.contains("s3cr3t"));
    let doctor = shop.world.run("doctor");
    assert!(doctor.err.starts_with("::add-mask::"), "{doctor}");
    // Nobody there would hide what is written.
    shop.world.env("GITHUB_ACTIONS", "");
    shop.world.env("GITLAB_CI", "true");
    let run = shop.world.run("plan");
    assert!(!run.err.contains("s3cr3t"), "{run}");
}

#[test]
fn each_system_gets_its_own_form() {
    let log = |variables: &[(&str, &str)]| {
        let shop = Shop::new();
        shop.edit("staging", "spec: 1\n");
        for (name, value) in variables {
            shop.world.env(name, value);
        }
        let run = shop.world.run("promote nowhere");
        let failed = run.err.clone();
        run.code(Code::Usage);
        let run = shop.world.run("plan");
        run.code(Code::Failed);
        (failed, run.err)
    };
    let (failed, plan) = log(&[("GITLAB_CI", "true")]);
    assert!(failed.starts_with("\u{1b}[31m\u{1b}[1merror:\u{1b}[0m "), "{failed:?}");
    assert!(
        plan.starts_with(
            "\u{1b}[0Ksection_start:1767272400:glu_1[collapsed=true]\r\u{1b}[0Kglu plan: what it does\n"
        ),
        "{plan:?}"
    );
    assert!(plan.contains("\u{1b}[0Ksection_end:1767272400:glu_1\r\u{1b}[0K\n"), "{plan:?}");

    let (failed, plan) = log(&[("TF_BUILD", "True"), ("NO_COLOR", "1")]);
    assert!(failed.starts_with("##vso[task.logissue type=error;]glu promote: "), "{failed}");
    assert!(plan.starts_with("##[group]glu plan: what it does\n"), "{plan}");
    assert!(
        plan.contains(
            "##vso[task.logissue type=error;sourcepath=env/staging/app.yaml;linenumber=1;]glu plan: "
        ),
        "{plan}"
    );
    assert!(plan.contains("##vso[task.setvariable variable=broken;isOutput=true]"), "{plan}");

    let (failed, plan) = log(&[("BUILDKITE", "true"), ("NO_COLOR", "1")]);
    assert!(failed.starts_with("error: "), "{failed}");
    assert!(plan.starts_with("--- glu plan: what it does\n"), "{plan}");

    // Its logs show no colours, and it has no groups.
    let (failed, plan) = log(&[("JENKINS_URL", "https://ci.example/")]);
    assert!(failed.starts_with("error: ") && !failed.contains('\u{1b}'), "{failed:?}");
    assert_eq!(plan, "");
}

#[test]
fn results_go_into_files_anywhere() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    let read = |name: &str| std::fs::read_to_string(shop.world.path().join(name)).unwrap();
    let run = shop.world.run("plan --summary plan.md --output-env plan.env -o json");
    run.json();
    assert!(read("plan.md").starts_with("## glu plan\n\n**1 to move, 1 up to date**\n"));
    assert_eq!(
        read("plan.env"),
        "GLU_CHANGES=true\nGLU_MOVES=1\nGLU_HELD=0\nGLU_BROKEN=0\nGLU_PHASES=shop/staging\n"
    );
    shop.world.run("promote staging --output-env plan.env").success();
    let commit = shop.repository.log().remove(0).id;
    assert!(read("plan.env").contains(&format!("GLU_COMMITS={commit}\n")), "{}", read("plan.env"));
    assert_eq!(read("plan.env").matches("GLU_CHANGES").count(), 1);
    // The variables of an earlier job are no keys of the configuration.
    for line in read("plan.env").lines() {
        let (name, value) = line.split_once('=').unwrap();
        shop.world.env(name, value);
    }
    shop.world.run("status").success();
    let run = shop.world.run("plan --summary nowhere/plan.md");
    run.code(Code::Failed);
    assert!(
        run.err.contains("cannot write [world]/nowhere/plan.md")
            || run.err.contains("nowhere/plan.md: No such file"),
        "{run}"
    );
}

#[test]
fn a_summary_that_would_be_lost_is_cut() {
    let shop = Shop::new();
    let long: String = (0..60_000).map(|line| format!("# comment {line}\n")).collect();
    let first = shop.images.publish("latest", "1.0.0");
    shop.edit("staging", &format!("{long}{}", manifest(first)));
    shop.images.publish("latest", "1.1.0");
    let step = Step::of(&shop.world);
    std::fs::write(&step.summary, "x".repeat((1 << 20) - 500)).unwrap();
    let run = shop.world.run("plan");
    run.success();
    let summary = step.summary();
    assert!(
        summary.len() <= 1 << 20 && summary.contains("more lines did not fit in here"),
        "{}",
        summary.len()
    );
    assert!(run.err.contains("did not fit into the summary"), "{}", run.err);
    assert_eq!(summary.matches("```").count() % 2, 0);
}

/// A world whose directory is a repository with a pipelines crate.
fn repository(remote: &str) -> Shop {
    let shop = Shop::new();
    let run = git(shop.world.path());
    run(&["init", "--quiet", "--initial-branch=main", "."]);
    run(&["remote", "add", "origin", remote]);
    let directory = shop.world.path().join("delivery");
    std::fs::create_dir_all(directory.join("src")).unwrap();
    std::fs::write(directory.join("src/main.rs"), "").unwrap();
    let manifest = "[package]\nname = \"ship\"\n\n[dependencies]\nglu-cli = \"0.1\"\n";
    std::fs::write(directory.join("Cargo.toml"), manifest).unwrap();
    shop
}

#[test]
fn a_workflow_is_written_for_the_remote_and_kept_up_to_date() {
    let shop = repository("git@github.com:acme/shop.git");
    let file = shop.world.path().join(".github/workflows/delivery.yml");
    let check = || shop.world.run("ci init --check");
    assert!(check().code(Code::Failed).is_empty());
    assert!(!file.exists());
    let dry = shop.world.run("ci init --dry-run");
    assert!(dry.success().contains("jobs:\n") && !file.exists());
    assert_eq!(shop.world.run("ci init").success(), "wrote .github/workflows/delivery.yml (new)\n");
    assert_eq!(check().success(), "the workflow for github is as it would be written\n");
    assert_eq!(shop.world.run("ci init").success(), "the workflow for github is as it would be written\n");
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("delivery/target/glu/debug/ship promote \"$PHASE\" --yes"), "{written}");
    assert!(written.contains("          - staging\n          - production\n"), "{written}");

    // Another phase: the file is written anew, since nobody has edited it.
    shop.world.pipelines(|_| {
        Pipeline::<crate::shop::App>::from(oci("app")).then(glu::prelude::git("canary")).named("other")
    });
    assert!(
        check().err.contains(".github/workflows/delivery.yml is not as `glu ci init github` would write it")
    );
    assert_eq!(shop.world.run("ci init").success(), "wrote .github/workflows/delivery.yml (replaced)\n");
    assert!(std::fs::read_to_string(&file).unwrap().contains("          - canary\n"));

    // Somebody's own file is not.
    let edited = std::fs::read_to_string(&file).unwrap().replace("*/15", "*/5");
    std::fs::write(&file, &edited).unwrap();
    let refused = shop.world.run("ci init");
    refused.code(Code::Failed);
    assert!(refused.err.contains("already exists; `--force` replaces it"), "{refused}");
    check().code(Code::Failed);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), edited);
    shop.world.run("ci init --force").success();
    check().success();
}

#[test]
fn a_workflow_is_written_for_whatever_system_is_named() {
    let shop = repository("https://git.example/acme/shop");
    let run = shop.world.run("ci init");
    run.code(Code::Usage);
    assert!(run.err.contains("it is not clear which CI system is meant"), "{run}");
    for (system, file) in [
        ("gitlab", ".gitlab/delivery.yml"),
        ("gitea", ".gitea/workflows/delivery.yml"),
        ("bitbucket", "bitbucket-pipelines.yml"),
        ("azure", ".azure-pipelines/delivery.yml"),
        ("jenkins", "delivery/Jenkinsfile"),
        ("circleci", ".circleci/config.yml"),
        ("buildkite", ".buildkite/delivery.yml"),
        ("woodpecker", ".woodpecker/delivery.yaml"),
    ] {
        let run = shop.world.run(&format!("ci init {system}"));
        assert!(run.success().starts_with(&format!("wrote {file} (new)\n")), "{run}");
        shop.world.run(&format!("ci init {system} --check")).success();
    }
    let entry = std::fs::read_to_string(shop.world.path().join(".gitlab-ci.yml")).unwrap();
    assert_eq!(entry, "include:\n  - local: .gitlab/delivery.yml\n");

    // Without a name, each that was written is looked at, and a hint names what to ask for.
    let check = || shop.world.run("ci init --check");
    assert_eq!(check().success().lines().count(), 8);
    let jenkins = shop.world.path().join("delivery/Jenkinsfile");
    let edited = std::fs::read_to_string(&jenkins).unwrap().replace("H/15", "H/5");
    std::fs::write(&jenkins, edited).unwrap();
    let run = check();
    run.code(Code::Failed);
    assert!(run.err.contains("delivery/Jenkinsfile is not as `glu ci init jenkins` would write it"), "{run}");
    assert!(run.err.contains("`glu ci init jenkins --dry-run --force` shows how it would"), "{run}");
}

#[test]
fn the_system_is_told_by_remotes_before_files() {
    let shop = repository("https://git.example/acme/shop");
    shop.world.env("GLU_SOURCES_GIT_ENVIRONMENTS_REMOTE_URL", "https://gitlab.com/acme/deployments");
    std::fs::create_dir(shop.world.path().join(".github")).unwrap();
    let written = shop.world.run("ci init");
    assert!(written.success().starts_with("wrote .gitlab/delivery.yml (new)\n"), "{written}");
    let choice = "note: this is for gitlab, by the remotes in the configuration; `.github` would be for github: `glu ci init github`\n";
    assert!(written.out.contains(choice), "{written}");
    // Two that tell of different systems tell nothing.
    shop.world.configure("[sources.git.default.remote]\nurl = \"https://codeberg.org/acme/more\"\n");
    let dry = shop.world.run("ci init --dry-run");
    assert!(dry.success().starts_with("would write .github/workflows/delivery.yml (new)\n"), "{dry}");
    assert!(
        dry.out.contains("this is for github, by `.github`; `.gitlab-ci.yml` would be for gitlab"),
        "{dry}"
    );
}

#[test]
fn a_workflow_has_what_its_pipelines_and_credentials_need() {
    let shop = repository("git@github.com:acme/shop.git");
    shop.world.pipelines(|_| {
        Pipeline::<crate::shop::App>::from(oci("app"))
            .then(glu::prelude::git("staging").tell_forge())
            .then(glu::prelude::git("production").propose().gate(statuses(["ci/build"])))
            .named("other")
    });
    let dry = shop.world.run("ci init --dry-run");
    let moves = "    permissions:\n      contents: write\n      checks: read\n      statuses: write\n      deployments: write\n      pull-requests: write\n";
    assert_eq!(dry.success().matches(moves).count(), 2, "{dry}");
    assert_eq!(dry.out.matches("GITHUB_TOKEN: ${{ github.token }}").count(), 3, "{dry}");
    assert!(
        dry.out.contains("note: turn on \"Allow GitHub Actions to create and approve pull requests\""),
        "{dry}"
    );
    assert!(
        dry.out.contains("note: pull requests that are opened with GITHUB_TOKEN start no workflows"),
        "{dry}"
    );

    // An App of one's own does it all, and its key comes from a secret.
    shop.world.configure(
        "[sources.git.environments.proposals]\ncredential = \"app\"\n\n[credentials.app.github_app]\napp_id = 1\ninstallation_id = 2\n",
    );
    let variable = "GLU_CREDENTIALS_APP_GITHUB_APP_PRIVATE_KEY_BYTES";
    shop.world.env(variable, "k3y");
    let dry = shop.world.run("ci init --dry-run");
    assert_eq!(
        dry.success().matches(&format!("{variable}: ${{{{ secrets.{variable} }}}}")).count(),
        3,
        "{dry}"
    );
    assert_eq!(dry.out.matches("    permissions:\n      contents: write\n    steps:").count(), 2, "{dry}");
    assert!(!dry.out.contains("Allow GitHub Actions") && !dry.out.contains("k3y"), "{dry}");
    assert!(
        dry.out.contains(&format!("put them into the repository's secrets for Actions: {variable}")),
        "{dry}"
    );
}

#[test]
fn a_workflow_passes_what_the_configuration_leaves_to_variables() {
    let shop = repository("https://gitlab.com/acme/shop");
    shop.world.configure(
        "[sources.git.environments.proposals]\ncredential = \"forge\"\n\n[credentials.written]\naccess_token = \"t0ken\"\n\n\
         [credentials.my-registry.basic]\nusername = \"acme\"\n\n[notifications.team]\ntype = \"slack\"\n",
    );
    let variables = [
        "GLU_CREDENTIALS_FORGE_ACCESS_TOKEN",
        "GLU_CREDENTIALS_MY_REGISTRY_BASIC_PASSWORD",
        "GLU_NOTIFICATIONS_TEAM_URL",
    ];
    for variable in variables {
        shop.world.env(variable, "https://s3cr3t.example");
    }
    // A variable that nothing in the file asks for changes nothing: where the check runs, there may be none.
    shop.world.env("GLU_CREDENTIALS_OTHER_ACCESS_TOKEN", "s3cr3t");
    let expected = format!("put them into CI/CD variables: {}\n", variables.join(", "));
    let dry = shop.world.run("ci init --dry-run");
    assert!(dry.success().contains(&expected) && !dry.out.contains("s3cr3t"), "{dry}");
    let dry = shop.world.run("ci init azure --dry-run");
    for variable in variables {
        assert_eq!(dry.success().matches(&format!("{variable}: $({variable})\n")).count(), 3, "{dry}");
    }
    assert!(!dry.out.contains("WRITTEN") && !dry.out.contains("OTHER"), "{dry}");
}
