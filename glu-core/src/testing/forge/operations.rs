//! What programs can ask: the operations behind every dialect, done by the bot.

use std::collections::BTreeSet;

use git2::Repository;

use super::merge::{Merge, Way, between, merge, merges, stands_on, tip};
use super::state::{Action, Comment, HostedProposal, Outcome, Refused, Said, State};
use super::{BOT, Hosted};
use crate::forge::{Deployment, ReviewVerdict, Status, StatusState};

/// How a proposal is to look; what is none or empty stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The title.
    pub title: Option<String>,
    /// The text.
    pub body: Option<String>,
    /// Whether it is not to be merged yet.
    pub draft: Option<bool>,
    /// The branch it goes to.
    pub base: Option<String>,
    /// Labels to add.
    pub labels: Vec<String>,
    /// Logins to ask for a review.
    pub reviewers: Vec<String>,
    /// Teams to ask for one.
    pub teams: Vec<String>,
    /// Logins to give it to.
    pub assignees: Vec<String>,
    /// A milestone by its title.
    pub milestone: Option<String>,
}

impl Hosted {
    /// Works with what is kept in the bot's name.
    ///
    /// # Errors
    /// When the bot may not do this, or it was to go wrong.
    pub fn ask<T>(
        &self,
        action: Action,
        work: impl FnOnce(&mut State) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        self.with(|state| {
            state.asked.push(action);
            if let Some(place) = state.broken.iter().position(|(broken, _)| *broken == action) {
                return Err(state.broken.remove(place).1);
            }
            if state.forbidden.contains(&action) {
                return Err(Refused::Forbidden);
            }
            work(state)
        })
    }

    /// The proposals that were opened so far, from a branch and into another where they are named, the newest first.
    ///
    /// # Errors
    /// As [`Hosted::ask`].
    pub fn list(&self, head: Option<&str>, base: Option<&str>) -> Result<Vec<HostedProposal>, Refused> {
        let fits = |wanted: Option<&str>, branch: &str| wanted.is_none_or(|wanted| wanted == branch);
        self.ask(Action::Read, |state| {
            let proposals = state.proposals.iter().rev();
            Ok(proposals
                .filter(|proposal| fits(head, &proposal.head) && fits(base, &proposal.base))
                .cloned()
                .collect())
        })
    }

    /// Opens a proposal.
    ///
    /// # Errors
    /// When there is one already, a branch is missing or brings nothing, or somebody in it is not known.
    pub fn open_proposal(&self, head: &str, base: &str, wanted: &Wanted) -> Result<HostedProposal, Refused> {
        self.ask(Action::Open, |state| self.open_in(state, BOT, head, base, wanted))
    }

    /// Changes a proposal.
    ///
    /// # Errors
    /// When there is none, or somebody in it is not known.
    pub fn edit_proposal(&self, number: u64, wanted: &Wanted) -> Result<HostedProposal, Refused> {
        self.ask(Action::Update, |state| {
            state.proposal(number).ok_or(Refused::NotFound)?;
            known(state, wanted)?;
            self.apply(state, number, wanted);
            state.proposal(number).cloned().ok_or(Refused::NotFound)
        })
    }

    /// Closes a proposal.
    ///
    /// # Errors
    /// When there is none, or it was merged.
    pub fn close_proposal(&self, number: u64) -> Result<(), Refused> {
        self.ask(Action::Close, |state| self.close_in(state, number, BOT))
    }

    /// Merges a proposal, if the rules allow.
    ///
    /// # Errors
    /// When they do not, or it cannot be merged.
    pub fn merge_proposal(&self, number: u64, way: Way) -> Result<String, Refused> {
        self.ask(Action::Merge, |state| {
            let proposal = state.proposal(number).ok_or(Refused::NotFound)?;
            if let Some(reason) = unfit(state, proposal) {
                return Err(Refused::Conflict(reason));
            }
            self.merge_in(state, number, BOT, way)
        })
    }

    /// Lets a proposal merge as soon as the rules allow.
    ///
    /// # Errors
    /// When there is none that is open, or the repository does not want it.
    pub fn merge_later(&self, number: u64, way: Way) -> Result<(), Refused> {
        self.ask(Action::Merge, |state| {
            if state.rules.no_auto_merge {
                return Err(Refused::Invalid("auto merge is not allowed for this repository".to_owned()));
            }
            let proposal =
                state.proposal_mut(number).filter(|proposal| proposal.is_open()).ok_or(Refused::NotFound)?;
            proposal.auto_merge = Some((way, BOT.to_owned()));
            self.follow(state);
            Ok(())
        })
    }

    /// Says something on a proposal, and gives the comment's number.
    ///
    /// # Errors
    /// When there is no such proposal.
    pub fn say(&self, number: u64, body: &str) -> Result<u64, Refused> {
        self.ask(Action::Comment, |state| self.say_in(state, number, BOT, body))
    }

