//! The shapes of Bitbucket Cloud's answers, with every field that its description promises.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::super::merge::tip;
use super::super::super::state::{Comment, HostedReview};
use super::super::super::{BOT, Hosted, HostedProposal, Outcome};
use super::routes::closed_by;
use crate::forge::{ReviewVerdict, Status, StatusState};

const SITE: &str = "https://bitbucket.org";
const API: &str = "https://api.bitbucket.org/2.0";

pub(super) fn uuid(login: &str) -> String {
    let mut hasher = DefaultHasher::new();
    login.hash(&mut hasher);
    format!("{{504c3b62-8120-4f0c-a7bc-{:012x}}}", hasher.finish() & 0xffff_ffff_ffff)
}

pub(super) fn account(login: &str) -> String {
    format!("557058:{login}")
}

/// Programs have no nickname.
pub(super) fn user(login: &str) -> Value {
    let place = json!({"href": format!("{API}/users/{}", uuid(login))});
    let mut user = json!({
        "type": if login == BOT { "app_user" } else { "user" },
        "uuid": uuid(login),
        "account_id": account(login),
        "account_status": "active",
        "display_name": login,
        "created_on": "2020-01-01T00:00:00+00:00",
        "links": {"self": place, "avatar": {"href": format!("{SITE}/avatars/{login}")}},
    });
    if login == BOT {
        user["kind"] = json!("repository_access_token");
    } else {
        user["nickname"] = json!(login);
        user["display_name"] = json!(format!("{login} Example"));
    }
    user
}

pub(super) fn member(hosted: &Hosted, login: &str) -> Value {
    let workspace = hosted.name().split('/').next().unwrap_or_default();
    json!({
        "type": "workspace_membership",
        "user": user(login),
        "workspace": {"type": "workspace", "slug": workspace, "name": workspace, "uuid": uuid(workspace)},
        "links": {"self": {"href": format!("{API}/workspaces/{workspace}/members/{}", uuid(login))}},
    })
}

pub(super) fn state(proposal: &HostedProposal) -> &'static str {
    match proposal.outcome {
        Outcome::Open => "OPEN",
        Outcome::Merged { .. } => "MERGED",
        Outcome::Closed { .. } => "DECLINED",
    }
}

/// As lists have it.
pub(super) fn pull(hosted: &Hosted, proposal: &HostedProposal) -> Value {
    let merge_commit = match &proposal.outcome {
        Outcome::Merged { commit, .. } => short(commit),
        _ => Value::Null,
    };
    let base = tip(&hosted.repository(), &proposal.base);
    let base = base.map_or(Value::Null, |commit| short(&commit.to_string()));
    let api = |rest: &str| json!({"href": api(hosted, &format!("/pullrequests/{}{rest}", proposal.number))});
    json!({
        "type": "pullrequest",
        "id": proposal.number,
        "title": proposal.title,
        "description": proposal.body,
        "summary": markup(&proposal.body),
        "rendered": {"title": markup(&proposal.title), "description": markup(&proposal.body), "reason": markup("")},
        "state": state(proposal),
        "draft": proposal.draft,
        "queued": false,
        "author": user(&proposal.author),
        "source": end(hosted, &proposal.head, &short(&proposal.commit)),
        "destination": end(hosted, &proposal.base, &base),
        "merge_commit": merge_commit,
        "comment_count": proposal.comments.len(),
        "task_count": 0,
        "close_source_branch": false,
        "closed_by": closed_by(proposal).map_or(Value::Null, user),
        "reason": "",
        "created_on": time(proposal.created),
        "updated_on": time(proposal.updated),
        "links": {
            "self": api(""), "approve": api("/approve"), "decline": api("/decline"), "merge": api("/merge"),
            "comments": api("/comments"), "commits": api("/commits"), "diff": api("/diff"),
            "diffstat": api("/diffstat"), "activity": api("/activity"),
            "html": {"href": page(hosted, &format!("/pull-requests/{}", proposal.number))},
        },
    })
}

pub(super) fn participant(login: &str, is_reviewer: bool, review: Option<&HostedReview>) -> Value {
    let state = review.map(|review| match review.verdict {
        ReviewVerdict::Approved => "approved",
        _ => "changes_requested",
    });
    json!({
        "type": "participant",
        "user": user(login),
        "role": if is_reviewer { "REVIEWER" } else { "PARTICIPANT" },
        "approved": state == Some("approved"),
        "state": state,
        "participated_on": review.map(|review| time(review.at)),
    })
}

pub(super) fn comment(hosted: &Hosted, number: u64, comment: &Comment) -> Value {
    let place = format!("/pull-requests/{number}/_/diff#comment-{}", comment.id);
    let own = format!("/pullrequests/{number}/comments/{}", comment.id);
    json!({
        "type": "pullrequest_comment",
        "id": comment.id,
        "content": markup(&comment.body),
        "user": user(&comment.author),
        "deleted": false,
        "pending": false,
        "created_on": time(comment.created),
        "updated_on": time(comment.created),
        "pullrequest": {"type": "pullrequest", "id": number},
        "links": {"self": {"href": api(hosted, &own)}, "html": {"href": page(hosted, &place)}},
    })
}

pub(super) fn commit(hosted: &Hosted, commit: &str) -> Value {
    json!({
        "type": "commit",
        "hash": commit,
        "repository": repository(hosted),
        "links": {"self": {"href": api(hosted, &format!("/commit/{commit}"))}},
    })
}

pub(super) fn status(hosted: &Hosted, commit: &str, key: &str, status: &Status) -> Value {
    let state = match status.state {
        StatusState::Passed => "SUCCESSFUL",
        StatusState::Pending => "INPROGRESS",
        StatusState::Failed => "FAILED",
    };
    let place = format!("/commit/{commit}/statuses/build/{key}");
    json!({
        "type": "build",
        "uuid": uuid(&status.name),
        "key": key,
        "name": status.name,
        "state": state,
        "description": status.description,
        "url": status.url.clone().unwrap_or_default(),
        "refname": null,
        "created_on": time(hosted.now()),
        "updated_on": time(hosted.now()),
        "links": {"self": {"href": api(hosted, &place)}, "commit": {"href": api(hosted, &format!("/commit/{commit}"))}},
    })
}

fn repository(hosted: &Hosted) -> Value {
    let name = hosted.name().split('/').next_back();
    json!({
        "type": "repository",
        "full_name": hosted.name(),
        "name": name,
        "uuid": uuid(hosted.name()),
        "links": {"self": {"href": api(hosted, "")}, "html": {"href": page(hosted, "")}},
    })
}

/// One side of a pull request. Commits are in short there.
fn end(hosted: &Hosted, branch: &str, commit: &Value) -> Value {
    json!({"branch": {"name": branch, "links": {}}, "commit": commit, "repository": repository(hosted)})
}

fn short(commit: &str) -> Value {
    json!({"type": "commit", "hash": &commit[..12], "links": {}})
}

fn markup(text: &str) -> Value {
    json!({"type": "rendered", "raw": text, "markup": "markdown", "html": format!("<p>{}</p>", text.len())})
}

fn api(hosted: &Hosted, rest: &str) -> String {
    format!("{API}/repositories/{}{rest}", hosted.name())
}

fn page(hosted: &Hosted, rest: &str) -> String {
    format!("{SITE}/{}{rest}", hosted.name())
}

fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}
