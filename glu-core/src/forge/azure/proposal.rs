//! Pull requests: found, opened, brought up to date, abandoned.

use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::super::client::Method;
use super::super::dialect::Proposals;
use super::super::{Fate, ForgeProblem, Proposal, Wording};
use super::scope::Scope;
use super::wire::{Pull, Reference};
use super::{AzureDevOps, DESCRIPTION, fit, fit_line};
use crate::http::percent_encode;

const TITLE: usize = 400;
const HEADS: &str = "refs/heads/";

impl Proposals for AzureDevOps {
    fn find(&self, head: &str, base: &str) -> Result<Option<Proposal>, ForgeProblem> {
        let open = self.newest("active", head, base)?;
        let found = if open.is_some() { open } else { self.newest("all", head, base)? };
        found.map(|pull| self.whole(pull.pull_request_id)).transpose()
    }

    fn find_all(&self, branches: &[(&str, &str)]) -> Result<Vec<Option<Proposal>>, ForgeProblem> {
        let open = self.open_pulls("listing proposals")?;
        let find = |(head, base): &(&str, &str)| {
            let is_it = |pull: &&Pull| {
                branch(&pull.source_ref_name) == *head && branch(&pull.target_ref_name) == *base
            };
            let found = match open.iter().find(is_it) {
                Some(pull) => Some(pull.clone()),
                None => self.newest("all", head, base)?,
            };
            found.map(|pull| self.whole(pull.pull_request_id)).transpose()
        };
        branches.iter().map(find).collect()
    }

    fn open(&self, head: &str, base: &str, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        // Who is not known is known before anything is there.
        let reviewers = self.identities_of(&wording.reviewers)?;
        let mut body = json!({
            "sourceRefName": format!("{HEADS}{head}"),
            "targetRefName": format!("{HEADS}{base}"),
            "title": fit_line(&wording.title, TITLE),
            "description": fit(&wording.body, DESCRIPTION),
            "isDraft": wording.draft,
        });
        if !reviewers.is_empty() {
            body["reviewers"] = reviewers.iter().map(|id| json!({"id": id})).collect();
        }
        if !wording.labels.is_empty() {
            body["labels"] = wording.labels.iter().map(|name| json!({"name": name})).collect();
        }
        let path = self.path("/pullrequests");
        let pull: Pull = self.send(Scope::Write, "opening a proposal", Method::Post, &path, &body)?;
        self.whole(pull.pull_request_id)
    }

    fn update(&self, number: u64, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        let pull = self.pull(number)?;
        let reviewers = self.identities_of(&lacking_reviewers(&pull, wording))?;
        let (title, body) = (fit_line(&wording.title, TITLE), fit(&wording.body, DESCRIPTION));
        let mut change = Map::new();
        if pull.title != title {
            change.insert("title".to_owned(), json!(title));
        }
        if pull.description.as_deref().unwrap_or_default() != body {
            change.insert("description".to_owned(), json!(body));
        }
        if pull.is_draft != wording.draft {
            change.insert("isDraft".to_owned(), json!(wording.draft));
        }
        if !change.is_empty() {
            self.change("updating a proposal", number, &Value::Object(change))?;
        }
        let there = |name: &str| {
            let is_it = |label: &super::wire::Label| label.name.to_lowercase() == name.to_lowercase();
            pull.labels.iter().any(|label| label.active != Some(false) && is_it(label))
        };
        for name in wording.labels.iter().filter(|name| !there(name)) {
            let path = self.path(&format!("/pullRequests/{number}/labels"));
            let body = json!({"name": name});
            self.send::<IgnoredAny>(Scope::Write, "adding a label", Method::Post, &path, &body)?;
        }
        if !reviewers.is_empty() {
            let path = self.path(&format!("/pullRequests/{number}/reviewers"));
            let body = reviewers.iter().map(|id| json!({"id": id})).collect();
            self.send::<IgnoredAny>(Scope::Write, "asking for reviews", Method::Post, &path, &body)?;
        }
        self.whole(number)
    }

    fn close(&self, number: u64, why: &str) -> Result<(), ForgeProblem> {
        if !why.trim().is_empty() {
            self.say("saying why a proposal is closed", number, why)?;
        }
        match self.change("closing a proposal", number, &json!({"status": "abandoned"})) {
            // It is closed already, or merged: only that is in the way.
            Err(ForgeProblem::Conflict { doing, reason }) => match self.pull(number)?.status.as_str() {
                "abandoned" => Ok(()),
                _ => Err(ForgeProblem::Conflict { doing, reason }),
            },
            answer => answer.map(drop),
        }
    }
}

