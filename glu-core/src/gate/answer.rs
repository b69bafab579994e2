//! What rules answer with.

use jiff::Timestamp;

use super::Verdict;

/// A rule's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one line.
    pub reason: String,
    /// What would open it, in words, where somebody can do something.
    pub remedy: Option<String>,
}

impl Answer {
    /// An answer without a remedy.
    pub fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reason: reason.into(), remedy: None }
    }

    /// It may go on.
    pub fn pass(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Pass, reason)
    }

    /// Not yet, and when it is worth looking again.
    pub fn pending(until: Option<Timestamp>, reason: impl Into<String>) -> Self {
        Self::new(Verdict::Pending { until }, reason)
    }

    /// It cannot be known.
    pub fn inconclusive(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Inconclusive, reason)
    }

    /// It may not go on.
    pub fn fail(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Fail, reason)
    }

    /// The rule itself makes no sense.
    pub(super) fn broken(mistake: &str) -> Self {
        Self::new(Verdict::Error { retryable: false }, mistake)
    }

    /// Says what would open it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}
