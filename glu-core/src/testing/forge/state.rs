//! What a forge keeps, as plain data.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::merge::Way;
use crate::forge::{Deployment, ReviewVerdict, Status};

/// Everything that a forge keeps of one repository.
#[derive(Debug)]
pub struct State {
    /// The proposals, in the order in which they were opened.
    pub proposals: Vec<HostedProposal>,
    /// What was said of commits, in the order in which it was said.
    pub statuses: BTreeMap<String, Vec<Said>>,
    /// What was deployed, in order.
    pub deployments: Vec<(Timestamp, Deployment)>,
    /// The logins that may be asked for a review.
    pub people: BTreeSet<String>,
    /// The teams that may be.
    pub teams: BTreeSet<String>,
    /// The labels there are.
    pub labels: BTreeSet<String>,
    /// The milestones there are, by title.
    pub milestones: Vec<String>,
    /// What has to hold before anything is merged.
    pub rules: Rules,
    /// What the bot may not do.
    pub forbidden: BTreeSet<Action>,
    /// What goes wrong the next time it is asked.
    pub broken: Vec<(Action, Refused)>,
    /// What the bot asked for, in order.
    pub asked: Vec<Action>,
}

impl State {
    pub(super) fn new() -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            proposals: Vec::new(),
            statuses: BTreeMap::new(),
            deployments: Vec::new(),
            people: words(&["ada", "grace", "linus", super::BOT]),
            teams: words(&["platform"]),
            labels: BTreeSet::new(),
            milestones: Vec::new(),
            rules: Rules::default(),
            forbidden: BTreeSet::new(),
            broken: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// A proposal by its number.
    pub fn proposal(&self, number: u64) -> Option<&HostedProposal> {
        self.proposals.iter().find(|proposal| proposal.number == number)
    }

    /// The same, to change it.
    pub fn proposal_mut(&mut self, number: u64) -> Option<&mut HostedProposal> {
        self.proposals.iter_mut().find(|proposal| proposal.number == number)
    }

    /// What was said of a commit last under each name.
    pub fn newest_statuses(&self, commit: &str) -> Vec<Status> {
        let mut newest: BTreeMap<&str, &Status> = BTreeMap::new();
        for said in self.statuses.get(commit).into_iter().flatten() {
            newest.insert(&said.status.name, &said.status);
        }
        newest.into_values().cloned().collect()
    }
}

/// A proposal as a forge keeps it.
#[derive(Debug, Clone)]
pub struct HostedProposal {
    /// Its number.
    pub number: u64,
    /// Who opened it.
    pub author: String,
    /// The branch that is proposed.
    pub head: String,
    /// The branch it goes to.
    pub base: String,
    /// The commit that is proposed; of one that is decided, the one that was.
    pub commit: String,
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
    /// Whether it is not to be merged yet.
    pub draft: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// Its labels.
    pub labels: BTreeSet<String>,
    /// Who it is given to.
    pub assignees: BTreeSet<String>,
    /// Who was asked for a review and has not answered.
    pub reviewers: BTreeSet<String>,
    /// Which teams were.
    pub teams: BTreeSet<String>,
    /// Its milestone.
    pub milestone: Option<String>,
    /// How it is merged as soon as the rules allow, and who said so.
    pub auto_merge: Option<(Way, String)>,
    /// What was said on it.
    pub comments: Vec<Comment>,
    /// The reviews, in order.
    pub reviews: Vec<HostedReview>,
    /// When it was opened.
    pub created: Timestamp,
    /// When anything about it changed.
    pub updated: Timestamp,
}

impl HostedProposal {
    /// Whether it waits.
    pub fn is_open(&self) -> bool {
        self.outcome == Outcome::Open
    }

    /// The last decisive word of each reviewer.
    pub fn verdicts(&self) -> Vec<&HostedReview> {
        let mut last: BTreeMap<&str, &HostedReview> = BTreeMap::new();
        for review in &self.reviews {
            last.insert(&review.reviewer, review);
        }
        last.into_values().collect()
    }
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It waits.
    Open,
    /// It was merged.
    Merged {
        /// The commit that the base branch has of it.
        commit: String,
        /// By whom; by nobody where its commits came to the base branch by other means.
        by: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// It was closed and not merged.
    Closed {
        /// By whom; by nobody where its branch was deleted.
        by: Option<String>,
        /// When.
        at: Timestamp,
    },
}

/// Something that was said on a proposal.
#[derive(Debug, Clone)]
pub struct Comment {
    /// Its number on the forge.
    pub id: u64,
    /// Who said it.
    pub author: String,
    /// What.
    pub body: String,
    /// When.
    pub created: Timestamp,
}

/// A review.
#[derive(Debug, Clone)]
pub struct HostedReview {
    /// Whose.
    pub reviewer: String,
    /// What they say.
    pub verdict: ReviewVerdict,
    /// The commit they looked at.
    pub commit: String,
    /// When.
    pub at: Timestamp,
}

/// A status as it was said of a commit.
#[derive(Debug, Clone)]
pub struct Said {
    /// The status.
    pub status: Status,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// In the forge's finer words, for dialects that have them: `skipped`, `timed_out`.
    pub word: Option<String>,
}

/// What has to hold before a proposal is merged.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// So many approvals.
    pub approvals: usize,
    /// These statuses pass.
    pub checks: Vec<String>,
    /// Whether a new commit sets approvals aside.
    pub dismiss_stale: bool,
    /// Whether the head branch is deleted after a merge.
    pub deletes_branch: bool,
    /// Whether proposals may be set to merge by themselves.
    pub no_auto_merge: bool,
}

/// What can be asked of a forge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Reading anything.
    Read,
    /// Opening a proposal.
    Open,
    /// Changing one.
    Update,
    /// Closing one.
    Close,
    /// Commenting on one.
    Comment,
    /// Merging one, now or later.
    Merge,
    /// Saying something of a commit.
    Status,
    /// Noting a deployment.
    Deploy,
}

/// Why a forge does not do what it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// There is no such thing.
    NotFound,
    /// The bot may not.
    Forbidden,
    /// It makes no sense, in words.
    Invalid(String),
    /// It is in the way of something else, in words.
    Conflict(String),
    /// The forge has a bad day.
    Broken,
}
