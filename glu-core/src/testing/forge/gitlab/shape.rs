//! The shapes of GitLab's answers, with every field that its documentation shows.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::state::{Comment, Said, State};
use super::super::{BOT, Hosted, HostedProposal, Outcome};
use super::Deployed;
use crate::forge::StatusState;

const SITE: &str = "https://gitlab.example";

/// The number of the project.
pub(super) const PROJECT: u64 = 42;

/// An address for people below the project.
pub(super) fn page(hosted: &Hosted, rest: &str) -> String {
    format!("{SITE}/{}{rest}", hosted.name())
}

/// A time, as GitLab writes them.
fn time(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// The number of a user, a milestone or whatever else has a name.
pub(super) fn number(name: &str) -> u64 {
    let sum = name.bytes().fold(7, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    u64::from(sum)
}

pub(super) fn user(login: &str) -> Value {
    json!({
        "id": number(login), "username": login, "name": login, "state": "active", "locked": false, "public_email": "",
        "avatar_url": format!("{SITE}/uploads/{login}.png"), "web_url": format!("{SITE}/{login}"),
    })
}

pub(super) fn milestone(hosted: &Hosted, title: &str) -> Value {
    json!({
        "id": number(title), "iid": 1, "project_id": PROJECT, "title": title, "description": "", "state": "active",
        "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z", "due_date": null,
        "start_date": null, "expired": false, "web_url": page(hosted, "/-/milestones/1"),
    })
}

/// A merge request. In lists it may not be known yet whether it merges.
pub(super) fn merge_request(
    hosted: &Hosted,
    proposal: &HostedProposal,
    is_checked: bool,
    is_merging: bool,
) -> Value {
    let iid = proposal.number;
    let users =
        |logins: &mut dyn Iterator<Item = &String>| logins.map(|login| user(login)).collect::<Vec<_>>();
    let (state, by, at) = match &proposal.outcome {
        Outcome::Open => ("opened", None, None),
        Outcome::Merged { by, at, .. } => ("merged", by.as_deref(), Some(*at)),
        Outcome::Closed { by, at } => ("closed", by.as_deref(), Some(*at)),
    };
    let (is_merged, is_closed) = (state == "merged", state == "closed");
    let merged = match &proposal.outcome {
        Outcome::Merged { commit, .. } if *commit != proposal.commit => json!(commit),
        _ => Value::Null,
    };
    let conflicts = proposal.is_open() && is_checked && !hosted.mergeable(proposal);
    let merge_status = match (is_checked, conflicts) {
        (false, _) => "unchecked",
        (true, false) => "can_be_merged",
        (true, true) => "cannot_be_merged",
    };
    let detailed = match merge_status {
        _ if !proposal.is_open() => "not_open",
        "unchecked" => "unchecked",
        "cannot_be_merged" => "conflict",
        _ if proposal.draft => "draft_status",
        _ if is_merging => "mergeable",
        _ => "ci_must_pass",
    };
    let title = if proposal.draft { format!("Draft: {}", proposal.title) } else { proposal.title.clone() };
    let by = |is_it: bool| by.filter(|_| is_it).map(user);
    let reviewed = proposal.reviews.iter().map(|review| &review.reviewer);
    let mut reviewers: Vec<&String> = proposal.reviewers.iter().chain(reviewed).collect();
    reviewers.sort();
    reviewers.dedup();
    let mut request = json!({
        "id": 1000 + iid, "iid": iid, "project_id": PROJECT, "title": title, "description": proposal.body, "state": state,
        "imported": false, "imported_from": "none", "merged_by": by(is_merged), "merge_user": by(is_merged),
        "merged_at": at.filter(|_| is_merged).map(time), "closed_by": by(is_closed),
        "closed_at": at.filter(|_| is_closed).map(time), "created_at": time(proposal.created),
        "updated_at": time(proposal.updated), "target_branch": proposal.base, "source_branch": proposal.head,
        "upvotes": 0, "downvotes": 0, "author": user(&proposal.author),
        "assignee": proposal.assignees.first().map(|login| user(login)),
        "assignees": users(&mut proposal.assignees.iter()), "reviewers": users(&mut reviewers.into_iter()),
        "source_project_id": PROJECT, "target_project_id": PROJECT, "labels": proposal.labels, "draft": proposal.draft,
        "work_in_progress": proposal.draft,
        "milestone": proposal.milestone.as_ref().map(|title| milestone(hosted, title)),
    });
    let more = json!({
        "merge_when_pipeline_succeeds": proposal.auto_merge.is_some(), "merge_status": merge_status,
        "detailed_merge_status": detailed, "merge_after": null, "sha": proposal.commit, "merge_commit_sha": merged,
        "squash_commit_sha": null, "user_notes_count": proposal.comments.len(), "discussion_locked": null,
        "should_remove_source_branch": null, "force_remove_source_branch": false, "has_conflicts": conflicts,
        "web_url": page(hosted, &format!("/-/merge_requests/{iid}")), "squash": false, "squash_on_merge": false,
        "references": {"short": format!("!{iid}"), "relative": format!("!{iid}"), "full": format!("{}!{iid}", hosted.name())},
        "time_stats": {
            "time_estimate": 0, "total_time_spent": 0, "human_time_estimate": null, "human_total_time_spent": null,
        },
        "task_completion_status": {"count": 0, "completed_count": 0}, "blocking_discussions_resolved": true,
    });
    if let (Value::Object(fields), Value::Object(more)) = (&mut request, more) {
        fields.extend(more);
    }
    request
}

pub(super) fn note(proposal: &HostedProposal, comment: &Comment) -> Value {
    json!({
        "id": comment.id, "type": null, "body": comment.body, "attachment": null, "author": user(&comment.author),
        "created_at": time(comment.created), "updated_at": time(comment.created), "system": false,
        "noteable_id": 1000 + proposal.number, "noteable_type": "MergeRequest", "project_id": PROJECT,
        "resolvable": false, "confidential": false, "internal": false, "noteable_iid": proposal.number,
        "commands_changes": {},
    })
}

/// What GitLab itself notes when something happens.
pub(super) fn system_note(proposal: &HostedProposal) -> Value {
    let body = format!("assigned to @{BOT}");
    let comment =
        Comment { id: 900_000 + proposal.number, author: BOT.to_owned(), body, created: proposal.created };
    let mut note = note(proposal, &comment);
    note["system"] = json!(true);
    note
}

pub(super) fn status(state: &State, commit: &str, at: usize, said: &Said) -> Value {
    let status = said.word.as_deref().unwrap_or(match said.status.state {
        StatusState::Passed => "success",
        StatusState::Pending => "pending",
        StatusState::Failed => "failed",
    });
    let of = state.proposals.iter().find(|proposal| proposal.commit == commit);
    json!({
        "id": at + 1, "sha": commit, "ref": of.map_or("main", |proposal| &proposal.head), "status": status,
        "name": said.status.name, "target_url": said.status.url, "description": said.status.description,
        "created_at": time(said.at), "started_at": null, "finished_at": null, "allow_failure": false,
        "coverage": null, "pipeline_id": 1, "author": user(&said.by),
    })
}

pub(super) fn pipeline(hosted: &Hosted, commit: &str) -> Value {
    json!({
        "id": 1, "iid": 1, "project_id": PROJECT, "status": "failed", "source": "external", "ref": "main", "sha": commit,
        "name": null, "web_url": page(hosted, "/-/pipelines/1"), "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
    })
}

pub(super) fn reviewer(login: &str, state: &str, at: Timestamp) -> Value {
    json!({"user": user(login), "state": state, "created_at": time(at)})
}

pub(super) fn approvals(state: &State, proposal: &HostedProposal, approved: &[(&str, Timestamp)]) -> Value {
    let left = state.rules.approvals.saturating_sub(approved.len());
    let by: Vec<Value> =
        approved.iter().map(|(login, at)| json!({"user": user(login), "approved_at": time(*at)})).collect();
    json!({
        "id": 1000 + proposal.number, "iid": proposal.number, "project_id": PROJECT, "title": proposal.title,
        "description": proposal.body, "state": "opened", "created_at": time(proposal.created),
        "updated_at": time(proposal.updated), "merge_status": "can_be_merged",
        "approvals_required": state.rules.approvals, "approvals_left": left, "approved": left == 0,
        "approved_by": by, "user_has_approved": false, "user_can_approve": false,
    })
}

pub(super) fn deployment(hosted: &Hosted, deployed: &Deployed, url: Option<&String>) -> Value {
    json!({
        "id": deployed.id, "iid": deployed.id, "ref": deployed.branch, "sha": deployed.commit,
        "created_at": time(hosted.now()), "updated_at": time(hosted.now()), "status": deployed.status, "user": user(BOT),
        "environment": environment(&deployed.environment, url), "deployable": null,
    })
}

pub(super) fn environment(name: &str, url: Option<&String>) -> Value {
    json!({
        "id": number(name), "name": name, "slug": name.replace('/', "-"), "external_url": url,
        "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
    })
}
