//! What people do on a forge, and what its checks say.

use super::merge::{Way, reference, tip};
use super::state::{Action, HostedProposal, HostedReview, Outcome, Refused};
use super::{Hosted, merge};
use crate::forge::{ReviewVerdict, Status, StatusState};

impl Hosted {
    /// A proposal by its number.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn proposal(&self, number: u64) -> HostedProposal {
        self.with(|state| state.proposal(number).cloned())
            .unwrap_or_else(|| panic!("there is no proposal #{number}"))
    }

    /// The numbers of the proposals that are open.
    pub fn open_numbers(&self) -> Vec<u64> {
        self.with(|state| {
            let open = state.proposals.iter().filter(|proposal| proposal.is_open());
            open.map(|proposal| proposal.number).collect()
        })
    }

    /// Somebody approves.
    ///
    /// # Panics
    /// When there is no such proposal.
    #[track_caller]
    pub fn approve_by(&self, login: &str, number: u64) {
        self.review(login, number, ReviewVerdict::Approved);
    }

    /// Somebody wants it otherwise.
    ///
    /// # Panics
    /// When there is no such proposal.
    #[track_caller]
    pub fn request_changes_by(&self, login: &str, number: u64) {
        self.review(login, number, ReviewVerdict::ChangesRequested);
    }

    /// Somebody merges it, whatever the rules say, and gives the base branch's commit.
    ///
    /// # Panics
    /// When it cannot be merged, or is already: with `.auto_merge()` the forge itself does it, at once where its rules are kept.
    #[track_caller]
    pub fn merge(&self, login: &str, number: u64, way: Way) -> String {
        match self.proposal(number).outcome {
            Outcome::Open => {}
            Outcome::Merged { by, .. } => {
                panic!(
                    "#{number} is merged already, by {}",
                    by.as_deref().unwrap_or("nobody: its commits came by other means")
                )
            }
            Outcome::Closed { by, .. } => {
                panic!(
                    "#{number} is closed, by {}",
                    by.as_deref().unwrap_or("nobody: its branch was deleted")
                )
            }
        }
        self.try_merge(login, number, way)
            .unwrap_or_else(|refused| panic!("#{number} cannot be merged: {refused:?}"))
    }

    /// Somebody tries to merge it.
    ///
    /// # Errors
    /// When there are conflicts, or it is decided already.
    pub fn try_merge(&self, login: &str, number: u64, way: Way) -> Result<String, Refused> {
        self.with(|state| self.merge_in(state, number, login, way))
    }

    /// Somebody closes it.
    ///
    /// # Panics
    /// When there is none, or it is merged.
    #[track_caller]
    pub fn close_by(&self, login: &str, number: u64) {
        self.with(|state| self.close_in(state, number, login)).expect("an open proposal can be closed");
    }

    /// Somebody opens it again, and restores its branch where that is gone.
    ///
    /// # Panics
    /// When there is none that was closed.
    #[track_caller]
    pub fn reopen(&self, number: u64) {
        self.with(|state| {
            let proposal = state.proposal_mut(number).expect("the proposal exists");
            assert!(matches!(proposal.outcome, Outcome::Closed { .. }), "#{number} is not closed");
            let repository = self.repository();
            if tip(&repository, &proposal.head).is_none() {
                let id = git2::Oid::from_str(&proposal.commit).expect("a commit has an identifier");
                repository
                    .reference(&reference(&proposal.head), id, true, "restored")
                    .expect("a branch can be restored");
            }
            proposal.outcome = Outcome::Open;
        });
    }

    /// Somebody commits a file to its branch.
    ///
    /// # Panics
    /// When there is no such proposal.
    #[track_caller]
    pub fn push_by_hand(&self, login: &str, number: u64, path: &str, content: &str) -> String {
        let head = self.proposal(number).head;
        let repository = self.repository();
        let parent = tip(&repository, &head).expect("an open proposal has a branch");
        let parent = repository.find_commit(parent).expect("a branch's commit is there");
        let mut index = git2::Index::new().expect("an index in memory");
        index.read_tree(&parent.tree().expect("a commit has a tree")).expect("a tree can be read");
        let blob = repository.blob(content.as_bytes()).expect("a blob can be written");
        index.add(&crate::testing::remote::entry(path, blob)).expect("a file can be added");
        let tree = index.write_tree_to(&repository).expect("a tree can be written");
        let tree = repository.find_tree(tree).expect("the tree was just written");
        let signature = merge::signature(login, self.now());
        let id = repository
            .commit(Some(&reference(&head)), &signature, &signature, "Change by hand", &tree, &[&parent])
            .expect("a commit can be written");
        id.to_string()
    }

    /// Somebody deletes a branch.
    pub fn delete_branch(&self, branch: &str) {
        self.delete(branch);
    }

    /// The commit that a branch is at.
    ///
    /// # Panics
    /// When there is no such branch.
    #[track_caller]
    pub fn tip_of(&self, branch: &str) -> String {
        tip(&self.repository(), branch).expect("the branch exists").to_string()
    }

    /// Whether there is a branch.
    pub fn has_branch(&self, branch: &str) -> bool {
        tip(&self.repository(), branch).is_some()
    }

    /// Somebody writes another title and text.
    ///
    /// # Panics
    /// When there is no such proposal.
    #[track_caller]
    pub fn reword_by_hand(&self, number: u64, title: &str, body: impl FnOnce(&str) -> String) {
        self.with(|state| {
            let proposal = state.proposal_mut(number).expect("the proposal exists");
            proposal.title = title.to_owned();
            proposal.body = body(&proposal.body);
        });
    }

    /// Somebody comments.
    ///
    /// # Panics
    /// When there is no such proposal.
    #[track_caller]
    pub fn comment_by(&self, login: &str, number: u64, body: &str) {
        self.with(|state| self.say_in(state, number, login, body)).expect("the proposal exists");
    }

    /// A check passes on the commit that is proposed.
    ///
    /// # Panics
    /// When there is no such proposal.
    #[track_caller]
    pub fn pass_check(&self, number: u64, name: &str) {
        self.check(number, name, StatusState::Passed, "all is well");
    }

    /// A check fails on it.
    ///
    /// # Panics
    /// When there is no such proposal.
    #[track_caller]
    pub fn fail_check(&self, number: u64, name: &str) {
        self.check(number, name, StatusState::Failed, "it broke");
    }

    /// A check begins on it.
    ///
    /// # Panics
    /// When there is no such proposal.
    #[track_caller]
    pub fn begin_check(&self, number: u64, name: &str) {
        self.check(number, name, StatusState::Pending, "it runs");
    }

    /// A check says something of a commit.
    ///
    /// # Panics
    /// When there is no such commit.
    #[track_caller]
    pub fn check_commit(&self, commit: &str, name: &str, state: StatusState) {
        let status = Status { name: name.to_owned(), state, description: String::new(), url: None };
        self.with(|kept| self.status_in(kept, "ci", commit, &status, None)).expect("the commit exists");
    }

    /// The bot may not do this any more.
    pub fn forbid(&self, action: Action) {
        self.with(|state| state.forbidden.insert(action));
    }

    /// It goes wrong the next time this is asked.
    pub fn break_next(&self, action: Action, refused: Refused) {
        self.with(|state| state.broken.push((action, refused)));
    }

    #[track_caller]
    fn check(&self, number: u64, name: &str, state: StatusState, description: &str) {
        let commit = self.proposal(number).commit;
        let url = Some(format!("https://ci.example.com/{name}"));
        let status = Status { name: name.to_owned(), state, description: description.to_owned(), url };
        self.with(|kept| self.status_in(kept, "ci", &commit, &status, None)).expect("the commit exists");
    }

    #[track_caller]
    fn review(&self, login: &str, number: u64, verdict: ReviewVerdict) {
        let at = self.now();
        self.with(|state| {
            let proposal = state.proposal_mut(number).expect("the proposal exists");
            let commit = proposal.commit.clone();
            proposal.reviewers.remove(login);
            proposal.reviews.push(HostedReview { reviewer: login.to_owned(), verdict, commit, at });
            self.follow(state);
        });
    }
}
