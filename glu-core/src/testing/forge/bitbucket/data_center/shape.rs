//! The shapes of Bitbucket Data Center's answers, with every field that its description promises.

use serde_json::{Value, json};

use super::super::super::merge::tip;
use super::super::super::state::{Comment, HostedReview};
use super::super::super::{BOT, Hosted, HostedProposal, Outcome};
use crate::forge::{ReviewVerdict, Status, StatusState};

const SITE: &str = "https://bitbucket.example";

pub(super) fn user(login: &str) -> Value {
    json!({
        "name": login,
        "slug": login.to_lowercase(),
        "id": login.len(),
        "type": if login == BOT { "SERVICE" } else { "NORMAL" },
        "active": true,
        "displayName": format!("{login} Example"),
        "emailAddress": format!("{login}@example.com"),
        "links": {"self": [{"href": format!("{SITE}/users/{login}")}]},
    })
}

pub(super) fn state(proposal: &HostedProposal) -> &'static str {
    match proposal.outcome {
        Outcome::Open => "OPEN",
        Outcome::Merged { .. } => "MERGED",
        Outcome::Closed { .. } => "DECLINED",
    }
}

pub(super) fn pull(hosted: &Hosted, proposal: &HostedProposal, version: u64, reviewers: &[Value]) -> Value {
    let base = tip(&hosted.repository(), &proposal.base).map(|commit| commit.to_string());
    let is_open = proposal.is_open();
    let (project, slug) = name(hosted);
    let page = format!("{SITE}/projects/{project}/repos/{slug}/pull-requests/{}", proposal.number);
    let mut pull = json!({
        "id": proposal.number,
        "version": version,
        "title": proposal.title,
        "state": state(proposal),
        "open": is_open,
        "closed": !is_open,
        "draft": proposal.draft,
        "locked": false,
        "createdDate": proposal.created.as_millisecond(),
        "updatedDate": proposal.updated.as_millisecond(),
        "fromRef": end(hosted, &proposal.head, &json!(proposal.commit)),
        "toRef": end(hosted, &proposal.base, &json!(base)),
        "author": participant(&proposal.author, "AUTHOR", None),
        "reviewers": reviewers,
        "participants": [],
        "properties": {"resolvedTaskCount": 0, "openTaskCount": 0, "commentCount": proposal.comments.len()},
        "links": {"self": [{"href": page}]},
    });
    // An empty description is not there.
    if !proposal.body.is_empty() {
        pull["description"] = json!(proposal.body);
    }
    pull
}

pub(super) fn participant(login: &str, role: &str, review: Option<&HostedReview>) -> Value {
    let status = match review.map(|review| review.verdict) {
        Some(ReviewVerdict::Approved) => "APPROVED",
        Some(ReviewVerdict::ChangesRequested) => "NEEDS_WORK",
        _ => "UNAPPROVED",
    };
    let mut participant =
        json!({"user": user(login), "role": role, "approved": status == "APPROVED", "status": status});
    if let Some(review) = review {
        participant["lastReviewedCommit"] = json!(review.commit);
    }
    participant
}

/// What happened, the newest first. That it was merged comes with the commit, unless it came to the base by other means.
pub(super) fn activities(proposal: &HostedProposal, version: impl Fn(u64) -> u64) -> Vec<Value> {
    let activity = |action: &str, login: &str| json!({"id": 1, "action": action, "createdDate": proposal.updated.as_millisecond(), "user": user(login)});
    let mut all = Vec::new();
    match &proposal.outcome {
        Outcome::Open => {}
        Outcome::Merged { commit, by, .. } => {
            let mut merged = activity("MERGED", by.as_deref().unwrap_or(BOT));
            if by.is_some() {
                merged["commit"] = json!({"id": commit, "displayId": &commit[..11]});
            }
            all.push(merged);
        }
        Outcome::Closed { by, .. } => all.push(activity("DECLINED", by.as_deref().unwrap_or(BOT))),
    }
    for said in proposal.comments.iter().rev() {
        let mut commented = activity("COMMENTED", &said.author);
        commented["commentAction"] = json!("ADDED");
        commented["comment"] = comment(said, version(said.id));
        all.push(commented);
    }
    all.push(activity("OPENED", &proposal.author));
    all
}

pub(super) fn comment(comment: &Comment, version: u64) -> Value {
    json!({
        "id": comment.id,
        "version": version,
        "text": comment.body,
        "author": user(&comment.author),
        "createdDate": comment.created.as_millisecond(),
        "updatedDate": comment.created.as_millisecond(),
        "comments": [],
        "severity": "NORMAL",
        "state": "OPEN",
        "threadResolved": false,
        "properties": {"repositoryId": 1},
    })
}

pub(super) fn commit(hosted: &Hosted, commit: &str) -> Option<Value> {
    let repository = hosted.repository();
    let found = repository.find_commit_by_prefix(commit).ok()?;
    let person = |signature: &git2::Signature<'_>| {
        json!({
            "name": String::from_utf8_lossy(signature.name_bytes()),
            "emailAddress": String::from_utf8_lossy(signature.email_bytes()),
        })
    };
    Some(json!({
        "id": found.id().to_string(),
        "displayId": &found.id().to_string()[..11],
        "message": String::from_utf8_lossy(found.message_bytes()),
        "author": person(&found.author()),
        "authorTimestamp": found.author().when().seconds() * 1000,
        "committer": person(&found.committer()),
        "committerTimestamp": found.time().seconds() * 1000,
        "parents": found.parent_ids().map(|id| json!({"id": id.to_string()})).collect::<Vec<_>>(),
    }))
}

pub(super) fn status(hosted: &Hosted, key: &str, status: &Status) -> Value {
    let state = match status.state {
        StatusState::Passed => "SUCCESSFUL",
        StatusState::Pending => "INPROGRESS",
        StatusState::Failed => "FAILED",
    };
    json!({
        "key": key,
        "name": status.name,
        "state": state,
        "description": status.description,
        "url": status.url.clone().unwrap_or_default(),
        "dateAdded": hosted.now().as_millisecond(),
    })
}

/// One side of a pull request.
fn end(hosted: &Hosted, branch: &str, commit: &Value) -> Value {
    let (project, slug) = name(hosted);
    json!({
        "id": format!("refs/heads/{branch}"),
        "displayId": branch,
        "type": "BRANCH",
        "latestCommit": commit,
        "repository": {
            "id": 1, "slug": slug, "name": slug, "scmId": "git", "state": "AVAILABLE", "forkable": true,
            "project": {"id": 1, "key": project, "name": project, "public": false, "type": "NORMAL"},
        },
    })
}

fn name(hosted: &Hosted) -> (&str, &str) {
    hosted.name().split_once('/').unwrap_or_default()
}
