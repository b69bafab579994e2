//! What may be asked: the operations of the description that this dialect has, with the parameters and fields that it knows of each.

use serde_json::Value;

use super::super::server::Request;
use crate::forge::Kind;

/// One operation.
pub(super) struct Operation {
    method: &'static str,
    path: &'static str,
    parameters: &'static [&'static str],
    fields: &'static [(&'static str, Field)],
    required: &'static [&'static str],
}

/// What a field of a body is.
#[derive(Debug, Clone, Copy)]
enum Field {
    Text,
    Flag,
    Number,
    Texts,
    Numbers,
    Any(&'static [&'static str]),
}

use Field::{Any, Flag, Number, Numbers, Text, Texts};

const STATES: Field = Any(&["closed", "open"]);
const WAYS: Field =
    Any(&["merge", "rebase", "rebase-merge", "squash", "fast-forward-only", "manually-merged"]);
const STATUSES: Field = Any(&["pending", "success", "error", "failure", "warning", "skipped"]);
const PAGE: &[&str] = &["page", "limit"];

const OPERATIONS: &[Operation] = &[
    read("/repos/{owner}/{repo}", &[]),
    read("/repos/{owner}/{repo}/pulls", &["state", "page", "limit"]),
    read("/repos/{owner}/{repo}/pulls/{index}", &[]),
    read("/repos/{owner}/{repo}/pulls/{index}/reviews", PAGE),
    read("/repos/{owner}/{repo}/labels", PAGE),
    read("/repos/{owner}/{repo}/milestones", &["state", "page", "limit"]),
    read("/repos/{owner}/{repo}/issues/{index}/comments", &["since", "before"]),
    read("/repos/{owner}/{repo}/issues/{index}/timeline", &["since", "page", "limit"]),
    read("/repos/{owner}/{repo}/commits/{ref}/status", PAGE),
    read("/orgs/{org}/labels", PAGE),
    // Where nothing above fits, since the head has slashes as they come.
    read("/repos/{owner}/{repo}/pulls/{base}/{head}", &[]),
    write(
        "POST",
        "/repos/{owner}/{repo}/pulls",
        &[
            ("title", Text),
            ("body", Text),
            ("head", Text),
            ("base", Text),
            ("assignees", Texts),
            ("labels", Numbers),
            ("milestone", Number),
        ],
        &[],
    ),
    write(
        "PATCH",
        "/repos/{owner}/{repo}/pulls/{index}",
        &[
            ("title", Text),
            ("body", Text),
            ("base", Text),
            ("state", STATES),
            ("assignees", Texts),
            ("milestone", Number),
        ],
        &[],
    ),
    write(
        "POST",
        "/repos/{owner}/{repo}/pulls/{index}/requested_reviewers",
        &[("reviewers", Texts), ("team_reviewers", Texts)],
        &[],
    ),
    write(
        "POST",
        "/repos/{owner}/{repo}/labels",
        &[("name", Text), ("color", Text), ("description", Text)],
        &["name", "color"],
    ),
    write("POST", "/repos/{owner}/{repo}/issues/{index}/labels", &[("labels", Numbers)], &[]),
    write("POST", "/repos/{owner}/{repo}/issues/{index}/comments", &[("body", Text)], &["body"]),
    write("PATCH", "/repos/{owner}/{repo}/issues/comments/{id}", &[("body", Text)], &["body"]),
    write(
        "POST",
        "/repos/{owner}/{repo}/statuses/{sha}",
        &[("state", STATUSES), ("context", Text), ("description", Text), ("target_url", Text)],
        &[],
    ),
];

/// Merging, which both write differently.
const MERGE: [Operation; 2] = [
    write(
        "POST",
        "/repos/{owner}/{repo}/pulls/{index}/merge",
        &[("do", WAYS), ("head_commit_id", Text), ("merge_when_checks_succeed", Flag)],
        &["do"],
    ),
    write(
        "POST",
        "/repos/{owner}/{repo}/pulls/{index}/merge",
        &[("Do", WAYS), ("head_commit_id", Text), ("merge_when_checks_succeed", Flag)],
        &["Do"],
    ),
];

