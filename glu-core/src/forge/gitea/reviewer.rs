//! Who is asked for a review.

use serde::de::IgnoredAny;
use serde_json::json;

use super::super::client::Method;
use super::super::{ForgeProblem, Wording};
use super::Gitea;
use super::proposal::lacking;

impl Gitea {
    /// Asks whom nobody asked yet. Who has answered is not asked again, since that would set the answer aside.
    pub(super) fn request(&self, number: u64, wording: &Wording) -> Result<(), ForgeProblem> {
        if wording.reviewers.is_empty() {
            return Ok(());
        }
        let reviews = self.pull_reviews(number)?;
        let known: Vec<String> = reviews
            .iter()
            .filter_map(|review| match (&review.team, &review.user) {
                (Some(team), _) => Some(format!("team/{}", team.name)),
                (None, user) => user.as_ref().map(|user| user.login.clone()),
            })
            .collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let (teams, people): (Vec<&str>, Vec<&str>) =
            lacking(&wording.reviewers, &known).into_iter().partition(|name| name.starts_with("team/"));
        if teams.is_empty() && people.is_empty() {
            return Ok(());
        }
        let teams: Vec<&str> = teams.iter().map(|team| team.trim_start_matches("team/")).collect();
        let path = self.path(&format!("/pulls/{number}/requested_reviewers"));
        let body = json!({"reviewers": people, "team_reviewers": teams});
        self.client.send::<IgnoredAny>("asking for reviews", Method::Post, &path, &body)?;
        Ok(())
    }
}
