//! The shapes of the answers, with the fields that a server gives.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::merge::tip;
use super::super::state::{Comment, Said};
use super::super::{Hosted, HostedProposal, Outcome};
use crate::forge::{ReviewVerdict, StatusState};

pub(super) const SITE: &str = "https://gitea.example";

/// An address of the API below the repository.
pub(super) fn api(hosted: &Hosted, rest: &str) -> String {
    format!("{SITE}/api/v1/repos/{}{rest}", hosted.name())
}

/// Where the API is described, as every refusal says.
pub(super) fn manual() -> String {
    format!("{SITE}/api/swagger")
}

pub(super) fn user(login: &str) -> Value {
    json!({
        "id": number(login), "login": login, "username": login, "login_name": "", "source_id": 0, "full_name": "",
        "email": format!("{login}@noreply.gitea.example"), "avatar_url": format!("{SITE}/avatars/{login}"),
        "html_url": format!("{SITE}/{login}"), "language": "", "is_admin": false, "active": false,
        "last_login": "0001-01-01T00:00:00Z", "created": "2020-01-01T00:00:00Z", "restricted": false,
        "prohibit_login": false, "location": "", "website": "", "description": "", "visibility": "public",
        "followers_count": 0, "following_count": 0, "starred_repos_count": 0,
    })
}

fn team(name: &str) -> Value {
    json!({
        "id": number(name), "name": name, "description": "", "organization": null, "permission": "write",
        "includes_all_repositories": true, "units": ["repo.code", "repo.pulls"], "can_create_org_repo": false,
        "units_map": {"repo.code": "write", "repo.pulls": "write"},
    })
}

pub(super) fn repository(hosted: &Hosted) -> Value {
    const YES: [&str; 14] = [
        "allow_fast_forward_only_merge",
        "default_allow_maintainer_edit",
        "has_code",
        "has_issues",
        "has_wiki",
        "has_pull_requests",
        "has_projects",
        "has_releases",
        "has_packages",
        "allow_merge_commits",
        "allow_rebase",
        "allow_rebase_explicit",
        "allow_squash_merge",
        "allow_rebase_update",
    ];
    const NO: [&str; 12] = [
        "ignore_whitespace_conflicts",
        "empty",
        "private",
        "fork",
        "template",
        "mirror",
        "archived",
        "internal",
        "has_actions",
        "allow_manual_merge",
        "autodetect_manual_merge",
        "default_delete_branch_after_merge",
    ];
    let flags = |names: &[&str], flag: bool| -> Map<String, Value> {
        names.iter().map(|name| ((*name).to_owned(), json!(flag))).collect()
    };
    let (owner, name) = hosted.name().split_once('/').unwrap_or_default();
    let page = format!("{SITE}/{}", hosted.name());
    let mut repository = json!({
        "id": 1, "owner": user(owner), "name": name, "full_name": hosted.name(), "description": "", "size": 26,
        "language": "", "languages_url": api(hosted, "/languages"), "html_url": page, "url": api(hosted, ""),
        "ssh_url": format!("git@gitea.example:{}.git", hosted.name()), "clone_url": format!("{page}.git"),
        "link": "", "original_url": "", "website": "", "stars_count": 0, "forks_count": 0, "watchers_count": 1,
        "open_issues_count": 0, "open_pr_counter": 0, "release_counter": 0, "default_branch": "main",
        "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
        "archived_at": "1970-01-01T00:00:00Z", "permissions": {"admin": false, "push": true, "pull": true},
        "default_merge_style": "squash", "avatar_url": "", "mirror_interval": "", "object_format_name": "sha1",
        "mirror_updated": "0001-01-01T00:00:00Z", "topics": [], "licenses": [], "projects_mode": "all",
        "branch_count": 2, "internal_tracker": {
            "enable_time_tracker": true, "allow_only_contributors_to_track_time": true,
            "enable_issue_dependencies": true,
        },
    });
    extend(&mut repository, Value::Object(flags(&YES, true)));
    extend(&mut repository, Value::Object(flags(&NO, false)));
    repository
}

pub(super) fn label(hosted: &Hosted, name: &str) -> Value {
    json!({
        "id": number(name), "name": name, "exclusive": false, "is_archived": false, "color": "ededed",
        "description": "", "url": api(hosted, &format!("/labels/{}", number(name))),
    })
}

