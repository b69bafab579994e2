//! What goes wrong, and what is said of it.

use serde_json::json;

use super::{connection, place, wording};
use crate::clock::Clock as _;
use crate::credential::{Credential, Secret};
use crate::forge::{Forge as _, ForgeProblem, Status, StatusState};
use crate::testing::forge::bitbucket::HTTP_ACCESS_TOKEN;
use crate::testing::forge::server::{Fault, Reply, Server};
use crate::testing::forge::{Action, Refused};

#[test]
fn the_permission_that_is_missing_is_named_though_it_looks_like_a_bad_token() {
    let place = place();
    place.forge.open("change", "main", &wording("x")).unwrap();
    place.server.revoke("REPO_WRITE");
    let error = place.forge.update(1, &wording("y")).unwrap_err().problem;
    assert!(matches!(error, ForgeProblem::Forbidden { .. }), "{error}");
    assert!(error.to_string().ends_with("want the permission \"repository write\""), "{error}");
    place.hosted.forbid(Action::Status);
    let status =
        Status { name: "glu".to_owned(), state: StatusState::Passed, description: String::new(), url: None };
    let error = place.forge.set_status(&place.hosted.tip_of("main"), &status).unwrap_err().problem;
    assert!(matches!(error, ForgeProblem::Forbidden { .. }), "{error}");
    place.server.revoke("REPO_READ");
    let error = place.forge.find("change", "main").unwrap_err().problem.to_string();
    assert!(error.ends_with("want the permission \"repository read\""), "{error}");
}

