//! Servers that misbehave, one way each.

use std::time::{Duration, Instant};

use glu::core::source::oci::{Digest, Images, OciError, SIZE_LIMIT};
use serde_json::json;

use super::{basic, open, open_as};
use glu_tests::server::docker_registry::{CONFIG, MANIFEST};
use glu_tests::server::scripted::{Answer, Asked, ScriptedServer};

fn manifest() -> String {
    let config = json!({ "mediaType": CONFIG, "digest": Digest::sha256_of(b"{}"), "size": 2 });
    json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [] }).to_string()
}

fn good() -> Answer {
    Answer::new(200, manifest()).header("content-type", MANIFEST)
}

fn images(server: &ScriptedServer) -> Box<dyn Images> {
    open(&format!("{}/org/app:1", server.host()))
}

fn failure(answer: impl Fn() -> Answer + Send + 'static) -> OciError {
    let server = ScriptedServer::start(move |_, _| answer());
    let images = images(&server);
    images.resolve(images.selector()).unwrap_err()
}

#[test]
fn content_must_have_the_announced_digest() {
    let other = Digest::sha256_of(b"other").to_string();
    let error = failure(move || good().header("docker-content-digest", other.as_str()));
    assert!(matches!(error, OciError::DigestMismatch { .. }), "{error}");
    let error = failure(|| good().header("docker-content-digest", "sha256:1"));
    assert!(matches!(error, OciError::Malformed { .. }), "{error}");
}

#[test]
fn content_must_have_the_digest_that_was_asked_for() {
    let server = ScriptedServer::start(|_, _| good());
    let asked = Digest::sha256_of(b"other");
    let images = open(&format!("{}/app@{asked}", server.host()));
    let error = images.resolve(images.selector()).unwrap_err();
    let Some(OciError::DigestMismatch { expected, actual, .. }) = Some(error.clone()) else {
        panic!("{error}")
    };
    assert_eq!((expected, actual), (asked, Digest::sha256_of(manifest().as_bytes())));
}

#[test]
fn content_must_be_small_and_of_a_known_kind() {
    let error =
        failure(|| Answer::new(200, vec![b' '; SIZE_LIMIT as usize + 1]).header("content-type", MANIFEST));
    assert!(matches!(error, OciError::TooLarge { .. }), "{error}");
    let error = failure(|| Answer::new(200, manifest()).header("content-type", "text/html; charset=utf-8"));
    assert!(error.to_string().contains("`text/html`"), "{error}");
    let error = failure(|| Answer::new(200, manifest()));
    assert!(matches!(error, OciError::UnsupportedMediaType { .. }), "{error}");
}

#[test]
fn a_blob_must_be_the_one_described() {
    let server =
        ScriptedServer::start(
            |_, asked: &Asked| {
                if asked.target.contains("/blobs/") { Answer::new(200, "[]") } else { good() }
            },
        );
    let images = images(&server);
    let image = images.resolve(images.selector()).unwrap();
    assert!(matches!(images.config(&image), Err(OciError::DigestMismatch { .. })));
}