const fn read(path: &'static str, parameters: &'static [&'static str]) -> Operation {
    Operation { method: "GET", path, parameters, fields: &[], required: &[] }
}

const fn write(
    method: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, Field)],
    required: &'static [&'static str],
) -> Operation {
    Operation { method, path, parameters: &[], fields, required }
}

/// The operation that a request is for.
pub(super) fn find(request: &Request, kind: Kind) -> Option<&'static Operation> {
    let path = request.path.strip_prefix("/api/v1")?;
    static ALL: [Operation; 2] = MERGE;
    let merge = &ALL[usize::from(kind == Kind::Forgejo)];
    let fits = |operation: &&Operation| operation.method == request.method && operation.fits(path);
    OPERATIONS.iter().chain([merge]).find(fits)
}

impl Operation {
    /// Whether a path is this one's. The last piece of `{base}/{head}` takes all that is left.
    fn fits(&self, path: &str) -> bool {
        let wanted: Vec<&str> = self.path.split('/').collect();
        let pieces = path.splitn(if self.path.ends_with("{head}") { wanted.len() } else { usize::MAX }, '/');
        let pieces: Vec<&str> = pieces.collect();
        let fits = |(wanted, piece): (&&str, &&str)| match wanted.strip_prefix('{') {
            Some(name) if name.starts_with("index") || name.starts_with("id") => piece.parse::<u64>().is_ok(),
            Some(_) => !piece.is_empty(),
            None => wanted == piece,
        };
        wanted.len() == pieces.len() && wanted.iter().zip(&pieces).all(fits)
    }

    /// Which kind of scope a token wants for it.
    pub(super) fn scope(&self) -> &'static str {
        match self.path {
            path if path.starts_with("/orgs") => "organization",
            path if ["/issues", "/labels", "/milestones"].iter().any(|part| path.contains(part)) => "issue",
            _ => "repository",
        }
    }

    /// Whether the parameters and the body are what it knows.
    pub(super) fn check(&self, request: &Request) -> Result<(), String> {
        if let Some((name, _)) =
            request.query.iter().find(|(name, _)| !self.parameters.contains(&name.as_str()))
        {
            return Err(format!("there is no parameter `{name}`"));
        }
        for name in ["page", "limit"] {
            if request.parameter(name).is_some_and(|value| value.parse::<usize>().is_err()) {
                return Err(format!("`{name}` is no number"));
            }
        }
        if request.method == "GET" {
            return if request.body.is_empty() { Ok(()) } else { Err("reading has no body".to_owned()) };
        }
        if request.header("content-type").is_none_or(|kind| !kind.starts_with("application/json")) {
            return Err("the body is not said to be JSON".to_owned());
        }
        let Value::Object(body) = request.json() else { return Err("the body is no object".to_owned()) };
        for (name, value) in &body {
            let Some((_, field)) = self.fields.iter().find(|(known, _)| known == name) else {
                return Err(format!("there is no field `{name}`"));
            };
            if !field.takes(value) {
                return Err(format!("`{name}` is not {field:?}: {value}"));
            }
        }
        match self.required.iter().find(|name| !body.contains_key(**name)) {
            Some(name) => Err(format!("`{name}` is missing")),
            None => Ok(()),
        }
    }
}

impl Field {
    fn takes(self, value: &Value) -> bool {
        let all = |is_it: fn(&Value) -> bool| value.as_array().is_some_and(|values| values.iter().all(is_it));
        match self {
            Text => value.is_string(),
            Flag => value.is_boolean(),
            Number => value.is_u64(),
            Texts => all(Value::is_string),
            Numbers => all(Value::is_u64),
            Any(words) => value.as_str().is_some_and(|value| words.contains(&value)),
        }
    }
}