    /// Replaces what the bot said.
    ///
    /// # Errors
    /// When there is no such comment.
    pub fn say_anew(&self, number: u64, comment: u64, body: &str) -> Result<(), Refused> {
        self.ask(Action::Comment, |state| {
            let proposal = state.proposal_mut(number).ok_or(Refused::NotFound)?;
            let comment = proposal.comments.iter_mut().find(|known| known.id == comment);
            comment.ok_or(Refused::NotFound)?.body = body.to_owned();
            Ok(())
        })
    }

    /// Says something of a commit.
    ///
    /// # Errors
    /// When there is no such commit.
    pub fn state_of(&self, commit: &str, status: &Status, word: Option<&str>) -> Result<(), Refused> {
        self.ask(Action::Status, |state| self.status_in(state, BOT, commit, status, word))
    }

    /// Notes a deployment.
    ///
    /// # Errors
    /// When there is no such commit.
    pub fn note_deployment(&self, deployment: &Deployment) -> Result<(), Refused> {
        self.ask(Action::Deploy, |state| {
            self.commit(&deployment.commit)?;
            state.deployments.push((self.now(), deployment.clone()));
            Ok(())
        })
    }

    /// Whether an open proposal merges without conflicts.
    pub fn mergeable(&self, proposal: &HostedProposal) -> bool {
        merges(&self.repository(), &proposal.head, &proposal.base)
    }

    pub(super) fn open_in(
        &self,
        state: &mut State,
        author: &str,
        head: &str,
        base: &str,
        wanted: &Wanted,
    ) -> Result<HostedProposal, Refused> {
        let repository = self.repository();
        let there =
            |proposal: &&HostedProposal| proposal.is_open() && proposal.head == head && proposal.base == base;
        if let Some(open) = state.proposals.iter().find(there) {
            return Err(Refused::Conflict(format!("#{} is open already for {head}", open.number)));
        }
        let (Some(commit), Some(onto)) = (tip(&repository, head), tip(&repository, base)) else {
            return Err(Refused::Invalid(format!("there is no branch {head} or no branch {base}")));
        };
        if between(&repository, onto, commit).is_empty() {
            return Err(Refused::Invalid(format!("no commits between {base} and {head}")));
        }
        known(state, wanted)?;
        let number = state.proposals.last().map_or(1, |last| last.number + 1);
        let now = self.now();
        state.proposals.push(HostedProposal {
            number,
            author: author.to_owned(),
            head: head.to_owned(),
            base: base.to_owned(),
            commit: commit.to_string(),
            title: String::new(),
            body: String::new(),
            draft: false,
            outcome: Outcome::Open,
            labels: BTreeSet::new(),
            assignees: BTreeSet::new(),
            reviewers: BTreeSet::new(),
            teams: BTreeSet::new(),
            milestone: None,
            auto_merge: None,
            comments: Vec::new(),
            reviews: Vec::new(),
            created: now,
            updated: now,
        });
        self.apply(state, number, wanted);
        state.proposal(number).cloned().ok_or(Refused::NotFound)
    }

    pub(super) fn close_in(&self, state: &mut State, number: u64, by: &str) -> Result<(), Refused> {
        let now = self.now();
        let proposal = state.proposal_mut(number).ok_or(Refused::NotFound)?;
        match proposal.outcome {
            Outcome::Open => {
                proposal.outcome = Outcome::Closed { by: Some(by.to_owned()), at: now };
                proposal.auto_merge = None;
                proposal.updated = now;
                Ok(())
            }
            Outcome::Closed { .. } => Ok(()),
            Outcome::Merged { .. } => Err(Refused::Conflict(format!("#{number} is merged"))),
        }
    }

    pub(super) fn merge_in(
        &self,
        state: &mut State,
        number: u64,
        by: &str,
        way: Way,
    ) -> Result<String, Refused> {
        let now = self.now();
        let repository = self.repository();
        let deletes = state.rules.deletes_branch;
        let proposal =
            state.proposal_mut(number).filter(|proposal| proposal.is_open()).ok_or(Refused::NotFound)?;
        let what =
            Merge { number, title: &proposal.title, head: &proposal.head, base: &proposal.base, by, at: now };
        let commit = merge(&repository, &what, way)?;
        proposal.outcome = Outcome::Merged { commit: commit.clone(), by: Some(by.to_owned()), at: now };
        proposal.auto_merge = None;
        proposal.updated = now;
        if deletes {
            self.delete(&proposal.head);
        }
        Ok(commit)
    }

    pub(super) fn say_in(
        &self,
        state: &mut State,
        number: u64,
        author: &str,
        body: &str,
    ) -> Result<u64, Refused> {
        let id = 1 + state.proposals.iter().map(|proposal| proposal.comments.len() as u64).sum::<u64>();
        let now = self.now();
        let proposal = state.proposal_mut(number).ok_or(Refused::NotFound)?;
        let comment = Comment { id, author: author.to_owned(), body: body.to_owned(), created: now };
        proposal.comments.push(comment);
        proposal.updated = now;
        Ok(id)
    }

    pub(super) fn status_in(
        &self,
        state: &mut State,
        by: &str,
        commit: &str,
        status: &Status,
        word: Option<&str>,
    ) -> Result<(), Refused> {
        self.commit(commit)?;
        let said = Said {
            status: status.clone(),
            by: by.to_owned(),
            at: self.now(),
            word: word.map(ToOwned::to_owned),
        };
        state.statuses.entry(commit.to_owned()).or_default().push(said);
        self.follow(state);
        Ok(())
    }

