//! Answers that the forge in memory does not give.

use serde_json::{Value, json};

use super::{scripted, wording};
use crate::forge::{Forge as _, ForgeProblem, ReviewVerdict, Wording};
use crate::testing::forge::server::{Reply, Server};

fn request(iid: u64, source_project: Option<u64>) -> Value {
    json!({
        "iid": iid, "web_url": format!("https://gitlab.example/x/-/merge_requests/{iid}"), "state": "opened",
        "title": "x", "description": null, "source_branch": "change", "target_branch": "main",
        "source_project_id": source_project, "target_project_id": 1, "sha": "b", "merge_commit_sha": null,
        "squash_commit_sha": null, "merge_user": null, "merged_by": null, "closed_by": null, "milestone": null,
        "assignees": [], "reviewers": [{"id": 7, "username": "grace"}],
    })
}

#[test]
fn jobs_bridges_and_statuses_are_understood() {
    let status = |id: u64, name: &str, status: &str, allow_failure: bool| {
        json!({
            "id": id, "name": name, "status": status, "allow_failure": allow_failure, "description": null,
            "target_url": "", "pipeline_id": 3,
        })
    };
    let mut described = status(12, "described", "skipped", false);
    described["description"] = json!("nothing has changed");
    let statuses = json!([
        described,
        status(1, "again", "failed", false),
        status(2, "again", "success", false),
        status(11, "behind", "failed", false),
        status(10, "behind", "success", false),
        status(3, "allowed", "failed", true),
        status(4, "bridge", "waiting_for_resource", false),
        status(5, "by hand", "manual", true),
        status(6, "by somebody", "manual", false),
        status(7, "canceled", "canceled", true),
        status(8, "skipped", "skipped", false),
        status(9, "later", "scheduled", false),
    ]);
    let pipelines = json!([
        {"id": 5, "status": "success", "web_url": null},
        {"id": 4, "status": "failed", "web_url": "https://gitlab.example/x/-/pipelines/4"},
        {"id": 3, "status": "failed", "web_url": null},
    ]);
    let server = Server::start(move |request| match request.path.ends_with("/statuses") {
        true => Reply::json(200, &statuses),
        false => Reply::json(200, &pipelines),
    });
    let said = scripted(&server).statuses("abc").unwrap();
    let said: Vec<String> = said
        .iter()
        .map(|status| format!("{} {:?} {}", status.name, status.state, status.description))
        .collect();
    assert_eq!(
        said,
        [
            "again Passed success",
            "allowed Passed failed",
            "behind Failed failed",
            "bridge Pending waiting for resource",
            "by hand Passed skipped: manual",
            "by somebody Pending manual",
            "canceled Failed canceled",
            "described Passed skipped: nothing has changed",
            "later Pending scheduled",
            "pipeline 4 Failed it failed before it had a job",
            "skipped Passed skipped",
        ]
    );
}

#[test]
fn lists_are_read_until_what_was_looked_for_is_there() {
    let server = Server::start(|asked| {
        let page = asked.parameter("page").unwrap_or("1").to_owned();
        let items = match (asked.segments().last().unwrap().as_str(), page.as_str()) {
            // A group above may have one that differs by case only.
            ("milestones", "1") => json!([{"id": 1, "title": "q4"}]),
            ("milestones", _) => json!([{"id": 2, "title": "Q4"}]),
            ("pipelines", "1") => json!([{"id": 9, "status": "success", "web_url": null}]),
            ("pipelines", _) => json!([{"id": 8, "status": "failed", "web_url": null}]),
            ("merge_requests", _) if asked.method == "POST" => {
                return Reply::json(201, &request(1, Some(1)));
            }
            _ => return Reply::json(200, &json!([])),
        };
        let reply = Reply::json(200, &items);
        let next = format!("<https://behind.proxy{}?page=2>; rel=\"next\"", asked.path);
        if page == "1" { reply.header("link", next) } else { reply }
    });
    let gitlab = scripted(&server);
    let said = gitlab.statuses("abc").unwrap();
    assert_eq!(said.iter().map(|status| status.name.as_str()).collect::<Vec<_>>(), ["pipeline 8"]);
    let wording = Wording { milestone: Some("Q4".to_owned()), ..wording("x") };
    gitlab.open("change", "main", &wording).unwrap();
    assert_eq!(server.requests().last().unwrap().json()["milestone_id"], json!(2));
}

#[test]
fn a_branch_of_a_fork_is_not_ours() {
    let all = json!([request(3, Some(9)), request(2, None), request(1, Some(1))]);
    let server = Server::start(move |asked| match asked.segments().last().map(String::as_str) {
        Some("merge_requests") => Reply::json(200, &all),
        Some("1") => Reply::json(200, &all[2]),
        _ => Reply::status(404),
    });
    let gitlab = scripted(&server);
    assert_eq!(gitlab.find("change", "main").unwrap().unwrap().number, 1);
    let both = gitlab.find_all(&[("change", "main"), ("change", "other")]).unwrap();
    assert_eq!(both[0].as_ref().unwrap().number, 1);
    // A branch's name needs not be a word of an address.
    gitlab.find("a&b=c/d", "main").unwrap();
    assert_eq!(
        server.requests().iter().filter(|asked| asked.parameter("source_branch") == Some("a&b=c/d")).count(),
        1
    );
}

#[test]
fn approvals_without_reviewers_are_what_an_old_version_has() {
    let server = Server::start(|asked| match asked.segments().last().map(String::as_str) {
        Some("approvals") => {
            Reply::json(200, &json!({"approved_by": [{"user": {"id": 1, "username": "ada"}}]}))
        }
        Some("reviewers") => Reply::json(404, &json!({"error": "404 Not Found"})),
        _ => Reply::json(200, &request(1, Some(1))),
    });
    let said = scripted(&server).reviews(1).unwrap();
    let said: Vec<_> = said.iter().map(|review| (review.reviewer.as_str(), review.verdict)).collect();
    assert_eq!(said, [("ada", ReviewVerdict::Approved), ("grace", ReviewVerdict::Requested)]);
}

#[test]
fn whether_it_merges_is_only_told_when_it_was_found_out() {
    let mergeable = |status: &str, conflicts: bool| {
        let mut request = request(1, Some(1));
        request["merge_status"] = json!(status);
        request["has_conflicts"] = json!(conflicts);
        let server = Server::start(move |asked| match asked.path.ends_with("/merge_requests") {
            true => Reply::json(200, &json!([request])),
            false => Reply::json(200, &request),
        });
        scripted(&server).find("change", "main").unwrap().unwrap().mergeable
    };
    assert_eq!(mergeable("can_be_merged", false), Some(true));
    assert_eq!(mergeable("cannot_be_merged", true), Some(false));
    assert_eq!(mergeable("cannot_be_merged_recheck", true), None);
    for status in ["unchecked", "checking", "preparing"] {
        assert_eq!(mergeable(status, false), None);
    }
}

#[test]
fn half_an_answer_is_none() {
    for body in [json!({}), json!([{"iid": 1}]), json!("x")] {
        let server = Server::start(move |_| Reply::json(200, &body));
        let gitlab = scripted(&server);
        for result in [
            gitlab.find("change", "main").map(drop),
            gitlab.statuses("abc").map(drop),
            gitlab.reviews(1).map(drop),
            gitlab.comment(1, "<!-- x -->", "x").map(drop),
            gitlab.update(1, &wording("x")).map(drop),
        ] {
            let problem = result.unwrap_err().problem;
            assert!(matches!(problem, ForgeProblem::Unavailable { .. }), "{problem}");
        }
    }
}
