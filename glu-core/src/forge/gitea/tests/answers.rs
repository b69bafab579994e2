//! Answers that the forge in memory does not give.

use serde_json::{Value, json};

use super::scripted;
use crate::forge::{Fate, Forge as _, ReviewVerdict, Status, Wording};
use crate::testing::forge::server::{Reply, Request, Server};

fn pull(number: u64, more: &Value) -> Value {
    let mut pull = json!({
        "number": number, "html_url": "x", "state": "open", "title": "x", "body": "", "draft": false,
        "mergeable": true, "merged": false, "merged_at": null, "merge_commit_sha": null, "merged_by": null,
        "labels": null, "assignees": null, "milestone": null, "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z", "closed_at": null,
        "head": {"label": "change", "ref": "change", "sha": "b", "repo_id": 1},
        "base": {"label": "main", "ref": "main", "sha": "d", "repo_id": 1},
    });
    for (name, value) in more.as_object().unwrap() {
        pull[name] = value.clone();
    }
    pull
}

#[test]
fn every_state_of_a_status_has_its_meaning() {
    let status = |name: &str, state: &str, url: &str| json!({"context": name, "status": state, "description": "d", "target_url": url});
    let statuses = json!([
        status("a", "success", ""),
        status("b", "skipped", "https://ci.example.com/1"),
        status("c", "pending", "/acme/environments/actions/runs/7/jobs/0"),
        status("d", "failure", ""),
        status("e", "error", ""),
        status("f", "warning", ""),
    ]);
    let server =
        Server::start(move |_| Reply::json(200, &json!({"statuses": statuses})).header("x-total-count", "6"));
    let said = scripted(&server).statuses("abc").unwrap();
    let aside: Vec<_> = said.iter().filter_map(Status::set_aside).collect();
    assert_eq!((aside, said[1].description.as_str()), (vec!["skipped"], "skipped: d"));
    let said: Vec<String> = said
        .iter()
        .map(|status| format!("{} {:?} {}", status.name, status.state, status.url.as_deref().unwrap_or("-")))
        .collect();
    let run = format!("c Pending {}/acme/environments/actions/runs/7/jobs/0", server.url());
    assert_eq!(
        said,
        ["a Passed -", "b Passed https://ci.example.com/1", &run, "d Failed -", "e Failed -", "f Failed -"]
    );
}

#[test]
fn remarks_and_what_was_set_aside_decide_nothing() {
    let review = |login: Value, state: &str, more: Value| {
        let user = if login.is_null() { Value::Null } else { json!({"login": login}) };
        let mut review =
            json!({"user": user, "team": null, "state": state, "commit_id": "c", "official": true});
        review.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        review
    };
    let reviews = json!([
        review(json!("ada"), "APPROVED", json!({"official": false})),
        review(json!("ada"), "APPROVED", json!({})),
        review(json!("ada"), "COMMENT", json!({})),
        review(json!("bob"), "PENDING", json!({})),
        review(json!("carl"), "APPROVED", json!({"dismissed": true})),
        review(json!("dora"), "APPROVED", json!({"stale": true})),
        review(json!("emil"), "REQUEST_CHANGES", json!({"dismissed": true})),
        review(json!("fred"), "REQUEST_CHANGES", json!({"stale": true})),
        review(json!("gina"), "APPROVED", json!({"official": false})),
        review(json!("hans"), "REQUEST_CHANGES", json!({"official": false})),
        review(Value::Null, "APPROVED", json!({})),
    ]);
    let server = Server::start(move |_| Reply::json(200, &reviews).header("x-total-count", "11"));
    let said = scripted(&server).reviews(1).unwrap();
    let said: Vec<_> = said.iter().map(|review| (review.reviewer.as_str(), review.verdict)).collect();
    assert_eq!(said, [("ada", ReviewVerdict::Approved), ("fred", ReviewVerdict::ChangesRequested)]);
}

