//! Answers that the forge in memory does not give.

use serde_json::{Value, json};

use super::{scripted, wording};
use crate::forge::{Forge as _, ReviewVerdict, StatusState, Wording};
use crate::testing::forge::server::{Reply, Server};

fn pull(number: u64, more: &Value) -> Value {
    let mut pull = json!({
        "pullRequestId": number, "status": "active", "title": "x", "sourceRefName": "refs/heads/change",
        "targetRefName": "refs/heads/main", "lastMergeSourceCommit": {"commitId": "abc"}, "reviewers": [],
        "repository": {"id": "r", "project": {"id": "p"}},
    });
    for (name, value) in more.as_object().unwrap() {
        pull[name] = value.clone();
    }
    pull
}

fn list(items: &Value) -> Reply {
    Reply::json(200, &json!({"count": items.as_array().unwrap().len(), "value": items}))
}

#[test]
fn a_branch_of_a_fork_is_not_ours() {
    let forked = pull(5, &json!({"forkSource": {"name": "refs/heads/change"}}));
    let all = json!([forked, pull(3, &json!({})), pull(4, &json!({}))]);
    let server = Server::start(move |request| match request.segments().last().unwrap().as_str() {
        "pullrequests" => list(&all),
        "refs" => list(&json!([])),
        number => Reply::json(200, &pull(number.parse().unwrap(), &json!({"isDraft": true}))),
    });
    let azure = scripted(&server);
    let found = azure.find("change", "main").unwrap().unwrap();
    assert_eq!((found.number, found.commit.as_str(), found.draft), (4, "abc", true));
    let asked = server.requests();
    assert_eq!(asked[0].parameter("searchCriteria.sourceRefName"), Some("refs/heads/change"));
    assert_eq!(asked[0].parameter("api-version"), Some("7.1"));
    assert_eq!(asked[0].header("x-tfs-fedauthredirect"), Some("Suppress"));
    let found = azure.find_all(&[("change", "main"), ("other", "main")]).unwrap();
    assert_eq!(found[0].as_ref().unwrap().number, 3, "the first of them, and none of a fork");
}

#[test]
fn states_that_azure_alone_has_are_understood() {
    let status = |id: u64, name: &str, state: &str| json!({"id": id, "state": state, "context": {"name": name, "genre": null}, "targetUrl": ""});
    let statuses = json!([
        status(2, "again", "succeeded"),
        status(1, "again", "failed"),
        status(3, "error", "error"),
        status(4, "none", "notApplicable"),
        status(5, "partly", "partiallySucceeded"),
        status(6, "unset", "notSet"),
    ]);
    let evaluation = |status: &str, more: Value| {
        let mut configuration = json!({
            "isEnabled": true, "isDeleted": false, "settings": {"buildDefinitionId": 12},
            "type": {"id": "0609B952-1397-4640-95ec-e00a01b2c241", "displayName": "Build"},
        });
        for (name, value) in more.as_object().unwrap() {
            configuration[name] = value.clone();
        }
        json!({"status": status, "configuration": configuration, "context": null})
    };
    let evaluations = json!([
        evaluation("broken", json!({})),
        evaluation("rejected", json!({"isEnabled": false, "settings": {"displayName": "off"}})),
        evaluation("rejected", json!({"type": {"id": "x", "displayName": "Reviewers"}})),
        evaluation("notApplicable", json!({"settings": {"displayName": "elsewhere"}})),
        evaluation("running", json!({"settings": {"displayName": "given"}})),
    ]);
    let server = Server::start(move |request| match request.segments().last().unwrap().as_str() {
        "pullrequests" => list(&json!([pull(1, &json!({}))])),
        "evaluations" => list(&evaluations),
        _ if request.path.contains("/commits/") => list(&statuses),
        _ => list(&json!([])),
    });
    let said = scripted(&server).statuses("abc").unwrap();
    let aside = said.iter().filter_map(|status| Some((status.name.as_str(), status.set_aside()?)));
    assert_eq!(aside.collect::<Vec<_>>(), [("none", "skipped")]);
    let said: Vec<String> = said.iter().map(|status| format!("{} {:?}", status.name, status.state)).collect();
    assert_eq!(
        said,
        [
            "Build 12 Failed",
            "again Passed",
            "error Failed",
            "given Pending",
            "none Passed",
            "partly Failed",
            "unset Pending"
        ]
    );
    let asked = server.requests();
    let evaluations = asked.iter().find(|asked| asked.path.ends_with("/evaluations")).unwrap();
    assert_eq!(evaluations.parameter("artifactId"), Some("vstfs:///CodeReview/CodeReviewId/p/1"));
    assert_eq!(evaluations.parameter("api-version"), Some("7.1-preview.1"));
    assert_eq!(StatusState::Failed as u8, 2);
}

