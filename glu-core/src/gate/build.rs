//! Gates as a user writes them: builders that record what was said and where, and leave judgement to the start of the system.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::{Check, Gate, Kind, NoData, Policy, Rule};

/// A gate that looks at the world, by a policy.
#[track_caller]
pub fn check(check: impl Check + 'static) -> Gate {
    let mistakes = check.mistakes();
    Gate::new(check.kind(), Kind::Check { check: Arc::new(check), policy: Policy::default() }, mistakes)
}

/// A check is a gate that looks as often as the default policy says; [`check`] gives it another.
impl<C: Check + 'static> From<C> for Gate {
    #[track_caller]
    fn from(own: C) -> Self {
        check(own)
    }
}

/// A gate that follows from facts alone.
#[track_caller]
pub fn rule(rule: impl Rule + 'static) -> Gate {
    let mistakes = rule.mistakes();
    Gate::new(rule.kind(), Kind::Rule(Arc::new(rule)), mistakes)
}

/// Opens when all of these do.
#[track_caller]
pub fn all_of(gates: impl IntoIterator<Item = Gate>) -> Gate {
    let gates: Vec<Gate> = gates.into_iter().collect();
    let mistakes = if gates.is_empty() { vec!["there is nothing in it".to_owned()] } else { Vec::new() };
    Gate::new("all", Kind::All(gates), mistakes)
}

/// Opens when one of these does.
#[track_caller]
pub fn any_of(gates: impl IntoIterator<Item = Gate>) -> Gate {
    let gates: Vec<Gate> = gates.into_iter().collect();
    let mistakes = choice(1, &gates);
    Gate::new("any", Kind::Any(gates), mistakes)
}

/// Opens when so many of these do.
#[track_caller]
pub fn at_least_of(count: usize, gates: impl IntoIterator<Item = Gate>) -> Gate {
    let gates: Vec<Gate> = gates.into_iter().collect();
    let mistakes = choice(count, &gates);
    Gate::new(&format!("at least {count}"), Kind::AtLeast(count, gates), mistakes)
}

/// Is sampled, recorded and shown, and never in the way: for trying a gate out.
#[track_caller]
pub fn observe_only(gate: Gate) -> Gate {
    let name = gate.name.clone();
    Gate::new(&name, Kind::Observe(Box::new(gate)), Vec::new())
}

/// What makes no sense in a group of which so many must open.
fn choice(count: usize, gates: &[Gate]) -> Vec<String> {
    let mut mistakes = Vec::new();
    if gates.is_empty() {
        mistakes.push("there is nothing in it".to_owned());
    } else if count == 0 {
        mistakes.push("it asks for none of its gates".to_owned());
    } else if count > gates.len() {
        mistakes.push(format!("it asks for {count} of {} gates", gates.len()));
    }
    mistakes.extend(
        gates.iter().filter(|gate| gate.only_observes()).map(|gate| {
            format!("`{}` is only observed and always open, so it would open the whole", gate.name)
        }),
    );
    mistakes
}

impl Gate {
    #[track_caller]
    fn new(name: &str, kind: Kind, mistakes: Vec<String>) -> Self {
        Self { name: name.to_owned(), kind, declared: Location::caller(), mistakes }
    }

    /// Names the gate; without, it is called as its kind.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Says how long between samples; without, a minute.
    #[must_use]
    pub fn every(self, interval: Duration) -> Self {
        self.policy("every", |policy| policy.interval = interval)
    }

