//! The operations, and what each takes.

use super::super::strict::Rule;

/// What is asked.
pub(super) enum Operation {
    Pulls,
    Open,
    Pull(String),
    Edit(String),
    Decline(String),
    Mergeability(String),
    Merge(String),
    AutoMerge(String),
    Activities(String),
    Say(String),
    Comment(String, String),
    SayAnew(String, String),
    Commit(String),
    SetStatus(String),
    Statuses(String),
    Deploy(String),
}

const OPENING: &[&str] = &[
    "title",
    "description",
    "draft",
    "fromRef.id",
    "fromRef.repository.slug",
    "fromRef.repository.project.key",
    "toRef.id",
    "toRef.repository.slug",
    "toRef.repository.project.key",
    "reviewers[].user.name",
];

const DEPLOYING: &[&str] = &[
    "deploymentSequenceNumber",
    "description",
    "displayName",
    "environment.displayName",
    "environment.key",
    "environment.type",
    "environment.url",
    "key",
    "lastUpdated",
    "state",
    "url",
];

/// The operation of a path below the address of the server, and what it takes.
pub(super) fn find(method: &str, segments: &[&str]) -> Option<(Operation, Rule)> {
    type Words = &'static [&'static str];
    const READ: &str = "REPO_READ";
    const WRITE: &str = "REPO_WRITE";
    let text = |segment: &str| segment.to_owned();
    let (operation, scope, parameters, fields): (_, _, Words, Words) = match (method, segments) {
        ("GET", ["rest", "build-status", "latest", "commits", commit]) => {
            (Operation::Statuses(text(commit)), READ, &["limit", "start", "orderBy"], &[])
        }
        (_, ["rest", "api", "latest", "projects", _, "repos", _, rest @ ..]) => match (method, rest) {
            ("GET", ["pull-requests"]) => (
                Operation::Pulls,
                READ,
                &["at", "direction", "draft", "filterText", "limit", "order", "start", "state"],
                &[],
            ),
            ("POST", ["pull-requests"]) => (Operation::Open, READ, &[], OPENING),
            ("GET", ["pull-requests", pull]) => (Operation::Pull(text(pull)), READ, &[], &[]),
            ("PUT", ["pull-requests", pull]) => (
                Operation::Edit(text(pull)),
                WRITE,
                &[],
                &["version", "title", "description", "draft", "toRef.id", "reviewers[].user.name"],
            ),
            ("POST", ["pull-requests", pull, "decline"]) => {
                (Operation::Decline(text(pull)), READ, &["version"], &["version", "comment"])
            }
            ("GET", ["pull-requests", pull, "merge"]) => {
                (Operation::Mergeability(text(pull)), READ, &[], &[])
            }
            ("POST", ["pull-requests", pull, "merge"]) => (
                Operation::Merge(text(pull)),
                WRITE,
                &["version"],
                &["version", "autoMerge", "autoSubject", "message", "strategyId"],
            ),
            ("GET", ["pull-requests", pull, "auto-merge"]) => {
                (Operation::AutoMerge(text(pull)), READ, &[], &[])
            }
            ("GET", ["pull-requests", pull, "activities"]) => {
                (Operation::Activities(text(pull)), READ, &["fromId", "fromType", "limit", "start"], &[])
            }
            ("POST", ["pull-requests", pull, "comments"]) => {
                (Operation::Say(text(pull)), READ, &[], &["text", "parent.id", "severity"])
            }
            ("GET", ["pull-requests", pull, "comments", comment]) => {
                (Operation::Comment(text(pull), text(comment)), READ, &[], &[])
            }
            ("PUT", ["pull-requests", pull, "comments", comment]) => (
                Operation::SayAnew(text(pull), text(comment)),
                READ,
                &[],
                &["text", "version", "severity", "state"],
            ),
            ("GET", ["commits", commit]) => (Operation::Commit(text(commit)), READ, &["path"], &[]),
            ("POST", ["commits", commit, "builds"]) => (
                Operation::SetStatus(text(commit)),
                READ,
                &[],
                &["key", "parent", "name", "state", "description", "url", "ref", "buildNumber", "duration"],
            ),
            ("POST", ["commits", commit, "deployments"]) => {
                (Operation::Deploy(text(commit)), READ, &[], DEPLOYING)
            }
            _ => return None,
        },
        _ => return None,
    };
    Some((operation, Rule { scope, parameters, fields }))
}
