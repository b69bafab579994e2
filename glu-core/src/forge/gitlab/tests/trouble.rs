//! What goes wrong, and what is said of it.

use std::time::Duration;

use serde_json::json;

use super::{Place, place, scripted, wording};
use crate::clock::Clock as _;
use crate::credential::{Credential, Secret};
use crate::forge::{Deployment, DeploymentState, Forge, ForgeError, ForgeProblem, Status, StatusState};
use crate::testing::forge::gitlab::{JOB, READER};
use crate::testing::forge::server::{Fault, Reply, Server};
use crate::testing::forge::{Action, Refused};

/// Everything that can be asked.
fn everything(gitlab: &dyn Forge, commit: &str) -> Vec<(&'static str, Result<(), ForgeError>)> {
    let status =
        Status { name: "glu".to_owned(), state: StatusState::Passed, description: String::new(), url: None };
    let mut all = writes(gitlab);
    all.extend([
        ("set_status", gitlab.set_status(commit, &status)),
        ("find", gitlab.find("change", "main").map(drop)),
        ("find_all", gitlab.find_all(&[("change", "main"), ("a", "main")]).map(drop)),
        ("statuses", gitlab.statuses(commit).map(drop)),
        ("reviews", gitlab.reviews(1).map(drop)),
        ("deploy", gitlab.deploy(&deployment(commit))),
    ]);
    all
}

fn writes(gitlab: &dyn Forge) -> Vec<(&'static str, Result<(), ForgeError>)> {
    vec![
        ("open", gitlab.open("change", "main", &wording("x")).map(drop)),
        ("update", gitlab.update(1, &wording("y")).map(drop)),
        ("comment", gitlab.comment(1, "<!-- glu -->", "x").map(drop)),
        ("merge", gitlab.merge_when_ready(1)),
        ("close", gitlab.close(1, "why")),
    ]
}

fn deployment(commit: &str) -> Deployment {
    Deployment {
        environment: "production".to_owned(),
        commit: commit.to_owned(),
        branch: "main".to_owned(),
        state: DeploymentState::Succeeded,
        description: String::new(),
        url: None,
        environment_url: None,
    }
}

/// A place where a proposal is open, and the commit that is proposed.
fn opened() -> (Place, String) {
    let place = place();
    let commit = place.gitlab.open("change", "main", &wording("x")).unwrap().commit;
    // So that everything has something to wait for.
    place.hosted.with(|state| state.rules.approvals = 1);
    (place, commit)
}

#[test]
fn a_token_that_may_only_read_is_told_the_scope_it_lacks() {
    let (place, commit) = opened();
    let reader = place.server.connect_as(Credential::AccessToken(Secret::new(READER)));
    for (name, result) in everything(&reader, &commit) {
        match name {
            "find" | "find_all" | "statuses" | "reviews" => result.unwrap(),
            _ => {
                let error = result.unwrap_err();
                assert!(matches!(error.problem, ForgeProblem::Forbidden { .. }), "{name}: {error}");
                assert!(error.to_string().ends_with("the token wants the scope api"), "{name}: {error}");
            }
        }
    }
}

#[test]
fn a_jobs_own_token_lists_and_notes_deployments_and_says_what_to_do_for_more() {
    let (place, commit) = opened();
    place.server.server().take_asked();
    let job = place.server.connect_as(Credential::AccessToken(Secret::new(JOB)));
    for (name, result) in everything(&job, &commit) {
        match name {
            "find" | "find_all" | "deploy" => result.unwrap(),
            _ => {
                let said = result.unwrap_err().to_string();
                let words =
                    "a CI_JOB_TOKEN only lists merge requests and notes deployments; set GITLAB_TOKEN";
                assert!(said.contains(words), "{name}: {said}");
                assert!(said.contains("the scope api and the role Developer"), "{name}: {said}");
            }
        }
    }
    let asked = place.server.server().take_asked();
    assert!(
        asked.iter().all(|asked| asked.starts_with("GET") || asked.ends_with("/deployments")),
        "{asked:?}"
    );
    assert_eq!(place.hosted.with(|state| state.deployments.len()), 1);
}

