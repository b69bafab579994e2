//! A proposal with its checks and reviews.

use glu_core::forge::{Fate, Proposal, Review, ReviewVerdict, Status, StatusState};
use glu_core::plan::{Hold, Move};
use glu_core::propose::{Cleaned, Cleanup, Offered, Proposed, Step};
use serde::Serialize;

/// A proposal's twin.
#[derive(Debug, Clone, Serialize)]
pub struct ProposalView {
    number: u64,
    url: String,
    fate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    head: String,
    base: String,
    commit: String,
    title: String,
    draft: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mergeable: Option<bool>,
    merges_by_itself: bool,
    /// The digest of the state that it proposes, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<Status>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reviews: Vec<Review>,
}

impl From<&Proposal> for ProposalView {
    fn from(proposal: &Proposal) -> Self {
        let (fate, by) = match &proposal.fate {
            Fate::Open => ("open", None),
            Fate::Merged { by, .. } => ("merged", by.clone()),
            Fate::Closed { by } => ("closed", by.clone()),
        };
        Self {
            number: proposal.number,
            url: proposal.url.clone(),
            fate,
            by,
            head: proposal.head.clone(),
            base: proposal.base.clone(),
            commit: proposal.commit.clone(),
            title: proposal.title.clone(),
            draft: proposal.draft,
            mergeable: proposal.mergeable,
            merges_by_itself: proposal.merges_by_itself,
            state: None,
            checks: Vec::new(),
            reviews: Vec::new(),
        }
    }
}

impl ProposalView {
    /// What is known of a phase's proposal; none where there never was one.
    pub fn of(proposed: &Proposed) -> Option<Self> {
        let proposal = proposed.proposal.as_ref()?;
        Some(Self {
            state: proposed.state().map(ToString::to_string),
            checks: proposed.statuses.clone(),
            reviews: proposed.reviews.clone(),
            ..proposal.into()
        })
    }

    /// The open proposal of a move, if there is one.
    pub fn of_move(planned: &Move) -> Option<Self> {
        let proposed = &planned.offer()?.proposed;
        proposed.open().and_then(|_| Self::of(proposed))
    }

    /// Whether it waits to be merged.
    pub fn is_open(&self) -> bool {
        self.fate == "open"
    }

    /// What became of it, in words.
    pub fn fate(&self) -> String {
        match &self.by {
            Some(by) => format!("{} by {by}", self.fate),
            None => self.fate.to_owned(),
        }
    }

    /// Its number and where it is.
    pub fn shown(&self) -> String {
        format!("#{} {}", self.number, self.url)
    }

    /// What checks and people say of it, and what else matters for its merge.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.draft {
            words.push("a draft".to_owned());
        }
        if self.mergeable == Some(false) {
            words.push("has conflicts".to_owned());
        }
        let of_state = |state: StatusState| -> Vec<&str> {
            let checks = self.checks.iter().filter(|check| check.state == state);
            checks.map(|check| check.name.as_str()).collect()
        };
        let failed = of_state(StatusState::Failed);
        if !failed.is_empty() {
            words.push(format!("{} failed", failed.join(", ")));
        }
        let pending = of_state(StatusState::Pending);
        if !pending.is_empty() {
            words.push(format!("{} pending", pending.join(", ")));
        }
        if failed.is_empty() && pending.is_empty() && !self.checks.is_empty() {
            words.push("checks pass".to_owned());
        }
        let of_verdict = |verdict: ReviewVerdict| -> Vec<&str> {
            let reviews = self.reviews.iter().filter(|review| review.verdict == verdict);
            reviews.map(|review| review.reviewer.as_str()).collect()
        };
        for (verdict, said) in [
            (ReviewVerdict::Approved, "approved by"),
            (ReviewVerdict::ChangesRequested, "changes wanted by"),
            (ReviewVerdict::Requested, "review asked of"),
        ] {
            let who = of_verdict(verdict);
            if !who.is_empty() {
                words.push(format!("{said} {}", who.join(", ")));
            }
        }
        if self.merges_by_itself {
            words.push("merges by itself".to_owned());
        }
        words
    }

    /// Its number, where it is, and what is said of it.
    pub fn sentence(&self) -> String {
        let mut words = vec![self.shown()];
        words.extend(self.words());
        words.join(", ")
    }
}

/// What a move does with its proposal, as in "commit to main".
pub fn way(planned: &Move) -> String {
    let branch = &planned.branch.branch;
    let Some(offer) = planned.offer() else { return format!("commit to {branch}") };
    let open = offer.proposed.open().map_or_else(String::new, |open| format!(" #{}", open.number));
    match offer.step {
        Step::Open => format!("opens a proposal to {branch}"),
        Step::Update => format!("updates proposal{open} to {branch}"),
        Step::Replace => format!("replaces proposal{open} to {branch}"),
        Step::Merge => format!("lets proposal{open} to {branch} merge by itself"),
        Step::Wait => format!("proposal{open} to {branch} waits to be merged"),
    }
}

/// A step as one word, as programs read it.
pub fn step_word(step: Step) -> &'static str {
    match step {
        Step::Open => "open",
        Step::Update => "update",
        Step::Replace => "replace",
        Step::Merge => "merge",
        Step::Wait => "wait",
    }
}

/// What was done with a proposal.
pub fn done(offered: &Offered) -> &'static str {
    match offered.step {
        Step::Open => "opened",
        Step::Update => "updated",
        Step::Replace => "replaced by",
        Step::Merge => "set to merge by itself",
        Step::Wait => "waiting",
    }
}

/// What is done about a proposal that is no longer wanted.
pub fn cleanup(cleanup: &Cleanup) -> String {
    match &cleanup.close {
        Some(why) => format!("closes proposal #{} {}: {why}", cleanup.proposal.number, cleanup.proposal.url),
        None => format!("deletes the branch {}", cleanup.head),
    }
}

/// What was done about it.
pub fn cleaned(cleaned: &Cleaned) -> String {
    match &cleaned.closed {
        Some(why) => format!("proposal #{} {}: {why}", cleaned.proposal.number, cleaned.proposal.url),
        None => format!("branch {}", cleaned.proposal.head),
    }
}

/// What holds a proposal, in one sentence with the way out; none for holds that are about no proposal.
pub fn held(hold: &Hold) -> Option<String> {
    let out = "`glu promote --force --reason ...`";
    match hold {
        Hold::EditedByHand { proposal: Some(proposal), author, .. } => Some(format!(
            "proposal #{} {} has commits by {author}; merge or close it, or overwrite them with {out}",
            proposal.number, proposal.url
        )),
        Hold::EditedByHand { proposal: None, head, author } => Some(format!(
            "the branch {head} has commits by {author}; delete it, or overwrite them with {out}"
        )),
        Hold::ClosedByHand { proposal } => {
            let by = match &proposal.fate {
                Fate::Closed { by: Some(by) } => format!(" by {by}"),
                _ => String::new(),
            };
            Some(format!(
                "proposal #{} {} of this state was closed{by}; reopen it, or propose it anew with {out}",
                proposal.number, proposal.url
            ))
        }
        _ => None,
    }
}
