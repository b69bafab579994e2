//! Pull requests: found, opened, brought up to date, declined; and what people say of them.

use std::ops::ControlFlow;

use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::super::super::client::Method;
use super::super::super::dialect::{Proposals, Reviews};
use super::super::super::{Fate, ForgeProblem, Proposal, Review, ReviewVerdict, Wording};
use super::super::{TITLE, fit, fit_line, marks, people};
use super::wire::{Activity, Comment, Participant, Pull, Reference};
use super::{DataCenter, PAGES};
use crate::http::form;

const BRANCH: &str = "refs/heads/";

impl Proposals for DataCenter {
    fn find(&self, head: &str, base: &str) -> Result<Option<Proposal>, ForgeProblem> {
        let open = self.newest("OPEN", head, base)?;
        let found = if open.is_some() { open } else { self.newest("ALL", head, base)? };
        found.map(|pull| self.shown(pull)).transpose()
    }

    fn find_all(&self, branches: &[(&str, &str)]) -> Result<Vec<Option<Proposal>>, ForgeProblem> {
        let path = self.path("/pull-requests?state=OPEN&limit=100");
        let open: Vec<Pull> = self.client.pages("listing proposals", &path, PAGES)?;
        let find = |(head, base): &(&str, &str)| {
            let found = match open.iter().find(|pull| self.is_between(pull, head, base)) {
                Some(pull) => Some(pull.clone()),
                None => self.newest("ALL", head, base)?,
            };
            found.map(|pull| self.shown(pull)).transpose()
        };
        branches.iter().map(find).collect()
    }

    fn open(&self, head: &str, base: &str, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        let end = |branch: &str| {
            let repository = json!({"slug": self.name, "project": {"key": self.project}});
            json!({"id": format!("{BRANCH}{branch}"), "repository": repository})
        };
        let body = json!({
            "title": fit_line(&wording.title, TITLE),
            "description": fit(&wording.body),
            "fromRef": end(head),
            "toRef": end(base),
            "reviewers": by_name(people(&wording.reviewers)),
            "draft": wording.draft,
        });
        let path = self.path("/pull-requests");
        let pull: Pull = self.client.send("opening a proposal", Method::Post, &path, &body)?;
        self.shown(pull)
    }

    fn update(&self, number: u64, wording: &Wording) -> Result<Proposal, ForgeProblem> {
        let (title, description) = (fit_line(&wording.title, TITLE), fit(&wording.body));
        let pull = self.at_its_version(number, |pull| {
            let there: Vec<&str> =
                pull.reviewers.iter().map(|reviewer| reviewer.user.name.as_str()).collect();
            let missing: Vec<&str> = people(&wording.reviewers)
                .filter(|name| !there.iter().any(|known| known.eq_ignore_ascii_case(name)))
                .collect();
            if missing.is_empty()
                && pull.title == title
                && pull.text() == description
                && pull.is_draft() == wording.draft
            {
                return Ok(pull.clone());
            }
            // What is left out would be lost.
            let body = json!({
                "version": pull.version,
                "title": title,
                "description": description,
                "reviewers": by_name(there.into_iter().chain(missing)),
                "draft": wording.draft,
            });
            let path = self.path(&format!("/pull-requests/{number}"));
            self.client.send("updating a proposal", Method::Put, &path, &body)
        })?;
        self.shown(pull)
    }

    fn close(&self, number: u64, why: &str) -> Result<(), ForgeProblem> {
        let doing = "closing a proposal";
        let path = self.path(&format!("/pull-requests/{number}"));
        let mut is_said = why.trim().is_empty();
        self.at_its_version(number, |pull| {
            match pull.state.as_str() {
                "MERGED" => {
                    let reason = format!("#{number} is merged");
                    return Err(ForgeProblem::Conflict { doing: doing.to_owned(), reason });
                }
                "DECLINED" => return Ok(()),
                _ => {}
            }
            if !is_said {
                let (path, body) = (format!("{path}/comments"), json!({"text": fit(why)}));
                self.client.send::<Comment>("saying why a proposal is closed", Method::Post, &path, &body)?;
                is_said = true;
            }
            let path = format!("{path}/decline?version={}", pull.version);
            let body = json!({"version": pull.version});
            self.client.send::<IgnoredAny>(doing, Method::Post, &path, &body).map(drop)
        })
    }
}

impl Reviews for DataCenter {
    /// The decisive word of each. Whoever says yes or no becomes a reviewer by that.
    fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeProblem> {
        let pull = self.pull(number)?;
        let asked = pull.reviewers.into_iter().map(|reviewer| reviewer.review(true));
        let others = pull.participants.into_iter().map(|participant| participant.review(false));
        let mut reviews: Vec<Review> = asked.chain(others).flatten().collect();
        reviews.sort_by(|one, other| one.reviewer.cmp(&other.reviewer));
        Ok(reviews)
    }
}

