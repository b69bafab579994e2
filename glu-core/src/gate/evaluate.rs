//! What samples come to under a policy: a pure function, so that it survives a crash, can be simulated and can be explained afterwards.

use std::time::Duration;

use jiff::Timestamp;

use super::words::{after, count, length, moment};
use super::{NoData, Policy, Verdict};
use crate::ledger::Sample;

/// What samples come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one line.
    pub reason: String,
    /// When the next sample is due; none once it is decided, or when it would come too late.
    pub due: Option<Timestamp>,
    /// When enough samples had passed; none before.
    pub opened: Option<Timestamp>,
}

/// Evaluates what was seen of a state since it arrived; the order in which the samples are given does not matter.
///
/// Samples from before the arrival are of an earlier stay and do not count, nor do those within the delay. Where the arrival is not
/// known, the first sample stands for it, so a first look is always due. What is decided stays decided, with two exceptions: too many
/// failing samples close what had opened; and what is [watched](Policy::watch) is open only while its newest look is fresh and good.
pub fn evaluate(
    policy: &Policy,
    arrived: Option<Timestamp>,
    samples: &[(Timestamp, Sample)],
    now: Timestamp,
) -> Evaluation {
    let samples = ordered(samples);
    // Clocks of other machines may be ahead; what has not arrived yet by ours cannot be counted from.
    let beginning = arrived.filter(|at| *at <= now).or_else(|| samples.first().map(|(at, _)| *at));
    let Some(beginning) = beginning else {
        return Evaluation {
            verdict: Verdict::Pending { until: Some(now) },
            reason: "not looked yet".to_owned(),
            due: Some(now),
            opened: None,
        };
    };
    let opening = after(beginning, policy.delay);
    let mut tally = Tally::new(policy);
    for (at, sample) in samples.into_iter().filter(|(at, _)| *at >= beginning) {
        tally.take(*at, sample, opening);
    }
    tally.conclude(opening, now)
}

/// By time; those of one time in an order that only depends on what they say.
fn ordered(samples: &[(Timestamp, Sample)]) -> Vec<&(Timestamp, Sample)> {
    let mut ordered: Vec<_> = samples.iter().collect();
    ordered.sort_by_cached_key(|(at, sample)| {
        (*at, sample.verdict.openness(), sample.reason.clone(), format!("{:?}", sample.evidence))
    });
    ordered
}

/// The samples that count, counted.
struct Tally<'a> {
    policy: &'a Policy,
    /// When it must be decided; known with the first sample that counts.
    deadline: Option<Timestamp>,
    /// Passing samples in all, and since the last other one.
    passes: u32,
    passes_in_a_row: u32,
    /// Failing samples in all, and since the last passing one.
    failures: u32,
    failures_in_a_row: u32,
    inconclusive: u32,
    errors_in_a_row: u32,
    warned: bool,
    /// Enough samples passed, in time.
    open: bool,
    /// Since when.
    opened: Option<Timestamp>,
    /// Why it is closed for good.
    closed: Option<(Verdict, String)>,
    /// The newest sample, whether it counts or not, and the newest that counts, with its meaning.
    newest: Option<Timestamp>,
    last: Option<(Verdict, &'a Sample)>,
}

impl<'a> Tally<'a> {
    fn new(policy: &'a Policy) -> Self {
        Self {
            policy,
            deadline: None,
            passes: 0,
            passes_in_a_row: 0,
            failures: 0,
            failures_in_a_row: 0,
            inconclusive: 0,
            errors_in_a_row: 0,
            warned: false,
            open: false,
            opened: None,
            closed: None,
            newest: None,
            last: None,
        }
    }

    fn take(&mut self, at: Timestamp, sample: &'a Sample, opening: Timestamp) {
        self.newest = Some(at);
        if at < opening || self.closed.is_some() {
            return;
        }
        if self.deadline.is_none() {
            self.deadline = self.policy.deadline.map(|limit| after(at, limit));
        }
        if !self.open && self.deadline.is_some_and(|deadline| at >= deadline) {
            return;
        }
        let meaning = meaning(self.policy, sample);
        self.last = Some((meaning, sample));
        self.count(meaning, sample);
        if self.open {
            self.opened.get_or_insert(at);
        }
    }

