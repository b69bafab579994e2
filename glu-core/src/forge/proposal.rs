//! What a forge shows, as plain data.

use serde::{Deserialize, Serialize};

/// A proposal to merge a branch into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its number in the repository, as people know it.
    pub number: u64,
    /// Where people look at it.
    pub url: String,
    /// What became of it.
    pub fate: Fate,
    /// The branch that is proposed.
    pub head: String,
    /// The branch it goes to.
    pub base: String,
    /// The commit that is proposed, in full.
    pub commit: String,
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
    /// Whether it is not to be merged yet.
    pub draft: bool,
    /// Whether it merges without conflicts; none where the forge has not found out yet.
    pub mergeable: Option<bool>,
    /// Whether the forge merges it by itself when its rules allow.
    pub merges_by_itself: bool,
    /// Its labels.
    pub labels: Vec<String>,
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Fate {
    /// It waits.
    Open,
    /// It was merged.
    Merged {
        /// Which commit the base branch has of it, where the forge tells.
        commit: Option<String>,
        /// By whom, where the forge tells.
        by: Option<String>,
    },
    /// It was closed and not merged.
    Closed {
        /// By whom, where the forge tells.
        by: Option<String>,
    },
}

/// How a proposal is to look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    /// The title, one line.
    pub title: String,
    /// The text, in Markdown.
    pub body: String,
    /// Labels it is to have, made where the forge wants them to exist.
    pub labels: Vec<String>,
    /// Logins who are asked for a review; `team/NAME` is a team, where the forge has them.
    pub reviewers: Vec<String>,
    /// Logins it is given to.
    pub assignees: Vec<String>,
    /// A milestone by its title.
    pub milestone: Option<String>,
    /// Whether it is not to be merged yet.
    pub draft: bool,
}

/// What something says of a commit, under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The name: a status's context, a check run's name.
    pub name: String,
    /// What it says.
    pub state: StatusState,
    /// In a few words. That of a check that passed by being skipped, or without an opinion, begins with `skipped` or `neutral`, and a colon where
    /// more follows.
    pub description: String,
    /// Where there is more.
    pub url: Option<String>,
}

impl Status {
    /// The description of a check that passed without having looked, by `skipped` or `neutral` and whatever else was said.
    #[cfg(feature = "registry")]
    pub(super) fn aside(word: &str, said: Option<&str>) -> String {
        match said.map(str::trim).filter(|said| !said.is_empty() && *said != word) {
            Some(said) => format!("{word}: {said}"),
            None => word.to_owned(),
        }
    }

    /// How it passed without having looked, where it did: `skipped` or `neutral`, which its description begins with.
    pub fn set_aside(&self) -> Option<&str> {
        let word = self.description.split(':').next().unwrap_or_default();
        (self.state == StatusState::Passed && matches!(word, "skipped" | "neutral")).then_some(word)
    }
}

/// What a status says; what is worse is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusState {
    /// Success, neutral or skipped.
    Passed,
    /// Not decided.
    Pending,
    /// Anything else.
    Failed,
}

/// What a person says of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Their login.
    pub reviewer: String,
    /// What they say.
    pub verdict: ReviewVerdict,
    /// The commit they looked at, where the forge tells.
    pub commit: Option<String>,
}

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// Yes.
    Approved,
    /// No.
    ChangesRequested,
    /// They were asked, and have not said yes or no.
    Requested,
}

/// That a commit is in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The environment, such as `checkout/production`.
    pub environment: String,
    /// The commit, in full.
    pub commit: String,
    /// The branch it is on.
    pub branch: String,
    /// How far it is.
    pub state: DeploymentState,
    /// In a few words.
    pub description: String,
    /// Where there is more.
    pub url: Option<String>,
    /// Where people find what runs in the environment.
    pub environment_url: Option<String>,
}

/// How far a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentState {
    /// Under way: a rollout, a verification that is not passed yet.
    Running,
    /// There, and well.
    Succeeded,
    /// It failed, or was taken back.
    Failed,
}
