//! `glu doctor`

use glu::prelude::*;
use glu::testing::forge::github::{GitHubServer, TOKEN};
use glu::testing::{Hosted, Run, World};
use glu_tests::forges::DIALECTS;

use crate::shop::{App, Shop, pipeline};

/// A run with git's version left out.
fn steady(run: &Run) -> String {
    let text = run.to_string();
    let lines = text.lines().map(|line| match line.trim_start().starts_with("git  ") {
        true => line.split_at(line.find("2.").unwrap()).0.to_owned() + "2.x.y",
        false => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn a_sound_world() {
    let shop = Shop::new();
    insta::assert_snapshot!(steady(&shop.world.run("doctor")), @"
      CHECK                      RESULT  DETAIL
      git                        ok      2.x.y
      configuration              ok      [world]/glu.toml
      pipelines                  ok      1 with 3 phases
      git source `environments`  ok      [world]/environments.git has `main` at c805cca9c5
      git source `environments`  ok      commits are by glu <glu@example.com>
      oci source `app`           ok      registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f
    --- exit 0
    ");
}

#[test]
fn one_thing_that_is_wrong_does_not_hide_the_next() {
    let world = World::new();
    world.remote("empty");
    world.configure("[sources.git.gone]\nremote.url = \"gone.git\"");
    world.configure("[sources.oci.app]\nreference = \"oci:nowhere\"");
    world.pipelines(|_| Pipeline::<App>::from(oci("app")).then(git("staging").source("emtpy")).named("shop"));
    insta::assert_snapshot!(steady(&world.run("doctor")), @"
      CHECK               RESULT  DETAIL
      git                 ok      2.x.y
      configuration       ok      [world]/glu.toml
      pipelines           bad     tests/tests/it/doctor.rs:41: phase `staging`: git source `emtpy` is not configured; did you mean `empty`?
      git source `empty`  bad     git source `empty` ([world]/empty.git): the repository is empty: push a first commit to it
      git source `gone`   bad     git source `gone` ([world]/gone.git): the remote has no such repository, or hides it from whoever signs in without a configured credential, as git itself does: '[world]/gone.git' does not appear to be a git repository
      oci source `app`    bad     image layout: cannot read `[world]/nowhere/oci-layout`: it does not exist
    --- exit 1
    ");
}

#[test]
fn branches_that_phases_name_are_looked_for() {
    let shop = Shop::new();
    shop.world.pipelines(|_| Pipeline::<App>::from(git("live").branch("lvie")).named("other"));
    shop.repository.commit_to("live", "Ada Example", "A branch", [("x", "y")]);
    let run = shop.world.run("doctor");
    assert_eq!(run.code as u8, 1);
    assert!(run.out.contains("there is no branch `lvie`; there is `live`, `main`"), "{run}");
}

#[test]
fn a_wrong_configuration_is_a_finding() {
    let world = World::new();
    world.configure("[sources.gti.default]\npath = \".\"");
    world.pipelines(|_| pipeline());
    insta::assert_snapshot!(steady(&world.run("doctor")), @"
      CHECK          RESULT  DETAIL
      git            ok      2.x.y
      configuration  bad     [world]/glu.toml:7: unknown key `sources.gti`; did you mean `sources.git`?
    --- exit 1
    ");
}

#[test]
fn json_and_markdown() {
    let shop = Shop::new();
    let json = shop.world.run("doctor -o json").json();
    assert_eq!(json["format_version"], "1.0");
    assert_eq!(json["checks"][0]["name"], "git");
    assert!(json["checks"].as_array().unwrap().iter().all(|check| check["result"] == "good"));
    assert!(shop.world.run("doctor -o markdown").success().starts_with("| CHECK | RESULT | DETAIL |\n"));
}

/// A shop whose production is proposed, on a GitHub at this address.
fn on_github(server: &str) -> Shop {
    let shop = Shop::with(|| {
        let production = git("production").source("environments").propose();
        Pipeline::from(oci("app"))
            .then(git("staging").source("environments"))
            .then(production.clone())
            .then(git("live").source("hosted").propose())
            .then(git("after").source("hosted").propose())
            .named("shop")
    });
    shop.world.host("environments", &shop.repository);
    shop.world.configure(&format!(
        "[sources.git.hosted]\nremote.url = \"{server}/acme/environments.git\"\n\
         proposals = {{ type = \"github\", url = \"{server}/api/v3\" }}"
    ));
    shop
}

/// The result of the forge that is asked over HTTP, and what is said of it.
fn forge_row(run: &Run) -> (String, String) {
    let checks = run.json()["checks"].clone();
    let rows = checks.as_array().unwrap().iter().filter(|check| check["name"] == "forge of `hosted`");
    let rows: Vec<_> = rows.collect();
    let [row] = rows.as_slice() else { panic!("{run}") };
    let text = |key: &str| row[key].as_str().unwrap().to_owned();
    (text("result"), text("detail"))
}

#[test]
fn a_forge_is_asked_whether_it_knows_us() {
    let world = World::new();
    let server = GitHubServer::start(Hosted::new("acme/environments", &world.remote("there")));
    let shop = on_github(&server.server().url());
    shop.world.env("GITHUB_TOKEN", TOKEN);
    let (result, detail) = forge_row(&shop.world.run("doctor -o json"));
    assert_eq!(result, "good", "{detail}");
    assert!(detail.contains("acme/environments on the GitHub of 127.0.0.1"), "{detail}");
    let asked = server.server().requests();
    let open: Vec<_> = asked.iter().filter(|request| request.parameter("state") == Some("open")).collect();
    assert_eq!(open.len(), 1, "once, however many phases propose there");

    shop.world.env("GITHUB_TOKEN", "wr0ng-t0ken-wr0ng");
    let run = shop.world.run("doctor -o json");
    let (result, detail) = forge_row(&run);
    assert_eq!(result, "bad", "{detail}");
    assert!(detail.contains("the credential is not accepted while looking for a proposal"), "{detail}");
    assert!(detail.contains("; it is that of GITHUB_TOKEN"), "{detail}");
    assert!(!run.to_string().contains("wr0ng-t0ken-wr0ng"), "{run}");
    shop.world.env("GLU_CREDENTIALS_FORGE_ACCESS_TOKEN", "wr0ng-t0ken-wr0ng");
    for table in ["REMOTE", "PROPOSALS"] {
        shop.world.env(&format!("GLU_SOURCES_GIT_HOSTED_{table}_CREDENTIAL"), "forge");
        let detail = forge_row(&shop.world.run("doctor -o json")).1;
        let key = format!("`sources.git.hosted.{}.credential`", table.to_lowercase());
        assert!(detail.contains(&format!("; it is that of {key}")), "{detail}");
        assert!(!detail.contains("wr0ng-t0ken-wr0ng"), "{detail}");
    }

    shop.world.env("GITHUB_TOKEN", "");
    shop.world.configure(
        "[credentials.app.github_app]\napp_id = 1\ninstallation_id = 2\nprivate_key_bytes = \"rand0m\"",
    );
    shop.world.env("GLU_SOURCES_GIT_HOSTED_PROPOSALS_CREDENTIAL", "app");
    assert_eq!(forge_row(&shop.world.run("doctor -o json")).0, "bad");
}

#[test]
fn a_forge_that_is_not_there_is_found_out() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let shop = on_github(&format!("http://{closed}"));
    shop.world.env("GITHUB_TOKEN", TOKEN);
    let run = shop.world.run("doctor -o json");
    let (result, detail) = forge_row(&run);
    assert_eq!(result, "bad", "{detail}");
    assert!(detail.contains("no useful answer while looking for a proposal"), "{detail}");
}

#[test]
fn a_credential_that_goes_over_plain_http_is_noted() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let shop = on_github(&format!("http://{closed}"));
    shop.world.forge("hosted", Hosted::new("acme/environments", &shop.repository));
    shop.world.env("GITHUB_TOKEN", TOKEN);
    let words = "its API's address begins with http://: whoever is on the way can read the credential";
    assert!(!shop.world.run("doctor").out.contains(words), "this machine is near");
    shop.world.env("GLU_SOURCES_GIT_HOSTED_PROPOSALS_URL", "http://forge.example.com/api/v3");
    let run = shop.world.run("doctor");
    assert_eq!(run.out.matches(words).count(), 1, "{run}");
}

#[test]
fn every_forge_can_be_looked_at() {
    for dialect in DIALECTS {
        let world = World::new();
        let hosted = Hosted::new(dialect.repository, &world.remote("environments"));
        let spoken = dialect.over(hosted.clone());
        spoken.forge.look().unwrap_or_else(|error| panic!("{}: {error}", dialect.name));
        let asked = spoken.take_asked();
        assert!(asked.len() <= 2 && asked.iter().all(|asked| asked.starts_with("GET ")), "{asked:?}");
        hosted.forbid(glu::testing::forge::Action::Read);
        assert!(spoken.forge.look().is_err(), "{}", dialect.name);
    }
}

#[test]
fn without_a_forge_each_is_told_its_own_way_out() {
    type Production = fn() -> Pipeline<App>;
    let plainly: Production = crate::shop::pipeline;
    let proposing: Production = || shop_with(git("production").propose());
    let telling: Production = || shop_with(git("production").tell_forge());
    let cases: [(Production, &str, &str, &str); 4] = [
        (proposing, "", "nothing can be proposed there", "take `.propose()` away"),
        (proposing, "gitea", "nothing can be proposed there", "says how to ask a forge, not where"),
        (telling, "", "no forge can be told of its states", "take `.tell_forge()` away"),
        (plainly, "through", "no forge can make the commits", "take `commit.through_forge` away"),
    ];
    for (pipeline, configured, missed, way_out) in cases {
        let shop = Shop::with(pipeline);
        shop.images.publish("latest", "1.1.0");
        match configured {
            "gitea" => shop.world.env("GLU_SOURCES_GIT_ENVIRONMENTS_PROPOSALS_TYPE", "gitea"),
            "through" => shop.world.env("GLU_COMMIT_THROUGH_FORGE", "true"),
            _ => {}
        }
        let wanted = [
            "git source `environments` ([world]/environments.git): its repository is on no forge, so ",
            missed,
            "; set `sources.git.environments.remote.url` to a repository on a forge, or ",
            way_out,
        ];
        let is_commit = configured == "through";
        if !is_commit {
            shop.world.run("promote staging").success();
        }
        for command in ["doctor", if is_commit { "promote staging" } else { "promote production" }] {
            let run = shop.world.run(command).to_string();
            let missing: Vec<_> = wanted.iter().filter(|words| !run.contains(**words)).collect();
            assert!(missing.is_empty(), "{missing:?} in {run}");
            assert!(missed.contains("proposed") || !run.contains("propos"), "{run}");
        }
    }
}

/// The shop with another production.
fn shop_with(production: glu::core::author::GitPhase) -> Pipeline<App> {
    Pipeline::from(oci("app")).then(git("staging")).then(production).named("shop")
}
