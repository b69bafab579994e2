//! Pull requests: found, opened, brought up to date, declined.

use serde_json::{Value, json};

use super::super::super::client::{Method, Request};
use super::super::super::dialect::Proposals;
use super::super::super::{Fate, ForgeProblem, Proposal, Wording};
use super::super::{TITLE, fit, fit_line, marks};
use super::wire::{Comment, Pull};
use super::{Cloud, PAGES};
use crate::http::form;

/// The states of those that are decided.
const DECIDED: [&str; 3] = ["MERGED", "DECLINED", "SUPERSEDED"];

impl Proposals for Cloud {
    fn find(&self, head: &str, base: &str) -> Result<Option<Proposal>, ForgeProblem> {
        let open = self.newest(&["OPEN"], head, base)?;
        let found = if open.is_some() { open } else { self.newest(&DECIDED, head, base)? };
        found.map(|pull| self.shown(self.pull(pull.id)?)).transpose()
    }

    fn find_all(&self, branches: &[(&str, &str)]) -> Result<Vec<Option<Proposal>>, ForgeProblem> {
        let path = self.path("/pullrequests?state=OPEN&pagelen=50");
        let open: Vec<Pull> = self.client.pages("listing proposals", &path, PAGES)?;
        let find = |(head, base): &(&str, &str)| {
            let found = match open.iter().find(|pull| self.is_between(pull, head, base)) {
                Some(pull) => Some(pull.clone()),
                None => self.newest(&DECIDED, head, base)?,
            };
            found.map(|pull| self.shown(self.pull(pull.id)?)).transpose()
        };
        branches.iter().map(find).collect()
    }

    fn open(&self, head: &str, base: &str, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        let doing = "opening a proposal";
        // Bitbucket does not promise to refuse a second one; it may as well rewrite the first.
        if let Some(there) = self.newest(&["OPEN"], head, base)? {
            return Err(ForgeProblem::Conflict {
                doing: doing.to_owned(),
                reason: format!("#{} is open already", there.id),
            });
        }
        let reviewers = self.missing_reviewers(&[], wording)?;
        let body = json!({
            "title": fit_line(&wording.title, TITLE),
            "description": fit(&wording.body),
            "source": {"branch": {"name": head}},
            "destination": {"branch": {"name": base}},
            "reviewers": by_identifier(&reviewers),
            "draft": wording.draft,
        });
        let pull: Pull = self.client.send(doing, Method::Post, &self.path("/pullrequests"), &body)?;
        self.shown(pull)
    }

    fn update(&self, number: u64, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        let pull = self.pull(number)?;
        let missing = self.missing_reviewers(&pull.reviewers, wording)?;
        let (title, description) = (fit_line(&wording.title, TITLE), fit(&wording.body));
        if missing.is_empty()
            && pull.title == title
            && pull.text() == description
            && pull.is_draft() == wording.draft
        {
            return self.shown(pull);
        }
        // What is left out would be lost.
        let known = pull.reviewers.iter().filter_map(|user| user.uuid.clone());
        let reviewers: Vec<String> = known.chain(missing).collect();
        let body = json!({
            "title": title,
            "description": description,
            "reviewers": by_identifier(&reviewers),
            "close_source_branch": pull.close_source_branch == Some(true),
            "draft": wording.draft,
        });
        let path = self.path(&format!("/pullrequests/{number}"));
        let pull: Pull = self.client.send("updating a proposal", Method::Put, &path, &body)?;
        self.shown(pull)
    }

    fn close(&self, number: u64, why: &str) -> Result<(), ForgeProblem> {
        let doing = "closing a proposal";
        let pull = self.pull(number)?;
        let path = self.path(&format!("/pullrequests/{number}"));
        if !why.trim().is_empty() && pull.state != "MERGED" {
            let body = json!({"content": {"raw": fit(why)}});
            let comments = format!("{path}/comments");
            self.client.send::<Comment>("saying why a proposal is closed", Method::Post, &comments, &body)?;
        }
        match pull.state.as_str() {
            "OPEN" => {
                let path = format!("{path}/decline");
                self.client.ask(&Request::new(Method::Post, doing, &path)).map(drop)
            }
            "MERGED" => Err(ForgeProblem::Conflict {
                doing: doing.to_owned(),
                reason: format!("#{number} is merged"),
            }),
            _ => Ok(()),
        }
    }
}

impl Cloud {
    /// A pull request with all that is only told of single ones.
    pub(super) fn pull(&self, number: u64) -> Result<Pull, ForgeProblem> {
        self.client.get("reading a proposal", &self.path(&format!("/pullrequests/{number}")))
    }

    /// The one that was opened last.
    fn newest(&self, states: &[&str], head: &str, base: &str) -> Result<Option<Pull>, ForgeProblem> {
        let query =
            format!("source.branch.name = {} AND destination.branch.name = {}", quoted(head), quoted(base));
        let mut fields: Vec<(&str, &str)> = states.iter().map(|state| ("state", *state)).collect();
        // Those of forks answer to the same name, so that one may not be enough.
        fields.extend([("q", query.as_str()), ("sort", "-created_on"), ("pagelen", "10")]);
        let path = self.path(&format!("/pullrequests?{}", form(&fields)));
        let mut found: Option<Pull> = None;
        self.client.each("looking for a proposal", &path, PAGES, |pull: Pull| {
            if self.is_between(&pull, head, base) {
                found = Some(pull);
                return std::ops::ControlFlow::Break(());
            }
            std::ops::ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Whether it goes from one branch to the other, and both are of this repository.
    fn is_between(&self, pull: &Pull, head: &str, base: &str) -> bool {
        let is = |end: &super::wire::Endpoint, name: &str| {
            let repository = end.repository.as_ref().map(|repository| repository.full_name.to_lowercase());
            repository == Some(self.full_name().to_lowercase())
                && end.branch.as_ref().is_some_and(|branch| branch.name == name)
        };
        is(&pull.source, head) && is(&pull.destination, base)
    }

    fn shown(&self, pull: Pull) -> Result<Proposal, ForgeProblem> {
        let by = pull.closed_by.as_ref().and_then(|user| user.login().map(str::to_owned));
        let fate = match pull.state.as_str() {
            "OPEN" => Fate::Open,
            "MERGED" => {
                let commit =
                    pull.merge_commit.as_ref().map(|commit| self.in_full(&commit.hash)).transpose()?;
                Fate::Merged { commit, by }
            }
            _ => Fate::Closed { by },
        };
        let commit = pull.source.commit.as_ref().map_or("", |commit| commit.hash.as_str());
        let branch = |end: &super::wire::Endpoint| {
            end.branch.as_ref().map_or_else(String::new, |branch| branch.name.clone())
        };
        Ok(Proposal {
            number: pull.id,
            fate,
            head: branch(&pull.source),
            base: branch(&pull.destination),
            commit: self.in_full(commit)?,
            body: marks::inward(pull.text()),
            draft: pull.is_draft(),
            mergeable: None,
            merges_by_itself: pull.queued == Some(true),
            labels: Vec::new(),
            url: pull.links.html.href,
            title: pull.title,
        })
    }
}

impl Pull {
    fn is_draft(&self) -> bool {
        self.draft == Some(true)
    }

    fn text(&self) -> &str {
        self.summary.as_ref().map_or("", |summary| summary.raw.as_str())
    }
}

fn by_identifier(uuids: &[String]) -> Vec<Value> {
    uuids.iter().map(|uuid| json!({"uuid": uuid})).collect()
}

/// A text in Bitbucket's query language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