#[test]
fn pages_of_tags_are_followed_on_the_registry_itself() {
    let server = ScriptedServer::start(|number, _| {
        let page = |tags: [&str; 2]| Answer::new(200, json!({ "name": "org/app", "tags": tags }).to_string());
        match number {
            0 => page(["b", "a"]).header("link", r#"</v2/org/app/tags/list?last=a&n=2>; rel="next""#),
            1 => page(["c", "../x"])
                .header("link", r#"<https://elsewhere.example/v2/org/app/tags/list?last=c&n=2>; rel="next""#),
            _ => page(["c", "d"]).header("link", r#"</v2/org/app/tags/list>; rel="first""#),
        }
    });
    assert_eq!(images(&server).tags().unwrap(), ["a", "b", "c", "d"]);
    let targets: Vec<String> = server.asked().into_iter().map(|asked| asked.target).collect();
    let expected =
        ["?n=1000", "?last=a&n=2", "?last=c&n=2"].map(|query| format!("/v2/org/app/tags/list{query}"));
    assert_eq!(targets, expected);
}

#[test]
fn pages_of_tags_that_go_in_circles_are_refused() {
    let server = ScriptedServer::start(|_, _| {
        Answer::new(200, r#"{"tags": null}"#).header("link", r#"<list?n=1>; rel=next"#)
    });
    let error = images(&server).tags().unwrap_err();
    assert!(error.to_string().contains("circles"), "{error}");
}

#[test]
fn a_tag_is_read_again_only_if_it_moved() {
    let server = ScriptedServer::start(|_, _| {
        good().header("docker-content-digest", Digest::sha256_of(manifest().as_bytes()).to_string())
    });
    let images = images(&server);
    for _ in 0..2 {
        images.resolve(images.selector()).unwrap();
    }
    let methods: Vec<String> = server.asked().into_iter().map(|asked| asked.method).collect();
    assert_eq!(methods, ["GET", "HEAD"]);
}

#[test]
fn a_login_does_not_follow_a_redirect_to_another_host() {
    let store = ScriptedServer::start(|_, _| good());
    let location = format!("http://{}/elsewhere", store.host());
    let registry = ScriptedServer::start(move |_, asked: &Asked| match asked.header("authorization") {
        None => Answer::new(401, "").header("www-authenticate", r#"Basic realm="x""#),
        Some(_) => Answer::new(307, "").header("location", location.as_str()),
    });
    let images = open_as(&format!("{}/app", registry.host()), basic("reader", "s3cret"));
    images.resolve(images.selector()).unwrap();
    assert_eq!(store.asked().len(), 1);
    assert_eq!(store.asked()[0].header("authorization"), None);
}

#[test]
fn another_hosts_challenge_is_not_answered() {
    let store =
        ScriptedServer::start(|_, _| Answer::new(401, "").header("www-authenticate", r#"Basic realm="x""#));
    let location = format!("http://{}/elsewhere", store.host());
    let registry =
        ScriptedServer::start(move |_, _| Answer::new(302, "").header("location", location.as_str()));
    let images = open_as(&format!("{}/app", registry.host()), basic("reader", "s3cret"));
    let error = images.resolve(images.selector()).unwrap_err();
    assert!(matches!(error, OciError::Unauthorized { .. }), "{error}");
    assert!(
        store.asked().iter().chain(&registry.asked()).all(|asked| asked.header("authorization").is_none())
    );
}

#[test]
fn redirects_end() {
    let error = failure(|| Answer::new(302, "").header("location", "/v2/again"));
    assert!(error.to_string().contains("redirects more than 5 times"), "{error}");
}

#[test]
fn a_token_service_elsewhere_must_be_encrypted() {
    let challenge = r#"Bearer realm="http://tokens.example/token""#;
    let server =
        ScriptedServer::start(move |_, _| Answer::new(401, "").header("www-authenticate", challenge));
    let images = open_as(&format!("{}/app", server.host()), basic("reader", "s3cret"));
    let error = images.resolve(images.selector()).unwrap_err();
    assert!(error.to_string().contains("`http://tokens.example/token`, which is not encrypted"), "{error}");
}

#[test]
fn an_expired_token_is_renewed_once() {
    let tokens =
        ScriptedServer::start(|number, _| Answer::new(200, format!(r#"{{"access_token": "{number}"}}"#)));
    let challenge = format!(r#"Bearer realm="http://{}/token",service="x""#, tokens.host());
    // The second token is good for nothing else than the second image.
    let registry = ScriptedServer::start(move |_, asked: &Asked| {
        let wanted = if asked.target.ends_with("/2") { "Bearer 1" } else { "Bearer 0" };
        match asked.header("authorization") {
            Some(authorization) if authorization == wanted => good(),
            _ => Answer::new(401, "").header("www-authenticate", challenge.as_str()),
        }
    });
    let images = open(&format!("{}/app:1", registry.host()));
    images.resolve(images.selector()).unwrap();
    let selector = |tag: &str| glu::core::source::oci::Selector::Tag(tag.to_owned());
    images.resolve(&selector("2")).unwrap();
    let error = images.resolve(&selector("3")).unwrap_err();
    assert!(matches!(error, OciError::Unauthorized { .. }), "{error}");
    assert_eq!((tokens.asked().len(), registry.asked().len()), (3, 5 + 1));
}

#[test]
fn an_access_token_is_sent_as_it_is_where_nothing_else_is_asked_for() {
    let server = ScriptedServer::start(|_, asked: &Asked| match asked.header("authorization") {
        Some("Bearer t0ken") => good(),
        _ => Answer::new(401, ""),
    });
    let token = glu::core::credential::Credential::AccessToken(glu::core::credential::Secret::new("t0ken"));
    let images = open_as(&format!("{}/app", server.host()), Some(token));
    images.resolve(images.selector()).unwrap();
}

#[test]
fn what_passes_is_tried_again() {
    let server = ScriptedServer::start(|number, _| match number {
        0 => Answer::new(503, ""),
        1 => Answer::new(429, "").header("retry-after", "1"),
        _ => good(),
    });
    let images = images(&server);
    let start = Instant::now();
    images.resolve(images.selector()).unwrap();
    assert_eq!(server.asked().len(), 3);
    assert!(start.elapsed() >= Duration::from_millis(1250), "{:?}", start.elapsed());
}

#[test]
fn what_does_not_pass_is_given_up() {
    let server = ScriptedServer::start(|_, _| {
        Answer::new(500, r#"{"errors": [{"code": "UNKNOWN", "message": "the disk\nis full"}]}"#)
    });
    let images = images(&server);
    let error = images.resolve(images.selector()).unwrap_err();
    let address = format!("http://{}/v2/org/app/manifests/1", server.host());
    assert_eq!(error.to_string(), format!("`{address}` answered with status 500: UNKNOWN the disk is full"));
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn a_long_wait_is_reported_instead_of_waited_for() {
    let start = Instant::now();
    let error = failure(|| Answer::new(429, "").header("retry-after", "3600"));
    assert!(
        error.to_string().ends_with("limits the rate of requests; it asks to wait 3600 seconds"),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_refusal_of_one_who_is_known_says_why() {
    let body = r#"{"errors": [{"code": "DENIED", "message": "ask your administrator"}]}"#;
    let error = failure(move || Answer::new(403, body));
    assert!(
        error.to_string().ends_with("forbids anonymous access: DENIED ask your administrator"),
        "{error}"
    );
}

#[test]
fn nobody_listening_is_said() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let images = open(&format!("localhost:{port}/app"));
    let error = images.resolve(images.selector()).unwrap_err();
    assert!(matches!(error, OciError::Unreachable { .. }), "{error}");
    assert!(error.to_string().to_lowercase().contains("connection refused"), "{error}");
}
