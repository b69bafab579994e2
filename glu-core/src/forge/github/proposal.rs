//! Pull requests: found, opened, brought up to date, closed.

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::client::{Method, Paging};
use super::super::dialect::Proposals;
use super::super::fit::{fit, fit_line};
use super::super::{Fate, ForgeProblem, Proposal, Wording};
use super::wire::{Comment, Issue, Pull};
use super::{BODY, GitHub};
use crate::http::form;

const TITLE: usize = 256;

impl Proposals for GitHub {
    fn find(&self, head: &str, base: &str) -> Result<Option<Proposal>, ForgeProblem> {
        let open = self.newest("open", head, base)?;
        let found = if open.is_some() { open } else { self.newest("closed", head, base)? };
        found.map(|pull| self.whole(pull.number)).transpose()
    }

    fn find_all(&self, branches: &[(&str, &str)]) -> Result<Vec<Option<Proposal>>, ForgeProblem> {
        let path = self.path("/pulls?state=open&per_page=100");
        let open: Vec<Pull> = self.client.pages("listing proposals", &path, Paging::LINK)?;
        let find = |(head, base): &(&str, &str)| {
            let is_it =
                |pull: &&Pull| self.is_ours(pull) && pull.head.name == *head && pull.base.name == *base;
            let found = match open.iter().find(is_it) {
                Some(pull) => Some(pull.clone()),
                None => self.newest("closed", head, base)?,
            };
            found.map(|pull| self.whole(pull.number)).transpose()
        };
        branches.iter().map(find).collect()
    }

    fn open(&self, head: &str, base: &str, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        // What cannot be had is known before anything is there.
        let milestone = self.milestone(wording)?;
        let body = json!({
            "title": fit_line(&wording.title, TITLE),
            "body": fit(&wording.body, BODY),
            "head": head,
            "base": base,
            "draft": wording.draft,
        });
        let pull: Pull = self.client.send("opening a proposal", Method::Post, &self.path("/pulls"), &body)?;
        self.dress(&pull, wording, milestone)?;
        self.whole(pull.number)
    }

    fn update(&self, number: u64, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        let pull = self.pull(number)?;
        let milestone = match &pull.milestone {
            Some(milestone) if Some(&milestone.title) == wording.milestone.as_ref() => None,
            _ => self.milestone(wording)?,
        };
        let (title, body) = (fit_line(&wording.title, TITLE), fit(&wording.body, BODY));
        if pull.title != title || pull.body.as_deref().unwrap_or_default() != body {
            let body = json!({"title": title, "body": body});
            let path = self.path(&format!("/pulls/{number}"));
            self.client.send::<IgnoredAny>("updating a proposal", Method::Patch, &path, &body)?;
        }
        if pull.draft != wording.draft {
            self.set_draft(&pull.node_id, wording.draft)?;
        }
        self.dress(&pull, wording, milestone)?;
        self.whole(number)
    }

    fn close(&self, number: u64, why: &str) -> Result<(), ForgeProblem> {
        if !why.trim().is_empty() {
            let path = self.path(&format!("/issues/{number}/comments"));
            let body = json!({"body": fit(why, BODY)});
            self.client.send::<Comment>("saying why a proposal is closed", Method::Post, &path, &body)?;
        }
        let path = self.path(&format!("/pulls/{number}"));
        let pull: Pull =
            self.client.send("closing a proposal", Method::Patch, &path, &json!({"state": "closed"}))?;
        match pull.merged_at {
            Some(_) => Err(ForgeProblem::Conflict {
                doing: "closing a proposal".to_owned(),
                reason: format!("#{number} is merged"),
            }),
            None => Ok(()),
        }
    }
}

impl GitHub {
    /// A pull request with all that is only told of single ones.
    pub(super) fn pull(&self, number: u64) -> Result<Pull, ForgeProblem> {
        self.client.get("reading a proposal", &self.path(&format!("/pulls/{number}")))
    }

    /// The one that was opened last.
    fn newest(&self, state: &str, head: &str, base: &str) -> Result<Option<Pull>, ForgeProblem> {
        let head = format!("{}:{head}", self.owner);
        let query = form(&[
            ("state", state),
            ("head", &head),
            ("base", base),
            ("sort", "created"),
            ("direction", "desc"),
            // Those of forks of the same owner answer to the same name.
            ("per_page", "10"),
        ]);
        let pulls: Vec<Pull> =
            self.client.get("looking for a proposal", &self.path(&format!("/pulls?{query}")))?;
        Ok(pulls.into_iter().find(|pull| self.is_ours(pull)))
    }

    /// Whether its branch is one of this repository, and not of a fork.
    fn is_ours(&self, pull: &Pull) -> bool {
        let base = pull.base.repo.as_ref().map(|repository| &repository.full_name);
        base.is_some() && pull.head.repo.as_ref().map(|repository| &repository.full_name) == base
    }

    fn whole(&self, number: u64) -> Result<Proposal, ForgeProblem> {
        let pull = self.pull(number)?;
        let fate = match (pull.state.as_str(), pull.merged_at) {
            (_, Some(_)) => {
                Fate::Merged { commit: pull.merge_commit_sha, by: pull.merged_by.map(|user| user.login) }
            }
            ("closed", None) => {
                let path = self.path(&format!("/issues/{number}"));
                let issue: Option<Issue> = self.client.get_if_there("asking who closed a proposal", &path)?;
                Fate::Closed { by: issue.and_then(|issue| issue.closed_by).map(|user| user.login) }
            }
            _ => Fate::Open,
        };
        Ok(Proposal {
            number,
            url: pull.html_url,
            mergeable: pull.mergeable.filter(|_| fate == Fate::Open),
            fate,
            head: pull.head.name,
            base: pull.base.name,
            commit: pull.head.sha,
            title: pull.title,
            body: pull.body.unwrap_or_default(),
            draft: pull.draft,
            merges_by_itself: pull.auto_merge.is_some(),
            labels: pull.labels.into_iter().map(|label| label.name).collect(),
        })
    }
}