#[test]
fn a_bad_token_is_said_to_be_one_and_not_shown() {
    let place = place();
    let forge = place.server.connect_as(Credential::AccessToken(Secret::new("BBDC-wr0ng")));
    let error = forge.find("change", "main").unwrap_err();
    assert!(matches!(error.problem, ForgeProblem::Unauthorized { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("wr0ng"));
    // Not even where the server says it again.
    let said = json!({"errors": [{
        "message": format!("what is {HTTP_ACCESS_TOKEN}?"),
        "exceptionName": "com.atlassian.bitbucket.AuthorisationException",
    }]});
    place.server.server().inject(Fault::next(|_| true, Reply::json(401, &said)));
    let error = place.forge.find("change", "main").unwrap_err();
    assert!(error.to_string().contains("what is ***?"), "{error}");
    assert!(!format!("{error} {error:?}").contains(HTTP_ACCESS_TOKEN), "{error}");
}

#[test]
fn a_bad_day_passes_and_a_lost_answer_doubles_nothing() {
    let place = place();
    place.server.server().inject(Fault::on("GET", "/pull-requests", Reply::status(502)).times(2));
    assert_eq!(place.forge.find("change", "main").unwrap(), None);
    // It was opened, and the answer got lost: the next look finds it.
    place.server.server().inject(Fault::on("POST", "/pull-requests", Reply::hang_up()).once_done());
    let lost = place.forge.open("change", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(lost, ForgeProblem::Unavailable { .. }), "{lost}");
    assert_eq!(place.forge.find("change", "main").unwrap().unwrap().number, 1);
    assert_eq!(place.hosted.open_numbers(), [1]);
    // A change that was made and whose answer got lost is made again by itself, and finds itself there.
    place.server.server().inject(Fault::on("PUT", "/pull-requests/1", Reply::hang_up()).once_done());
    assert_eq!(place.forge.update(1, &wording("y")).unwrap().title, "y");
    place.remote.commit_to("other", "Ada Example", "Other", [("other", "2\n")]);
    place.hosted.break_next(Action::Open, Refused::Broken);
    let broken = place.forge.open("other", "main", &wording("x")).unwrap_err().problem;
    assert_eq!(broken.to_string(), "no useful answer while opening a proposal: status 503");
}

#[test]
fn a_limit_is_waited_for() {
    let place = place();
    let before = place.clock.now();
    let limited = || {
        let words = json!({"errors": [{"message": "You have been rate limited"}]});
        Reply::json(429, &words)
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-interval-seconds", "1")
    };
    place.server.server().inject(Fault::next(|_| true, limited().header("retry-after", "30")));
    place.forge.find("change", "main").unwrap();
    assert_eq!(place.clock.now().duration_since(before).as_secs(), 30);
    place.server.server().inject(Fault::next(|_| true, limited().header("retry-after", "3600")));
    let refused = place.forge.find("change", "main").unwrap_err().problem;
    assert!(matches!(refused, ForgeProblem::RateLimited { until: Some(_) }), "{refused}");
}

#[test]
fn what_is_no_answer_of_bitbuckets_is_no_answer() {
    let place = place();
    let page = Reply::text(200, "text/html", "<html>Log in</html>");
    place.server.server().inject(Fault::next(|_| true, page));
    let refused = place.forge.find("change", "main").unwrap_err().problem.to_string();
    assert!(refused.contains("a web page came instead"), "{refused}");
    // A proxy's own refusal is no sentence of Bitbucket's.
    let proxy = Reply::text(409, "text/html", "<html>Conflict</html>");
    place.server.server().inject(Fault::on("POST", "/pull-requests", proxy));
    let refused = place.forge.open("change", "main", &wording("x")).unwrap_err().problem;
    assert_eq!(refused.to_string(), "something else changed while opening a proposal: status 409");
    // Half a list is none.
    place.forge.open("change", "main", &wording("x")).unwrap();
    place.hosted.comment_by("ada", 1, "hello");
    place.server.longest_page(1);
    place.server.server().inject(Fault::on("GET", "/activities", Reply::status(500)).after(1).times(9));
    let half = place.forge.comment(1, "<!-- glu:plan -->", "one").unwrap_err().problem;
    assert!(matches!(half, ForgeProblem::Unavailable { .. }), "{half}");
    assert_eq!(place.hosted.proposal(1).comments.len(), 1);
}

#[test]
fn nobody_else_gets_the_credential() {
    let elsewhere = Server::start(|_| Reply::status(200));
    let place = place();
    let moved = Reply::status(302).header("location", format!("{}/login", elsewhere.url()));
    place.server.server().inject(Fault::next(|_| true, moved));
    let refused = place.forge.find("change", "main").unwrap_err().problem.to_string();
    assert!(refused.contains("it has moved to"), "{refused}");
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_veto_is_told_in_words() {
    let place = place();
    place.forge.open("change", "main", &wording("x")).unwrap();
    // What became so after it was looked at.
    let vetoed = json!({"errors": [{
        "message": "The merge was vetoed.",
        "exceptionName": "com.atlassian.bitbucket.pull.PullRequestMergeVetoedException",
        "vetoes": [{"summaryMessage": "Not enough\napprovals"}, {"detailedMessage": "x"}],
    }]});
    place.server.server().inject(Fault::on("POST", "/merge", Reply::json(409, &vetoed)));
    let refused = place.forge.merge_when_ready(1).unwrap_err().problem;
    assert!(matches!(refused, ForgeProblem::Invalid { .. }), "{refused}");
    assert!(refused.to_string().ends_with("The merge was vetoed.; Not enough approvals"), "{refused}");
}

#[test]
fn an_old_server_knows_less() {
    let old = json!({
        "id": 7, "version": 2, "title": "x", "state": "OPEN", "open": true,
        "fromRef": {"id": "refs/heads/h", "repository": {"slug": "b", "project": {"key": "A"}}},
        "toRef": {"id": "refs/heads/m", "repository": {"slug": "b", "project": {"key": "A"}}},
        "reviewers": [], "participants": [{"user": {"name": "ada"}}],
    });
    let server = Server::start(move |request| match request.path.rsplit('/').next() {
        Some("pull-requests") => Reply::json(200, &json!({"values": [old.clone()], "isLastPage": true})),
        Some("7") => Reply::json(200, &old),
        Some("merge") => Reply::json(200, &json!({"canMerge": false, "outcome": "UNKNOWN"})),
        _ => Reply::status(404),
    });
    let token = Credential::AccessToken(Secret::new("t"));
    let url = format!("{}/rest/api/1.0", server.url());
    let forge = connection("ssh://git@bitbucket.acme.example:7999/A/b.git", Some(url), token).unwrap();
    let found = forge.find("h", "m").unwrap().unwrap();
    assert_eq!((found.mergeable, found.merges_by_itself, found.draft), (None, false, false));
    assert_eq!((found.commit.as_str(), found.body.as_str()), ("", ""));
    assert!(found.url.ends_with("/projects/A/repos/b/pull-requests/7"), "{}", found.url);
    assert_eq!(forge.reviews(7).unwrap(), []);
}