#[test]
fn who_declined_is_not_waited_for_and_groups_have_no_voice_of_their_own() {
    let reviewer = |name: &str, vote: i32, more: Value| {
        let mut reviewer = json!({"id": name, "displayName": name, "uniqueName": name, "vote": vote});
        for (name, value) in more.as_object().unwrap() {
            reviewer[name] = value.clone();
        }
        reviewer
    };
    let reviewers = json!([
        reviewer("declined", 0, json!({"hasDeclined": true})),
        reviewer("[shop]\\asked", 0, json!({"isContainer": true})),
        reviewer("[shop]\\answered", 10, json!({"isContainer": true})),
        reviewer("yes", 5, json!({})),
        reviewer("no", -5, json!({"uniqueName": ""})),
    ]);
    let server = Server::start(move |request| match request.segments().last().unwrap().as_str() {
        "1" => Reply::json(200, &pull(1, &json!({"reviewers": reviewers}))),
        _ => list(&json!([])),
    });
    let said = scripted(&server).reviews(1).unwrap();
    let said: Vec<_> = said
        .iter()
        .map(|review| (review.reviewer.as_str(), review.verdict, review.commit.as_deref()))
        .collect();
    assert_eq!(
        said,
        [
            ("no", ReviewVerdict::ChangesRequested, None),
            ("team/asked", ReviewVerdict::Requested, None),
            ("yes", ReviewVerdict::Approved, None)
        ]
    );
}

#[test]
fn a_name_that_several_have_is_nobodys() {
    let person = |id: &str, mail: &str, more: Value| {
        let mut person = json!({
            "id": id, "providerDisplayName": "Grace Hopper", "isActive": true,
            "properties": {"Mail": {"$value": mail}, "Account": {"$value": "ghopper"}, "Domain": {"$value": "ACME"}},
        });
        for (name, value) in more.as_object().unwrap() {
            person[name] = value.clone();
        }
        person
    };
    let people = json!([
        person("1", "grace@acme.example", json!({})),
        person("1", "grace@acme.example", json!({})),
        person("2", "hopper@acme.example", json!({})),
        person("3", "gone@acme.example", json!({"isActive": false})),
        person("4", "group@acme.example", json!({"isContainer": true})),
        null,
    ]);
    let server = Server::start(move |request| match request.segments().last().unwrap().as_str() {
        "identities" => list(&people),
        "pullrequests" => Reply::json(201, &pull(1, &json!({}))),
        "refs" => list(&json!([])),
        _ => Reply::json(200, &pull(1, &json!({}))),
    });
    let azure = scripted(&server);
    let open = |reviewer: &str| {
        let wording = Wording { reviewers: vec![reviewer.to_owned()], ..wording("x") };
        azure.open("change", "main", &wording).map(drop).map_err(|error| error.problem.to_string())
    };
    let problem = open("grace hopper").unwrap_err();
    assert!(problem.ends_with("2 users are called `grace hopper`; name one by an address"), "{problem}");
    for stranger in ["gone", "group"] {
        assert!(open(stranger).unwrap_err().ends_with(&format!("no user `{stranger}`")));
    }
    open("hopper").unwrap();
    let posted = server.requests().into_iter().rfind(|asked| asked.method == "POST").unwrap();
    assert_eq!(posted.json()["reviewers"], json!([{"id": "2"}]));
    assert_eq!(server.requests()[0].path, "/people/_apis/identities");
    assert_eq!(open("ACME\\ghopper").unwrap_err().matches("2 users").count(), 1);
}

#[test]
fn what_somebody_chose_for_merging_stays() {
    let chosen = pull(1, &json!({"completionOptions": {"mergeStrategy": "rebase"}}));
    let server = Server::start(move |request| match request.segments().last().unwrap().as_str() {
        "connectionData" => Reply::json(200, &json!({"authenticatedUser": {"id": "me"}})),
        _ => Reply::json(200, &chosen),
    });
    scripted(&server).merge_when_ready(1).unwrap();
    let asked = server.requests();
    let change = asked.iter().find(|asked| asked.method == "PATCH").unwrap();
    assert_eq!(change.json(), json!({"autoCompleteSetBy": {"id": "me"}}));
}
