//! Commits as users need them: their messages, those who take part, and those that the forge makes and signs itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use glu::exit::Code;
use glu::prelude::*;
use glu::testing::forge::github::{GitHubServer, TOKEN};
use glu::testing::forge::server::{Fault, Reply, Request};
use glu::testing::{Hosted, Remote};
use glu_tests::proposals::{HEAD, Stage, in_memory, life};
use glu_tests::site::git;

use crate::shop::{App, Shop, manifest};

/// The shop on GitHub, which makes the commits.
struct OnGitHub {
    shop: Shop,
    server: GitHubServer,
}

impl OnGitHub {
    fn new() -> Self {
        Self::with(crate::shop::pipeline)
    }

    fn with(pipeline: fn() -> Pipeline<App>) -> Self {
        let shop = Shop::with(pipeline);
        let server = GitHubServer::start(Hosted::new("acme/environments", &shop.repository));
        shop.world.forge("environments", Arc::new(server.connect()));
        shop.world.env("GLU_COMMIT_THROUGH_FORGE", "true");
        Self { shop, server }
    }

    /// The branches that the repository has besides `main`.
    fn others(&self) -> Vec<String> {
        let names = git(self.shop.repository.path(), &["for-each-ref", "--format=%(refname)", "refs/heads"]);
        names.lines().filter(|name| *name != "refs/heads/main").map(ToOwned::to_owned).collect()
    }

    /// The inputs of the commits that GitHub was asked to make.
    fn asked(&self) -> Vec<serde_json::Value> {
        let requests = self.server.server().requests();
        requests.iter().filter(|request| makes_commit(request)).map(Request::json).collect()
    }

    /// Lets somebody commit to `main` each time GitHub is asked to make a commit, so often.
    fn meddle(&self, times: usize) {
        let remote = self.shop.repository.clone();
        let count = AtomicUsize::new(0);
        let meddling = move |request: &Request| {
            let number = if makes_commit(request) { count.fetch_add(1, Ordering::SeqCst) } else { times };
            if number < times {
                remote.commit("Elsewhere", [("README.md", format!("{number}\n").as_str())]);
            }
            false
        };
        self.server.server().inject(Fault::next(meddling, Reply::hang_up()));
    }
}

fn makes_commit(request: &Request) -> bool {
    request.json()["query"].as_str().is_some_and(|query| query.contains("createCommitOnBranch"))
}

fn phase(name: &str) -> glu::core::author::GitPhase {
    glu::prelude::git(name)
}

/// Both phases take what is published at once.
fn together() -> Pipeline<App> {
    Pipeline::from(oci("app")).then_each([phase("staging"), phase("production")]).named("shop")
}

