//! GitHub's own descriptions of its APIs decide whether glu asks what GitHub understands, whether glu understands what GitHub answers, and whether
//! the GitHub of `glu::testing` speaks as GitHub does.

use std::sync::Arc;

use glu::core::clock::{Clock, FakeClock, SystemClock};
use glu::core::credential::{Credential, PrivateKey, Secret};
use glu::core::forge::client::Limits;
use glu::core::forge::github::{Connection, GitHub};
use glu::core::forge::{
    Deployment, DeploymentState, Fate, Forge, ForgeCommit, ForgeError, ForgeProblem, Status, StatusState,
    Wording,
};
use glu::core::testing::forge::github::{APP, GitHubServer, TOKEN};
use glu::core::testing::forge::server::Request;
use glu::core::testing::forge::{Hosted, Way};
use glu::core::testing::{Directory, Remote};
use glu_tests::github::{Referee, graphql_complaints};
use jiff::Timestamp;

fn connect(api: &str, repository: &str, credential: Credential, clock: Arc<dyn Clock>) -> GitHub {
    GitHub::connect(&Connection {
        api: api.to_owned(),
        repository: repository.to_owned(),
        credential: Some(credential),
        ca_cert_path: None,
        insecure_skip_tls: false,
        clock,
        limits: Limits::default(),
    })
    .unwrap()
}

