//! What goes wrong, and what is said of it.

use std::time::Duration;

use serde_json::json;

use super::{place, place_of, scripted, wording, words};
use crate::clock::Clock as _;
use crate::credential::{Credential, Secret};
use crate::forge::{Forge as _, ForgeProblem, Status, StatusState, Wording};
use crate::testing::forge::gitea::{GiteaServer, TOKEN};
use crate::testing::forge::server::{Fault, Reply, Server};
use crate::testing::forge::{Action, Refused};

#[test]
fn the_wanted_scope_is_named() {
    for start in [GiteaServer::start, GiteaServer::forgejo] {
        let place = place_of(start);
        place.gitea.open("change", "main", &wording("x")).unwrap();
        place.server.scopes(&["read:repository", "read:issue"]);
        let said = |problem: ForgeProblem| problem.to_string();
        assert_eq!(
            said(place.gitea.open("other", "main", &wording("x")).unwrap_err().problem),
            "the credential may not go on opening a proposal: the token wants the scope write:repository"
        );
        assert_eq!(
            said(place.gitea.comment(1, "<!-- x -->", "y").unwrap_err().problem),
            "the credential may not go on writing a comment: the token wants the scope write:issue"
        );
        place.server.scopes(&["write:repository"]);
        let find = said(place.gitea.find("change", "main").unwrap_err().problem);
        assert!(find.ends_with("the token wants the scope read:issue"), "{find}");
    }
}

#[test]
fn without_the_organisations_labels_the_repository_gets_its_own() {
    let place = place();
    place.server.organisation_label("shared");
    place.server.scopes(&["write:repository", "write:issue"]);
    let labels = words(&["shared"]);
    let opened = place.gitea.open("change", "main", &Wording { labels, ..wording("x") }).unwrap();
    assert_eq!(opened.labels, ["shared"]);
    assert!(place.hosted.with(|state| state.labels.contains("shared")));
}

#[test]
fn an_account_that_may_not_write_is_told_so() {
    let place = place();
    place.hosted.forbid(Action::Open);
    let error = place.gitea.open("change", "main", &wording("x")).unwrap_err().problem.to_string();
    assert_eq!(
        error,
        "the credential may not go on opening a proposal: status 403; its account wants write access to the repository"
    );
    // What such an account assigns is left out without a word.
    place.hosted.with(|state| state.forbidden.clear());
    place.gitea.open("change", "main", &wording("x")).unwrap();
    let pull = place.server.server();
    let unchanged = json!({
        "number": 1, "html_url": "x", "state": "open", "title": "x", "merged": false,
        "head": {"label": "a", "sha": "b", "repo_id": 1}, "base": {"label": "c", "sha": "d", "repo_id": 1},
    });
    pull.inject(Fault::on("PATCH", "/pulls/1", Reply::json(201, &unchanged)));
    let assignees = words(&["ada"]);
    let error = place.gitea.update(1, &Wording { assignees, ..wording("x") }).unwrap_err().problem;
    assert!(error.to_string().contains("ada cannot be assigned with this account"), "{error}");
}

