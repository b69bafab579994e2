//! What goes wrong, and what is said of it.

use std::time::Duration;

use serde_json::json;

use super::{connection, place, wording, words};
use crate::clock::Clock as _;
use crate::credential::{Credential, Secret};
use crate::forge::{Forge as _, ForgeProblem, Status, StatusState, Wording};
use crate::testing::forge::bitbucket::TOKEN;
use crate::testing::forge::server::{Fault, Reply, Server};
use crate::testing::forge::{Action, Refused};

#[test]
fn the_scope_that_is_missing_is_named() {
    let place = place();
    let commit = place.hosted.tip_of("main");
    let status =
        Status { name: "glu".to_owned(), state: StatusState::Passed, description: String::new(), url: None };
    place.server.revoke("repository:write");
    let error = place.forge.set_status(&commit, &status).unwrap_err().problem;
    assert!(matches!(error, ForgeProblem::Forbidden { .. }), "{error}");
    assert!(error.to_string().contains("required repository:write"), "{error}");
    place.server.revoke("account");
    let asking = Wording { reviewers: words(&["grace"]), ..wording("x") };
    let error = place.forge.open("change", "main", &asking).unwrap_err().problem.to_string();
    assert!(error.contains("looking for a reviewer") && error.contains("required account"), "{error}");
    place.hosted.forbid(Action::Open);
    let error = place.forge.open("change", "main", &wording("x")).unwrap_err().problem.to_string();
    assert!(error.contains("required pullrequest:write"), "{error}");
    // Where the body does not name it, the header does.
    let silent = Reply::json(403, &json!({"type": "error", "error": {"message": "Access denied."}}));
    let silent = silent.header("x-accepted-oauth-scopes", "pullrequest");
    place.server.server().inject(Fault::next(|_| true, silent));
    let error = place.forge.find("change", "main").unwrap_err().problem.to_string();
    assert!(error.ends_with("Access denied.; the token wants the scope pullrequest"), "{error}");
}

#[test]
fn a_bad_token_is_said_to_be_one_and_not_shown() {
    let place = place();
    let forge = place.server.connect_as(Credential::AccessToken(Secret::new("ATCTT-wr0ng")));
    let error = forge.find("change", "main").unwrap_err();
    assert!(error.to_string().contains("the credential is not accepted"), "{error}");
    assert!(!format!("{error} {error:?}").contains("wr0ng"));
    // Not even where the server says it again.
    let echo = Reply::json(400, &json!({"error": {"message": format!("what is Bearer {TOKEN}?")}}));
    place.server.server().inject(Fault::next(|_| true, echo));
    let error = place.forge.find("change", "main").unwrap_err();
    assert!(!format!("{error} {error:?}").contains(TOKEN), "{error}");
}

#[test]
fn a_bad_day_passes_and_a_lost_answer_doubles_nothing() {
    let place = place();
    place.server.server().inject(Fault::on("GET", "/pullrequests", Reply::status(502)).times(2));
    assert_eq!(place.forge.find("change", "main").unwrap(), None);
    // It was opened, and the answer got lost: the next look finds it.
    place.server.server().inject(Fault::on("POST", "/pullrequests", Reply::hang_up()).once_done());
    let lost = place.forge.open("change", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(lost, ForgeProblem::Unavailable { .. }), "{lost}");
    assert_eq!(place.forge.find("change", "main").unwrap().unwrap().number, 1);
    assert_eq!(place.hosted.open_numbers(), [1]);
    place.remote.commit_to("other", "Ada Example", "Other", [("other", "2\n")]);
    place.hosted.break_next(Action::Open, Refused::Broken);
    let broken = place.forge.open("other", "main", &wording("x")).unwrap_err().problem;
    assert_eq!(broken.to_string(), "no useful answer while opening a proposal: status 503");
}

#[test]
fn a_limit_is_waited_for() {
    let place = place();
    let before = place.clock.now();
    let limited =
        || Reply::json(429, &json!({"error": {"message": "Rate limit for this resource has been exceeded"}}));
    place.server.server().inject(Fault::next(|_| true, limited().header("retry-after", "30")));
    place.forge.find("change", "main").unwrap();
    assert_eq!(place.clock.now().duration_since(before).as_secs(), 30);
    place.server.server().inject(Fault::next(|_| true, limited().header("retry-after", "3600")));
    let refused = place.forge.find("change", "main").unwrap_err().problem;
    assert!(matches!(refused, ForgeProblem::RateLimited { until: Some(_) }), "{refused}");
    // Not asked again before that.
    place.server.server().take_asked();
    place.forge.find("change", "main").unwrap_err();
    assert!(place.server.server().take_asked().is_empty());
    place.clock.sleep(Duration::from_secs(3600));
    place.forge.find("change", "main").unwrap();
}

