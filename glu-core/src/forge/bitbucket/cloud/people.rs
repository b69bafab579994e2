//! Who reviews, and what they say. People are known by identifiers that nobody can remember, so that they are looked up among the workspace's members.

use super::super::super::dialect::Reviews;
use super::super::super::{ForgeProblem, Review, ReviewVerdict, Wording};
use super::super::people;
use super::wire::{Member, Participant, User};
use super::{Cloud, PAGES};
use crate::http::percent_encode;

const LOOKING: &str = "looking for a reviewer";

impl Reviews for Cloud {
    /// The decisive word of each. Those who were asked count, and of the others those who belong to the workspace.
    fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeProblem> {
        let pull = self.pull(number)?;
        let mut reviews: Vec<Review> = Vec::new();
        for participant in &pull.participants {
            let Some(verdict) = participant.verdict() else { continue };
            let Some(user) = &participant.user else { continue };
            let Some(reviewer) = user.login() else { continue };
            if participant.role == "REVIEWER" || self.is_member(user)? {
                reviews.push(Review { reviewer: reviewer.to_owned(), verdict, commit: None });
            }
        }
        reviews.sort_by(|one, other| one.reviewer.cmp(&other.reviewer));
        Ok(reviews)
    }
}

impl Cloud {
    /// The identifiers of those who are to be asked and are not yet.
    pub(super) fn missing_reviewers(
        &self,
        there: &[User],
        wording: &Wording,
    ) -> Result<Vec<String>, ForgeProblem> {
        let mut members: Option<Vec<Member>> = None;
        let mut missing = Vec::new();
        for name in people(&wording.reviewers).filter(|name| !there.iter().any(|user| user.is(name))) {
            let user = if is_identifier(name) {
                self.member(name)?.ok_or_else(|| unknown(name))?
            } else {
                let all = match &members {
                    Some(all) => all,
                    None => members.insert(self.members()?),
                };
                named(all, name)?
            };
            missing.extend(user.uuid);
        }
        missing.dedup();
        Ok(missing)
    }

    fn is_member(&self, user: &User) -> Result<bool, ForgeProblem> {
        let Some(uuid) = &user.uuid else { return Ok(false) };
        match self.member(uuid) {
            // Who may not ask goes by those who were asked.
            Err(ForgeProblem::Forbidden { .. }) => Ok(false),
            found => Ok(found?.is_some()),
        }
    }

    fn member(&self, identifier: &str) -> Result<Option<User>, ForgeProblem> {
        let path =
            format!("/workspaces/{}/members/{}", percent_encode(&self.workspace), percent_encode(identifier));
        let member = self.client.get_if_there::<Member>("looking for a member of the workspace", &path)?;
        Ok(member.map(|member| member.user))
    }

    fn members(&self) -> Result<Vec<Member>, ForgeProblem> {
        let path = format!("/workspaces/{}/members?pagelen=100", percent_encode(&self.workspace));
        self.client.pages(LOOKING, &path, PAGES)
    }
}

impl User {
    /// What people call somebody.
    pub(super) fn login(&self) -> Option<&str> {
        self.nickname.as_deref().or(self.display_name.as_deref())
    }

    fn is(&self, name: &str) -> bool {
        let is = |own: &Option<String>| own.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        is(&self.uuid) || is(&self.account_id) || is(&self.nickname)
    }
}

impl Participant {
    fn verdict(&self) -> Option<ReviewVerdict> {
        match (self.state.as_deref(), self.role.as_str()) {
            (Some("approved"), _) => Some(ReviewVerdict::Approved),
            (Some("changes_requested"), _) => Some(ReviewVerdict::ChangesRequested),
            (_, "REVIEWER") => Some(ReviewVerdict::Requested),
            _ => None,
        }
    }
}

/// The only one of a name. Nicknames are not unique.
fn named(members: &[Member], name: &str) -> Result<User, ForgeProblem> {
    let mut found = members.iter().map(|member| &member.user).filter(|user| user.is(name));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only.clone()),
        (None, _) => Err(unknown(name)),
        (Some(_), Some(_)) => Err(ForgeProblem::Invalid {
            doing: LOOKING.to_owned(),
            reason: format!(
                "several members of the workspace are called `{name}`; name one by the account's id"
            ),
        }),
    }
}

fn unknown(name: &str) -> ForgeProblem {
    ForgeProblem::Invalid {
        doing: LOOKING.to_owned(),
        reason: format!("the workspace has no member `{name}`"),
    }
}

/// Whether it is a UUID in braces or an Atlassian account's id, and no nickname.
fn is_identifier(name: &str) -> bool {
    let is_uuid = name.starts_with('{') && name.ends_with('}');
    let is_account = name.len() == 24 && name.chars().all(|letter| letter.is_ascii_hexdigit());
    is_uuid || is_account || name.split_once(':').is_some_and(|(realm, _)| realm.parse::<u64>().is_ok())
}