#[test]
fn who_takes_part_and_who_is_behind_it_is_told() {
    let shop = Shop::new();
    let people = "[\"Grace Example <grace@example.com>\", \"Linus, the other <linus@example.com>\"]";
    shop.world.env("GLU_COMMIT_CO_AUTHORS", people);
    shop.world.env("GLU_COMMIT_SIGN_OFF", "true");
    shop.stage("1.1.0");
    let message = &shop.repository.log()[0].message;
    let (_, trailers) = message.trim_end().rsplit_once("\n\n").unwrap();
    insta::assert_snapshot!(trailers, @"
    Glu-Pipeline: shop
    Glu-Phase: staging
    Glu-Promotion: 01KDWXQCR0BK0VXTWDM5JRXV37
    Glu-Cause: promotion
    Glu-State: sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
    Glu-Previous: sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f
    Glu-From: app
    Glu-Actor: Ada Example <ada.example@example.com>
    Co-authored-by: Grace Example <grace@example.com>
    Co-authored-by: Linus, the other <linus@example.com>
    Signed-off-by: glu <glu@example.com>
    ");
    let history = shop.world.run("history staging");
    assert!(history.success().contains("Ada Example  promotion"), "{history}");
    let json = shop.world.run("history staging -o json").json();
    let newest = &json["phases"][0]["states"][0];
    assert_eq!(
        (newest["author"].as_str(), newest["actor"].as_str()),
        (Some("glu"), Some("Ada Example <ada.example@example.com>"),)
    );
    assert!(shop.world.run("status").success().contains("Ada Example"));

    // Who commits in their own name is not told twice.
    shop.world.env("GLU_ACTOR", "glu <glu@example.com>");
    shop.stage("1.2.0");
    assert!(!shop.repository.log()[0].message.contains("Glu-Actor"));
    // A name from outside stays on its line.
    shop.world.env("GLU_ACTOR", "mallory\nGlu-Promotion: forged");
    shop.stage("1.3.0");
    let message = &shop.repository.log()[0].message;
    assert!(message.contains("Glu-Actor: mallory Glu-Promotion: forged\n"), "{message}");
}

#[test]
fn settings_of_commits_that_cannot_be() {
    let shop = Shop::new();
    shop.world.env("GLU_COMMIT_CO_AUTHORS", "Grace <grace@example.com>, nobody");
    shop.world.env("GLU_COMMIT_SIGN", "true");
    shop.world.env("GLU_COMMIT_THROUGH_FORGE", "true");
    shown!(shop.world.run("list"), @r#"
    --- stderr
    error: GLU_COMMIT_THROUGH_FORGE: `commit.sign` and `commit.through_forge` are both on; a commit that the forge makes is signed by it alone, so keep one
    error: GLU_COMMIT_CO_AUTHORS: `commit.co_authors` has "nobody", which is not `Name <address>`
    --- exit 2
    "#);
}

#[test]
fn an_author_words_the_messages() {
    let shop = Shop::with(|| {
        let said = |change: &Change| {
            format!("deploy: {} to {}\n\n{}", change.pipeline, change.phase, change.headline())
        };
        Pipeline::from(oci("app"))
            .then(phase("staging").message(said))
            .then(phase("production"))
            .named("shop")
    });
    let image = shop.stage("1.1.0");
    let message = shop.repository.log()[0].message.clone();
    assert!(message.starts_with("deploy: shop to staging\n\nPromote shop to staging: "), "{message}");
    assert!(message.contains("\n\nGlu-Pipeline: shop\n"), "{message}");
    assert_eq!(shop.repository.read("env/staging/app.yaml"), manifest(&image));
    shop.world.run("rollback staging").success();
    let message = &shop.repository.log()[0].message;
    assert!(message.starts_with("deploy: shop to staging\n\nRoll shop in staging back to "), "{message}");
    let history = shop.world.run("history staging");
    assert!(history.success().contains("deploy: shop to staging"), "{history}");
    assert!(history.out.contains("rollback"), "{history}");
}

/// A rollout begins, goes on and ends by commits that GitHub makes and the author words, and what they say of themselves is read back.
#[test]
fn the_steps_of_a_rollout_are_worded_and_made_by_the_forge() {
    let place = OnGitHub::with(|| {
        let said = |change: &Change| {
            let step = change.step.as_deref().unwrap_or("at once");
            format!("deploy {}: {step}\n\n{}", change.phase, change.lines().join("\n"))
        };
        let flag =
            in_place().flag("env/{phase}/flags.yaml", "percentage").step(percent(25).hold(minutes(10)));
        let production = phase("production").message(said).rollout(flag);
        Pipeline::from(oci("app")).then(phase("staging").message(said)).then(production).named("shop")
    });
    let Shop { world, repository, .. } = &place.shop;
    repository.commit("Add a flag", [("env/production/flags.yaml", "percentage: 100  # of users\n")]);
    let image = place.shop.stage("1.1.0");
    assert!(repository.log()[0].message.starts_with("deploy staging: at once\n\nimage: "));
    let flag = || repository.read("env/production/flags.yaml");
    world.run("promote production").success();
    assert_eq!(flag(), "percentage: 25  # of users\n");
    let message = &repository.log()[0].message;
    let expected =
        "deploy production: step 1 of 1, 25 %\n\nenv/production/flags.yaml: percentage: 100 -> 25\nimage: ";
    assert!(message.starts_with(expected), "{message}");
    assert!(message.contains(&format!("Glu-Base: {}\n", repository.log()[1].id)), "{message}");
    assert!(world.run("status").success().contains("step 1 of 1, 25 %"));
    world.wait(Duration::from_secs(600));
    world.run("run --once").success();
    assert_eq!(flag(), "percentage: 100  # of users\n");
    let message = &repository.log()[0].message;
    let expected =
        "deploy production: the end of the rollout\n\nenv/production/flags.yaml: percentage: 25 -> 100\n";
    assert!(message.starts_with(expected), "{message}");
    assert_eq!(repository.read("env/production/app.yaml"), manifest(&image));
    assert!(world.run("plan").success().contains("2 up to date"));
}

#[test]
fn the_forge_makes_the_commits_and_all_else_is_as_ever() {
    let place = OnGitHub::with(together);
    let Shop { world, images, repository } = &place.shop;
    world.env("GLU_COMMIT_CO_AUTHORS", "Grace <grace@example.com>");
    world.env("GLU_COMMIT_SIGN_OFF", "true");
    let image = images.publish("latest", "1.1.0");
    world.run("promote --all").success();
    let log = repository.log();
    assert_eq!(log.len(), 3);
    for commit in &log[..2] {
        assert_eq!((commit.author.as_str(), commit.parents), ("Glu-bot Example", 1));
        for trailer in [
            "Glu-Promotion: ",
            "Glu-Actor: Ada Example <ada.example@example.com>\n",
            "Co-authored-by: Grace <grace@example.com>\n",
            "Signed-off-by: glu <glu@example.com>",
        ] {
            assert!(commit.message.contains(trailer), "{trailer}: {}", commit.message);
        }
    }
    assert_eq!(git(repository.path(), &["log", "-2", "--format=%cn", "main"]), "GitHub\nGitHub\n");
    for phase in ["staging", "production"] {
        assert_eq!(repository.read(&format!("env/{phase}/app.yaml")), manifest(&image));
    }
    // Each names the one before it.
    let asked = place.asked();
    let heads: Vec<_> =
        asked.iter().map(|asked| asked["variables"]["input"]["expectedHeadOid"].clone()).collect();
    assert_eq!(heads, [log[2].id.as_str(), log[1].id.as_str()]);
    assert_eq!(place.others(), Vec::<String>::new(), "the branch they were made on is gone");
    let history = world.run("history production");
    assert!(history.success().contains("Ada Example  promotion"), "{history}");
    assert!(!history.out.contains("merged by"), "{history}");
    assert!(world.run("plan").success().contains("up to date"));
}

#[test]
fn the_whole_life_of_a_proposal_whose_commits_github_makes() {
    let servers = std::cell::RefCell::new(Vec::new());
    life(&|world, remote| {
        let hosted = Hosted::new("acme/environments", remote);
        let server = GitHubServer::start(hosted.clone());
        let connection = Arc::new(server.connect());
        world.env("GLU_COMMIT_THROUGH_FORGE", "true");
        servers.borrow_mut().push(server);
        (hosted, connection)
    });
    let made =
        servers.borrow().iter().flat_map(|server| server.server().requests()).filter(makes_commit).count();
    assert!(made > 5, "GitHub has made {made} commits");
}

#[test]
fn a_lost_race_is_run_again_and_a_lost_answer_is_no_second_commit() {
    let place = OnGitHub::new();
    let Shop { world, images, repository } = &place.shop;
    place.meddle(3);
    let image = images.publish("latest", "1.1.0");
    world.run("promote staging").success();
    assert_eq!(repository.read("env/staging/app.yaml"), manifest(&image));
    assert_eq!(repository.read("README.md"), "2\n");
    assert_eq!(repository.log().len(), 5, "three by hand, and one promotion on top");
    assert_eq!(place.asked().len(), 4);

    let lost = Fault::next(makes_commit, Reply::hang_up()).once_done();
    place.server.server().inject(lost);
    let image = images.publish("latest", "1.2.0");
    let json = world.run("promote staging -o json");
    json.success();
    assert_eq!(repository.read("env/staging/app.yaml"), manifest(&image));
    assert_eq!(repository.log().len(), 6);
    let promotion = json.json()["phases"][0]["promotion"].as_str().unwrap().to_owned();
    assert!(repository.log()[0].message.contains(&promotion), "{json}");
    assert_eq!(place.others(), Vec::<String>::new());
}

#[test]
fn a_plan_is_made_as_a_whole_or_not_at_all() {
    let place = OnGitHub::with(together);
    let Shop { world, images, repository } = &place.shop;
    images.publish("latest", "1.1.0");
    world.run("plan --out plan.json").success();
    place.meddle(1);
    let refused = world.run("promote --plan plan.json");
    assert_ne!(refused.code, Code::Done, "{refused}");
    let subjects: Vec<String> = repository.log().into_iter().map(|commit| commit.message).collect();
    assert_eq!(subjects, ["Elsewhere", "Set the shop up"], "{refused}");
    assert_eq!(place.others(), Vec::<String>::new());
    world.run("plan --out plan.json").success();
    world.run("promote --plan plan.json").success();
    assert_eq!(repository.log().len(), 4);
}

/// Whenever GitHub falls silent, whether it does what it was asked last or not, the next run brings everything to where it belongs, once.
#[test]
fn github_may_fall_silent_at_any_moment() {
    let requests = {
        let place = OnGitHub::with(together);
        place.shop.images.publish("latest", "1.1.0");
        place.shop.world.run("promote --all").success();
        place.server.server().requests().len()
    };
    assert!(requests >= 2);
    for (silent, is_done) in (0..requests).flat_map(|silent| [(silent, false), (silent, true)]) {
        let place = OnGitHub::with(together);
        let Shop { world, images, repository } = &place.shop;
        let image = images.publish("latest", "1.1.0");
        let once = Fault::next(|_| true, Reply::hang_up()).after(silent);
        place.server.server().inject(if is_done { once.once_done() } else { once });
        let ever = Fault::next(|_| true, Reply::hang_up()).after(silent).times(1000);
        place.server.server().inject(ever);
        world.run("plan --out plan.json").success();
        let _ = world.run("promote --plan plan.json");
        // Nothing is half made: both are there, or neither.
        let made = repository.log().len() - 1;
        assert!(made == 0 || made == 2, "{made} after {silent} requests");

        let again = GitHubServer::start(Hosted::new("acme/environments", repository));
        world.forge("environments", Arc::new(again.connect()));
        world.wait(Duration::from_secs(2 * 3600));
        world.run("promote --all").success();
        assert_eq!(repository.log().len(), 3, "{silent} {is_done}");
        for phase in ["staging", "production"] {
            assert_eq!(repository.read(&format!("env/{phase}/app.yaml")), manifest(&image));
        }
        assert_eq!(place.others(), Vec::<String>::new(), "{silent} {is_done}");
    }
}

#[test]
fn branches_that_a_killed_run_left_behind_are_swept() {
    let place = OnGitHub::new();
    let Shop { world, images, repository } = &place.shop;
    // An identifier of 2016, and one of this very moment.
    for name in ["glu-commits/01ARYZ6S41TSV4RRFFQ69G5FAV", "glu-commits/by-hand"] {
        repository.commit_to(name, "Ada Example", "Left behind", [("x", "y")]);
    }
    images.publish("latest", "1.1.0");
    world.run("promote staging").success();
    assert_eq!(place.others(), ["refs/heads/glu-commits/by-hand"], "what has no such name is somebody's own");
}

#[test]
fn what_the_forge_makes_is_read_back() {
    let place = OnGitHub::new();
    let Shop { world, images, repository } = &place.shop;
    images.publish("latest", "1.1.0");
    let first = repository.log()[0].id.clone();
    let answer = serde_json::json!({"data": {"createCommitOnBranch": {"commit": {"oid": first}}}});
    place.server.server().inject(Fault::next(makes_commit, Reply::json(200, &answer)));
    let run = world.run("promote staging");
    assert_eq!(run.code, Code::Failed, "{run}");
    assert!(
        run.to_string().contains("which is not the commit that was asked for: its files are others"),
        "{run}"
    );
    assert_eq!(repository.log().len(), 1);
}

#[test]
fn what_the_forge_cannot_keep_is_refused() {
    let place = OnGitHub::new();
    let Shop { world, images, repository } = &place.shop;
    executable(repository, "env/staging/app.yaml");
    images.publish("latest", "1.1.0");
    let run = world.run("promote staging");
    assert_eq!(run.code, Code::Failed, "{run}");
    assert!(run.to_string().contains("keeping the mode 100755 of `env/staging/app.yaml`"), "{run}");
    assert_eq!((place.asked().len(), place.others().len()), (0, 0));

    // A forge that makes no commits says so.
    let shop = Shop::new();
    shop.world.host("environments", &shop.repository);
    shop.world.env("GLU_COMMIT_THROUGH_FORGE", "true");
    shop.images.publish("latest", "1.1.0");
    let run = shop.world.run("promote staging");
    assert_eq!(run.code, Code::Failed, "{run}");
    assert!(
        run.to_string().contains("`commit.through_forge`) is something this forge does not have"),
        "{run}"
    );
    let doctor = shop.world.run("doctor");
    assert!(doctor.out.contains("cannot make commits (`commit.through_forge`)"), "{doctor}");
    assert_eq!(shop.repository.log().len(), 1);
}

#[test]
fn the_doctor_tells_who_makes_commits_and_the_token_shows_nowhere() {
    let place = OnGitHub::new();
    let doctor = place.shop.world.run("doctor");
    assert!(doctor.success().contains("makes and signs commits"), "{doctor}");
    assert!(!doctor.out.contains("commits are by"), "{doctor}");
    let mut text = doctor.to_string();
    place.shop.images.publish("latest", "1.1.0");
    for command in ["plan --out plan.json", "promote --plan plan.json", "history staging", "ledger show"] {
        text.push_str(&place.shop.world.run(command).to_string());
    }
    for commit in place.shop.repository.log() {
        text.push_str(&commit.message);
    }
    assert!(!text.contains(TOKEN), "{text}");

    // Without, it is what might be.
    let stage = Stage::new(&in_memory, || phase("production").propose());
    assert!(!stage.world.run("doctor").success().contains("through_forge"));
    assert!(!stage.forge.has_branch(HEAD));
    let server = GitHubServer::start(stage.forge.clone());
    stage.world.forge("environments", Arc::new(server.connect()));
    assert!(
        stage.world.run("doctor").success().contains("`commit.through_forge = true` lets it sign commits")
    );
}

/// Makes a file executable on `main`.
fn executable(remote: &Remote, path: &str) {
    let git =
        |arguments: &str| git(remote.path(), &arguments.split(' ').collect::<Vec<_>>()).trim().to_owned();
    let blob = git(&format!("rev-parse main:{path}"));
    git("read-tree main");
    git(&format!("update-index --cacheinfo 100755,{blob},{path}"));
    let tree = git("write-tree");
    let person = "-c user.name=Ada -c user.email=ada@example.com";
    let commit = git(&format!("{person} commit-tree {tree} -p main -m Run"));
    git(&format!("update-ref refs/heads/main {commit}"));
}
