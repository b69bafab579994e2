//! Smoke tests against small servers.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use glu::core::gate::Verdict;
use glu::core::gate::check::{Http, http};

use crate::asked::{ERROR, MISTAKE, expect, sample};
use glu_tests::server::scripted::{Answer, ScriptedServer};

/// A variable that every test run has; here it plays a secret.
const SECRET: &str = "CARGO_MANIFEST_DIR";

fn secret() -> String {
    std::env::var(SECRET).unwrap()
}

fn answering(status: u16, body: &'static str) -> (ScriptedServer, Http) {
    let server = ScriptedServer::start(move |_, _| Answer::new(status, body));
    let check = http(format!("http://{}/healthz", server.host()));
    (server, check)
}

#[test]
fn the_status_has_to_be_a_success_or_what_was_asked_for() {
    let (_server, check) = answering(204, "");
    let sample_of = sample(&check);
    expect(&sample_of, Verdict::Pass, "204 in");
    assert_eq!(sample_of.evidence["status"], 204);
    assert!(sample_of.evidence["latency_ms"].is_u64());
    expect(&sample(&check.clone().status(200)), Verdict::Fail, "the status is 204, not 200");
    let (_server, check) = answering(503, "out of order");
    let failed = sample(&check);
    expect(&failed, Verdict::Fail, "the status is 503, not 200 to 299");
    assert_eq!(failed.evidence["body"], "out of order");
    expect(&sample(&check.statuses(500..=599)), Verdict::Pass, "503");
}

#[test]
fn the_body_has_to_say_what_was_asked_for() {
    let (_server, check) =
        answering(200, r#"{"version": "1.3", "checks": [{"name": "db", "status": "up", "lag": 0.5}]}"#);
    let check = || check.clone();
    for passing in [
        check().contains("\"db\""),
        check().contains("\"version\": \"{state}\""),
        check().matches("{*}"),
        check().matches("*\"status\": \"up\"*"),
        check().field_equals("version", "{chart-version}"),
        check().field_equals("checks[name=db].status", "up"),
        check().field_below("checks[name=db].lag", 1.0),
        check().field_above("checks[name=db].lag", 0.1),
        check().faster_than(Duration::from_secs(9)),
    ] {
        expect(&sample(&passing), Verdict::Pass, "200");
    }
    for (failing, reason) in [
        (check().contains("{digest}"), "does not contain `sha256:1.3`"),
        (check().matches("ok"), "does not look like `ok`"),
        (check().field_equals("version", "{from}"), "`version` is `1.3`, not `1.2`"),
        (check().field_equals("absent", "x"), "absent"),
        (check().field_below("checks[name=db].lag", 0.5), "is `0.5`, not below 0.5"),
        (check().field_above("version.x", 0.5), "version"),
        (check().faster_than(Duration::ZERO), "not less than 0 ms"),
    ] {
        expect(&sample(&failing), Verdict::Fail, reason);
    }
    let (_server, check) = answering(200, "<html>");
    expect(&sample(&check.field_equals("version", "1")), Verdict::Fail, "parsed");
}

#[test]
fn placeholders_are_encoded_for_their_place() {
    let server = ScriptedServer::start(|_, _| Answer::new(200, ""));
    let check = http(format!("http://{}/{{phase}}/{{image}}?d={{digest}}", server.host()))
        .header("x-version", "{state}")
        .body("application/json; charset=utf-8", "{\"image\": \"{image}\", \"phase\": \"{phase}\"}");
    let seen = sample(&check);
    expect(&seen, Verdict::Pass, "200");
    let asked = &server.asked()[0];
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.target, "/staging/r.io%2Fshop%2Fapp%3A1.3%3Fx%3D%22%26y?d=sha256%3A1.3");
    assert_eq!(asked.header("x-version"), Some("1.3"));
    assert_eq!(asked.body, "{\"image\": \"r.io/shop/app:1.3?x=\\\"&y\", \"phase\": \"staging\"}");
    assert!(seen.evidence["url"].as_str().unwrap().ends_with("?d=sha256%3A1.3"), "{seen:?}");

    let form = http(format!("http://{}/", server.host()))
        .method("PUT")
        .body("application/x-www-form-urlencoded", "image={image}");
    expect(&sample(&form), Verdict::Pass, "200");
    assert_eq!(server.asked()[1].method, "PUT");
    assert_eq!(server.asked()[1].body, "image=r.io%2Fshop%2Fapp%3A1.3%3Fx%3D%22%26y");
    expect(&sample(&http("http://localhost/{imge}")), MISTAKE, "`{imge}` is no placeholder");
}

