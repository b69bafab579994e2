//! Gates: what has to hold before a state may move, and of what runs now.
//!
//! A gate's answer is a pure function of samples, facts and a clock, so that it survives a crash, can be simulated and can be explained
//! afterwards. Only taking a sample touches the world.

mod answer;
mod build;
mod case;
pub mod check;
mod cron;
mod duration;
mod evaluate;
pub mod judge;
mod landing;
mod policy;
mod report;
pub mod rule;
mod sample;
mod verdict;
pub(crate) mod words;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::access::Access;
use crate::ledger::{GateId, Sample, Subject};
use crate::model::{Declared, State, StateDigest};

pub use answer::Answer;
pub use build::{all_of, any_of, at_least_of, check, observe_only, rule};
pub use case::{Case, Stay, Word};
pub use cron::{Cron, CronError};
pub use duration::{days, hours, minutes, seconds};
pub use evaluate::{Evaluation, evaluate};
pub use landing::Landing;
pub use policy::{NoData, Policy};
pub use report::{Due, Report};
pub use verdict::Verdict;

/// A gate on the way into a phase, or on what a phase runs.
#[derive(Clone)]
pub struct Gate {
    name: String,
    kind: Kind,
    declared: Declared,
    /// What was said of it that makes no sense, until the system is refused for it.
    mistakes: Vec<String>,
}

#[derive(Clone)]
enum Kind {
    /// Looks at the world, by a policy; its samples are evidence in the ledger.
    Check { check: Arc<dyn Check>, policy: Policy },
    /// Follows from facts alone.
    Rule(Arc<dyn Rule>),
    /// All must open.
    All(Vec<Gate>),
    /// One must open.
    Any(Vec<Gate>),
    /// At least so many must open.
    AtLeast(usize, Vec<Gate>),
    /// Recorded, and never in the way.
    Observe(Box<Gate>),
}

/// Looks at the world once. A user's own gate is this trait, or a plain function.
pub trait Check: Send + Sync {
    /// What kind it is, in one word.
    fn kind(&self) -> &'static str;

    /// Everything that it asks, as text; a gate that asks something else is another gate, with samples of its own. No secrets.
    fn specification(&self) -> String;

    /// Looks. What goes wrong is a verdict too.
    fn sample(&self, asked: &Asked<'_>) -> Sample;

    /// What makes no sense in it, one sentence each: the system is refused at start.
    fn mistakes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What a check is asked about.
pub struct Asked<'a> {
    /// The phase and the state.
    pub subject: &'a Subject,
    /// The state itself.
    pub state: &'a State,
    /// The state that the phase is in, where it is another.
    pub from: Option<&'a State>,
    /// The time.
    pub now: Timestamp,
    /// Since when the state has been there: in the phase, for gates on what runs now; in enough upstreams, for gates on the way in.
    pub since: Option<Timestamp>,
    /// The commits that brought the state to where it is: to the phase, for gates on what runs now; to the upstreams, for gates on the way in.
    pub landings: &'a [Landing],
    /// The way to the repositories and registries of this run.
    pub access: &'a Access,
}

/// Follows from facts: the ledger, the history, the clock.
pub trait Rule: Send + Sync {
    /// What kind it is, in one word.
    fn kind(&self) -> &'static str;

    /// Everything that it asks, as text.
    fn specification(&self) -> String;

    /// The answer. It is a pure function of the case.
    fn judge(&self, case: &Case<'_>) -> Answer;

    /// What makes no sense in it, one sentence each: the system is refused at start.
    fn mistakes(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Gate {
    /// Where it was declared.
    pub fn declared(&self) -> Declared {
        self.declared
    }

    /// A digest of everything it asks. Its policy is not part of it: how often it looks does not change what it saw.
    pub fn id(&self) -> GateId {
        GateId {
            name: self.name.clone(),
            specification: StateDigest::of(self.specification().as_bytes()).to_string(),
        }
    }

    /// Whether it asks what a forge says of a change.
    pub fn asks_forge(&self) -> bool {
        self.has_rule(&rule::asks_forge)
    }

    /// Whether it asks what people say of a proposal.
    pub(crate) fn asks_people(&self) -> bool {
        self.has_rule(&rule::asks_people)
    }

    fn has_rule(&self, wanted: &dyn Fn(&str) -> bool) -> bool {
        match &self.kind {
            Kind::Check { .. } => false,
            Kind::Rule(own) => wanted(own.kind()),
            Kind::All(gates) | Kind::Any(gates) | Kind::AtLeast(_, gates) => {
                gates.iter().any(|gate| gate.has_rule(wanted))
            }
            Kind::Observe(gate) => gate.has_rule(wanted),
        }
    }

    fn specification(&self) -> String {
        let parts =
            |gates: &[Gate]| gates.iter().map(|gate| gate.id().specification).collect::<Vec<_>>().join(",");
        match &self.kind {
            Kind::Check { check, .. } => format!("{} {}", check.kind(), check.specification()),
            Kind::Rule(rule) => format!("{} {}", rule.kind(), rule.specification()),
            Kind::All(gates) => format!("all {}", parts(gates)),
            Kind::Any(gates) => format!("any {}", parts(gates)),
            Kind::AtLeast(count, gates) => format!("at least {count} {}", parts(gates)),
            Kind::Observe(gate) => format!("observe {}", gate.id().specification),
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Gate").field(&self.name).field(&self.specification()).finish()
    }
}

#[cfg(test)]
mod tests;