impl DataCenter {
    /// Does something that names the version, and once more where that was an old one.
    pub(super) fn at_its_version<T>(
        &self,
        number: u64,
        mut act: impl FnMut(&Pull) -> Result<T, ForgeProblem>,
    ) -> Result<T, ForgeProblem> {
        let pull = self.pull(number)?;
        match act(&pull) {
            Err(conflict @ ForgeProblem::Conflict { .. }) => {
                let again = self.pull(number)?;
                if again.version == pull.version { Err(conflict) } else { act(&again) }
            }
            done => done,
        }
    }

    pub(super) fn pull(&self, number: u64) -> Result<Pull, ForgeProblem> {
        self.client.get("reading a proposal", &self.path(&format!("/pull-requests/{number}")))
    }

    /// The one that was opened last.
    fn newest(&self, state: &str, head: &str, base: &str) -> Result<Option<Pull>, ForgeProblem> {
        let branch = format!("{BRANCH}{head}");
        let query = form(&[
            ("at", &branch),
            ("direction", "OUTGOING"),
            ("state", state),
            ("order", "NEWEST"),
            ("limit", "25"),
        ]);
        let path = self.path(&format!("/pull-requests?{query}"));
        let mut found: Option<Pull> = None;
        self.client.each("looking for a proposal", &path, PAGES, |pull: Pull| {
            if self.is_between(&pull, head, base) {
                found = Some(pull);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Whether it goes from one branch to the other, and both are of this repository.
    fn is_between(&self, pull: &Pull, head: &str, base: &str) -> bool {
        let is = |end: &Reference, branch: &str| {
            let is_ours = end.repository.as_ref().is_some_and(|repository| {
                repository.slug.eq_ignore_ascii_case(&self.name)
                    && repository.project.key.eq_ignore_ascii_case(&self.project)
            });
            is_ours && end.branch() == branch
        };
        is(&pull.from_ref, head) && is(&pull.to_ref, base)
    }

    fn shown(&self, pull: Pull) -> Result<Proposal, ForgeProblem> {
        let is_open = pull.state == "OPEN";
        let fate = if is_open { Fate::Open } else { self.fate(&pull)? };
        let own = pull.links.iter().flat_map(|links| &links.own).next().map(|link| link.href.clone());
        Ok(Proposal {
            number: pull.id,
            url: own.unwrap_or_else(|| self.page(&format!("/pull-requests/{}", pull.id))),
            fate,
            head: pull.from_ref.branch().to_owned(),
            base: pull.to_ref.branch().to_owned(),
            body: marks::inward(pull.text()),
            mergeable: if is_open { self.mergeable(pull.id)? } else { None },
            merges_by_itself: is_open && self.merges_by_itself(pull.id)?,
            draft: pull.is_draft(),
            labels: Vec::new(),
            commit: pull.from_ref.latest_commit.unwrap_or_default(),
            title: pull.title,
        })
    }

    /// What became of one that is decided; who did it is among what happened to it.
    fn fate(&self, pull: &Pull) -> Result<Fate, ForgeProblem> {
        let path = self.path(&format!("/pull-requests/{}/activities?limit=100", pull.id));
        let mut last: Option<Activity> = None;
        self.client.each("asking who closed a proposal", &path, PAGES, |activity: Activity| {
            if activity.action == pull.state {
                last = Some(activity);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        let (by, commit) = last.map_or((None, None), |last| (last.user, last.commit));
        let by = by.map(|user| user.name);
        Ok(match pull.state.as_str() {
            "MERGED" => Fate::Merged { commit: commit.map(|commit| commit.id), by },
            _ => Fate::Closed { by },
        })
    }
}

impl Pull {
    pub(super) fn is_draft(&self) -> bool {
        self.draft == Some(true)
    }

    fn text(&self) -> &str {
        self.description.as_deref().unwrap_or_default()
    }
}

impl Reference {
    fn branch(&self) -> &str {
        self.id.strip_prefix(BRANCH).unwrap_or(&self.id)
    }
}

impl Participant {
    fn review(self, was_asked: bool) -> Option<Review> {
        let verdict = match self.status.as_deref() {
            Some("APPROVED") => ReviewVerdict::Approved,
            Some("NEEDS_WORK") => ReviewVerdict::ChangesRequested,
            _ if was_asked => ReviewVerdict::Requested,
            _ => return None,
        };
        let commit = self.last_reviewed_commit.filter(|_| verdict != ReviewVerdict::Requested);
        Some(Review { reviewer: self.user.name, verdict, commit })
    }
}

fn by_name<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Value> {
    names.map(|name| json!({"user": {"name": name}})).collect()
}
