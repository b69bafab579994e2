//! What a resource says of the state: a pure function of the resource, the git history and the time.

use std::fmt::Display;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::client::ClientError;
use super::object::Type;
use crate::gate::words::after;
use crate::gate::{Asked, Landing, Verdict};
use crate::source::git::CommitId;

/// A verdict and its reason.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    pub(super) reason: String,
    /// Whether there was nothing to judge.
    pub(super) has_no_data: bool,
}

impl Judgement {
    fn new(verdict: Verdict, reason: impl Display) -> Self {
        Self { verdict, reason: reason.to_string(), has_no_data: false }
    }

    pub(super) fn pass(reason: impl Display) -> Self {
        Self::new(Verdict::Pass, reason)
    }

    pub(super) fn pending(reason: impl Display) -> Self {
        Self::new(Verdict::Pending { until: None }, reason)
    }

    pub(super) fn inconclusive(reason: impl Display) -> Self {
        Self::new(Verdict::Inconclusive, reason)
    }

    pub(super) fn fail(reason: impl Display) -> Self {
        Self::new(Verdict::Fail, reason)
    }

    pub(super) fn no_data(reason: impl Display) -> Self {
        Self { has_no_data: true, ..Self::new(Verdict::Inconclusive, reason) }
    }
}

/// What a judge may go by besides the resource.
pub(super) struct Circumstances<'a> {
    pub(super) lineage: &'a dyn Lineage,
    /// Reads another resource of the cluster, in a namespace.
    pub(super) read: &'a dyn Fn(&Type, &str, &str) -> Result<Value, ClientError>,
    pub(super) now: Timestamp,
    /// Since when the state has been there.
    pub(super) since: Option<Timestamp>,
    /// The image that has to run, where one was named.
    pub(super) image: Option<String>,
}

impl Circumstances<'_> {
    /// What is bad since some time: it may become good again for a while, counted from then or from when the state came, whichever is
    /// later. Where neither is known it is bad at once.
    pub(super) fn bad(&self, grace: Duration, since: Option<Timestamp>, reason: impl Display) -> Judgement {
        let Some(since) = since.max(self.since) else { return Judgement::fail(reason) };
        let until = after(since, grace);
        if self.now >= until {
            return Judgement::fail(reason);
        }
        let reason = format!("{reason}; it has until {} to recover", crate::gate::words::moment(until));
        Judgement::new(Verdict::Pending { until: Some(until) }, reason)
    }
}

/// Knows whether a revision has what brought the state.
pub(super) trait Lineage {
    fn has(&self, revision: &str) -> Has;
}

/// Whether a revision has what brought the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Has {
    /// It has.
    Yes,
    /// It lacks this commit.
    Lacks(CommitId),
    /// The revision is none that is known here.
    Unknown,
    /// No commit is known that brought the state.
    Nothing,
}

/// The landings of what is asked about, or the one of a phase.
pub(super) struct Landed<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) phase: Option<&'a str>,
}

impl Lineage for Landed<'_> {
    fn has(&self, revision: &str) -> Has {
        let counts = |landing: &&Landing| self.phase.is_none_or(|phase| landing.phase == phase);
        let mut landings = self.asked.landings.iter().filter(counts).peekable();
        if landings.peek().is_none() {
            return Has::Nothing;
        }
        let Some(revision) = CommitId::parse(revision) else { return Has::Unknown };
        let mut has = Has::Yes;
        for landing in landings {
            match self.asked.has(&revision, landing) {
                Some(true) => {}
                Some(false) => return Has::Lacks(landing.commit.clone()),
                None => has = Has::Unknown,
            }
        }
        has
    }
}

/// Whether what is deployed has what brought the state; `revisions` are what was deployed, of which those that are no commits of ours,
/// such as charts' versions, say nothing. None where all is well.
pub(super) fn behind(lineage: &dyn Lineage, revisions: &[&str], what: &str) -> Option<Judgement> {
    let all = revisions.join(", ");
    let mut is_known = false;
    for revision in revisions {
        match lineage.has(revision) {
            Has::Yes => is_known = true,
            Has::Lacks(commit) => {
                let short: String = revision.chars().take(10).collect();
                let reason = format!("{what} is at {short}, which does not have {} yet", commit.short());
                return Some(Judgement::pending(reason));
            }
            Has::Unknown => {}
            Has::Nothing => {
                let reason =
                    "no commit is known to have brought the state; `.any_revision()` goes by health alone";
                return Some(Judgement::inconclusive(reason));
            }
        }
    }
    if revisions.iter().all(|revision| revision.is_empty()) {
        return Some(Judgement::pending(format!("{what} is at no revision yet")));
    }
    (!is_known).then(|| {
        Judgement::inconclusive(format!(
            "{what} is at {all}, which is no commit that is known in the phase's repository"
        ))
    })
}
