//! Pull requests: found, opened, brought up to date, closed.

use std::ops::ControlFlow;

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::super::client::Method;
use super::super::dialect::Proposals;
use super::super::fit::fit;
use super::super::{Fate, ForgeProblem, Proposal, Wording};
use super::wire::{Comment, Milestone, Pull};
use super::{BODY, Gitea, PAGES, title};
use crate::http::percent_encode;

/// How long the forge may take to find out whether a proposal merges.
const CHECKING: SignedDuration = SignedDuration::from_secs(60);

impl Proposals for Gitea {
    /// Looking for a proposal by its branches would list all that there ever were.
    fn look(&self) -> Result<(), ForgeProblem> {
        let newest: Result<Vec<Pull>, _> =
            self.client.get("listing proposals", &self.path("/pulls?state=open&limit=1"));
        newest.map(drop)
    }

    fn find(&self, head: &str, base: &str) -> Result<Option<Proposal>, ForgeProblem> {
        let found = match self.any(head, base)? {
            Any::None => None,
            Any::One(pull) if pull.state == "open" => Some(*pull),
            Any::One(_) | Any::Untold => match self.last("open", head, base)? {
                Some(pull) => Some(pull),
                None => self.last("closed", head, base)?,
            },
        };
        found.map(|pull| self.shown(pull)).transpose()
    }

    fn find_all(&self, branches: &[(&str, &str)]) -> Result<Vec<Option<Proposal>>, ForgeProblem> {
        let path = self.path("/pulls?state=open&limit=50");
        let open: Vec<Pull> = self.client.pages("listing proposals", &path, PAGES)?;
        let find = |(head, base): &(&str, &str)| {
            let found = match open.iter().find(|pull| is_it(pull, head, base)) {
                Some(pull) => Some(pull.clone()),
                None => match self.any(head, base)? {
                    Any::None => None,
                    // It was opened in the meantime.
                    Any::One(pull) if pull.state == "open" => Some(*pull),
                    Any::One(_) | Any::Untold => self.last("closed", head, base)?,
                },
            };
            found.map(|pull| self.shown(pull)).transpose()
        };
        branches.iter().map(find).collect()
    }

    fn open(&self, head: &str, base: &str, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        // What cannot be had is known before anything is there.
        let milestone = self.milestone(wording)?;
        let labels = self.label_ids(&wording.labels.iter().map(String::as_str).collect::<Vec<_>>())?;
        let mut body = json!({
            "title": title::written(&wording.title, wording.draft),
            "body": fit(&wording.body, BODY),
            "head": head,
            "base": base,
            "labels": labels,
            "assignees": wording.assignees,
        });
        if let Some(milestone) = milestone {
            body["milestone"] = json!(milestone);
        }
        let pull: Pull = self.client.send("opening a proposal", Method::Post, &self.path("/pulls"), &body)?;
        self.request(pull.number, wording)?;
        self.shown(self.pull(pull.number)?)
    }

    fn update(&self, number: u64, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        let doing = "updating a proposal";
        let pull = self.pull(number)?;
        let mut changes = Map::new();
        let title = title::written(&wording.title, wording.draft);
        let is_meant =
            pull.draft == wording.draft && title::meant(&pull) == title::written(&wording.title, false);
        if pull.title != title && !is_meant {
            changes.insert("title".to_owned(), json!(title));
        }
        let text = fit(&wording.body, BODY);
        if pull.body.trim_end() != text.trim_end() {
            changes.insert("body".to_owned(), json!(text));
        }
        let has = pull.milestone.as_ref().map(|milestone| &milestone.title);
        if has != wording.milestone.as_ref()
            && let Some(milestone) = self.milestone(wording)?
        {
            changes.insert("milestone".to_owned(), json!(milestone));
        }
        let there: Vec<&str> = pull.assignees.iter().map(|user| user.login.as_str()).collect();
        if !lacking(&wording.assignees, &there).is_empty() {
            // They take the place of those who were there.
            let all: Vec<&str> = there.iter().copied().chain(lacking(&wording.assignees, &there)).collect();
            changes.insert("assignees".to_owned(), json!(all));
        }
        if !changes.is_empty() {
            let path = self.path(&format!("/pulls/{number}"));
            let changed: Pull = self.client.send(doing, Method::Patch, &path, &Value::Object(changes))?;
            self.has_assigned(&changed, wording)?;
        }
        self.label(&pull, wording)?;
        self.request(number, wording)?;
        self.shown(self.pull(number)?)
    }

    fn close(&self, number: u64, why: &str) -> Result<(), ForgeProblem> {
        if !why.trim().is_empty() {
            let path = self.path(&format!("/issues/{number}/comments"));
            let body = json!({"body": fit(why, BODY)});
            self.client.send::<Comment>("saying why a proposal is closed", Method::Post, &path, &body)?;
        }
        let path = self.path(&format!("/pulls/{number}"));
        self.client.send::<Pull>("closing a proposal", Method::Patch, &path, &json!({"state": "closed"}))?;
        Ok(())
    }
}

