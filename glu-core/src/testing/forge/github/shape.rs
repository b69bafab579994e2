//! The shapes of GitHub's answers, with every field that its description promises.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::state::{Comment, HostedReview, Said};
use super::super::{Hosted, HostedProposal, Outcome, Way};
use super::routes::Deployed;
use super::{APP, Dialect};
use crate::forge::{ReviewVerdict, StatusState};

const SITE: &str = "https://github.example";

/// An address of the API below the repository.
pub(super) fn api(hosted: &Hosted, rest: &str) -> String {
    format!("{SITE}/api/v3/repos/{}{rest}", hosted.name())
}

/// An address for people below the repository.
pub(super) fn page(hosted: &Hosted, rest: &str) -> String {
    format!("{SITE}/{}{rest}", hosted.name())
}

/// A time, in whole seconds as GitHub writes them.
pub(super) fn time(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

pub(super) fn owner(hosted: &Hosted) -> &str {
    hosted.name().split('/').next().unwrap_or_default()
}

pub(super) fn user(login: &str) -> Value {
    let place = |rest: &str| format!("{SITE}/api/v3/users/{login}{rest}");
    json!({
        "login": login,
        "id": number(login),
        "node_id": format!("U_{login}"),
        "avatar_url": format!("{SITE}/avatars/{login}"),
        "gravatar_id": "",
        "url": place(""),
        "html_url": format!("{SITE}/{login}"),
        "followers_url": place("/followers"),
        "following_url": place("/following{/other_user}"),
        "gists_url": place("/gists{/gist_id}"),
        "starred_url": place("/starred{/owner}{/repo}"),
        "subscriptions_url": place("/subscriptions"),
        "organizations_url": place("/orgs"),
        "repos_url": place("/repos"),
        "events_url": place("/events{/privacy}"),
        "received_events_url": place("/received_events"),
        "type": if login == super::super::BOT { "Bot" } else { "User" },
        "site_admin": false,
    })
}

pub(super) fn repository(hosted: &Hosted) -> Value {
    const TEMPLATES: [&str; 38] = [
        "archive",
        "assignees",
        "blobs",
        "branches",
        "collaborators",
        "comments",
        "commits",
        "compare",
        "contents",
        "contributors",
        "deployments",
        "downloads",
        "events",
        "forks",
        "git_commits",
        "git_refs",
        "git_tags",
        "hooks",
        "issue_comment",
        "issue_events",
        "issues",
        "keys",
        "labels",
        "languages",
        "merges",
        "milestones",
        "notifications",
        "pulls",
        "releases",
        "stargazers",
        "statuses",
        "subscribers",
        "subscription",
        "tags",
        "teams",
        "trees",
        "svn",
        "mirror",
    ];
    const FLAGS: [&str; 8] = [
        "fork",
        "private",
        "has_downloads",
        "has_issues",
        "has_projects",
        "has_wiki",
        "has_pages",
        "archived",
    ];
    const COUNTS: [&str; 9] = [
        "forks",
        "forks_count",
        "open_issues",
        "open_issues_count",
        "size",
        "stargazers_count",
        "watchers",
        "watchers_count",
        "network_count",
    ];
    let mut fields = Map::new();
    for template in TEMPLATES {
        fields.insert(format!("{template}_url"), json!(api(hosted, &format!("/{template}"))));
    }
    for flag in FLAGS {
        fields.insert(flag.to_owned(), json!(false));
    }
    for count in COUNTS {
        fields.insert(count.to_owned(), json!(0));
    }
    let mut repository = Value::Object(fields);
    let name = hosted.name().split('/').next_back().unwrap_or_default();
    extend(
        &mut repository,
        json!({
            "id": 1, "node_id": "R_1", "name": name, "full_name": hosted.name(), "owner": user(owner(hosted)),
            "disabled": false, "description": null, "language": null, "homepage": null, "mirror_url": null,
            "license": null, "default_branch": "main", "url": api(hosted, ""), "html_url": page(hosted, ""),
            "clone_url": page(hosted, ".git"), "git_url": page(hosted, ".git"), "ssh_url": page(hosted, ".git"),
            "pushed_at": null, "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
        }),
    );
    repository
}

pub(super) fn label(hosted: &Hosted, name: &str) -> Value {
    json!({
        "id": number(name), "node_id": format!("LA_{name}"), "name": name, "color": "ededed", "default": false,
        "description": "", "url": api(hosted, &format!("/labels/{}", number(name))),
    })
}

pub(super) fn milestone(hosted: &Hosted, at: usize, title: &str) -> Value {
    let number = at + 1;
    json!({
        "id": number, "number": number, "node_id": format!("MI_{number}"), "title": title, "state": "open",
        "description": null, "due_on": null, "closed_at": null, "open_issues": 0, "closed_issues": 0, "creator": null,
        "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
        "url": api(hosted, &format!("/milestones/{number}")),
        "html_url": page(hosted, &format!("/milestone/{number}")),
        "labels_url": api(hosted, &format!("/milestones/{number}/labels")),
    })
}

/// A pull request as lists have it.
pub(super) fn pull(hosted: &Hosted, proposal: &HostedProposal, milestones: &[String]) -> Value {
    let number = proposal.number;
    let place = |rest: &str| api(hosted, &format!("/pulls/{number}{rest}"));
    let (merge_commit, merged_at) = match &proposal.outcome {
        Outcome::Merged { commit, at, .. } => (json!(commit), json!(time(*at))),
        _ => (Value::Null, Value::Null),
    };
    let auto_merge = proposal.auto_merge.as_ref().map(|(way, by)| {
        let method = match way {
            Way::Squash => "squash",
            Way::Rebase => "rebase",
            Way::Commit | Way::FastForward => "merge",
        };
        json!({"enabled_by": user(by), "merge_method": method, "commit_title": "", "commit_message": ""})
    });
    let team = |slug: &String| {
        let place = format!("{SITE}/api/v3/organizations/1/team/{}", self::number(slug));
        json!({
            "id": self::number(slug), "node_id": format!("T_{slug}"), "name": slug, "slug": slug, "description": null,
            "permission": "push", "privacy": "closed", "type": "organization", "parent": null, "url": place,
            "html_url": format!("{SITE}/orgs/{}/teams/{slug}", owner(hosted)),
            "members_url": format!("{place}/members{{/member}}"), "repositories_url": format!("{place}/repos"),
        })
    };
    let branch = |name: &str, sha: &str| {
        json!({
            "label": format!("{}:{name}", owner(hosted)), "ref": name, "sha": sha, "user": user(owner(hosted)),
            "repo": repository(hosted),
        })
    };
    let mut pull = common(hosted, proposal, milestones);
    let links =
        ["comments", "commits", "statuses", "html", "issue", "review_comments", "review_comment", "self"];
    let links: Map<String, Value> =
        links.iter().map(|name| ((*name).to_owned(), json!({"href": place(&format!("/{name}"))}))).collect();
    extend(
        &mut pull,
        json!({
            "url": place(""), "html_url": page(hosted, &format!("/pull/{number}")), "id": 1000 + number,
            "node_id": format!("PR_{number}"), "diff_url": page(hosted, &format!("/pull/{number}.diff")),
            "patch_url": page(hosted, &format!("/pull/{number}.patch")),
            "issue_url": api(hosted, &format!("/issues/{number}")), "commits_url": place("/commits"),
            "review_comments_url": place("/comments"), "review_comment_url": place("/comments{/number}"),
            "statuses_url": api(hosted, &format!("/statuses/{}", proposal.commit)), "draft": proposal.draft,
            "head": branch(&proposal.head, &proposal.commit), "base": branch(&proposal.base, &"0".repeat(40)),
            "merged_at": merged_at, "merge_commit_sha": merge_commit, "auto_merge": auto_merge,
            "requested_reviewers": proposal.reviewers.iter().map(|login| user(login)).collect::<Vec<_>>(),
            "requested_teams": proposal.teams.iter().map(team).collect::<Vec<_>>(), "_links": links,
        }),
    );
    pull
}

/// A pull request as an issue.
pub(super) fn issue(hosted: &Hosted, proposal: &HostedProposal, milestones: &[String]) -> Value {
    let place = |rest: &str| api(hosted, &format!("/issues/{}{rest}", proposal.number));
    let closed_by = match &proposal.outcome {
        Outcome::Closed { by: Some(by), .. } | Outcome::Merged { by: Some(by), .. } => user(by),
        _ => Value::Null,
    };
    let mut issue = common(hosted, proposal, milestones);
    extend(
        &mut issue,
        json!({
            "url": place(""), "html_url": page(hosted, &format!("/pull/{}", proposal.number)),
            "id": 2000 + proposal.number, "node_id": format!("PR_{}", proposal.number), "labels_url": place("/labels"),
            "events_url": place("/events"), "repository_url": api(hosted, ""), "comments": proposal.comments.len(),
            "closed_by": closed_by,
        }),
    );
    issue
}

fn common(hosted: &Hosted, proposal: &HostedProposal, milestones: &[String]) -> Value {
    let closed_at = match &proposal.outcome {
        Outcome::Open => Value::Null,
        Outcome::Merged { at, .. } | Outcome::Closed { at, .. } => json!(time(*at)),
    };
    let at = proposal.milestone.as_ref().and_then(|title| milestones.iter().position(|known| known == title));
    json!({
        "number": proposal.number, "title": proposal.title, "body": proposal.body, "user": user(&proposal.author),
        "state": if proposal.is_open() { "open" } else { "closed" }, "locked": false, "closed_at": closed_at,
        "created_at": time(proposal.created), "updated_at": time(proposal.updated),
        "author_association": "COLLABORATOR",
        "comments_url": api(hosted, &format!("/issues/{}/comments", proposal.number)),
        "labels": proposal.labels.iter().map(|name| label(hosted, name)).collect::<Vec<_>>(),
        "assignee": proposal.assignees.first().map(|login| user(login)),
        "assignees": proposal.assignees.iter().map(|login| user(login)).collect::<Vec<_>>(),
        "milestone": at.map(|at| milestone(hosted, at, &milestones[at])),
    })
}

pub(super) fn comment(hosted: &Hosted, number: u64, comment: &Comment) -> Value {
    json!({
        "id": comment.id, "node_id": format!("IC_{}", comment.id), "user": user(&comment.author),
        "body": comment.body, "author_association": "COLLABORATOR",
        "url": api(hosted, &format!("/issues/comments/{}", comment.id)),
        "html_url": page(hosted, &format!("/pull/{number}#issuecomment-{}", comment.id)),
        "issue_url": api(hosted, &format!("/issues/{number}")),
        "created_at": time(comment.created), "updated_at": time(comment.created),
    })
}

pub(super) fn review(
    hosted: &Hosted,
    proposal: &HostedProposal,
    at: usize,
    review: &HostedReview,
    is_known: bool,
) -> Value {
    let id = proposal.number * 100 + at as u64;
    let state = match review.verdict {
        ReviewVerdict::Approved => "APPROVED",
        ReviewVerdict::ChangesRequested => "CHANGES_REQUESTED",
        ReviewVerdict::Requested => "COMMENTED",
    };
    let html = page(hosted, &format!("/pull/{}#pullrequestreview-{id}", proposal.number));
    let pull = api(hosted, &format!("/pulls/{}", proposal.number));
    json!({
        "id": id, "node_id": format!("PRR_{id}"), "user": user(&review.reviewer), "body": "", "state": state,
        "commit_id": review.commit, "html_url": html, "pull_request_url": pull, "submitted_at": time(review.at),
        "author_association": if is_known { "COLLABORATOR" } else { "NONE" },
        "_links": {"html": {"href": html}, "pull_request": {"href": pull}},
    })
}

pub(super) fn status(hosted: &Hosted, commit: &str, at: usize, said: &Said) -> Value {
    let state = match said.status.state {
        StatusState::Passed => "success",
        StatusState::Pending => "pending",
        StatusState::Failed => "failure",
    };
    json!({
        "id": at + 1, "node_id": format!("SC_{at}"), "context": said.status.name, "state": state,
        "description": said.status.description, "target_url": said.status.url, "creator": user(&said.by),
        "avatar_url": format!("{SITE}/avatars/{}", said.by), "url": api(hosted, &format!("/statuses/{commit}")),
        "created_at": time(said.at), "updated_at": time(said.at),
    })
}

pub(super) fn check_run(hosted: &Hosted, commit: &str, at: usize, said: &Said) -> Value {
    let id = at + 1;
    let (status, conclusion) = match (said.status.state, said.word.as_deref()) {
        (StatusState::Pending, word) => (word.unwrap_or("in_progress"), None),
        (StatusState::Passed, word) => ("completed", Some(word.unwrap_or("success"))),
        (StatusState::Failed, word) => ("completed", Some(word.unwrap_or("failure"))),
    };
    let place = api(hosted, &format!("/check-runs/{id}"));
    json!({
        "id": id, "node_id": format!("CR_{id}"), "name": said.status.name, "head_sha": commit, "external_id": "",
        "url": place, "html_url": said.status.url, "details_url": said.status.url, "status": status,
        "conclusion": conclusion, "started_at": time(said.at), "check_suite": {"id": id}, "app": null,
        "completed_at": conclusion.map(|_| time(said.at)), "pull_requests": [],
        "output": {
            "title": said.status.description, "summary": null, "text": null, "annotations_count": 0,
            "annotations_url": format!("{place}/annotations"),
        },
    })
}

pub(super) fn deployment(hosted: &Hosted, deployed: &Deployed) -> Value {
    let place = api(hosted, &format!("/deployments/{}", deployed.id));
    json!({
        "id": deployed.id, "node_id": format!("DE_{}", deployed.id), "url": place, "sha": deployed.commit,
        "ref": deployed.commit, "task": "deploy", "environment": deployed.environment, "payload": {},
        "description": deployed.description, "creator": user(super::super::BOT),
        "statuses_url": format!("{place}/statuses"), "repository_url": api(hosted, ""),
        "created_at": time(hosted.now()), "updated_at": time(hosted.now()),
    })
}

pub(super) fn deployment_status(hosted: &Hosted, deployed: &Deployed, state: &str, body: &Value) -> Value {
    let place = api(hosted, &format!("/deployments/{}", deployed.id));
    json!({
        "id": 1, "node_id": "DES_1", "url": format!("{place}/statuses/1"), "state": state,
        "description": body["description"].as_str().unwrap_or_default(), "environment": deployed.environment,
        "creator": user(super::super::BOT), "target_url": body["log_url"].as_str().unwrap_or_default(),
        "log_url": body["log_url"].as_str().unwrap_or_default(), "deployment_url": place,
        "repository_url": api(hosted, ""), "created_at": time(hosted.now()), "updated_at": time(hosted.now()),
    })
}

impl Dialect {
    pub(super) fn installation(&self, granted: &BTreeMap<String, String>) -> Value {
        let (app, id) = APP;
        let place = format!("{SITE}/api/v3/app/installations/{id}");
        let hosted = self.hosted();
        json!({
            "id": id, "app_id": app, "app_slug": "glu", "target_id": 1, "target_type": "Organization",
            "account": user(owner(hosted)), "repository_selection": "selected", "permissions": granted, "events": [],
            "single_file_name": null, "suspended_by": null, "suspended_at": null, "html_url": place,
            "access_tokens_url": format!("{place}/access_tokens"),
            "repositories_url": format!("{SITE}/api/v3/installation/repositories"),
            "created_at": time(hosted.now()), "updated_at": time(hosted.now()),
        })
    }
}

/// Adds the fields of another object, which win.
pub(super) fn extend(value: &mut Value, more: Value) {
    if let (Value::Object(fields), Value::Object(more)) = (value, more) {
        fields.extend(more);
    }
}

/// A number that goes with a name.
fn number(name: &str) -> u32 {
    name.bytes().fold(7, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) >> 8
}
