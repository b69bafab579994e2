//! Answers that the forge in memory does not give.

use serde_json::{Value, json};

use super::scripted;
use crate::forge::{Forge as _, ForgeProblem, ReviewVerdict, StatusState};
use crate::testing::forge::server::{Reply, Server};

#[test]
fn the_newest_run_of_a_name_counts_and_the_worse_of_two_kinds() {
    let run = |id: u64, name: &str, status: &str, conclusion: Value| json!({"id": id, "name": name, "status": status, "conclusion": conclusion, "html_url": null, "output": {"title": null}});
    let runs = [
        run(2, "build", "completed", json!("success")),
        run(1, "build", "completed", json!("failure")),
        run(3, "queue", "queued", Value::Null),
        run(4, "skip", "completed", json!("skipped")),
        run(5, "neutral", "completed", json!("neutral")),
        run(6, "slow", "completed", json!("timed_out")),
        run(7, "stale", "completed", json!("stale")),
        run(8, "ask", "completed", json!("action_required")),
        run(9, "both", "completed", json!("failure")),
        run(10, "mixed", "completed", json!("success")),
    ];
    let statuses = json!([
        {"context": "both", "state": "success", "description": null, "target_url": null},
        {"context": "mixed", "state": "pending", "description": "runs", "target_url": ""},
        {"context": "error", "state": "error", "description": "no", "target_url": "https://ci"},
    ]);
    let server = Server::start(move |request| match request.path.ends_with("/status") {
        true => Reply::json(200, &json!({"statuses": statuses})),
        false => Reply::json(200, &json!({"check_runs": runs})),
    });
    let said = scripted(&server).statuses("abc").unwrap();
    let said: Vec<String> = said
        .iter()
        .map(|status| format!("{} {:?} {}", status.name, status.state, status.description))
        .collect();
    assert_eq!(
        said,
        [
            "ask Failed action required",
            "both Failed failure",
            "build Passed success",
            "error Failed no",
            "mixed Pending runs",
            "neutral Passed neutral",
            "queue Pending queued",
            "skip Passed skipped",
            "slow Failed timed out",
            "stale Failed stale",
        ]
    );
    assert_eq!(server.requests()[1].parameter("filter"), Some("latest"));
    let problem =
        scripted(&Server::start(|_| Reply::json(200, &json!({})))).statuses("abc").unwrap_err().problem;
    assert!(matches!(problem, ForgeProblem::Unavailable { .. }), "half an answer is none: {problem}");
    assert_eq!(StatusState::Failed as u8, 2);
}

#[test]
fn remarks_and_dismissed_reviews_decide_nothing() {
    let review = |login: Value, state: &str, association: &str| {
        let user = if login.is_null() { Value::Null } else { json!({"login": login}) };
        json!({"user": user, "state": state, "commit_id": null, "author_association": association})
    };
    let reviews = json!([
        review(json!("ada"), "APPROVED", "MEMBER"),
        review(json!("ada"), "COMMENTED", "MEMBER"),
        review(json!("grace"), "CHANGES_REQUESTED", "MEMBER"),
        review(json!("grace"), "APPROVED", "MEMBER"),
        review(json!("grace"), "DISMISSED", "MEMBER"),
        review(Value::Null, "APPROVED", "NONE"),
        review(json!("linus"), "PENDING", "OWNER"),
        review(json!("reader"), "APPROVED", "CONTRIBUTOR"),
    ]);
    let pull = json!({
        "number": 1, "node_id": "x", "html_url": "x", "state": "open", "title": "x", "body": null,
        "head": {"ref": "a", "sha": "b", "repo": null}, "base": {"ref": "c", "sha": "d", "repo": null},
        "merged_at": null, "merge_commit_sha": null, "auto_merge": null,
    });
    for may_ask in [true, false] {
        let (reviews, pull) = (reviews.clone(), pull.clone());
        let server = Server::start(move |request| match request.segments().last().unwrap().as_str() {
            "reviews" => Reply::json(200, &reviews),
            "1" => Reply::json(200, &pull),
            "permission" if !may_ask => Reply::json(403, &json!({"message": "Must have push access"})),
            "permission" if request.path.contains("/ada/") => {
                Reply::json(200, &json!({"permission": "write"}))
            }
            _ => Reply::json(200, &json!({"permission": "read"})),
        });
        let said = scripted(&server).reviews(1).unwrap();
        let said: Vec<_> = said.iter().map(|review| (review.reviewer.as_str(), review.verdict)).collect();
        assert_eq!(said, [("ada", ReviewVerdict::Approved)], "{may_ask}");
    }
}

#[test]
fn a_branch_of_a_fork_is_not_ours() {
    let pull = |number: u64, head: Value| {
        json!({
            "number": number, "node_id": "x", "html_url": "x", "state": "open", "title": "x", "body": null,
            "head": {"ref": "change", "sha": "b", "repo": head},
            "base": {"ref": "main", "sha": "d", "repo": {"full_name": "acme/environments"}},
            "merged_at": null, "merge_commit_sha": null, "auto_merge": null,
        })
    };
    let ours = pull(3, json!({"full_name": "acme/environments"}));
    let all = json!([pull(1, Value::Null), pull(2, json!({"full_name": "acme/fork"})), ours]);
    let server = Server::start(move |request| match request.path.ends_with("/pulls") {
        true => Reply::json(200, &all),
        false => Reply::json(200, &ours),
    });
    let github = scripted(&server);
    assert_eq!(github.find("change", "main").unwrap().unwrap().number, 3);
    let asked = server.requests();
    assert_eq!(asked[0].parameter("head"), Some("acme:change"));
    assert_eq!(asked[1].path, "/repos/acme/environments/pulls/3");
}

#[test]
fn what_graphql_complains_of_is_understood() {
    for (kind, expected) in [
        ("NOT_FOUND", "NotFound"),
        ("FORBIDDEN", "Forbidden"),
        ("RATE_LIMITED", "RateLimited"),
        ("STALE_DATA", "Conflict"),
        ("UNPROCESSABLE", "Invalid"),
        ("INTERNAL", "Unavailable"),
    ] {
        let body = json!({"data": null, "errors": [{"type": kind, "message": "no\nway"}]});
        let server = Server::start(move |_| Reply::json(200, &body));
        let problem = scripted(&server).merge_when_ready(1).unwrap_err().problem;
        assert!(format!("{problem:?}").starts_with(expected), "{kind}: {problem:?}");
        assert!(!problem.to_string().contains('\n'));
    }
    let server = Server::start(|_| Reply::json(200, &json!({"data": {"repository": null}})));
    let problem = scripted(&server).merge_when_ready(1).unwrap_err().problem;
    assert!(matches!(problem, ForgeProblem::NotFound { .. }), "{problem}");
}
