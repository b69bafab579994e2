//! What hangs on a pull request: labels, assignees, a milestone, and who is asked for a review. Only what is missing is added.

use std::ops::ControlFlow;

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::client::{Method, Paging};
use super::super::{ForgeProblem, Wording};
use super::GitHub;
use super::wire::{Issue, Milestone, Pull, User};

impl GitHub {
    /// The number of the milestone with this title.
    pub(super) fn milestone(&self, wording: &Wording) -> Result<Option<u64>, ForgeProblem> {
        let doing = "looking for a milestone";
        let Some(title) = &wording.milestone else { return Ok(None) };
        let mut found = None;
        let path = self.path("/milestones?state=open&per_page=100");
        self.client.each(doing, &path, Paging::LINK, |milestone: Milestone| {
            if milestone.title == *title {
                found = Some(milestone.number);
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

    /// Gives a pull request what it lacks.
    pub(super) fn dress(
        &self,
        pull: &Pull,
        wording: &Wording,
        milestone: Option<u64>,
    ) -> Result<(), ForgeProblem> {
        let issue = self.path(&format!("/issues/{}", pull.number));
        let labels =
            lacking(&wording.labels, pull.labels.iter().map(|label| label.name.as_str()), str::to_lowercase);
        if !labels.is_empty() {
            let path = format!("{issue}/labels");
            let body = json!({"labels": labels});
            self.client.send::<IgnoredAny>("adding labels", Method::Post, &path, &body)?;
        }
        if let Some(milestone) = milestone {
            let body = json!({"milestone": milestone});
            self.client.send::<IgnoredAny>("setting the milestone", Method::Patch, &issue, &body)?;
        }
        self.assign(&issue, pull, wording)?;
        self.request(pull, wording)
    }

    fn assign(&self, issue: &str, pull: &Pull, wording: &Wording) -> Result<(), ForgeProblem> {
        let doing = "assigning a proposal";
        let assignees = lacking(&wording.assignees, logins(pull.assignees.as_ref()), str::to_lowercase);
        if assignees.is_empty() {
            return Ok(());
        }
        let body = json!({"assignees": assignees});
        let answer: Issue = self.client.send(doing, Method::Post, &format!("{issue}/assignees"), &body)?;
        // Whom GitHub cannot assign it leaves out without a word.
        let left_out = lacking(&assignees, logins(answer.assignees.as_ref()), str::to_lowercase);
        match left_out.as_slice() {
            [] => Ok(()),
            some => Err(ForgeProblem::Invalid {
                doing: doing.to_owned(),
                reason: format!("{} cannot be assigned in this repository", some.join(", ")),
            }),
        }
    }

    /// Asks for reviews whom nobody asked yet. Who has answered is not asked again, since that would set the answer aside.
    fn request(&self, pull: &Pull, wording: &Wording) -> Result<(), ForgeProblem> {
        let (teams, people): (Vec<String>, Vec<String>) =
            wording.reviewers.iter().cloned().partition(|reviewer| reviewer.starts_with("team/"));
        let teams: Vec<String> =
            teams.iter().map(|team| team.trim_start_matches("team/").to_owned()).collect();
        let asked = pull.requested_teams.iter().flatten().map(|team| team.slug.as_str());
        let teams = lacking(&teams, asked, str::to_lowercase);
        let mut people = lacking(&people, logins(pull.requested_reviewers.as_ref()), str::to_lowercase);
        if !people.is_empty() {
            let answered = self.pull_reviews(pull.number)?;
            let answered = answered.iter().filter_map(|review| Some(review.user.as_ref()?.login.as_str()));
            people = lacking(&people, answered, str::to_lowercase);
        }
        if people.is_empty() && teams.is_empty() {
            return Ok(());
        }
        let path = self.path(&format!("/pulls/{}/requested_reviewers", pull.number));
        let body = json!({"reviewers": people, "team_reviewers": teams});
        self.client.send::<IgnoredAny>("asking for reviews", Method::Post, &path, &body)?;
        Ok(())
    }
}

fn logins(users: Option<&Vec<User>>) -> impl Iterator<Item = &str> {
    users.into_iter().flatten().map(|user| user.login.as_str())
}

/// What is wanted and not there; GitHub's names differ by more than case.
fn lacking<'a>(
    wanted: &[String],
    there: impl Iterator<Item = &'a str>,
    key: impl Fn(&str) -> String,
) -> Vec<String> {
    let there: Vec<String> = there.map(&key).collect();
    wanted.iter().filter(|name| !there.contains(&key(name))).cloned().collect()
}