/// The number of the milestone at a place, which is not the place.
pub(super) fn milestone_id(at: usize) -> u64 {
    40 + at as u64
}

pub(super) fn milestone(at: usize, title: &str) -> Value {
    json!({
        "id": milestone_id(at), "title": title, "description": "", "state": "open", "open_issues": 0,
        "closed_issues": 0, "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
        "closed_at": null, "due_on": null,
    })
}

pub(super) fn pull(hosted: &Hosted, proposal: &HostedProposal) -> Value {
    let number = proposal.number;
    let page = format!("{SITE}/{}/pulls/{number}", hosted.name());
    let (merged_at, commit, by) = match &proposal.outcome {
        Outcome::Merged { commit, by, at } => (json!(time(*at)), json!(commit), by.as_deref().map(user)),
        _ => (Value::Null, Value::Null, None),
    };
    let closed_at = match &proposal.outcome {
        Outcome::Open => Value::Null,
        Outcome::Merged { at, .. } | Outcome::Closed { at, .. } => json!(time(*at)),
    };
    let git = hosted.repository();
    let branch = |name: &str, reference: &str, sha: &str| json!({"label": name, "ref": reference, "sha": sha, "repo_id": 1, "repo": repository(hosted)});
    // A branch that is gone goes by where the forge keeps its commits.
    let kept = format!("refs/pull/{number}/head");
    let reference = if tip(&git, &proposal.head).is_some() { &proposal.head } else { &kept };
    let base = tip(&git, &proposal.base).map(|id| id.to_string()).unwrap_or_default();
    let milestones = hosted.with(|state| state.milestones.clone());
    let at = proposal.milestone.as_ref().and_then(|title| milestones.iter().position(|known| known == title));
    let title = if proposal.draft { format!("WIP: {}", proposal.title) } else { proposal.title.clone() };
    let users = |logins: &BTreeSet<String>| logins.iter().map(|login| user(login)).collect::<Vec<_>>();
    let mut pull = json!({
        "id": 1000 + number, "url": page, "number": number, "user": user(&proposal.author), "title": title,
        "body": proposal.body,
        "labels": proposal.labels.iter().map(|name| label(hosted, name)).collect::<Vec<_>>(),
        "milestone": at.map(|at| milestone(at, &milestones[at])),
        "assignee": proposal.assignees.first().map(|login| user(login)), "assignees": users(&proposal.assignees),
        "requested_reviewers": users(&proposal.reviewers),
        "requested_reviewers_teams": proposal.teams.iter().map(|name| team(name)).collect::<Vec<_>>(),
        "state": if proposal.is_open() { "open" } else { "closed" }, "draft": proposal.draft, "is_locked": false,
    });
    extend(
        &mut pull,
        json!({
            "comments": proposal.comments.len(), "additions": 1, "deletions": 1, "changed_files": 1, "html_url": page,
            "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"),
            "mergeable": proposal.is_open() && !proposal.draft && hosted.mergeable(proposal),
            "merged": matches!(proposal.outcome, Outcome::Merged { .. }), "merged_at": merged_at,
            "merge_commit_sha": commit, "merged_by": by, "allow_maintainer_edit": true, "merge_base": base,
            "base": branch(&proposal.base, &proposal.base, &base),
            "head": branch(&proposal.head, reference, &proposal.commit), "due_date": null, "closed_at": closed_at,
            "created_at": time(proposal.created), "updated_at": time(proposal.updated), "pin_order": 0,
            "content_version": 0,
        }),
    );
    pull
}

pub(super) fn comment(hosted: &Hosted, number: u64, comment: &Comment) -> Value {
    let page = format!("{SITE}/{}/pulls/{number}", hosted.name());
    json!({
        "id": comment.id, "html_url": format!("{page}#issuecomment-{}", comment.id), "pull_request_url": page,
        "issue_url": "", "user": user(&comment.author), "original_author": "", "original_author_id": 0,
        "body": comment.body, "assets": [], "created_at": time(comment.created), "updated_at": time(comment.created),
    })
}