#[test]
fn secrets_are_sent_and_not_shown() {
    let server = ScriptedServer::start(|_, asked| {
        Answer::new(
            200,
            format!(
                "you said {}",
                asked.header("authorization").unwrap_or("nothing").trim_start_matches("Bearer ")
            ),
        )
    });
    let url = format!("http://{}/?api_key=hunter2", server.host());
    let seen = sample(&http(&url).header_from_env("Authorization", SECRET));
    expect(&seen, Verdict::Pass, "200");
    assert_eq!(server.asked()[0].header("authorization"), Some(secret().as_str()));
    let shown = format!("{seen:?}");
    assert!(!shown.contains(&secret()) && !shown.contains("hunter2"), "{shown}");
    assert_eq!(seen.evidence["body"], "you said ***");

    let seen = sample(&http(&url).bearer_from_env(SECRET).contains("other"));
    expect(&seen, Verdict::Fail, "does not contain");
    assert_eq!(server.asked()[1].header("authorization"), Some(format!("Bearer {}", secret()).as_str()));
    assert_eq!(seen.evidence["body"], "you said ***");
    let missing = sample(&http(&url).header_from_env("Authorization", "GLU_NO_SUCH_VARIABLE"));
    expect(&missing, ERROR, "the variable `GLU_NO_SUCH_VARIABLE` is not set");
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn redirections_are_followed_without_secrets() {
    let elsewhere = ScriptedServer::start(|_, _| Answer::new(200, "elsewhere"));
    let target = format!("http://127.0.0.1:{}/", elsewhere.host().split_once(':').unwrap().1);
    let to = target.clone();
    let home = ScriptedServer::start(move |_, asked| match asked.target.as_str() {
        "/" => Answer::new(302, "").header("location", "/next"),
        "/round" => Answer::new(302, "").header("location", "/round"),
        _ => Answer::new(307, "").header("location", to.clone()),
    });
    let check =
        http(format!("http://{}/", home.host())).header_from_env("X-Token", SECRET).header("x-a", "b");
    let seen = sample(&check.clone().contains("elsewhere"));
    expect(&seen, Verdict::Pass, "200");
    assert_eq!(home.asked()[1].header("x-token"), Some(secret().as_str()));
    assert_eq!(elsewhere.asked()[0].header("x-token"), None);
    assert_eq!(elsewhere.asked()[0].header("x-a"), Some("b"));
    assert_eq!(seen.evidence["redirected_to"], target);
    expect(&sample(&check.status(302)), Verdict::Pass, "302");
    let round = http(format!("http://{}/round", home.host()));
    expect(&sample(&round), Verdict::Fail, "redirects more than 5 times");
}

#[test]
fn a_server_that_does_not_answer_is_an_error() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    expect(&sample(&http(format!("http://127.0.0.1:{port}/"))), ERROR, "refused");
    expect(&sample(&http("http://no-such-host.invalid/")), ERROR, "no-such-host.invalid");
    let (server, _) = answering(200, "");
    expect(&sample(&http(format!("https://{}/", server.host()))), ERROR, "https://");

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let started = Instant::now();
    let slow = sample(&http(url).timeout(Duration::from_millis(300)));
    expect(&slow, ERROR, "did not answer within 0.3 s");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn a_large_body_is_cut_and_never_taken_for_a_whole_one() {
    let server = ScriptedServer::start(|_, _| {
        Answer::new(200, [b"first".to_vec(), vec![b'x'; 3 << 20], b"last".to_vec()].concat())
    });
    let check = http(format!("http://{}/", server.host()));
    let seen = sample(&check);
    expect(&seen, Verdict::Pass, "200");
    assert!(seen.evidence["body"].as_str().unwrap().chars().count() <= 500);
    expect(&sample(&check.clone().contains("first")), Verdict::Pass, "200");
    expect(&sample(&check.clone().contains("last")), ERROR, "larger than");
    expect(&sample(&check.matches("*last")), ERROR, "larger than");
}

#[test]
fn mistakes_ask_nobody() {
    let (server, _) = answering(200, "");
    let host = server.host();
    expect(&sample(&http(format!("http://user:pass@{host}/"))), MISTAKE, "has a user in it");
    expect(&sample(&http(format!("ftp://{host}/"))), MISTAKE, "no HTTP address");
    expect(&sample(&http(format!("http://{host}/")).field_equals("a[", "b")), MISTAKE, "`a[`");
    assert!(server.asked().is_empty());
}
