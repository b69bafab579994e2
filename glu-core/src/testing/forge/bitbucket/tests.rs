//! The dialects refuse what is not described, and say so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{BitbucketCloudServer, BitbucketDataCenterServer, HTTP_ACCESS_TOKEN, TOKEN};
use crate::clock::FakeClock;
use crate::credential::Secret;
use crate::forge::ForgeProblem;
use crate::forge::client::{Authorization, Client, Method};
use crate::testing::forge::Hosted;
use crate::testing::{Directory, Remote};

fn hosted(directory: &Directory) -> Arc<Hosted> {
    let clock = Arc::new(FakeClock::at(Timestamp::from_second(1_767_268_800).unwrap()));
    let remote = Remote::create(&directory.path().join("remote.git"), clock);
    remote.commit("start", [("file", "one\n")]);
    remote.commit_to("change", "Ada Example", "Change it", [("file", "two\n")]);
    Hosted::new("acme/environments", &remote)
}

fn ask(url: &str, token: &str, method: Method, path: &str, body: &Value) -> Result<Value, ForgeProblem> {
    let clock = Arc::new(FakeClock::at(Timestamp::UNIX_EPOCH));
    let client = Client::new(url, clock)?.authorized(Arc::new(Authorization::bearer(&Secret::new(token))));
    match method {
        Method::Get => client.get("asking", path),
        method => client.send("asking", method, path, body),
    }
}

/// What it says as it goes.
fn complaint<T>(server: T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| drop(server))).expect_err("it was asked something strange");
    *panic.downcast::<String>().expect("the complaint is a text")
}

#[test]
fn the_clouds_is_strict() {
    let directory = Directory::new();
    let base = "/2.0/repositories/acme/environments";
    let pull = |field: &str| json!({"title": "x", "source": {"branch": {"name": "change"}}, field: ["a"]});
    for (method, path, body, what) in [
        (Method::Get, "/pulls", Value::Null, "no such operation"),
        (Method::Patch, "/pullrequests/1", json!({"title": "x"}), "no such operation"),
        (Method::Get, "/pullrequests?per_page=1", Value::Null, "no parameter `per_page`"),
        (Method::Post, "/pullrequests", pull("labels"), "no field `labels[]`"),
        (Method::Post, "/pullrequests", pull("reviewers"), "no field `reviewers[]`"),
    ] {
        let server = BitbucketCloudServer::start(hosted(&directory));
        ask(&server.server().url(), TOKEN, method, &format!("{base}{path}"), &body).unwrap_err();
        let said = complaint(server);
        assert!(said.contains(what), "{said}");
    }
    // What is described and wrong is only refused.
    let server = BitbucketCloudServer::start(hosted(&directory));
    for query in ["q=title+%3D+x", "q=nothing+%3D+%22x%22", "state=CLOSED", "sort=-id", "pagelen=51"] {
        let path = format!("{base}/pullrequests?{query}");
        let refused = ask(&server.server().url(), TOKEN, Method::Get, &path, &Value::Null);
        assert!(refused.is_err(), "{query}");
    }
}

#[test]
fn data_centers_is_strict() {
    let directory = Directory::new();
    let base = "/rest/api/latest/projects/acme/repos/environments";
    for (method, path, body, what) in [
        (Method::Get, "/pull-requests?page=2", Value::Null, "no parameter `page`"),
        (Method::Get, "/pull-requests/1/comments", Value::Null, "no such operation"),
        (Method::Post, "/pull-requests/1/comments", json!({"body": "x"}), "no field `body`"),
        (Method::Post, "/commits/1/builds", json!({"context": "x"}), "no field `context`"),
    ] {
        let server = BitbucketDataCenterServer::start(hosted(&directory));
        ask(&server.server().url(), HTTP_ACCESS_TOKEN, method, &format!("{base}{path}"), &body).unwrap_err();
        let said = complaint(server);
        assert!(said.contains(what), "{said}");
    }
    // What is described and wrong is only refused.
    let server = BitbucketDataCenterServer::start(hosted(&directory));
    let url = server.server().url();
    let ask = |method: Method, path: &str, body: &Value| {
        ask(&url, HTTP_ACCESS_TOKEN, method, &format!("{base}{path}"), body).unwrap_err()
    };
    for path in ["/pull-requests?at=main", "/pull-requests?state=CLOSED", "/pull-requests?direction=IN"] {
        let refused = ask(Method::Get, path, &Value::Null);
        assert!(matches!(refused, ForgeProblem::Invalid { .. }), "{path}: {refused}");
    }
    let nameless = json!({"title": "x", "fromRef": {"id": "change"}, "toRef": {"id": "refs/heads/main"}});
    assert!(matches!(ask(Method::Post, "/pull-requests", &nameless), ForgeProblem::Invalid { .. }));
}