#[test]
fn what_the_role_does_not_allow_is_said_to_be_so() {
    for action in
        [Action::Open, Action::Update, Action::Close, Action::Comment, Action::Merge, Action::Deploy]
    {
        let place = place();
        let commit = place.hosted.tip_of("change");
        if action != Action::Open {
            place.gitlab.open("change", "main", &wording("x")).unwrap();
        }
        // So that nothing is merged before it is closed.
        place.hosted.with(|state| state.rules.approvals = 1);
        place.hosted.forbid(action);
        let all = everything(&place.gitlab, &commit).into_iter().filter_map(|(_, result)| result.err());
        let forbidden: Vec<String> = all
            .filter(|error| matches!(error.problem, ForgeProblem::Forbidden { .. }))
            .map(|error| error.to_string())
            .collect();
        assert!(!forbidden.is_empty(), "{action:?}");
        assert!(
            forbidden.iter().all(|said| said.contains("the scope api and the role Developer")),
            "{forbidden:?}"
        );
    }
    // GitLab takes who may not merge for somebody it does not know.
    let (place, _) = opened();
    let unauthorized = || Reply::json(401, &json!({"message": "401 Unauthorized"}));
    place.server.server().inject(Fault::on("PUT", "/merge", unauthorized()));
    let problem = place.gitlab.merge_when_ready(1).unwrap_err().problem;
    assert!(matches!(&problem, ForgeProblem::Forbidden { .. }), "{problem}");
    assert!(problem.to_string().contains("allowed to merge into the base branch"), "{problem}");
}

#[test]
fn a_bad_token_is_said_to_be_one_and_not_shown() {
    let (place, commit) = opened();
    let token = || Credential::AccessToken(Secret::new("glpat-wr0ng"));
    let gitlab = place.server.connect_as(token());
    for (name, result) in everything(&gitlab, &commit) {
        let error = result.unwrap_err();
        // The merge request is read first, so it is not taken for a matter of who may merge.
        assert!(matches!(error.problem, ForgeProblem::Unauthorized { .. }), "{name}: {error}");
        assert!(!format!("{error} {error:?}").contains("wr0ng"), "{name}: {error}");
    }
    assert!(!format!("{:?}", token()).contains("wr0ng"));
    let server = Server::start(|_| {
        let words = "Token glpat-s3cr3t was revoked. You have to re-authorize from the user.";
        Reply::json(401, &json!({"error": "invalid_token", "error_description": words}))
    });
    let said = scripted(&server).find("change", "main").unwrap_err().to_string();
    assert!(said.contains("invalid_token; Token *** was revoked"), "{said}");
}

#[test]
fn a_page_is_no_answer() {
    for (status, expected) in [(200, "a web page came instead"), (500, "status 500"), (404, "not found")] {
        let server =
            Server::start(move |_| Reply::text(status, "text/html", "<html><body>Sign in</body></html>"));
        for (name, result) in everything(&scripted(&server), "abc") {
            let said = result.unwrap_err().to_string();
            assert!(said.contains(expected) && !said.contains("html"), "{name}: {said}");
        }
    }
}