fn token() -> Credential {
    Credential::AccessToken(Secret::new(TOKEN))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn status(name: &str) -> Status {
    Status {
        name: name.to_owned(),
        state: StatusState::Passed,
        description: "promoted".to_owned(),
        url: Some("https://example.com/run".to_owned()),
    }
}

fn deployment(commit: &str, state: DeploymentState) -> Deployment {
    Deployment {
        environment: "checkout/production".to_owned(),
        commit: commit.to_owned(),
        branch: "main".to_owned(),
        state,
        description: "promoted".to_owned(),
        url: Some("https://example.com/run".to_owned()),
        environment_url: Some("https://checkout.example.com".to_owned()),
    }
}

/// A key for an App, as GitHub gives them.
fn key(directory: &Directory) -> PrivateKey {
    let path = directory.path().join("key.pem");
    let arguments = ["genrsa", "-traditional", "-out", path.to_str().unwrap(), "2048"];
    glu_tests::server::run("openssl", "openssl", &arguments);
    PrivateKey::Path(path)
}

#[test]
fn every_request_is_valid_and_every_example_is_understood() {
    let referee = Referee::with_examples();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let github = connect(&referee.url(), "octocat/Hello-World", token(), clock.clone());
    let found = github.find("new-topic", "master").unwrap().unwrap();
    assert_eq!((found.number, found.head.as_str(), found.base.as_str()), (1347, "new-topic", "master"));
    assert!(!github.find_all(&[("new-topic", "master"), ("other", "master")]).unwrap().is_empty());
    let wording = Wording {
        title: "Release".to_owned(),
        body: "text".to_owned(),
        labels: words(&["release"]),
        reviewers: words(&["ada", "team/platform"]),
        // Whom the examples know.
        assignees: words(&["octocat"]),
        milestone: Some("v1.0".to_owned()),
        draft: false,
    };
    github.open("new-topic", "master", &wording).unwrap();
    github.update(1347, &wording).unwrap();
    let closed = github.close(1347, "superseded");
    // The example of a changed pull request is of one that was merged.
    assert!(
        matches!(closed, Ok(()) | Err(ForgeError { problem: ForgeProblem::Conflict { .. }, .. })),
        "{closed:?}"
    );
    assert!(github.comment(1347, "<!-- glu -->", "a plan").unwrap().starts_with("https://github.com/"));
    assert!(github.comment(1347, "Me too", "a plan").unwrap().starts_with("https://github.com/"));
    let commit = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
    let names: Vec<String> = github.statuses(commit).unwrap().into_iter().map(|status| status.name).collect();
    assert_eq!(names, ["continuous-integration/jenkins", "mighty_readme", "security/brakeman"]);
    let reviewers: Vec<String> =
        github.reviews(1347).unwrap().into_iter().map(|review| review.reviewer).collect();
    assert_eq!(reviewers, ["octocat", "other_user", "team/justice-league"]);
    github.set_status(commit, &status("glu/checkout/production")).unwrap();
    github.set_status(commit, &Status { url: None, ..status("glu") }).unwrap();
    github.deploy(&deployment(commit, DeploymentState::Running)).unwrap();
    github.merge_when_ready(1347).unwrap();

    let directory = Directory::new();
    let app = Credential::GithubApp { app_id: 1, installation_id: 2, key: key(&directory) };
    let app = connect(&referee.url(), "octocat/Hello-World", app, clock);
    let problem = app.find("new-topic", "master");
    // The example's token ran out in 2016, so that the referee is asked for another each time.
    assert!(problem.is_ok(), "{problem:?}");
}

#[test]
fn the_github_for_tests_speaks_as_github_does() {
    let directory = Directory::new();
    let clock = Arc::new(FakeClock::at(Timestamp::from_second(1_767_268_800).unwrap()));
    let remote = Remote::create(&directory.path().join("remote.git"), clock.clone());
    remote.commit("start", [("file", "one\n")]);
    remote.commit_to("change", "Ada Example", "Change it", [("file", "two\n")]);
    let hosted = Hosted::new("acme/environments", &remote);
    hosted.with(|state| state.milestones.push("Q4".to_owned()));
    let server = GitHubServer::start(hosted.clone());
    let referee = Referee::before(&server.server().url());
    let github = connect(&referee.url(), hosted.name(), token(), clock.clone());

    assert_eq!(github.find("change", "main").unwrap(), None);
    let mut wording = Wording {
        title: "Release".to_owned(),
        body: "text".to_owned(),
        labels: words(&["release"]),
        reviewers: words(&["grace", "team/platform"]),
        assignees: words(&["ada"]),
        milestone: Some("Q4".to_owned()),
        draft: true,
    };
    let opened = github.open("change", "main", &wording).unwrap();
    assert_eq!(Some(opened.clone()), github.find("change", "main").unwrap());
    let again = github.open("change", "main", &wording).unwrap_err().problem;
    assert!(matches!(again, ForgeProblem::Conflict { .. }), "{again}");
    assert!(matches!(github.update(9, &wording).unwrap_err().problem, ForgeProblem::NotFound { .. }));
    wording.title = "Release 2".to_owned();
    wording.draft = false;
    github.update(1, &wording).unwrap();
    wording.draft = true;
    assert!(github.update(1, &wording).unwrap().draft);
    wording.draft = false;
    github.update(1, &wording).unwrap();

    for number in 0..40 {
        hosted.comment_by("ada", 1, &format!("comment {number}"));
    }
    server.longest_page(20);
    let first = github.comment(1, "<!-- glu -->", "a plan").unwrap();
    assert_eq!(first, github.comment(1, "<!-- glu -->", "another").unwrap());

    hosted.begin_check(1, "ci/test");
    hosted.pass_check(1, "ci/build");
    github.set_status(&opened.commit, &status("glu/checkout/production")).unwrap();
    assert_eq!(github.statuses(&opened.commit).unwrap().len(), 3);
    hosted.approve_by("grace", 1);
    hosted.request_changes_by("linus", 1);
    hosted.approve_by("stranger", 1);
    assert_eq!(github.reviews(1).unwrap().len(), 3);
    github.deploy(&deployment(&opened.commit, DeploymentState::Running)).unwrap();
    github.deploy(&deployment(&opened.commit, DeploymentState::Succeeded)).unwrap();

    hosted.with(|state| state.rules.checks = vec!["ci/test".to_owned()]);
    github.merge_when_ready(1).unwrap();
    assert!(github.find("change", "main").unwrap().unwrap().merges_by_itself);
    github.close(1, "superseded").unwrap();
    assert_eq!(
        github.find("change", "main").unwrap().unwrap().fate,
        Fate::Closed { by: Some("glu-bot".to_owned()) }
    );
    hosted.reopen(1);
    hosted.merge("grace", 1, Way::Squash);
    assert!(matches!(github.find("change", "main").unwrap().unwrap().fate, Fate::Merged { by: Some(_), .. }));

    remote.commit_to("other", "Ada Example", "Other", [("other", "2\n")]);
    hosted.with(|state| state.rules.checks.clear());
    let commit = ForgeCommit {
        branch: "other".to_owned(),
        parent: hosted.tip_of("other"),
        message: "Promote\n\nGlu-Phase: production\n".to_owned(),
        files: vec![("env/app.yaml".to_owned(), Some(b"a: 1\n".to_vec())), ("file".to_owned(), None)],
    };
    github.commit(&commit).unwrap();
    github
        .open(
            "other",
            "main",
            &Wording { draft: false, ..Wording { title: "x".to_owned(), ..Wording::default() } },
        )
        .unwrap();
    github.merge_when_ready(2).unwrap();
    assert!(matches!(github.find("other", "main").unwrap().unwrap().fate, Fate::Merged { .. }));

    server.revoke("deployments");
    let app = Credential::GithubApp { app_id: APP.0, installation_id: APP.1, key: key(&directory) };
    let app = connect(&referee.url(), hosted.name(), app, clock);
    assert!(app.find("other", "main").unwrap().is_some());

    let graphql: Vec<_> = server
        .server()
        .requests()
        .iter()
        .filter(|request| request.path.ends_with("/graphql"))
        .map(Request::json)
        .collect();
    let document = |name: &str| graphql.iter().any(|body| body["query"].as_str().unwrap().contains(name));
    for name in [
        "convertPullRequestToDraft",
        "markPullRequestReadyForReview",
        "enablePullRequestAutoMerge",
        "createCommitOnBranch",
        "mergeStateStatus",
    ] {
        assert!(document(name), "{name} was not asked");
    }
    assert_eq!(graphql_complaints(&graphql), "");
}

#[test]
fn the_referees_refuse_what_github_would() {
    let referee = Referee::with_examples();
    let post = |path: &str, body: serde_json::Value| {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = agent.post(format!("{}{path}", referee.url())).content_type("application/json");
        request.send(body.to_string()).unwrap().status().as_u16()
    };
    assert_eq!(post("/repos/a/b/statuses/c", serde_json::json!({"state": "success"})), 201);
    assert_eq!(post("/repos/a/b/statuses/c", serde_json::json!({"state": "maybe"})), 422);
    assert_eq!(post("/repos/a/b/forks", serde_json::json!({})), 404);
    let body = serde_json::json!({"query": "query { viewer { logn } }", "variables": {"x": 1}});
    let complaints = graphql_complaints(&[body]);
    assert!(complaints.contains("logn") && complaints.contains("not declared"), "{complaints}");
}