impl Gitea {
    pub(super) fn pull(&self, number: u64) -> Result<Pull, ForgeProblem> {
        self.client.get("reading a proposal", &self.path(&format!("/pulls/{number}")))
    }

    /// Any of those from a branch into another: there is a question for one of them, and none for the last.
    fn any(&self, head: &str, base: &str) -> Result<Any, ForgeProblem> {
        // The base is one piece of the path, and proxies undo a slash that is written otherwise.
        if base.contains('/') {
            return Ok(Any::Untold);
        }
        let head: Vec<String> = head.split('/').map(percent_encode).collect();
        let path = self.path(&format!("/pulls/{}/{}", percent_encode(base), head.join("/")));
        let found = self.client.get_if_there("looking for a proposal", &path)?;
        Ok(found.map_or(Any::None, |pull| Any::One(Box::new(pull))))
    }

    /// The one that was opened last.
    fn last(&self, state: &str, head: &str, base: &str) -> Result<Option<Pull>, ForgeProblem> {
        let mut last: Option<Pull> = None;
        let path = self.path(&format!("/pulls?state={state}&limit=50"));
        self.client.each("looking for a proposal", &path, PAGES, |pull: Pull| {
            // The newest come first; those of one second in any order.
            match &last {
                Some(last) if pull.created_at < last.created_at => return ControlFlow::Break(()),
                Some(last) if pull.number < last.number => {}
                _ if is_it(&pull, head, base) => last = Some(pull),
                _ => {}
            }
            ControlFlow::Continue(())
        })?;
        match last {
            // Lists do not tell who merged.
            Some(pull) if pull.merged && pull.merged_by.is_none() => self.pull(pull.number).map(Some),
            last => Ok(last),
        }
    }

    fn milestone(&self, wording: &Wording) -> Result<Option<u64>, ForgeProblem> {
        let doing = "looking for a milestone";
        let Some(title) = &wording.milestone else { return Ok(None) };
        let mut found = None;
        let path = self.path("/milestones?state=open&limit=50");
        self.client.each(doing, &path, PAGES, |milestone: Milestone| {
            if milestone.title == *title {
                found = Some(milestone.id);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        let missing = || ForgeProblem::Invalid {
            doing: doing.to_owned(),
            reason: format!("there is no open milestone `{title}`"),
        };
        found.map(Some).ok_or_else(missing)
    }

    /// Whom an account without write access assigns is left out without a word.
    fn has_assigned(&self, pull: &Pull, wording: &Wording) -> Result<(), ForgeProblem> {
        let there: Vec<&str> = pull.assignees.iter().map(|user| user.login.as_str()).collect();
        match lacking(&wording.assignees, &there).as_slice() {
            [] => Ok(()),
            some => Err(ForgeProblem::Invalid {
                doing: "assigning a proposal".to_owned(),
                reason: format!("{} cannot be assigned with this account", some.join(", ")),
            }),
        }
    }

    fn shown(&self, pull: Pull) -> Result<Proposal, ForgeProblem> {
        let is_open = pull.state == "open" && !pull.merged;
        let merges_by_itself = is_open && self.is_to_merge(pull.number)?;
        let fate = if pull.merged {
            Fate::Merged {
                commit: pull.merge_commit_sha.clone(),
                by: pull.merged_by.as_ref().map(|user| user.login.clone()),
            }
        } else if is_open {
            Fate::Open
        } else {
            Fate::Closed { by: self.closed_by(pull.number, pull.closed_at)? }
        };
        // That it does not merge is said of drafts, and of what is still being looked at, too.
        let now = self.client.clock().now();
        let is_settled = pull.updated_at.is_none_or(|updated| now.duration_since(updated) > CHECKING);
        let mergeable = match pull.mergeable {
            _ if !is_open => None,
            true => Some(true),
            false if pull.draft || !is_settled => None,
            false => Some(false),
        };
        Ok(Proposal {
            number: pull.number,
            mergeable,
            fate,
            commit: pull.head.sha.clone(),
            title: title::meant(&pull).to_owned(),
            draft: pull.draft,
            merges_by_itself,
            labels: pull.labels.into_iter().map(|label| label.name).collect(),
            url: pull.html_url,
            head: pull.head.label,
            base: pull.base.label,
            body: pull.body,
        })
    }
}

/// What the forge says of the proposals from one branch into another.
enum Any {
    None,
    One(Box<Pull>),
    Untold,
}

/// Whether it is from this branch of the repository itself into that one.
fn is_it(pull: &Pull, head: &str, base: &str) -> bool {
    pull.head.repo_id == pull.base.repo_id && pull.head.label == head && pull.base.label == base
}

/// Who is wanted and not there; logins differ by more than case.
pub(super) fn lacking<'a>(wanted: &'a [String], there: &[&str]) -> Vec<&'a str> {
    let is_there = |name: &str| there.iter().any(|known| known.eq_ignore_ascii_case(name));
    wanted.iter().map(String::as_str).filter(|name| !is_there(name)).collect()
}