#[test]
fn what_is_no_answer_of_bitbuckets_is_no_answer() {
    let place = place();
    let page = || Reply::text(200, "text/html", "<html>Log in</html>");
    place.server.server().inject(Fault::next(|_| true, page()));
    let refused = place.forge.find("change", "main").unwrap_err().problem.to_string();
    assert!(refused.contains("a web page came instead"), "{refused}");
    place.server.server().inject(Fault::next(|_| true, Reply::json(200, &json!({"detail": "x"}))));
    let refused = place.forge.find("change", "main").unwrap_err().problem.to_string();
    assert!(refused.contains("there is no list"), "{refused}");
    // Half a list is none.
    place.forge.open("change", "main", &wording("x")).unwrap();
    for number in 0..3 {
        place.hosted.comment_by("ada", 1, &format!("{number}"));
    }
    place.server.longest_page(1);
    place.server.server().inject(Fault::on("GET", "/comments", Reply::status(500)).after(2).times(9));
    let half = place.forge.comment(1, "<!-- glu:plan -->", "one").unwrap_err().problem;
    assert!(matches!(half, ForgeProblem::Unavailable { .. }), "{half}");
    assert_eq!(place.hosted.proposal(1).comments.len(), 3);
}

#[test]
fn nobody_else_gets_the_credential() {
    let elsewhere = Server::start(|_| Reply::status(200));
    let address = format!("{}/2.0/x", elsewhere.url());
    let place = place();
    let moved = move |_: &crate::testing::forge::server::Request| true;
    place.server.server().inject(Fault::next(moved, Reply::status(302).header("location", address.clone())));
    let refused = place.forge.find("change", "main").unwrap_err().problem.to_string();
    assert!(refused.contains("it has moved to"), "{refused}");
    assert!(elsewhere.requests().is_empty());
    // Lists go on where the API is, whatever the list says.
    let list = json!({"values": [], "next": format!("{}/2.0/repositories/a/b/pullrequests?page=2", elsewhere.url())});
    let here = Server::start(move |request| match request.parameter("page") {
        None => Reply::json(200, &list),
        Some(_) => Reply::json(200, &json!({"values": []})),
    });
    let token = Credential::AccessToken(Secret::new("t"));
    let forge = connection("git@bitbucket.org:a/b", Some(format!("{}/2.0", here.url())), token).unwrap();
    assert_eq!(forge.find("x", "y").unwrap(), None);
    assert_eq!((here.requests().len(), elsewhere.requests().len()), (4, 0));
}

#[test]
fn what_is_left_out_is_missing_and_no_mistake() {
    let bare = json!({
        "type": "pullrequest", "id": 7, "title": "x", "state": "SUPERSEDED",
        "summary": {"raw": "a\r\n\r\n[//]: # (mark)\r\n"},
        "source": {"branch": {"name": "h"}, "commit": null, "repository": null},
        "destination": {"branch": {"name": "m"}, "commit": {"hash": "0123456789ab"}, "repository": {"full_name": "a/b"}},
        "merge_commit": null, "closed_by": null, "draft": null, "queued": null, "close_source_branch": null,
        "participants": [{"user": null, "role": "REVIEWER", "state": null}],
        "links": {"html": {"href": "https://bitbucket.org/a/b/pull-requests/7"}},
    });
    let fork = json!({"values": [bare.clone()]});
    let server = Server::start(move |request| match request.path.ends_with("/7") {
        true => Reply::json(200, &bare),
        false => Reply::json(200, &fork),
    });
    let token = Credential::AccessToken(Secret::new("t"));
    let forge = connection("git@bitbucket.org:a/b", Some(format!("{}/2.0", server.url())), token).unwrap();
    // What comes from a fork is not ours, though its branch has the same name.
    assert_eq!(forge.find("h", "m").unwrap(), None);
    assert_eq!(forge.reviews(7).unwrap(), []);
    forge.close(7, "").unwrap();
}