/// What people said, and who was asked and has not.
pub(super) fn reviews(hosted: &Hosted, proposal: &HostedProposal, people: &BTreeSet<String>) -> Vec<Value> {
    let page = format!("{SITE}/{}/pulls/{}", hosted.name(), proposal.number);
    let review = |id: usize,
                  person: Option<&str>,
                  group: Option<&str>,
                  state: &str,
                  commit: &str,
                  at: Timestamp| {
        json!({
            "id": id, "user": person.map(user), "team": group.map(team), "state": state, "body": "",
            "commit_id": commit, "stale": !commit.is_empty() && commit != proposal.commit,
            "official": person.is_none_or(|login| people.contains(login)), "dismissed": false, "comments_count": 0,
            "submitted_at": time(at), "updated_at": time(at), "html_url": format!("{page}#issuecomment-{id}"),
            "pull_request_url": page,
        })
    };
    let said = proposal.reviews.iter().enumerate().map(|(at, said)| {
        let state = match said.verdict {
            ReviewVerdict::Approved => "APPROVED",
            ReviewVerdict::ChangesRequested => "REQUEST_CHANGES",
            ReviewVerdict::Requested => "COMMENT",
        };
        review(at + 1, Some(&said.reviewer), None, state, &said.commit, said.at)
    });
    let asked = proposal
        .reviewers
        .iter()
        .enumerate()
        .map(|(at, login)| review(at + 101, Some(login), None, "REQUEST_REVIEW", "", proposal.created));
    let teams = proposal
        .teams
        .iter()
        .enumerate()
        .map(|(at, name)| review(at + 201, None, Some(name), "REQUEST_REVIEW", "", proposal.created));
    said.chain(asked).chain(teams).collect()
}

/// What happened since then, the oldest first.
pub(super) fn events(hosted: &Hosted, proposal: &HostedProposal, since: Option<Timestamp>) -> Vec<Value> {
    let page = format!("{SITE}/{}/pulls/{}", hosted.name(), proposal.number);
    let event = |id: u64, kind: &str, login: &str, body: &str, at: Timestamp| {
        let event = json!({
            "id": id, "type": kind, "html_url": format!("{page}#issuecomment-{id}"), "pull_request_url": page,
            "issue_url": "", "user": user(login), "body": body, "created_at": time(at), "updated_at": time(at),
            "old_project_id": 0, "project_id": 0, "old_milestone": null, "milestone": null, "tracked_time": null,
            "old_title": "", "new_title": "", "old_ref": "", "new_ref": "", "ref_issue": null, "ref_comment": null,
            "ref_action": "none", "ref_commit_sha": "", "review_id": 0, "label": null, "assignee": null,
            "assignee_team": null, "removed_assignee": false, "resolve_doer": null, "dependent_issue": null,
        });
        (at, event)
    };
    let said = proposal.comments.iter();
    let mut all: Vec<(Timestamp, Value)> =
        said.map(|said| event(said.id, "comment", &said.author, &said.body, said.created)).collect();
    if let Some((_, by)) = &proposal.auto_merge {
        all.push(event(9001, "pull_scheduled_merge", by, "", proposal.created));
    }
    match &proposal.outcome {
        Outcome::Closed { by: Some(by), at } => all.push(event(9002, "close", by, "", *at)),
        Outcome::Merged { by: Some(by), at, .. } => all.push(event(9002, "merge_pull", by, "", *at)),
        _ => {}
    }
    all.sort_by_key(|(at, _)| *at);
    all.retain(|(at, _)| since.is_none_or(|since| at.as_second() >= since.as_second()));
    all.into_iter().map(|(_, event)| event).collect()
}

pub(super) fn status(hosted: &Hosted, commit: &str, at: usize, said: &Said) -> Value {
    let word = match (said.word.as_deref(), said.status.state) {
        (Some(word), _) => word,
        (None, StatusState::Passed) => "success",
        (None, StatusState::Pending) => "pending",
        (None, StatusState::Failed) => "failure",
    };
    json!({
        "id": at + 1, "status": word, "target_url": said.status.url.as_deref().unwrap_or_default(),
        "description": said.status.description, "url": api(hosted, &format!("/statuses/{commit}")),
        "context": said.status.name, "creator": user(&said.by), "created_at": time(said.at),
        "updated_at": time(said.at),
    })
}

/// A number that goes with a name.
pub(super) fn number(name: &str) -> u64 {
    let sum = name.bytes().fold(7, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    u64::from(sum >> 8)
}

/// A time, in whole seconds as it is kept.
fn time(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

fn extend(value: &mut Value, more: Value) {
    if let (Value::Object(fields), Value::Object(more)) = (value, more) {
        fields.extend(more);
    }
}
