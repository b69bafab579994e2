//! What checks answer in a simulation, where they are never run: as told, as recorded, else a pass that is only assumed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ledger::{Event, GateId, Sample, Subject, What};
use crate::model::PhaseId;

/// What one check answers, at all times or for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The gate's name; one that ends in `*` stands for all that begin so.
    pub gate: String,
    /// The only phase in which it answers so; without, in all.
    pub phase: Option<PhaseId>,
    /// Since when; without, from the beginning.
    pub from: Option<Timestamp>,
    /// Until when, exclusively; without, to the end.
    pub until: Option<Timestamp>,
    /// The answer.
    pub sample: Sample,
}

impl Answer {
    /// Whether a gate's name is meant.
    pub fn names(&self, gate: &str) -> bool {
        match self.gate.strip_suffix('*') {
            Some(beginning) => gate.starts_with(beginning),
            None => self.gate == gate,
        }
    }

    fn holds(&self, gate: &str, subject: &Subject, now: Timestamp) -> bool {
        self.names(gate)
            && self.phase.as_ref().is_none_or(|phase| *phase == subject.phase)
            && self.from.is_none_or(|from| from <= now)
            && self.until.is_none_or(|until| now < until)
    }
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Given {
    /// The scenario said it.
    Told,
    /// The ledger has it of that state in that phase.
    Recorded,
    /// Nobody knows: it was taken for a pass.
    Assumed,
}

/// What all checks answer.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    told: Vec<Answer>,
    /// By the gate's name and not by what it asks: what is asked now may be new, and the old answer is the best one there is.
    recorded: BTreeMap<(String, Subject), Vec<(Timestamp, Sample)>>,
}

impl Answers {
    /// Adds answers that are told; of several that hold at a time, the last.
    #[must_use]
    pub fn telling(mut self, told: impl IntoIterator<Item = Answer>) -> Self {
        self.told.extend(told);
        self
    }

    /// Adds what a ledger has.
    #[must_use]
    pub fn recorded(mut self, events: &[Event]) -> Self {
        for event in events {
            if let What::Sampled { gate, subject, sample, .. } = &event.what {
                let seen = self.recorded.entry((gate.name.clone(), subject.clone())).or_default();
                seen.push((event.at, sample.clone()));
            }
        }
        for seen in self.recorded.values_mut() {
            seen.sort_by_key(|(at, _)| *at);
        }
        self
    }

    pub(super) fn answer(&self, gate: &GateId, subject: &Subject, now: Timestamp) -> (Sample, Given) {
        if let Some(told) = self.told.iter().rev().find(|answer| answer.holds(&gate.name, subject, now)) {
            return (told.sample.clone(), Given::Told);
        }
        match self.recorded.get(&(gate.name.clone(), subject.clone())).map(Vec::as_slice) {
            // What was seen last, or else what was seen first.
            Some(seen @ [first, ..]) => {
                let known = seen.iter().rev().find(|(at, _)| *at <= now).unwrap_or(first);
                (known.1.clone(), Given::Recorded)
            }
            _ => (Sample::pass("assumed"), Given::Assumed),
        }
    }
}