impl AzureDevOps {
    pub(super) fn change(&self, doing: &str, number: u64, body: &Value) -> Result<Pull, ForgeProblem> {
        let path = self.path(&format!("/pullrequests/{number}"));
        self.send(Scope::Write, doing, Method::Patch, &path, body)
    }

    /// A pull request with all that lists leave out.
    pub(super) fn pull(&self, number: u64) -> Result<Pull, ForgeProblem> {
        self.get("reading a proposal", &self.path(&format!("/pullrequests/{number}")))
    }

    /// All that are open and of this repository's branches.
    pub(super) fn open_pulls(&self, doing: &str) -> Result<Vec<Pull>, ForgeProblem> {
        let path = format!("{}&searchCriteria.status=active", self.path("/pullrequests"));
        let mut pulls: Vec<Pull> = self.pages(doing, &path, ["$top", "$skip"])?;
        pulls.retain(|pull| pull.fork_source.is_none());
        Ok(pulls)
    }

    /// The one that was opened last.
    fn newest(&self, status: &str, head: &str, base: &str) -> Result<Option<Pull>, ForgeProblem> {
        let [head, base] = [head, base].map(|branch| percent_encode(&format!("{HEADS}{branch}")));
        let path = format!(
            // Those of forks have the same names.
            "{}&searchCriteria.status={status}&searchCriteria.sourceRefName={head}&searchCriteria.targetRefName={base}&$top=10",
            self.path("/pullrequests")
        );
        let pulls: Vec<Pull> = self.list("looking for a proposal", &path)?;
        let ours = pulls.into_iter().filter(|pull| pull.fork_source.is_none());
        Ok(ours.max_by_key(|pull| pull.pull_request_id))
    }

    fn whole(&self, number: u64) -> Result<Proposal, ForgeProblem> {
        let pull = self.pull(number)?;
        let head = branch(&pull.source_ref_name).to_owned();
        let by = pull.closed_by.as_ref().map(super::wire::Identity::login);
        let fate = match pull.status.as_str() {
            "completed" => Fate::Merged { commit: pull.last_merge_commit.map(|commit| commit.commit_id), by },
            "abandoned" => Fate::Closed { by },
            _ => Fate::Open,
        };
        let tried = pull.last_merge_source_commit.map(|commit| commit.commit_id);
        // Azure DevOps tries to merge in the background: what it says of the branch may be of the last push.
        let tip = if fate == Fate::Open { self.tip(&head)? } else { None };
        let is_of_now = tip.is_none() || tip == tried;
        let mergeable = match pull.merge_status.as_deref() {
            _ if fate != Fate::Open || !is_of_now => None,
            Some("succeeded" | "rejectedByPolicy") => Some(true),
            Some("conflicts") => Some(false),
            _ => None,
        };
        Ok(Proposal {
            number,
            url: self.site(&format!("/pullrequest/{number}")),
            fate,
            base: branch(&pull.target_ref_name).to_owned(),
            commit: tip.or(tried).unwrap_or_default(),
            head,
            title: pull.title,
            body: pull.description.unwrap_or_default(),
            draft: pull.is_draft,
            mergeable,
            merges_by_itself: pull.auto_complete_set_by.is_some(),
            labels: pull
                .labels
                .into_iter()
                .filter(|label| label.active != Some(false))
                .map(|label| label.name)
                .collect(),
        })
    }

    /// The commit that a branch is at.
    fn tip(&self, head: &str) -> Result<Option<String>, ForgeProblem> {
        let path = format!("{}&filter={}", self.path("/refs"), percent_encode(&format!("heads/{head}")));
        // Others begin with the same letters.
        let all: Vec<Reference> = self.list("reading a proposal's branch", &path)?;
        let found = all.into_iter().find(|reference| branch(&reference.name) == head);
        Ok(found.map(|reference| reference.object_id))
    }
}

/// Whom the wording names and nobody asked yet.
fn lacking_reviewers(pull: &Pull, wording: &Wording) -> Vec<String> {
    let there = |wanted: &&String| pull.reviewers.iter().any(|reviewer| super::people::is(reviewer, wanted));
    wording.reviewers.iter().filter(|wanted| !there(wanted)).cloned().collect()
}

fn branch(name: &str) -> &str {
    name.strip_prefix(HEADS).unwrap_or(name)
}
