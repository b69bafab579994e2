//! What goes wrong, and what is said of it.

use std::time::Duration;

use super::{place, scripted, wording};
use crate::clock::Clock as _;
use crate::credential::{Credential, Secret};
use crate::forge::{Forge as _, ForgeProblem, Status, StatusState, Wording};
use crate::testing::forge::azure::{JOB_TOKEN, TOKEN};
use crate::testing::forge::server::{Fault, Reply, Server};
use crate::testing::forge::{Action, Refused};

#[test]
fn the_missing_scope_is_named() {
    let place = place();
    let commit = place.azure.open("change", "main", &wording("x")).unwrap().commit;
    let status =
        Status { name: "x".to_owned(), state: StatusState::Passed, description: String::new(), url: None };
    let asking = |reviewer: &str| Wording { reviewers: vec![reviewer.to_owned()], ..wording("x") };
    let problem = |scope: &str| match scope {
        "vso.code" => place.azure.find("change", "main").unwrap_err(),
        "vso.code_write" => place.azure.comment(1, "<!-- m -->", "x").unwrap_err(),
        "vso.code_status" => place.azure.set_status(&commit, &status).unwrap_err(),
        "vso.identity" => place.azure.update(1, &asking("grace")).unwrap_err(),
        _ => place.azure.update(1, &asking("team/platform")).unwrap_err(),
    };
    for (scope, expected) in [
        ("vso.identity", "Identity (read)"),
        ("vso.project", "Project and Team (read)"),
        ("vso.code_status", "Code (status)"),
        ("vso.code_write", "Code (read & write)"),
        ("vso.code", "Code (read)"),
    ] {
        place.server.revoke(scope);
        let said = problem(scope).problem.to_string();
        assert!(said.ends_with(&format!("a token wants the scope {expected}")), "{said}");
        assert!(said.contains("TF400813"), "{said}");
    }
}

#[test]
fn the_missing_permission_is_named_as_the_settings_have_it() {
    let place = place();
    place.hosted.forbid(Action::Open);
    let said = place.azure.open("change", "main", &wording("x")).unwrap_err().problem.to_string();
    assert!(said.starts_with("the credential may not go on opening a proposal: TF401027"), "{said}");
    assert!(said.contains("the permission \"Contribute to pull requests\""), "{said}");
    assert!(said.ends_with("a token wants the scope Code (read & write)"), "{said}");
}

#[test]
fn a_bad_token_is_said_to_be_one_and_not_shown() {
    let place = place();
    let bad = place.server.connect_as(Credential::AccessToken(Secret::new("wr0ng")));
    let error = bad.find("change", "main").unwrap_err().to_string();
    assert!(error.contains("the credential is not accepted") && !error.contains("wr0ng"), "{error}");
    assert!(!error.contains("Ondy"), "neither in base64: {error}");
    let job = place.server.connect_as(Credential::AccessToken(Secret::new(JOB_TOKEN)));
    assert_eq!(job.find("change", "main").unwrap(), None);
}

#[test]
fn a_sign_in_page_is_told_apart_from_an_answer() {
    let place = place();
    let elsewhere = Server::start(|_| Reply::json(200, &serde_json::json!({"value": []})));
    let page = || Reply::text(203, "text/html; charset=utf-8", "<html>Sign in to your account</html>");
    let moved = |to: &str| Reply::status(302).header("location", to.to_owned());
    let expired = || {
        Reply::status(401).header(
            "x-tfs-serviceerror",
            "Access%20Denied%3A%20The%20Personal%20Access%20Token%20used%20has%20expired.",
        )
    };
    let sign_in =
        "it shows its sign-in page instead of an answer, so the token is not valid for it, or has expired";
    let cases = [
        (page(), sign_in),
        (moved("https://spsprodweu1.vssps.visualstudio.com/_signin?realm=dev.azure.com&ctx=s3cr3t"), sign_in),
        (moved("https://login.microsoftonline.com/common/oauth2/authorize"), sign_in),
        (expired(), "the token has expired"),
    ];
    for (reply, expected) in cases {
        for method in ["GET", "POST"] {
            place.server.server().inject(Fault::next(move |request| request.method == method, reply.clone()));
            let problem = match method {
                "GET" => place.azure.find("change", "main").unwrap_err().problem,
                _ => place.azure.open("change", "main", &wording("x")).unwrap_err().problem,
            };
            let ForgeProblem::Unauthorized { reason, .. } = &problem else { panic!("{problem}") };
            assert_eq!(reason, expected);
        }
    }
    // A page that is no sign-in page is none of the token's.
    place.server.server().inject(Fault::next(|_| true, Reply::text(200, "text/html", "<html>proxy</html>")));
    let problem = place.azure.find("change", "main").unwrap_err().problem;
    assert!(problem.to_string().ends_with("a web page came instead of an answer"), "{problem}");
    // Somewhere else nobody is told who we are.
    let target = format!("{}/elsewhere", elsewhere.url());
    place.server.server().inject(Fault::next(|_| true, moved(&target)));
    let problem = place.azure.find("change", "main").unwrap_err().problem;
    assert!(problem.to_string().contains("it has moved to"), "{problem}");
    assert!(elsewhere.requests().is_empty());
    assert!(place.hosted.open_numbers().is_empty());
}

