//! What somebody expects of a simulation, so that a CI job can hold it against what comes out.

use std::fmt;

use jiff::Timestamp;

use super::Timeline;
use crate::model::PhaseId;

/// A phase is to have had a state by a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The phase.
    pub phase: PhaseId,
    /// The state: the label it was published under, its own label, or the beginning of its digest.
    pub state: String,
    /// By when; without, by the end.
    pub by: Option<Timestamp>,
}

/// An expectation that was not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// What was expected.
    pub expected: Expectation,
    /// When the state came after all.
    pub came: Option<Timestamp>,
}

impl fmt::Display for Missed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Expectation { phase, state, by } = &self.expected;
        write!(formatter, "{phase} was to get {state}")?;
        if let Some(by) = by {
            write!(formatter, " by {by}")?;
        }
        match self.came {
            Some(came) => write!(formatter, ", and got it at {came}"),
            None => formatter.write_str(", and did not get it"),
        }
    }
}

impl Timeline {
    /// Those expectations that were not met.
    pub fn missed(&self, expected: &[Expectation]) -> Vec<Missed> {
        expected
            .iter()
            .filter_map(|expected| {
                let came = self.came(&expected.phase, &expected.state);
                let in_time = came.is_some_and(|came| expected.by.is_none_or(|by| came <= by));
                (!in_time).then(|| Missed { expected: expected.clone(), came })
            })
            .collect()
    }

    /// When a phase first had a state of this name.
    fn came(&self, phase: &PhaseId, name: &str) -> Option<Timestamp> {
        let at_first = self.first.get(phase).filter(|state| self.is_called(state, name)).map(|_| self.began);
        at_first
            .or_else(|| self.arrivals(phase).find(|(_, state)| self.is_called(state, name)).map(|(at, _)| at))
    }
}
