//! The shapes of Azure DevOps' answers.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::state::{Comment, HostedReview, Said};
use super::super::{BOT, Hosted, HostedProposal, Outcome, Way};
use super::PullStatus;
use crate::forge::{ReviewVerdict, StatusState};

const SITE: &str = "https://azure.example";
pub(super) const PROJECT: &str = "0c5f7ae1-6a0f-4d0c-9a3c-0f1f4f0d7a01";
pub(super) const REPOSITORY: &str = "5feb2a1c-3d4e-4b5f-8a6b-7c8d9e0f1a2b";

/// Types of policies, as they are for everybody.
pub(super) const BUILD: (&str, &str) = ("0609b952-1397-4640-95ec-e00a01b2c241", "Build");
pub(super) const REVIEWERS: (&str, &str) =
    ("fa4e907d-c16b-4a4c-9dfa-4906e5d171dd", "Minimum number of reviewers");
pub(super) const STRATEGY: (&str, &str) =
    ("fa4e907d-c16b-4a4c-9dfa-4916e5d171ab", "Require a merge strategy");

/// Somebody's identifier, or a team's.
pub(super) fn id(name: &str) -> String {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let number = hasher.finish();
    format!("{:08x}-0000-4000-8000-{:012x}", number >> 32, number & 0xffff_ffff)
}

pub(super) fn display_name(login: &str) -> String {
    let mut letters = login.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{} Example", letters.as_str())
}

pub(super) fn unique_name(login: &str) -> String {
    format!("{login}@example.com")
}

fn time(time: Timestamp) -> String {
    time.to_string()
}

pub(super) fn person(login: &str) -> Value {
    json!({
        "displayName": display_name(login), "id": id(login), "uniqueName": unique_name(login),
        "url": format!("{SITE}/_apis/Identities/{}", id(login)),
        "imageUrl": format!("{SITE}/_api/_common/identityImage?id={}", id(login)),
        "descriptor": format!("aad.{}", id(login)),
    })
}

/// Somebody in the directory.
pub(super) fn directory_entry(login: &str) -> Value {
    let property = |value: String| json!({"$type": "System.String", "$value": value});
    json!({
        "id": id(login), "providerDisplayName": display_name(login), "isActive": true, "isContainer": false,
        "descriptor": format!("Microsoft.IdentityModel.Claims.ClaimsIdentity;{}", unique_name(login)),
        "subjectDescriptor": format!("aad.{}", id(login)), "members": [], "memberOf": [], "memberIds": [],
        "resourceVersion": 2, "metaTypeId": 0,
        "properties": {
            "SchemaClassName": property("User".to_owned()), "Account": property(unique_name(login)),
            "Mail": property(unique_name(login)), "Domain": property("7b2c".to_owned()),
        },
    })
}

pub(super) fn team_of(project: &str, name: &str) -> Value {
    json!({
        "id": id(name), "name": name, "description": "", "projectName": project, "projectId": PROJECT,
        "url": format!("{SITE}/_apis/projects/{PROJECT}/teams/{}", id(name)),
        "identityUrl": format!("{SITE}/_apis/Identities/{}", id(name)),
    })
}

pub(super) fn label(name: &str) -> Value {
    json!({"id": id(name), "name": name, "active": true, "url": ""})
}

