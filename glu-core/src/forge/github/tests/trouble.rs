//! What goes wrong, and what is said of it.

use std::time::Duration;

use super::{place, wording};
use crate::clock::Clock as _;
use crate::credential::{Credential, Secret};
use crate::forge::{Forge as _, ForgeProblem};
use crate::testing::forge::server::{Fault, Reply};
use crate::testing::forge::{Action, Refused};

#[test]
fn the_wanted_permission_is_named() {
    let place = place();
    place.hosted.forbid(Action::Open);
    let error = place.github.open("change", "main", &wording("x")).unwrap_err();
    assert_eq!(
        error.problem.to_string(),
        "the credential may not go on opening a proposal: Resource not accessible by integration; \
         it wants the permission pull_requests=write"
    );
    place.hosted.forbid(Action::Deploy);
    let commit = place.remote.commit("x", [("file", "x\n")]);
    let deployment = crate::forge::Deployment {
        environment: "production".to_owned(),
        commit,
        branch: "main".to_owned(),
        state: crate::forge::DeploymentState::Succeeded,
        description: String::new(),
        url: None,
        environment_url: None,
    };
    let error = place.github.deploy(&deployment).unwrap_err().problem.to_string();
    assert!(error.ends_with("it wants the permission deployments=write"), "{error}");
}

#[test]
fn classic_tokens_are_told_of_scopes_and_single_sign_on() {
    let place = place();
    let forbidden = || Reply::json(403, &serde_json::json!({"message": "Must have admin rights"}));
    let problem = |reply: Reply| {
        place.server.server().inject(Fault::next(|_| true, reply));
        place.github.find("change", "main").unwrap_err().problem.to_string()
    };
    let scopes = |has: &str| {
        forbidden().header("x-oauth-scopes", has.to_owned()).header("x-accepted-oauth-scopes", "repo")
    };
    assert!(problem(scopes("read:org, gist")).ends_with("the token wants one of the scopes repo"));
    assert!(problem(scopes("repo, gist")).ends_with("Must have admin rights"));
    let sso = forbidden()
        .header("x-github-sso", "required; url=https://github.com/orgs/a/sso?authorization_request=s3cr3t");
    let said = problem(sso);
    assert!(said.ends_with("single sign-on") && !said.contains("s3cr3t"), "{said}");
    let actions =
        serde_json::json!({"message": "GitHub Actions is not permitted to create or approve pull requests."});
    assert!(problem(Reply::json(403, &actions)).contains("the settings for Actions"));
}

#[test]
fn a_bad_token_is_said_to_be_one_and_not_shown() {
    let place = place();
    let github = place.server.connect_as(Credential::AccessToken(Secret::new("ghp_wr0ng")));
    let error = github.find("change", "main").unwrap_err().to_string();
    assert!(error.contains("the credential is not accepted") && !error.contains("wr0ng"), "{error}");
}

#[test]
fn a_bad_day_passes_and_a_lost_answer_doubles_nothing() {
    let place = place();
    place.server.server().inject(Fault::on("GET", "/pulls", Reply::status(502)).times(2));
    assert_eq!(place.github.find("change", "main").unwrap(), None);
    // It was opened, and the answer got lost: the next look finds it.
    place.server.server().inject(Fault::on("POST", "/pulls", Reply::hang_up()).once_done());
    let lost = place.github.open("change", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(lost, ForgeProblem::Unavailable { .. }), "{lost}");
    assert_eq!(place.github.find("change", "main").unwrap().unwrap().number, 1);
    assert_eq!(place.hosted.open_numbers(), [1]);
    place.hosted.break_next(Action::Open, Refused::Broken);
    place.remote.commit_to("other", "Ada Example", "Other", [("other", "2\n")]);
    let broken = place.github.open("other", "main", &wording("x")).unwrap_err().problem;
    assert_eq!(broken.to_string(), "no useful answer while opening a proposal: status 502");
}

#[test]
fn a_used_up_limit_is_waited_for_and_what_is_known_costs_nothing() {
    let place = place();
    place.github.open("change", "main", &wording("x")).unwrap();
    place.github.find("change", "main").unwrap();
    let before = place.clock.now();
    place.server.allow(1, Duration::from_secs(60));
    for _ in 0..5 {
        place.github.find("change", "main").unwrap();
    }
    assert_eq!(place.clock.now(), before, "unchanged answers are not counted");
    place.server.allow(1, Duration::from_secs(60));
    place.hosted.reword_by_hand(1, "other", str::to_owned);
    place.github.find("change", "main").unwrap();
    assert_eq!(place.clock.now().duration_since(before).as_secs(), 61);
    place.server.allow(0, Duration::from_secs(3600));
    place.hosted.reword_by_hand(1, "another", str::to_owned);
    let limited = place.github.find("change", "main").unwrap_err().problem;
    assert!(matches!(limited, ForgeProblem::RateLimited { until: Some(_) }), "{limited}");
}
