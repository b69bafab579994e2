//! Merge requests: found, opened, brought up to date, closed.

use std::ops::ControlFlow;

use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::super::client::{Method, Paging};
use super::super::dialect::Proposals;
use super::super::{Fate, ForgeProblem, Proposal, Wording};
use super::wire::MergeRequest;
use super::{GitLab, text};
use crate::http::form;

impl Proposals for GitLab {
    fn find(&self, head: &str, base: &str) -> Result<Option<Proposal>, ForgeProblem> {
        let open = self.newest("opened", head, base)?;
        let found = if open.is_some() { open } else { self.newest("all", head, base)? };
        found.map(|request| self.whole(request)).transpose()
    }

    fn find_all(&self, branches: &[(&str, &str)]) -> Result<Vec<Option<Proposal>>, ForgeProblem> {
        let path = self.path("/merge_requests?state=opened&order_by=created_at&sort=desc&per_page=100");
        let open: Vec<MergeRequest> = self.client.pages("listing proposals", &path, Paging::LINK)?;
        let find = |(head, base): &(&str, &str)| {
            let is_it = |request: &&MergeRequest| {
                is_ours(request) && request.source_branch == *head && request.target_branch == *base
            };
            let found = match open.iter().find(is_it) {
                Some(request) => Some(request.clone()),
                None => self.newest("all", head, base)?,
            };
            found.map(|request| self.whole(request)).transpose()
        };
        branches.iter().map(find).collect()
    }

    fn open(&self, head: &str, base: &str, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        let doing = "opening a proposal";
        self.may_write(doing)?;
        // What cannot be had is known before anything is there.
        let mut body = self.lacking(wording, None)?;
        body.insert("source_branch".to_owned(), json!(head));
        body.insert("target_branch".to_owned(), json!(base));
        body.insert("title".to_owned(), json!(text::title(&wording.title, wording.draft)));
        body.insert("description".to_owned(), json!(text::written(&wording.body)));
        let path = self.path("/merge_requests");
        let opened: MergeRequest =
            self.client.send(doing, Method::Post, &path, &Value::Object(body.clone()))?;
        refuse_strangers(doing, &body, &opened)?;
        Ok(shown(opened))
    }

    fn update(&self, number: u64, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        let doing = "updating a proposal";
        self.may_write(doing)?;
        let request = self.request(number)?;
        let mut body = self.lacking(wording, Some(&request))?;
        let title = text::title(&wording.title, wording.draft);
        let is_titled = text::without_draft(&request.title) == text::without_draft(&title);
        if !is_titled || request.draft != wording.draft {
            body.insert("title".to_owned(), json!(title));
        }
        let description = text::written(&wording.body);
        if !text::is_same(request.description.as_deref().unwrap_or_default(), &description) {
            body.insert("description".to_owned(), json!(description));
        }
        if body.is_empty() {
            return Ok(shown(request));
        }
        let path = self.path(&format!("/merge_requests/{number}"));
        let updated: MergeRequest =
            self.client.send(doing, Method::Put, &path, &Value::Object(body.clone()))?;
        refuse_strangers(doing, &body, &updated)?;
        Ok(shown(updated))
    }

    fn close(&self, number: u64, why: &str) -> Result<(), ForgeProblem> {
        let doing = "closing a proposal";
        self.may_write(doing)?;
        if !why.trim().is_empty() {
            let path = self.path(&format!("/merge_requests/{number}/notes"));
            let body = json!({"body": text::written(why)});
            self.client.send::<IgnoredAny>("saying why a proposal is closed", Method::Post, &path, &body)?;
        }
        let path = self.path(&format!("/merge_requests/{number}"));
        let closed: MergeRequest =
            self.client.send(doing, Method::Put, &path, &json!({"state_event": "close"}))?;
        match closed.state.as_str() {
            "merged" | "locked" => Err(ForgeProblem::Conflict {
                doing: doing.to_owned(),
                reason: format!("!{number} is merged"),
            }),
            _ => Ok(()),
        }
    }
}

impl GitLab {
    /// A merge request with all that is only told of single ones.
    pub(super) fn request(&self, number: u64) -> Result<MergeRequest, ForgeProblem> {
        self.client.get("reading a proposal", &self.path(&format!("/merge_requests/{number}")))
    }

    /// What was found in a list with what only single ones tell for sure: whether it merges. A job's own token may not ask that.
    fn whole(&self, listed: MergeRequest) -> Result<Proposal, ForgeProblem> {
        if self.is_job { Ok(shown(listed)) } else { self.request(listed.iid).map(shown) }
    }

    /// The one that was opened last, and not from a fork.
    fn newest(&self, state: &str, head: &str, base: &str) -> Result<Option<MergeRequest>, ForgeProblem> {
        let query = form(&[
            ("state", state),
            ("source_branch", head),
            ("target_branch", base),
            ("order_by", "created_at"),
            ("sort", "desc"),
            ("per_page", "20"),
        ]);
        let path = self.path(&format!("/merge_requests?{query}"));
        let mut found = None;
        self.client.each("looking for a proposal", &path, Paging::LINK, |request: MergeRequest| {
            if is_ours(&request) {
                found = Some(request);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }
}

/// Whether its branch is one of this project, and not of a fork.
fn is_ours(request: &MergeRequest) -> bool {
    request.source_project_id == Some(request.target_project_id)
}

fn shown(request: MergeRequest) -> Proposal {
    let login = |user: super::wire::User| user.username;
    let fate = match request.state.as_str() {
        "merged" => Fate::Merged {
            // A fast-forward has neither a merge commit nor a squashed one.
            commit: request.merge_commit_sha.or(request.squash_commit_sha).or(request.sha.clone()),
            by: request.merge_user.or(request.merged_by).map(login),
        },
        "closed" => Fate::Closed { by: request.closed_by.map(login) },
        _ => Fate::Open,
    };
    let mergeable = match request.merge_status.as_str() {
        // The one says that it was found out and the other what; while that is being looked at they tell of the past.
        "can_be_merged" => Some(true),
        "cannot_be_merged" => Some(request.has_conflicts == Some(false)),
        _ => None,
    };
    Proposal {
        number: request.iid,
        url: request.web_url,
        mergeable: mergeable.filter(|_| fate == Fate::Open),
        fate,
        head: request.source_branch,
        base: request.target_branch,
        commit: request.sha.unwrap_or_default(),
        title: text::without_draft(&request.title).to_owned(),
        body: text::read(&request.description.unwrap_or_default()),
        draft: request.draft,
        merges_by_itself: request.merge_when_pipeline_succeeds,
        labels: request.labels,
    }
}

/// Whom GitLab does not let in it leaves out without a word. Free editions leave out all but one, so it is enough that one is there.
fn refuse_strangers(
    doing: &str,
    asked: &Map<String, Value>,
    answer: &MergeRequest,
) -> Result<(), ForgeProblem> {
    for (field, there, words) in [
        ("reviewer_ids", &answer.reviewers, "may review it"),
        ("assignee_ids", &answer.assignees, "may be given it"),
    ] {
        let is_wanted = asked.get(field).and_then(Value::as_array).is_some_and(|wanted| !wanted.is_empty());
        if is_wanted && there.as_ref().is_some_and(Vec::is_empty) {
            let reason = format!("!{} is there, but nobody of those who were asked {words}", answer.iid);
            return Err(ForgeProblem::Invalid { doing: doing.to_owned(), reason });
        }
    }
    Ok(())
}