#[test]
fn a_branch_of_a_fork_is_not_ours() {
    let head =
        |repository: i64| json!({"head": {"label": "change", "ref": "x", "sha": "b", "repo_id": repository}});
    let all = json!([pull(1, &head(-1)), pull(3, &head(7)), pull(2, &head(1))]);
    let server = Server::start(move |request: &Request| match request.path.as_str() {
        path if path.ends_with("/timeline") => Reply::json(200, &Value::Null),
        _ if request.parameter("page").is_some() => Reply::json(200, &json!([])),
        path if path.ends_with("/pulls") => Reply::json(200, &all).header("x-total-count", "3"),
        _ => Reply::json(200, &pull(9, &json!({"state": "closed"}))),
    });
    let found = scripted(&server).find("change", "main").unwrap().unwrap();
    assert_eq!((found.number, found.mergeable), (2, Some(true)));
}

#[test]
fn a_plan_to_merge_may_be_taken_back() {
    for (events, expected) in [
        (json!([]), false),
        (json!([{"type": "comment"}, {"type": "pull_scheduled_merge", "user": {"login": "ada"}}]), true),
        (json!([{"type": "pull_scheduled_merge"}, {"type": "pull_cancel_scheduled_merge"}]), false),
    ] {
        let server = Server::start(move |request: &Request| match request.path.ends_with("/timeline") {
            // It counts what is on the page, and goes on all the same.
            true => match (request.parameter("page"), events.get(0)) {
                (None, Some(first)) => Reply::json(200, &json!([first])).header("x-total-count", "1"),
                (Some("2"), Some(_)) => Reply::json(200, &json!([events[1]])).header("x-total-count", "1"),
                _ => Reply::json(200, &Value::Null).header("x-total-count", "0"),
            },
            false => Reply::json(200, &pull(1, &json!({}))),
        });
        let found = scripted(&server).find("change", "main").unwrap().unwrap();
        assert_eq!(found.merges_by_itself, expected);
    }
}

#[test]
fn drafts_are_known_by_either_word_and_a_server_without_them_gets_none() {
    for (title, draft, expected) in [
        ("WIP: Release", true, "Release"),
        ("wip:Release", true, "Release"),
        ("[WIP] Release", true, "Release"),
        ("WIP: Release", false, "WIP: Release"),
        ("Draft: Release", true, "Draft: Release"),
    ] {
        let server = Server::start(move |request: &Request| match request.path.ends_with("/timeline") {
            true => Reply::json(200, &Value::Null),
            false => Reply::json(200, &pull(1, &json!({"title": title, "draft": draft}))),
        });
        let gitea = scripted(&server);
        let found = gitea.find("change", "main").unwrap().unwrap();
        assert_eq!((found.title.as_str(), found.draft), (expected, draft));
        if title == "WIP: Release" || title == "[WIP] Release" {
            server.take_asked();
            let wording = Wording { title: "Release".to_owned(), draft: true, ..Wording::default() };
            gitea.update(1, &wording).unwrap();
            let asked = server.take_asked();
            assert!(asked.iter().all(|asked| asked.starts_with("GET")), "{title}: {asked:?}");
        }
    }
}

#[test]
fn who_closed_it_is_told_by_what_happened_since() {
    let server = Server::start(|request: &Request| match request.path.ends_with("/timeline") {
        true if request.parameter("page").is_some() => Reply::json(200, &Value::Null),
        true => Reply::json(
            200,
            &json!([{"type": "close", "user": {"login": "ada"}}, {"type": "comment", "user": {"login": "bob"}}]),
        ),
        false => {
            let closed = pull(1, &json!({"state": "closed", "closed_at": "2026-01-02T03:04:05+01:00"}));
            let body = if request.path.ends_with("/pulls") { json!([closed]) } else { closed };
            Reply::json(200, &body).header("x-total-count", "0")
        }
    });
    let found = scripted(&server).find("change", "main").unwrap().unwrap();
    assert_eq!(found.fate, Fate::Closed { by: Some("ada".to_owned()) });
    let requests = server.requests();
    let timeline = requests.iter().find(|request| request.path.ends_with("/timeline")).unwrap();
    assert_eq!(timeline.parameter("since"), Some("2026-01-02T02:04:05Z"));
}