    /// Says how long to wait before the first sample counts, from when the state arrived; without, it does not wait.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        self.policy("after", |policy| policy.delay = delay)
    }

    /// Says by when it must be decided, from the first sample that counts; then it fails. Without, it waits for ever.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        self.policy("deadline", |policy| policy.deadline = Some(deadline))
    }

    /// Says how many samples must pass; without, one.
    #[must_use]
    pub fn samples(self, count: u32) -> Self {
        self.policy("samples", |policy| (policy.samples, policy.consecutive) = (count, false))
    }

    /// Says how many samples must pass without any other between.
    #[must_use]
    pub fn in_a_row(self, count: u32) -> Self {
        self.policy("in_a_row", |policy| (policy.samples, policy.consecutive) = (count, true))
    }

    /// Says how many failing samples it survives; without, none.
    #[must_use]
    pub fn tolerate(self, failures: u32) -> Self {
        self.policy("tolerate", |policy| policy.failures = Some(failures))
    }

    /// Says how many failing samples without a passing one between it survives, of as many as may be.
    #[must_use]
    pub fn tolerate_in_a_row(self, failures: u32) -> Self {
        self.policy("tolerate_in_a_row", |policy| policy.failures_in_a_row = Some(failures))
    }

    /// Says how many samples it survives that tell neither yes nor no; without, it holds until the deadline.
    #[must_use]
    pub fn tolerate_inconclusive(self, samples: u32) -> Self {
        self.policy("tolerate_inconclusive", |policy| policy.inconclusive = Some(samples))
    }

    /// Says how many errors in a row it survives; without, it holds until the deadline.
    #[must_use]
    pub fn tolerate_errors(self, in_a_row: u32) -> Self {
        self.policy("tolerate_errors", |policy| policy.errors_in_a_row = Some(in_a_row))
    }

    /// Says what no data means; without, neither yes nor no.
    #[must_use]
    pub fn no_data(self, means: NoData) -> Self {
        self.policy("no_data", |policy| policy.no_data = means)
    }

    /// Says the longest wait after errors; without, ten minutes.
    #[must_use]
    pub fn backoff(self, longest: Duration) -> Self {
        self.policy("backoff", |policy| policy.backoff = longest)
    }

    /// Goes on looking once it has opened, at its interval: it is open only while its newest look is no older than that, and was good. In a
    /// group this is said to every check in it; rules follow the facts anyway. A rollout's own gates are watched.
    #[must_use]
    pub fn watched(mut self) -> Self {
        match &mut self.kind {
            Kind::Check { policy, .. } => policy.watch = true,
            Kind::Rule(_) => {}
            Kind::All(gates) | Kind::Any(gates) | Kind::AtLeast(_, gates) => {
                *gates = std::mem::take(gates).into_iter().map(Self::watched).collect();
            }
            Kind::Observe(gate) => **gate = (**gate).clone().watched(),
        }
        self
    }

    /// Says how long one sample may take; without, half a minute.
    #[must_use]
    pub fn timeout(self, limit: Duration) -> Self {
        self.policy("timeout", |policy| policy.timeout = limit)
    }

    /// What makes no sense in it, one sentence each: the system is refused at start.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes: Vec<String> =
            self.mistakes.iter().map(|mistake| format!("gate `{}`: {mistake}", self.name)).collect();
        match &self.kind {
            Kind::Check { policy, .. } => {
                mistakes.extend(
                    policy.mistakes().iter().map(|mistake| format!("gate `{}`: {mistake}", self.name)),
                );
            }
            Kind::Rule(_) => {}
            Kind::All(gates) | Kind::Any(gates) | Kind::AtLeast(_, gates) => {
                mistakes.extend(gates.iter().flat_map(Self::mistakes));
            }
            Kind::Observe(gate) => mistakes.extend(gate.mistakes()),
        }
        mistakes
    }

    /// Sets something in the policy, or notes that there is none.
    fn policy(mut self, setter: &str, set: impl FnOnce(&mut Policy)) -> Self {
        match &mut self.kind {
            Kind::Check { policy, .. } => set(policy),
            Kind::Observe(gate) => {
                **gate = (**gate).clone().policy(setter, set);
            }
            Kind::Rule(_) => {
                self.mistakes.push(format!(
                    "`.{setter}(...)` is for checks; this follows from facts and is not sampled"
                ));
            }
            Kind::All(_) | Kind::Any(_) | Kind::AtLeast(..) => {
                self.mistakes.push(format!("`.{setter}(...)` is for checks; say it to those in the group"));
            }
        }
        self
    }

    /// Whether it is open whatever is seen.
    fn only_observes(&self) -> bool {
        match &self.kind {
            Kind::Observe(_) => true,
            Kind::All(gates) => !gates.is_empty() && gates.iter().all(Self::only_observes),
            Kind::Check { .. } | Kind::Rule(_) | Kind::Any(_) | Kind::AtLeast(..) => false,
        }
    }
}