    /// Brings proposals up to date with the branches, and merges those that are to merge by themselves and may.
    pub(super) fn follow(&self, state: &mut State) {
        let repository = self.repository();
        let now = self.now();
        let dismiss = state.rules.dismiss_stale;
        for proposal in state.proposals.iter_mut().filter(|proposal| proposal.is_open()) {
            let Some(head) = tip(&repository, &proposal.head) else {
                proposal.outcome = Outcome::Closed { by: None, at: now };
                continue;
            };
            if proposal.commit != head.to_string() {
                proposal.commit = head.to_string();
                proposal.updated = now;
                if dismiss {
                    proposal.reviews.retain(|review| review.verdict != ReviewVerdict::Approved);
                }
            }
            if tip(&repository, &proposal.base).is_some_and(|base| stands_on(&repository, head, base)) {
                proposal.outcome = Outcome::Merged { commit: head.to_string(), by: None, at: now };
            }
        }
        let ready: Vec<(u64, Way, String)> = state
            .proposals
            .iter()
            .filter(|proposal| proposal.is_open() && unfit(state, proposal).is_none())
            .filter_map(|proposal| proposal.auto_merge.clone().map(|(way, by)| (proposal.number, way, by)))
            .collect();
        for (number, way, by) in ready {
            // One with conflicts waits.
            let _ = self.merge_in(state, number, &by, way);
        }
    }

    pub(super) fn repository(&self) -> Repository {
        Repository::open_bare(self.path()).expect("the remote can be opened")
    }

    pub(super) fn delete(&self, branch: &str) {
        let repository = self.repository();
        if let Ok(mut branch) = repository.find_reference(&super::merge::reference(branch)) {
            branch.delete().expect("a branch can be deleted");
        }
    }

    fn commit(&self, commit: &str) -> Result<(), Refused> {
        let id = git2::Oid::from_str(commit).map_err(|_| Refused::NotFound)?;
        self.repository().find_commit(id).map(drop).map_err(|_| Refused::NotFound)
    }

    fn apply(&self, state: &mut State, number: u64, wanted: &Wanted) {
        state.labels.extend(wanted.labels.iter().cloned());
        let now = self.now();
        let Some(proposal) = state.proposal_mut(number) else { return };
        let set = |text: &mut String, wanted: &Option<String>| {
            if let Some(wanted) = wanted {
                text.clone_from(wanted);
            }
        };
        set(&mut proposal.title, &wanted.title);
        set(&mut proposal.body, &wanted.body);
        set(&mut proposal.base, &wanted.base);
        proposal.draft = wanted.draft.unwrap_or(proposal.draft);
        proposal.milestone = wanted.milestone.clone().or(proposal.milestone.take());
        proposal.labels.extend(wanted.labels.iter().cloned());
        proposal.assignees.extend(wanted.assignees.iter().cloned());
        proposal.teams.extend(wanted.teams.iter().cloned());
        let answered: BTreeSet<String> =
            proposal.reviews.iter().map(|review| review.reviewer.clone()).collect();
        let asked = wanted.reviewers.iter().filter(|login| !answered.contains(*login));
        proposal.reviewers.extend(asked.cloned());
        proposal.updated = now;
    }
}

/// Refuses people, teams and milestones that the forge does not know.
fn known(state: &State, wanted: &Wanted) -> Result<(), Refused> {
    let people = wanted.reviewers.iter().chain(&wanted.assignees);
    if let Some(stranger) = people.into_iter().find(|login| !state.people.contains(*login)) {
        return Err(Refused::Invalid(format!("there is no user {stranger}")));
    }
    if let Some(team) = wanted.teams.iter().find(|team| !state.teams.contains(*team)) {
        return Err(Refused::Invalid(format!("there is no team {team}")));
    }
    match &wanted.milestone {
        Some(milestone) if !state.milestones.contains(milestone) => {
            Err(Refused::Invalid(format!("there is no milestone {milestone}")))
        }
        _ => Ok(()),
    }
}

/// Why the rules do not allow a proposal to be merged.
pub(super) fn unfit(state: &State, proposal: &HostedProposal) -> Option<String> {
    if proposal.draft {
        return Some(format!("#{} is a draft", proposal.number));
    }
    let verdicts = proposal.verdicts();
    let count = |verdict: ReviewVerdict| verdicts.iter().filter(|review| review.verdict == verdict).count();
    if count(ReviewVerdict::ChangesRequested) > 0 {
        return Some("changes are requested".to_owned());
    }
    if count(ReviewVerdict::Approved) < state.rules.approvals {
        return Some(format!("{} approvals are required", state.rules.approvals));
    }
    let statuses = state.newest_statuses(&proposal.commit);
    let passed = |name: &&String| {
        statuses.iter().any(|status| status.name == **name && status.state == StatusState::Passed)
    };
    let missing = state.rules.checks.iter().find(|name| !passed(name))?;
    Some(format!("the required status check {missing} has not passed"))
}