#[test]
fn a_bad_token_is_said_to_be_one_and_not_shown() {
    let place = place();
    let gitea = place.server.connect_as(Credential::AccessToken(Secret::new("wr0ngt0ken")));
    let error = gitea.find("change", "main").unwrap_err();
    assert!(matches!(error.problem, ForgeProblem::Unauthorized { .. }), "{error}");
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("invalid username, password or token") && !shown.contains("wr0ng"), "{shown}");
    // Nor where a server repeats it.
    let echo = Reply::json(403, &json!({"message": format!("token {TOKEN} is not liked")}));
    place.server.server().inject(Fault::next(|_| true, echo));
    let shown = format!("{:?}", place.gitea.find("change", "main").unwrap_err());
    assert!(shown.contains("is not liked") && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn a_bad_day_passes_and_a_lost_answer_doubles_nothing() {
    let place = place();
    place.server.server().inject(Fault::on("GET", "/pulls/main/change", Reply::status(502)).times(2));
    assert_eq!(place.gitea.find("change", "main").unwrap(), None);
    // It was opened, and the answer got lost: the next look finds it.
    place.server.server().inject(Fault::on("POST", "/pulls", Reply::hang_up()).once_done());
    let lost = place.gitea.open("change", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(lost, ForgeProblem::Unavailable { .. }), "{lost}");
    assert_eq!(place.gitea.find("change", "main").unwrap().unwrap().number, 1);
    assert_eq!(place.hosted.open_numbers(), [1]);
    place.hosted.break_next(Action::Open, Refused::Broken);
    place.remote.commit_to("other", "Ada Example", "Other", [("other", "2\n")]);
    let broken = place.gitea.open("other", "main", &wording("x")).unwrap_err().problem;
    assert_eq!(broken.to_string(), "no useful answer while opening a proposal: status 502");
}

#[test]
fn a_proxys_limit_is_waited_for() {
    let place = place();
    let limited = |seconds: &str| Reply::text(429, "text/html", "<html>").header("retry-after", seconds);
    place.server.server().inject(Fault::next(|_| true, limited("30")));
    let before = place.clock.now();
    assert_eq!(place.gitea.find("change", "main").unwrap(), None);
    assert_eq!(place.clock.now().duration_since(before).as_secs(), 30);
    place.server.server().inject(Fault::next(|_| true, limited("3600")));
    let limited = place.gitea.find("change", "main").unwrap_err().problem;
    assert!(matches!(limited, ForgeProblem::RateLimited { until: Some(_) }), "{limited}");
    place.clock.advance(Duration::from_secs(3600));
    assert_eq!(place.gitea.find("change", "main").unwrap(), None);
}

#[test]
fn a_page_for_people_is_no_answer_and_a_redirect_elsewhere_is_not_followed() {
    let place = place();
    let page = || Reply::text(200, "text/html", "<html><title>Sign in</title></html>");
    place.server.server().inject(Fault::next(|_| true, page()));
    let strange = place.gitea.find("change", "main").unwrap_err().problem;
    assert!(matches!(strange, ForgeProblem::Unavailable { .. }), "{strange}");

    let elsewhere = Server::start(|_| Reply::json(200, &json!([])));
    let location = format!("{}/api/v1", elsewhere.url());
    for status in [301, 307] {
        let moved = Reply::status(status).header("location", location.clone());
        place.server.server().inject(Fault::next(|_| true, moved));
        let moved = place.gitea.find("change", "main").unwrap_err().problem.to_string();
        assert!(moved.contains("it has moved to"), "{moved}");
    }
    assert!(elsewhere.requests().is_empty(), "nobody else hears anything");
}

#[test]
fn half_a_list_is_none() {
    for broken in [Reply::status(500), Reply::json(200, &json!({"message": "no list"}))] {
        let place = place();
        place.gitea.open("change", "main", &wording("x")).unwrap();
        for login in ["ada", "grace", "linus"] {
            place.hosted.approve_by(login, 1);
        }
        place.server.longest_page(1);
        let second = move |request: &crate::testing::forge::server::Request| {
            request.path.ends_with("/reviews") && request.parameter("page") == Some("2")
        };
        place.server.server().inject(Fault::next(second, broken).times(4));
        let half = place.gitea.reviews(1).unwrap_err().problem;
        assert!(matches!(half, ForgeProblem::Unavailable { .. }), "{half}");
    }
}

#[test]
fn what_is_not_documented_is_no_answer() {
    let server = Server::start(|_| Reply::json(200, &json!({"number": "one"})));
    let gitea = scripted(&server);
    let status =
        Status { name: "x".to_owned(), state: StatusState::Passed, description: String::new(), url: None };
    assert!(gitea.find("a", "b").is_err());
    assert!(gitea.update(1, &wording("x")).is_err());
    assert!(gitea.reviews(1).is_err());
    assert!(gitea.comment(1, "m", "b").is_err());
    // What comes back of a status is not looked at.
    assert!(gitea.set_status("a", &status).is_ok());
}
