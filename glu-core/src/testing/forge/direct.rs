//! The forge in memory as a forge: no dialect, no wire.

use super::operations::Wanted;
use super::state::{HostedProposal, Outcome, Refused};
use super::{Hosted, Way};
use crate::forge::{
    Deployment, Fate, Forge, ForgeError, ForgeProblem, Proposal, Review, ReviewVerdict, Status, Wording,
};

impl Forge for Hosted {
    fn kind(&self) -> &'static str {
        "memory"
    }

    fn describe(&self) -> String {
        format!("the forge's {}", self.name())
    }

    fn find(&self, head: &str, base: &str) -> Result<Option<Proposal>, ForgeError> {
        let known = self.list(Some(head), Some(base)).map_err(|refused| self.failed("looking", refused))?;
        let found = known.iter().find(|proposal| proposal.is_open()).or(known.first());
        Ok(found.map(|proposal| self.shown(proposal)))
    }

    fn open(&self, head: &str, base: &str, wording: &Wording) -> Result<Proposal, ForgeError> {
        let opened = self.open_proposal(head, base, &wanted(wording));
        opened.map(|proposal| self.shown(&proposal)).map_err(|refused| self.failed("opening", refused))
    }

    fn update(&self, number: u64, wording: &Wording) -> Result<Proposal, ForgeError> {
        let updated = self.edit_proposal(number, &wanted(wording));
        updated.map(|proposal| self.shown(&proposal)).map_err(|refused| self.failed("updating", refused))
    }

    fn close(&self, number: u64, why: &str) -> Result<(), ForgeError> {
        let closed = self.say(number, why).and_then(|_| self.close_proposal(number));
        closed.map_err(|refused| self.failed("closing", refused))
    }

    fn merge_when_ready(&self, number: u64) -> Result<(), ForgeError> {
        self.merge_later(number, Way::Squash).map_err(|refused| self.failed("setting to merge", refused))
    }

    fn comment(&self, number: u64, marker: &str, body: &str) -> Result<String, ForgeError> {
        let text = format!("{marker}\n{body}");
        let known = self.ask(super::Action::Read, |state| {
            let proposal = state.proposal(number).ok_or(Refused::NotFound)?;
            let ours = proposal.comments.iter().find(|comment| comment.body.starts_with(marker));
            Ok(ours.map(|comment| comment.id))
        });
        let said = known.and_then(|known| match known {
            Some(comment) => self.say_anew(number, comment, &text).map(|()| comment),
            None => self.say(number, &text),
        });
        let comment = said.map_err(|refused| self.failed("commenting", refused))?;
        Ok(format!("{}#comment-{comment}", self.url(number)))
    }

    fn has_comment(&self, number: u64, marker: &str) -> Result<bool, ForgeError> {
        let known = self.ask(super::Action::Read, |state| {
            let proposal = state.proposal(number).ok_or(Refused::NotFound)?;
            Ok(proposal.comments.iter().any(|comment| comment.body.starts_with(marker)))
        });
        known.map_err(|refused| self.failed("reading comments", refused))
    }

    fn body_limit(&self) -> usize {
        65_536
    }

    fn statuses(&self, commit: &str) -> Result<Vec<Status>, ForgeError> {
        self.ask(super::Action::Read, |state| Ok(state.newest_statuses(commit)))
            .map_err(|refused| self.failed("reading statuses", refused))
    }

    fn reviews(&self, number: u64) -> Result<Vec<Review>, ForgeError> {
        let read = self.ask(super::Action::Read, |state| {
            let proposal = state.proposal(number).ok_or(Refused::NotFound)?;
            let said = proposal.verdicts().into_iter().map(|review| Review {
                reviewer: review.reviewer.clone(),
                verdict: review.verdict,
                commit: Some(review.commit.clone()),
            });
            let asked = proposal.reviewers.iter().map(|login| Review {
                reviewer: login.clone(),
                verdict: ReviewVerdict::Requested,
                commit: None,
            });
            Ok(said.chain(asked).collect())
        });
        read.map_err(|refused| self.failed("reading reviews", refused))
    }

    fn set_status(&self, commit: &str, status: &Status) -> Result<(), ForgeError> {
        self.state_of(commit, status, None).map_err(|refused| self.failed("setting a status", refused))
    }

    fn deploy(&self, deployment: &Deployment) -> Result<(), ForgeError> {
        self.note_deployment(deployment).map_err(|refused| self.failed("noting a deployment", refused))
    }
}

impl Hosted {
    fn url(&self, number: u64) -> String {
        format!("https://forge.example/{}/proposals/{number}", self.name())
    }

    fn shown(&self, proposal: &HostedProposal) -> Proposal {
        Proposal {
            number: proposal.number,
            url: self.url(proposal.number),
            fate: match &proposal.outcome {
                Outcome::Open => Fate::Open,
                Outcome::Merged { commit, by, .. } => {
                    Fate::Merged { commit: Some(commit.clone()), by: by.clone() }
                }
                Outcome::Closed { by, .. } => Fate::Closed { by: by.clone() },
            },
            head: proposal.head.clone(),
            base: proposal.base.clone(),
            commit: proposal.commit.clone(),
            title: proposal.title.clone(),
            body: proposal.body.clone(),
            draft: proposal.draft,
            mergeable: proposal.is_open().then(|| self.mergeable(proposal)),
            merges_by_itself: proposal.auto_merge.is_some(),
            labels: proposal.labels.iter().cloned().collect(),
        }
    }

    fn failed(&self, doing: &str, refused: Refused) -> ForgeError {
        let doing = doing.to_owned();
        let problem = match refused {
            Refused::NotFound => ForgeProblem::NotFound { doing },
            Refused::Forbidden => {
                ForgeProblem::Forbidden { doing, reason: "the token has no such permission".to_owned() }
            }
            Refused::Invalid(reason) => ForgeProblem::Invalid { doing, reason },
            Refused::Conflict(reason) => ForgeProblem::Conflict { doing, reason },
            Refused::Broken => {
                ForgeProblem::Unavailable { doing, reason: "the forge has a bad day".to_owned() }
            }
        };
        ForgeError { forge: self.describe(), problem }
    }
}

fn wanted(wording: &Wording) -> Wanted {
    let (teams, reviewers): (Vec<&String>, Vec<&String>) =
        wording.reviewers.iter().partition(|reviewer| reviewer.starts_with("team/"));
    Wanted {
        title: Some(wording.title.clone()),
        body: Some(wording.body.clone()),
        draft: Some(wording.draft),
        base: None,
        labels: wording.labels.clone(),
        reviewers: reviewers.into_iter().cloned().collect(),
        teams: teams.into_iter().map(|team| team.trim_start_matches("team/").to_owned()).collect(),
        assignees: wording.assignees.clone(),
        milestone: wording.milestone.clone(),
    }
}