/// Who was asked for a review, with their votes.
pub(super) fn reviewers(
    project: &str,
    proposal: &HostedProposal,
    halfhearted: &BTreeSet<String>,
) -> Vec<Value> {
    let with = |mut identity: Value, vote: i32| {
        identity["vote"] = json!(vote);
        identity["hasDeclined"] = json!(false);
        identity["isFlagged"] = json!(false);
        identity["reviewerUrl"] = json!("");
        identity
    };
    let team = |name: &String| {
        json!({
            "displayName": format!("[{project}]\\{name}"), "id": id(name), "isContainer": true, "url": "",
            "uniqueName": format!("vstfs:///Classification/TeamProject/{PROJECT}\\{name}"), "imageUrl": "",
        })
    };
    let vote = |review: &HostedReview| match (review.verdict, halfhearted.contains(&review.reviewer)) {
        (ReviewVerdict::Approved, false) => 10,
        (ReviewVerdict::Approved, true) => 5,
        (ReviewVerdict::ChangesRequested, false) => -10,
        (ReviewVerdict::ChangesRequested, true) => -5,
        (ReviewVerdict::Requested, _) => 0,
    };
    let said = proposal.verdicts().into_iter().map(|review| with(person(&review.reviewer), vote(review)));
    let asked = proposal.reviewers.iter().map(|login| with(person(login), 0));
    let teams = proposal.teams.iter().map(|name| with(team(name), 0));
    said.chain(asked).chain(teams).collect()
}

pub(super) fn status(proposal: &HostedProposal) -> &'static str {
    match proposal.outcome {
        Outcome::Open => "active",
        Outcome::Merged { .. } => "completed",
        Outcome::Closed { .. } => "abandoned",
    }
}

/// A pull request. `merges` is how merging went, and with which commit it was tried; lists cut the text.
pub(super) fn pull(
    hosted: &Hosted,
    proposal: &HostedProposal,
    reviewers: &[Value],
    (merges, tried): (&str, &str),
    is_listed: bool,
) -> Value {
    let number = proposal.number;
    let mut parts = hosted.name().split('/').skip(1);
    let (project, repository) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let commit = |id: &str| json!({"commitId": id, "url": format!("{SITE}/commits/{id}")});
    let text = match is_listed {
        true => proposal.body.chars().take(400).collect(),
        false => proposal.body.clone(),
    };
    let mut pull = json!({
        "repository": {
            "id": REPOSITORY, "name": repository, "url": format!("{SITE}/_apis/git/repositories/{REPOSITORY}"),
            "project": {"id": PROJECT, "name": project, "state": "wellFormed", "visibility": "private"},
        },
        "pullRequestId": number, "codeReviewId": number, "status": status(proposal),
        "createdBy": person(&proposal.author), "creationDate": time(proposal.created), "title": proposal.title,
        "sourceRefName": format!("refs/heads/{}", proposal.head),
        "targetRefName": format!("refs/heads/{}", proposal.base), "mergeStatus": merges,
        "isDraft": proposal.draft, "mergeId": id(&proposal.commit), "lastMergeSourceCommit": commit(tried),
        "reviewers": reviewers, "supportsIterations": true,
        "url": format!("{SITE}/_apis/git/repositories/{REPOSITORY}/pullRequests/{number}"),
    });
    // What is empty is left out.
    if !text.is_empty() {
        pull["description"] = json!(text);
    }
    if !proposal.labels.is_empty() {
        pull["labels"] = proposal.labels.iter().map(|name| label(name)).collect();
    }
    if let Some((way, by)) = &proposal.auto_merge {
        let strategy = match way {
            Way::Squash => "squash",
            Way::Rebase => "rebase",
            Way::Commit | Way::FastForward => "noFastForward",
        };
        pull["autoCompleteSetBy"] = person(by);
        pull["completionOptions"] = json!({"mergeStrategy": strategy, "deleteSourceBranch": false});
    }
    let by = match &proposal.outcome {
        Outcome::Open => None,
        Outcome::Merged { commit: merged, by, at } => {
            pull["lastMergeCommit"] = commit(merged);
            Some((by, at))
        }
        Outcome::Closed { by, at } => Some((by, at)),
    };
    if let Some((by, at)) = by {
        pull["closedDate"] = json!(time(*at));
        if let Some(by) = by {
            pull["closedBy"] = person(by);
        }
    }
    pull
}