#[test]
fn a_bad_day_passes_and_a_lost_answer_doubles_nothing() {
    let place = place();
    place.server.server().inject(Fault::on("GET", "/pullrequests", Reply::status(503)).times(2));
    assert_eq!(place.azure.find("change", "main").unwrap(), None);
    // It was opened, and the answer got lost: the next look finds it.
    place.server.server().inject(Fault::on("POST", "/pullrequests", Reply::hang_up()).once_done());
    let lost = place.azure.open("change", "main", &wording("x")).unwrap_err().problem;
    assert!(matches!(lost, ForgeProblem::Unavailable { .. }), "{lost}");
    assert_eq!(place.azure.find("change", "main").unwrap().unwrap().number, 1);
    assert_eq!(place.hosted.open_numbers(), [1]);
    place.hosted.break_next(Action::Open, Refused::Broken);
    place.remote.commit_to("other", "Ada Example", "Other", [("other", "2\n")]);
    let broken = place.azure.open("other", "main", &wording("x")).unwrap_err().problem;
    assert_eq!(broken.to_string(), "no useful answer while opening a proposal: status 503");
}

#[test]
fn limits_are_respected() {
    let place = place();
    let before = place.clock.now();
    place.server.allow(1, Duration::from_secs(60));
    place.azure.find("change", "main").unwrap();
    // A second more, since it counts in whole seconds.
    assert_eq!(place.clock.now().duration_since(before).as_secs(), 61);
    // A refusal says how long; so does an answer that came late already.
    let late = |status| Reply::json(status, &serde_json::json!({"value": []})).header("retry-after", "30");
    place.server.server().inject(Fault::next(|_| true, late(429)));
    place.azure.find("change", "main").unwrap();
    assert_eq!(place.clock.now().duration_since(before).as_secs(), 91);
    place.server.server().inject(Fault::next(|_| true, late(200)));
    place.azure.find("change", "main").unwrap();
    assert_eq!(place.clock.now().duration_since(before).as_secs(), 121);
    place.server.allow(0, Duration::from_secs(3600));
    let limited = place.azure.find("change", "main").unwrap_err().problem;
    assert!(matches!(limited, ForgeProblem::RateLimited { until: Some(_) }), "{limited}");
}

#[test]
fn somebody_else_was_faster() {
    for words in [
        "TF401179: An active pull request for the source and target branch already exists.",
        "TF401181: The pull request cannot be edited due to its state.",
        "TF401192: The source or target branch was updated.",
    ] {
        for status in [400, 403, 409, 500] {
            let body = serde_json::json!({"$id": "1", "message": words, "typeKey": "GitException"});
            let server = Server::start(move |_| Reply::json(status, &body));
            let problem = scripted(&server).open("change", "main", &wording("x")).unwrap_err().problem;
            assert!(matches!(problem, ForgeProblem::Conflict { .. }), "{status}: {problem}");
        }
    }
}

#[test]
fn what_the_description_does_not_have_is_a_fault() {
    let place = place();
    let ask = |method: crate::forge::client::Method, path: &str, body: serde_json::Value| {
        let api = format!("{}/My%20Shop/_apis/git/repositories/the%20env", place.server.collection());
        let token = crate::forge::client::Authorization::basic("", &Secret::new(TOKEN));
        let client = crate::forge::client::Client::new(&api, place.clock.clone()).unwrap();
        let client = client.authorized(std::sync::Arc::new(token));
        match body.is_null() {
            true => client.get::<serde_json::Value>("asking", path).map(drop),
            false => client.send::<serde_json::Value>("asking", method, path, &body).map(drop),
        }
    };
    use crate::forge::client::Method::{Get, Patch, Post};
    use serde_json::{Value, json};
    for (method, path, body, fault) in [
        (Get, "/pulls?api-version=7.1", Value::Null, "there is no GET"),
        (Get, "/pullrequests", Value::Null, "in no version"),
        (Get, "/pullrequests?api-version=7.0", Value::Null, "no version 7.0"),
        (Get, "/pullrequests?api-version=7.1&state=open", Value::Null, "no parameter state"),
        (Post, "/pullrequests?api-version=7.1", json!({"title": "x"}), "wants sourceRefName"),
        (Patch, "/pullrequests/1?api-version=7.1", json!({"state": "closed"}), "no field state"),
        (Patch, "/pullrequests/1?api-version=7.1", json!({"status": "closed"}), "and not active"),
        (Patch, "/pullrequests/1?api-version=7.1", json!({"isDraft": "yes"}), "and not boolean"),
    ] {
        assert!(ask(method, path, body).is_err(), "{path}");
        let faults = place.server.take_faults();
        assert!(faults.len() == 1 && faults[0].contains(fault), "{faults:?}");
    }
}

#[test]
#[should_panic(expected = "there is no GET My Shop/_apis/git/pulls")]
fn a_fault_fails_the_test_that_has_it() {
    let place = place();
    let token = crate::forge::client::Authorization::basic("", &Secret::new(TOKEN));
    let client = crate::forge::client::Client::new(&place.server.collection(), place.clock.clone()).unwrap();
    let client = client.authorized(std::sync::Arc::new(token));
    let answer = client.get::<serde_json::Value>("asking", "/My%20Shop/_apis/git/pulls?api-version=7.1");
    assert!(answer.is_err());
}

#[test]
fn nothing_that_is_shown_has_the_token() {
    let server = Server::start(|request| {
        let said = request.header("authorization").unwrap_or_default().to_owned();
        Reply::json(403, &serde_json::json!({"message": format!("no, {said} and s3cr3t")}))
    });
    let error = scripted(&server).find("a", "b").unwrap_err();
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains("s3cr3t") && !shown.contains("OnMzY3IzdA"), "{shown}");
        assert!(shown.contains("***"), "{shown}");
    }
}