    fn count(&mut self, meaning: Verdict, sample: &Sample) {
        let policy = self.policy;
        if !matches!(meaning, Verdict::Error { .. }) {
            self.errors_in_a_row = 0;
        }
        if !meaning.opens() {
            self.passes_in_a_row = 0;
        }
        match meaning {
            Verdict::Pass | Verdict::Warn => {
                self.passes += 1;
                self.passes_in_a_row += 1;
                self.failures_in_a_row = 0;
                self.warned |= meaning == Verdict::Warn;
                let enough = if policy.consecutive { self.passes_in_a_row } else { self.passes };
                self.open |= policy.samples > 0 && enough >= policy.samples;
            }
            Verdict::Fail => {
                self.failures += 1;
                self.failures_in_a_row += 1;
                let said = &sample.reason;
                if policy.tolerated().is_some_and(|limit| self.failures > limit) {
                    self.close(said, policy.tolerated(), self.failures, "failure");
                } else if policy.failures_in_a_row.is_some_and(|limit| self.failures_in_a_row > limit) {
                    self.close(said, policy.failures_in_a_row, self.failures_in_a_row, "failure in a row");
                }
            }
            Verdict::Inconclusive => {
                self.inconclusive += 1;
                if !self.open && policy.inconclusive.is_some_and(|limit| self.inconclusive > limit) {
                    self.close(&sample.reason, policy.inconclusive, self.inconclusive, "inconclusive sample");
                }
            }
            Verdict::Error { .. } => {
                self.errors_in_a_row += 1;
                if !self.open && policy.errors_in_a_row.is_some_and(|limit| self.errors_in_a_row > limit) {
                    self.close(
                        &sample.reason,
                        policy.errors_in_a_row,
                        self.errors_in_a_row,
                        "error in a row",
                    );
                    self.closed =
                        self.closed.take().map(|(_, reason)| (Verdict::Error { retryable: false }, reason));
                }
            }
            Verdict::Pending { .. } | Verdict::Skipped => {}
        }
    }

    fn close(&mut self, said: &str, limit: Option<u32>, number: u32, noun: &str) {
        let reason = match limit {
            None | Some(0) => said.to_owned(),
            Some(limit) => format!("{said} ({}, {limit} tolerated)", several(number, noun)),
        };
        self.closed = Some((Verdict::Fail, reason));
    }

    fn conclude(self, opening: Timestamp, now: Timestamp) -> Evaluation {
        let opened = self.opened;
        let evaluation = self.concluded(opening, now);
        Evaluation { opened: opened.filter(|_| evaluation.verdict.opens()), ..evaluation }
    }

    fn concluded(self, opening: Timestamp, now: Timestamp) -> Evaluation {
        let decided = |verdict, reason| Evaluation { verdict, reason, due: None, opened: None };
        if let Some((verdict, reason)) = self.closed {
            return decided(verdict, reason);
        }
        if self.open {
            return if self.policy.watch { self.watched(now) } else { self.opened() };
        }
        if let Some((last @ Verdict::Error { retryable: false }, sample)) = self.last {
            return decided(last, sample.reason.clone());
        }
        let said = self.last.map(|(_, sample)| sample.reason.as_str());
        if let Some(deadline) = self.deadline.filter(|deadline| now >= *deadline) {
            let limit = length(self.policy.deadline.unwrap_or(Duration::ZERO));
            let reason =
                format!("not decided in {limit}, by {}: {}", moment(deadline), said.unwrap_or_default());
            return decided(Verdict::Fail, reason);
        }
        let Some((last, sample)) = self.last else {
            let due = self.newest.map_or(opening, |newest| opening.max(after(newest, self.policy.interval)));
            let reason = if due > now {
                format!("not looked yet; the first sample is due at {}", moment(due))
            } else {
                "not looked yet".to_owned()
            };
            let verdict = Verdict::Pending { until: Some(due) };
            return Evaluation { verdict, reason, due: Some(due), opened: None };
        };
        let mut due = self.newest.map_or(opening, |newest| {
            opening.max(after(newest, self.policy.wait_after(self.errors_in_a_row)))
        });
        if let Verdict::Pending { until: Some(until) } = last {
            due = due.max(until);
        }
        let next = Some(due).filter(|due| self.deadline.is_none_or(|deadline| *due < deadline));
        let until = next.or(self.deadline);
        let verdict = match last {
            Verdict::Error { .. } | Verdict::Inconclusive => last,
            _ => Verdict::Pending { until },
        };
        Evaluation { verdict, reason: self.waiting(last, sample), due: next, opened: None }
    }