pub(super) fn iteration(at: usize, created: Timestamp, commit: &str) -> Value {
    json!({
        "id": at + 1, "description": "", "author": person(BOT), "createdDate": time(created),
        "updatedDate": time(created), "sourceRefCommit": {"commitId": commit}, "hasMoreCommits": false,
        "reason": if at == 0 { "create" } else { "push" },
    })
}

pub(super) fn comment(comment: &Comment) -> Value {
    json!({
        "id": 1, "parentCommentId": 0, "author": person(&comment.author), "content": comment.body,
        "commentType": "text", "publishedDate": time(comment.created), "usersLiked": [],
        "lastUpdatedDate": time(comment.created), "lastContentUpdatedDate": time(comment.created),
    })
}

/// What was said, in a thread of its own.
pub(super) fn thread(said: &Comment) -> Value {
    json!({
        "id": said.id, "publishedDate": time(said.created), "lastUpdatedDate": time(said.created),
        "comments": [comment(said)], "status": if said.author == BOT { "closed" } else { "active" },
        "threadContext": null, "properties": {}, "identities": null, "isDeleted": false,
    })
}

/// The note that Azure DevOps makes of a vote.
pub(super) fn vote_thread(at: usize, review: &HostedReview) -> Value {
    let property = |value: &str| json!({"$type": "System.String", "$value": value});
    let vote = if review.verdict == ReviewVerdict::Approved { "10" } else { "-10" };
    json!({
        "id": 100_000 + at, "publishedDate": time(review.at), "lastUpdatedDate": time(review.at),
        "comments": [{
            "id": 1, "parentCommentId": 0, "author": person(&review.reviewer), "commentType": "system",
            "content": format!("{} voted {vote}", display_name(&review.reviewer)),
            "publishedDate": time(review.at), "usersLiked": [],
        }],
        "threadContext": null, "identities": null, "isDeleted": false,
        "properties": {
            "CodeReviewThreadType": property("VoteUpdate"), "CodeReviewVoteResult": property(vote),
        },
    })
}

pub(super) fn state(state: StatusState) -> &'static str {
    match state {
        StatusState::Passed => "succeeded",
        StatusState::Pending => "pending",
        StatusState::Failed => "failed",
    }
}

fn context(name: &str) -> Value {
    match name.split_once('/') {
        Some((genre, name)) => json!({"name": name, "genre": genre}),
        None => json!({"name": name}),
    }
}

pub(super) fn commit_status(at: usize, said: &Said) -> Value {
    json!({
        "id": at + 1, "state": said.word.as_deref().unwrap_or(state(said.status.state)),
        "description": said.status.description, "context": context(&said.status.name),
        "targetUrl": said.status.url, "createdBy": person(&said.by), "creationDate": time(said.at),
        "updatedDate": time(said.at),
    })
}

pub(super) fn pull_status(hosted: &Hosted, at: usize, status: &PullStatus) -> Value {
    let mut shown = json!({
        "id": at + 1, "state": status.state, "description": status.description,
        "context": context(&status.context), "targetUrl": status.url, "createdBy": person(BOT),
        "creationDate": time(hosted.now()), "updatedDate": time(hosted.now()), "properties": {},
    });
    if let Some(iteration) = status.iteration {
        shown["iterationId"] = json!(iteration);
    }
    shown
}

pub(super) fn configuration(at: usize, (kind, name): (&str, &str), settings: &Value) -> Value {
    json!({
        "id": at, "isEnabled": true, "isBlocking": true, "isDeleted": false, "revision": 1,
        "type": {"id": kind, "displayName": name, "url": ""}, "settings": settings, "createdBy": person("ada"),
        "createdDate": "2020-01-01T00:00:00Z", "url": "",
    })
}

pub(super) fn evaluation(artifact: &str, configuration: &Value, status: &str) -> Value {
    json!({
        "configuration": configuration, "artifactId": artifact, "status": status,
        "evaluationId": id(&configuration["id"].to_string()), "startedDate": "2020-01-01T00:00:00Z",
        "context": {"buildId": 42, "isExpired": false},
    })
}
