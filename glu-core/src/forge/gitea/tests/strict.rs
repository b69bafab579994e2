//! The forge for tests refuses what the description does not have.

use serde_json::{Value, json};

use super::place;
use crate::clock::SystemClock;
use crate::credential::Secret;
use crate::forge::client::{Authorization, Client, Method};
use crate::testing::forge::gitea::TOKEN;

#[test]
fn what_there_is_not_is_refused_and_remembered() {
    let place = place();
    let client = Client::new(&place.server.api(), std::sync::Arc::new(SystemClock))
        .unwrap()
        .authorized(std::sync::Arc::new(Authorization::scheme("token", &Secret::new(TOKEN))));
    let pulls = "/repos/acme/environments/pulls";
    let get = |path: &str| client.get::<Value>("reading", path).is_err();
    let send =
        |method, path: &str, body: Value| client.send::<Value>("writing", method, path, &body).is_err();
    assert!(get("/repos/acme/environments/deployments"));
    assert!(get(&format!("{pulls}?per_page=5")));
    assert!(get(&format!("{pulls}?limit=many")));
    assert!(send(Method::Put, pulls, json!({})));
    assert!(send(Method::Post, pulls, json!({"title": "x", "draft": true})));
    assert!(send(Method::Post, pulls, json!({"labels": ["release"]})));
    assert!(send(Method::Post, &format!("{pulls}/1/merge"), json!({"Do": "squash"})));
    assert!(send(Method::Post, &format!("{pulls}/1/merge"), json!({"do": "somehow"})));
    assert!(send(Method::Post, "/repos/acme/environments/labels", json!({"name": "x"})));
    let complaints = place.server.take_complaints();
    let complaints: Vec<&str> = complaints.iter().filter_map(|words| words.split(": ").nth(1)).collect();
    assert_eq!(
        complaints,
        [
            "there is no such operation",
            "there is no parameter `per_page`",
            "`limit` is no number",
            "there is no such operation",
            "there is no field `draft`",
            "`labels` is not Numbers",
            "there is no field `Do`",
            r#"`do` is not Any(["merge", "rebase", "rebase-merge", "squash", "fast-forward-only", "manually-merged"])"#,
            "`color` is missing",
        ]
    );
}

#[test]
#[should_panic(expected = "asked for what there is not")]
fn what_was_refused_fails_the_test() {
    let place = place();
    let client = Client::new(&place.server.api(), std::sync::Arc::new(SystemClock)).unwrap();
    assert!(client.get::<Value>("reading", "/nonsense").is_err());
    drop(place);
}
