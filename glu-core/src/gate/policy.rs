//! When and how often a gate looks, and what its samples come to.

use std::time::Duration;

/// When a check is sampled, and what it takes. "At most" *tolerates*: a limit of n is passed by the n-th and tripped by the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long to wait before the first sample counts, from when the state arrived; where that is not known, from the first sample.
    pub delay: Duration,
    /// How long between samples.
    pub interval: Duration,
    /// How long one sample may take.
    pub timeout: Duration,
    /// By when it must be decided, from the first sample that counts; then it fails. Without, it waits for ever. It never fails
    /// without having looked: a sampler that was asleep is no verdict on a state.
    pub deadline: Option<Duration>,
    /// How many passing samples it takes.
    pub samples: u32,
    /// Whether they must follow each other without any other between.
    pub consecutive: bool,
    /// How many failing samples are tolerated in all. None where neither this nor the next is said; no limit where only the next is.
    pub failures: Option<u32>,
    /// How many failing samples are tolerated without a passing one between; without, only the number in all counts.
    pub failures_in_a_row: Option<u32>,
    /// How many samples that say neither yes nor no are tolerated before it fails; without a limit it holds until the deadline.
    pub inconclusive: Option<u32>,
    /// How many errors in a row are tolerated before it gives up; without a limit it holds until the deadline.
    pub errors_in_a_row: Option<u32>,
    /// The longest wait after errors; it doubles from the interval.
    pub backoff: Duration,
    /// What a sample without data means.
    pub no_data: NoData,
    /// Whether it goes on looking once it has opened: it is open only while its newest look is no older than the interval, and was good.
    pub watch: bool,
}

/// What no data means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NoData {
    /// Neither yes nor no.
    #[default]
    Inconclusive,
    /// Good: nothing happened.
    Pass,
    /// Bad: something should have been there.
    Fail,
}

impl Policy {
    /// How many failing samples are tolerated in all; none is no limit.
    pub(super) fn tolerated(&self) -> Option<u32> {
        match (self.failures, self.failures_in_a_row) {
            (None, None) => Some(0),
            (total, _) => total,
        }
    }

    /// How long to wait after so many errors in a row: the interval, doubling, up to the backoff.
    pub(super) fn wait_after(&self, errors: u32) -> Duration {
        let doubled = self.interval.saturating_mul(2_u32.saturating_pow(errors.saturating_sub(1)));
        doubled.min(self.backoff).max(self.interval)
    }

    /// What makes no sense in it, one sentence each.
    pub(super) fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut refuse = |wrong: bool, sentence: &str| {
            if wrong {
                mistakes.push(sentence.to_owned());
            }
        };
        refuse(self.interval.is_zero(), "samples need an interval: `.every(...)` is zero");
        refuse(self.timeout.is_zero(), "a sample needs time: `.timeout(...)` is zero");
        refuse(self.samples == 0, "it would pass without a sample: `.samples(0)`");
        let shortest = self.interval.saturating_mul(self.samples.saturating_sub(1));
        refuse(
            self.deadline.is_some_and(|deadline| deadline <= shortest),
            "its deadline comes before enough samples can be taken",
        );
        mistakes
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            interval: Duration::from_secs(60),
            timeout: Duration::from_secs(30),
            deadline: None,
            samples: 1,
            consecutive: false,
            failures: None,
            failures_in_a_row: None,
            inconclusive: None,
            errors_in_a_row: None,
            backoff: Duration::from_secs(600),
            no_data: NoData::default(),
            watch: false,
        }
    }
}