    /// Open: with a warning where a sample warned, or where the newest yes or no is a tolerated no.
    fn opened(&self) -> Evaluation {
        let mut reason = self.last.map_or_else(String::new, |(_, sample)| sample.reason.clone());
        if self.policy.samples > 1 || self.failures > 0 {
            reason.push_str(&format!(" ({} passed", count(self.passes.into(), "sample")));
            if self.failures > 0 {
                reason.push_str(&format!(", {} tolerated", several(self.failures, "failure")));
            }
            reason.push(')');
        }
        let verdict = if self.warned || self.failures_in_a_row > 0 { Verdict::Warn } else { Verdict::Pass };
        Evaluation { verdict, reason, due: None, opened: None }
    }

    /// Open once, and looking on: a look that could not tell holds until one can, and an old one tells nothing of now.
    fn watched(&self, now: Timestamp) -> Evaluation {
        let newest = self.newest.unwrap_or(now);
        let due = after(newest, self.policy.wait_after(self.errors_in_a_row));
        match self.last {
            Some((last @ (Verdict::Error { .. } | Verdict::Inconclusive), sample)) => {
                Evaluation { verdict: last, reason: self.waiting(last, sample), due: Some(due), opened: None }
            }
            _ if due <= now => {
                let opened = self.opened();
                let reason = format!("due to look again; at {}: {}", moment(newest), opened.reason);
                let verdict = Verdict::Pending { until: Some(due) };
                Evaluation { verdict, reason, due: Some(due), opened: None }
            }
            _ => Evaluation { due: Some(due), ..self.opened() },
        }
    }

    fn waiting(&self, last: Verdict, sample: &Sample) -> String {
        let said = &sample.reason;
        let needed = self.policy.samples;
        match last {
            Verdict::Pass | Verdict::Warn if self.policy.consecutive => {
                format!("{said} ({} of {} in a row)", self.passes_in_a_row, count(needed.into(), "sample"))
            }
            Verdict::Pass | Verdict::Warn => {
                format!("{said} ({} of {})", self.passes, count(needed.into(), "sample"))
            }
            Verdict::Fail => format!("{said} ({} so far, tolerated)", several(self.failures, "failure")),
            Verdict::Error { .. } if self.errors_in_a_row > 1 => {
                format!("{said} ({})", several(self.errors_in_a_row, "error in a row"))
            }
            _ => said.clone(),
        }
    }
}

/// What a sample means, once the policy has said what no data means.
fn meaning(policy: &Policy, sample: &Sample) -> Verdict {
    match policy.no_data {
        NoData::Pass if sample.has_no_data() => Verdict::Pass,
        NoData::Fail if sample.has_no_data() => Verdict::Fail,
        _ => sample.verdict,
    }
}

/// As `count`, for nouns whose plural is not at their end, such as `2 errors in a row`.
fn several(number: u32, noun: &str) -> String {
    match noun.split_once(" in a row") {
        Some((noun, _)) => format!("{} in a row", count(number.into(), noun)),
        None => count(number.into(), noun),
    }
}

#[cfg(test)]
mod tests;
