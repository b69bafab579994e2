//! What hangs on a merge request: labels, a milestone, and people, whom GitLab knows by numbers. Only what is missing is added.

use std::ops::ControlFlow;

use serde_json::{Map, Value, json};

use super::super::client::Paging;
use super::super::{ForgeProblem, Wording};
use super::GitLab;
use super::wire::{MergeRequest, Milestone, User};
use crate::http::form;

impl GitLab {
    /// The fields that give a merge request what it lacks; all of it, where there is none yet.
    pub(super) fn lacking(
        &self,
        wording: &Wording,
        request: Option<&MergeRequest>,
    ) -> Result<Map<String, Value>, ForgeProblem> {
        let mut fields = Map::new();
        let there = request.map(|request| request.labels.as_slice()).unwrap_or_default();
        let labels: Vec<&str> = wording
            .labels
            .iter()
            .map(String::as_str)
            .filter(|label| !there.iter().any(|known| known == label))
            .collect();
        if !labels.is_empty() {
            let field = if request.is_some() { "add_labels" } else { "labels" };
            fields.insert(field.to_owned(), json!(labels.join(",")));
        }
        if let Some(title) = &wording.milestone {
            let there = request.and_then(|request| request.milestone.as_ref());
            if there.is_none_or(|there| there.title != *title) {
                fields.insert("milestone_id".to_owned(), json!(self.milestone(title)?));
            }
        }
        // Teams are no reviewers here.
        let reviewers: Vec<&String> =
            wording.reviewers.iter().filter(|reviewer| !reviewer.starts_with("team/")).collect();
        let asked = request.and_then(|request| request.reviewers.as_deref()).unwrap_or_default();
        if let Some(all) = self.with_missing(&reviewers, asked)? {
            fields.insert("reviewer_ids".to_owned(), json!(all));
        }
        let assignees: Vec<&String> = wording.assignees.iter().collect();
        let given = request.and_then(|request| request.assignees.as_deref()).unwrap_or_default();
        if let Some(all) = self.with_missing(&assignees, given)? {
            fields.insert("assignee_ids".to_owned(), json!(all));
        }
        Ok(fields)
    }

    /// Who is there and who is wanted, since GitLab replaces the whole list; none where nobody is missing.
    fn with_missing(&self, wanted: &[&String], there: &[User]) -> Result<Option<Vec<u64>>, ForgeProblem> {
        let is_there = |login: &str| there.iter().any(|user| user.username.eq_ignore_ascii_case(login));
        let missing: Vec<&&String> = wanted.iter().filter(|login| !is_there(login)).collect();
        if missing.is_empty() {
            return Ok(None);
        }
        let mut all: Vec<u64> = there.iter().map(|user| user.id).collect();
        for login in missing {
            all.push(self.user(login)?);
        }
        Ok(Some(all))
    }

    fn user(&self, login: &str) -> Result<u64, ForgeProblem> {
        let doing = "looking for a user";
        let query = form(&[("username", login)]);
        let found: Vec<User> = self.client.get(doing, &format!("/users?{query}"))?;
        let user = found.into_iter().find(|user| user.username.eq_ignore_ascii_case(login));
        user.map(|user| user.id).ok_or_else(|| ForgeProblem::Invalid {
            doing: doing.to_owned(),
            reason: format!("there is no user `{login}`"),
        })
    }

    /// The number of the milestone with this title, in the project or a group above it.
    fn milestone(&self, title: &str) -> Result<u64, ForgeProblem> {
        let doing = "looking for a milestone";
        let query = form(&[
            ("title", title),
            ("state", "active"),
            ("include_ancestors", "true"),
            ("per_page", "100"),
        ]);
        let mut found = None;
        let path = self.path(&format!("/milestones?{query}"));
        self.client.each(doing, &path, Paging::LINK, |milestone: Milestone| {
            if milestone.title == title {
                found = Some(milestone.id);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        found.ok_or_else(|| ForgeProblem::Invalid {
            doing: doing.to_owned(),
            reason: format!("there is no open milestone `{title}`"),
        })
    }
}