#[test]
fn whoever_is_led_elsewhere_does_not_go_there() {
    let elsewhere = Server::start(|_| Reply::json(200, &json!([])));
    let sign_in = format!("{}/users/sign_in", elsewhere.url());
    let server = Server::start(move |_| Reply::status(302).header("location", sign_in.clone()));
    for (name, result) in everything(&scripted(&server), "abc") {
        let error = result.unwrap_err();
        assert!(error.to_string().contains("it has moved to"), "{name}: {error}");
        assert!(!format!("{error:?}").contains("s3cr3t"), "{name}: {error:?}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_project_that_moved_is_read_where_it_is() {
    let (place, _) = opened();
    let path = "/api/v4/projects/acme%2Fplatform%2Fenvironments/merge_requests/1";
    let moved = Reply::status(301).header("location", path);
    place.server.server().inject(Fault::on("GET", "/merge_requests/1", moved));
    assert_eq!(place.gitlab.find("change", "main").unwrap().unwrap().number, 1);
}

#[test]
fn a_bad_day_passes_and_a_lost_answer_doubles_nothing() {
    let place = place();
    place.server.server().inject(Fault::on("GET", "/merge_requests", Reply::status(502)).times(2));
    assert_eq!(place.gitlab.find("change", "main").unwrap(), None);
    // It was opened, and the answer got lost: the next look finds it.
    place.server.server().inject(Fault::on("POST", "/merge_requests", Reply::hang_up()).once_done());
    let lost = place.gitlab.open("change", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(lost, ForgeProblem::Unavailable { .. }), "{lost}");
    assert_eq!(place.gitlab.find("change", "main").unwrap().unwrap().number, 1);
    assert_eq!(place.hosted.open_numbers(), [1]);
    place.hosted.break_next(Action::Open, Refused::Broken);
    place.remote.commit_to("other", "Ada Example", "Other", [("other", "2\n")]);
    let broken = place.gitlab.open("other", "main", &wording("x")).unwrap_err().problem;
    assert_eq!(broken.to_string(), "no useful answer while opening a proposal: status 502");
}

#[test]
fn what_was_done_though_the_answer_was_lost_is_done() {
    let (place, commit) = opened();
    let lost = |end| place.server.server().inject(Fault::on("PUT", end, Reply::status(502)).once_done());
    lost("/merge_requests/1");
    assert_eq!(place.gitlab.update(1, &wording("y")).unwrap().title, "y");
    let running = Deployment { state: DeploymentState::Running, ..deployment(&commit) };
    place.gitlab.deploy(&running).unwrap();
    lost("/deployments/1");
    place.gitlab.deploy(&deployment(&commit)).unwrap();
    assert_eq!(place.hosted.with(|state| state.deployments.len()), 2);
    place.hosted.with(|state| state.rules.approvals = 0);
    lost("/merge");
    place.gitlab.merge_when_ready(1).unwrap();
    assert!(!place.hosted.proposal(1).is_open());
}

#[test]
fn what_has_moved_since_it_was_looked_at_is_not_merged() {
    let (place, _) = opened();
    let words = "SHA does not match HEAD of source branch: 0";
    place.server.server().inject(Fault::on("PUT", "/merge", Reply::json(409, &json!({"message": words}))));
    let problem = place.gitlab.merge_when_ready(1).unwrap_err().problem;
    assert!(matches!(problem, ForgeProblem::Conflict { .. }), "{problem}");
    place.gitlab.merge_when_ready(1).unwrap();
    let asked = place.server.server().requests();
    let body = asked.iter().rfind(|asked| asked.path.ends_with("/merge")).unwrap().json();
    // With either word of the two that versions know, so that none merges at once what has to wait.
    assert_eq!((&body["auto_merge"], &body["merge_when_pipeline_succeeds"]), (&json!(true), &json!(true)));
    assert_eq!(body["sha"], json!(place.hosted.tip_of("change")));
}

#[test]
fn a_used_up_limit_is_waited_for_and_one_that_lasts_is_an_error() {
    let (place, _) = opened();
    let before = place.clock.now();
    place.server.allow(1, Duration::from_secs(60));
    place.gitlab.find("change", "main").unwrap();
    let waited = place.clock.now().duration_since(before).as_secs();
    assert!((60..=61).contains(&waited), "{waited}");
    // Somebody else has used it up: GitLab says so only when it is asked.
    place.server.allow(0, Duration::from_secs(30));
    place.gitlab.close(1, "enough").unwrap();
    assert!((90..=92).contains(&place.clock.now().duration_since(before).as_secs()));
    assert_eq!(place.hosted.proposal(1).comments.len(), 1, "what was refused was said once");
    place.server.allow(0, Duration::from_secs(3600));
    let limited = place.gitlab.find("change", "main").unwrap_err().problem;
    assert!(matches!(limited, ForgeProblem::RateLimited { until: Some(_) }), "{limited}");
}

#[test]
fn what_is_not_documented_is_a_fault() {
    let (place, _) = opened();
    let client = |path: &str| {
        let address = format!("{}{path}", place.server.server().url());
        ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .new_agent()
            .get(&address)
            .header("private-token", crate::testing::forge::gitlab::TOKEN)
            .call()
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(client("/api/v4/projects/acme%2Fplatform%2Fenvironments/merge_requests?head=x"), 400);
    assert_eq!(client("/api/v4/projects/acme/platform/environments/merge_requests"), 400);
    assert_eq!(client("/api/v3/projects/1/merge_requests"), 400);
    assert_eq!(client("/api/v4/projects/acme%2Fenvironments/merge_requests"), 404);
    let faults = place.server.take_faults();
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert!(faults[0].ends_with("there is no parameter `head`"), "{faults:?}");
}
