//! Rollouts as a user writes them.

use std::panic::Location;
use std::time::Duration;

use super::Number;
use super::number::{Rest, Side};
use crate::gate::Gate;
use crate::model::{Declared, Scope};

/// How a state comes into a phase by steps.
#[derive(Debug, Clone)]
#[must_use]
pub struct Rollout {
    /// The place where the candidate stands meanwhile: what `{phase}` expands to in the names of its files. None: the phase itself gets the
    /// candidate with the first step.
    pub place: Option<String>,
    /// The numbers that go up and down.
    pub numbers: Vec<Number>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What has to hold during every step; watched.
    pub gates: Vec<Gate>,
    /// What tells that a step's commit is live.
    pub live: Vec<Gate>,
    /// Where it was declared.
    pub declared: Declared,
    pub(super) mistakes: Vec<(Declared, String)>,
}

/// A rollout during which the candidate stands at a place of its own, next to the phase's state: `{phase}` in the names of the
/// resource's files expands to this name there.
#[track_caller]
pub fn canary(place: impl Into<String>) -> Rollout {
    Rollout::new(Some(place.into()), Location::caller())
}

/// A rollout without a place for the candidate: the phase gets it with the first step, and numbers say for how many it counts, as with
/// feature flags.
#[track_caller]
pub fn in_place() -> Rollout {
    Rollout::new(None, Location::caller())
}

/// A step to this share, in percent.
#[track_caller]
pub fn percent(share: u32) -> Step {
    Step { share, hold: Duration::ZERO, gates: Vec::new(), declared: Location::caller() }
}

/// A share, and what has to happen at it.
#[derive(Debug, Clone)]
#[must_use]
pub struct Step {
    /// The candidate's share, in percent.
    pub share: u32,
    /// How long it lasts at least, from when its commit is live.
    pub hold: Duration,
    /// What has to hold before it ends.
    pub gates: Vec<Gate>,
    /// Where it was declared.
    pub declared: Declared,
}

impl Step {
    /// Says how long the step lasts at least; without, it ends as soon as its gates are open.
    pub fn hold(mut self, hold: Duration) -> Self {
        self.hold = hold;
        self
    }

    /// Asks before the step ends. A gate that fails aborts the rollout.
    #[track_caller]
    pub fn gate(mut self, gate: impl Into<Gate>) -> Self {
        self.gates.push(gate.into());
        self
    }
}

impl Rollout {
    fn new(place: Option<String>, declared: Declared) -> Self {
        Self {
            place,
            numbers: Vec::new(),
            steps: Vec::new(),
            gates: Vec::new(),
            live: Vec::new(),
            declared,
            mistakes: Vec::new(),
        }
    }

    /// Adds a step.
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Asks during every step, again and again while it lasts. A gate that fails aborts the rollout.
    #[track_caller]
    pub fn gate(mut self, gate: impl Into<Gate>) -> Self {
        self.gates.push(gate.into().watched());
        self
    }

    /// Says what tells that a step's commit is live, such as a gate on what follows the repository: a step lasts from when it opened.
    /// Without, a step lasts from its commit.
    #[track_caller]
    pub fn live(mut self, gate: impl Into<Gate>) -> Self {
        self.live.push(gate.into());
        self
    }

    /// Writes two weights that count in proportion, such as a Gateway API HTTPRoute's `backendRefs[].weight`.
    #[track_caller]
    pub fn weights(
        self,
        file: impl Into<String>,
        stable: impl Into<String>,
        canary: impl Into<String>,
    ) -> Self {
        self.pair("weights", &file.into(), &stable.into(), &canary.into(), Rest::Anything)
    }

    /// Writes two percentages that make 100, such as an Istio VirtualService's `route[].weight`.
    #[track_caller]
    pub fn percentages(
        self,
        file: impl Into<String>,
        stable: impl Into<String>,
        canary: impl Into<String>,
    ) -> Self {
        self.pair("percentages", &file.into(), &stable.into(), &canary.into(), Rest::First)
    }

    /// Divides so many replicas between the phase and the candidate's place; `{phase}` in the file's name expands to either. The candidate's
    /// part is rounded up, so that it is never nothing.
    #[track_caller]
    pub fn replicas(mut self, file: impl Into<String>, path: impl Into<String>, total: u32) -> Self {
        self.only_beside("replicas");
        let (file, path) = (file.into(), path.into());
        let stable = number(&file, &path, Side::Phase, Rest::Anything).from_to(total, 0);
        let canary = number(&file, &path, Side::Place, Rest::First).from_to(0, total);
        self.numbers.extend([stable, canary]);
        self
    }

    /// Writes the share itself, such as a Flipt flag's `rollouts[].threshold.percentage`.
    #[track_caller]
    pub fn flag(mut self, file: impl Into<String>, path: impl Into<String>) -> Self {
        let number = number(&file.into(), &path.into(), Side::Phase, Rest::First).from_to(0, 100);
        self.numbers.push(number);
        self
    }

    /// Writes any number.
    pub fn number(mut self, number: Number) -> Self {
        self.numbers.push(number);
        self
    }

    #[track_caller]
    fn pair(mut self, setter: &str, file: &str, stable: &str, canary: &str, rest: Rest) -> Self {
        self.only_beside(setter);
        let stable = number(file, stable, Side::Phase, rest).from_to(100, 0);
        let canary = number(file, canary, Side::Phase, Rest::First).from_to(0, 100);
        self.numbers.extend([stable, canary]);
        self
    }

    #[track_caller]
    fn only_beside(&mut self, setter: &str) {
        if self.place.is_none() {
            let sentence = format!(
                "`.{setter}(...)` divides between the state and a candidate beside it, and `in_place()` has none; write `canary(\"...\")`"
            );
            self.mistakes.push((Location::caller(), sentence));
        }
    }

    /// Everything that decides what its moves write, as text.
    pub(crate) fn specification(&self) -> String {
        let numbers: Vec<String> = self.numbers.iter().map(Number::specification).collect();
        let shares: Vec<u32> = self.steps.iter().map(|step| step.share).collect();
        format!("rollout {:?} {numbers:?} {shares:?}", self.place)
    }

    /// All gates that its steps ask.
    pub fn asked(&self) -> impl Iterator<Item = &Gate> {
        self.live.iter().chain(&self.gates).chain(self.steps.iter().flat_map(|step| &step.gates))
    }

    /// The candidate's share in a step, in percent.
    pub fn share(&self, step: u32) -> u32 {
        self.at(step).map_or(100, |step| step.share)
    }

    /// A step, counted from 1.
    pub fn at(&self, step: u32) -> Option<&Step> {
        self.steps.get(usize::try_from(step).ok()?.checked_sub(1)?)
    }

    /// How many steps there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.steps.len()).unwrap_or(u32::MAX)
    }

    /// For whom the candidate is written: the place, or the phase itself.
    pub fn candidate_scope(&self, phase: &Scope) -> Scope {
        match &self.place {
            Some(place) => Scope { phase: place.clone(), ..phase.clone() },
            None => phase.clone(),
        }
    }
}

#[track_caller]
fn number(file: &str, at: &str, side: Side, rest: Rest) -> Number {
    Number::new(file.to_owned(), at.to_owned(), side, rest, Location::caller())
}
