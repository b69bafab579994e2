//! What checks answer with.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Verdict;
use crate::ledger::Sample;

/// The evidence that marks a sample for which there was no data; what that means is the policy's to say.
const NO_DATA: &str = "no_data";

impl Sample {
    /// A sample without evidence.
    pub fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reason: reason.into(), evidence: BTreeMap::new() }
    }

    /// All is well.
    pub fn pass(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Pass, reason)
    }

    /// It is well enough, and somebody should look.
    pub fn warn(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Warn, reason)
    }

    /// Not yet, and when it is worth looking again.
    pub fn pending(until: Option<Timestamp>, reason: impl Into<String>) -> Self {
        Self::new(Verdict::Pending { until }, reason)
    }

    /// What was seen says neither yes nor no.
    pub fn inconclusive(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Inconclusive, reason)
    }

    /// There was nothing to see. The policy says whether that is good, bad or neither.
    pub fn no_data(reason: impl Into<String>) -> Self {
        Self::inconclusive(reason).with(NO_DATA, true)
    }

    /// It could not be looked at; looking again may help.
    pub fn error(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Error { retryable: true }, reason)
    }

    /// It cannot be looked at; looking again does not help.
    pub fn broken(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Error { retryable: false }, reason)
    }

    /// It is bad.
    pub fn fail(reason: impl Into<String>) -> Self {
        Self::new(Verdict::Fail, reason)
    }

    /// Adds what was seen.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.evidence.insert(name.to_owned(), value.into());
        self
    }

    /// Whether there was nothing to see.
    pub fn has_no_data(&self) -> bool {
        self.evidence.get(NO_DATA).is_some_and(|value| value.as_bool() == Some(true))
    }
}
