//! What came of a simulation: what changed when, and where everything stands in the end.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::answer::Given;
use super::start::Start;
use crate::gate::Report;
use crate::ledger::What;
use crate::model::{PhaseId, State, StateDigest, System};
use crate::plan::{Cause, Hold, Plan, Standing};

/// What came of a simulation.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// When it began.
    pub began: Timestamp,
    /// What changed, in order.
    pub changes: Vec<Change>,
    /// The state that each phase was in at the beginning, where it was known.
    pub first: BTreeMap<PhaseId, State>,
    /// Where everything stands in the end; none before that.
    pub last: Option<Plan>,
    /// How often each check of each phase was asked, and where its answers came from.
    pub asked: BTreeMap<(PhaseId, String), BTreeMap<Given, u64>>,
    /// What ought to be known of how it was put together, a sentence each.
    pub notes: Vec<String>,
    labels: BTreeMap<StateDigest, String>,
}

/// Something that changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Occurred,
}

/// What can change.
#[derive(Debug, Clone)]
pub enum Occurred {
    /// A state appeared at an origin.
    Published {
        /// The origin.
        origin: PhaseId,
        /// The state.
        state: State,
    },
    /// A move was made.
    Moved {
        /// The phase.
        id: PhaseId,
        /// Why.
        cause: Cause,
        /// The state before.
        from: State,
        /// The state that it brings.
        to: State,
        /// Whether the phase is in that state now; a step on the way leaves it where it is.
        arrived: bool,
        /// Why it was made although something held it.
        forced: Option<String>,
    },
    /// Something began to hold a phase.
    Held {
        /// The phase.
        id: PhaseId,
        /// The state that it would get, where that is known.
        to: Option<State>,
        /// What holds it that did not before.
        holds: Vec<Hold>,
    },
    /// A phase may move, and does not by itself now.
    Waits {
        /// The phase.
        id: PhaseId,
        /// The state that it would get.
        to: State,
    },
    /// Nothing holds a phase any more, since there is nothing to move.
    Settled {
        /// The phase.
        id: PhaseId,
    },
    /// A phase's state, or the way to the next one, cannot be known.
    Broken {
        /// The phase.
        id: PhaseId,
        /// Why.
        reason: String,
    },
    /// Somebody wrote something into the ledger.
    Told {
        /// Who.
        actor: String,
        /// What.
        what: What,
    },
    /// Something that was to be done could not be.
    Refused {
        /// The phase.
        phase: PhaseId,
        /// What, as a verb.
        what: &'static str,
        /// Why.
        reason: String,
    },
}

/// How long a published state took.
#[derive(Debug, Clone)]
pub struct Lead {
    /// The state.
    pub state: State,
    /// Where it was published.
    pub origin: PhaseId,
    /// When.
    pub published: Timestamp,
    /// When it had come to every phase that feeds no other; none where it did not.
    pub arrived: Option<Timestamp>,
}

impl Timeline {
    pub(super) fn new(start: &Start) -> Self {
        let first = start.snapshot.phases.iter();
        Self {
            began: start.at(),
            changes: Vec::new(),
            first: first
                .filter_map(|(id, seen)| Some((id.clone(), seen.state.as_ref().ok()?.clone())))
                .collect(),
            last: None,
            asked: BTreeMap::new(),
            notes: start.notes.clone(),
            labels: BTreeMap::new(),
        }
    }

    /// What a state is called: the label that it was published under, else as people call it.
    pub fn shown(&self, state: &State) -> String {
        self.labels.get(&state.digest).cloned().unwrap_or_else(|| state.to_string())
    }

    /// As [`shown`](Self::shown), without the digest that tells states of one label apart.
    pub fn label<'a>(&'a self, state: &'a State) -> &'a str {
        self.labels.get(&state.digest).unwrap_or(&state.label)
    }

    /// Whether a state is called so: by the label it was published under, its own, or the beginning of its digest.
    pub fn is_called(&self, state: &State, name: &str) -> bool {
        let digits =
            state.digest.as_str().split_once(':').map_or(state.digest.as_str(), |(_, digits)| digits);
        self.labels.get(&state.digest).is_some_and(|label| label == name)
            || state.label == name
            || state.digest.as_str() == name
            || name.len() >= 4 && digits.starts_with(name)
    }

    /// The states that came into a phase, and when.
    pub fn arrivals<'a>(&'a self, phase: &PhaseId) -> impl Iterator<Item = (Timestamp, &'a State)> + use<'a> {
        let phase = phase.clone();
        self.changes.iter().filter_map(move |change| match &change.what {
            Occurred::Moved { id, from, to, arrived: true, .. } if *id == phase && !from.same(to) => {
                Some((change.at, to))
            }
            _ => None,
        })
    }

    /// How long each published state took to the ends of its pipeline, in the order of publication.
    pub fn leads(&self, system: &System) -> Vec<Lead> {
        let mut arrivals: BTreeMap<(PhaseId, StateDigest), Vec<Timestamp>> = BTreeMap::new();
        for change in &self.changes {
            if let Occurred::Moved { id, to, arrived: true, .. } = &change.what {
                arrivals.entry((id.clone(), to.digest.clone())).or_default().push(change.at);
            }
        }
        let lead = |origin: &PhaseId, state: &State, published: Timestamp| {
            let pipeline = system.pipeline(&origin.pipeline)?;
            let ends = pipeline.phases.iter().filter(|phase| {
                pipeline.downstreams(&phase.name).next().is_none()
                    && pipeline.upstreams(&phase.name).next().is_some()
            });
            let times: Option<Vec<Timestamp>> = ends
                .map(|end| {
                    let times = arrivals.get(&(pipeline.id(end), state.digest.clone()))?;
                    times.get(times.partition_point(|at| *at < published)).copied()
                })
                .collect();
            let arrived = times.and_then(|times| times.into_iter().max());
            Some(Lead { state: state.clone(), origin: origin.clone(), published, arrived })
        };
        self.changes
            .iter()
            .filter_map(|change| match &change.what {
                Occurred::Published { origin, state } => lead(origin, state, change.at),
                _ => None,
            })
            .collect()
    }

    pub(super) fn push(&mut self, at: Timestamp, what: Occurred) {
        self.changes.push(Change { at, what });
    }

    /// Remembers what a state was published as.
    pub(super) fn name(&mut self, state: &State, label: &str) {
        self.labels.insert(state.digest.clone(), label.to_owned());
    }

    /// The state that was published under a label.
    pub(super) fn called(&self, label: &str) -> Option<&StateDigest> {
        self.labels.iter().find(|(_, known)| *known == label).map(|(digest, _)| digest)
    }

    pub(super) fn answered(&mut self, phase: &PhaseId, gate: &str, given: Given) {
        *self.asked.entry((phase.clone(), gate.to_owned())).or_default().entry(given).or_default() += 1;
    }

    pub(super) fn end(&mut self, last: Plan) {
        self.last = Some(last);
    }
}

/// What holds a phase, as far as a change of it is worth telling: the state it would get, and who says no how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    to: Option<StateDigest>,
    by: Vec<String>,
}

impl Held {
    pub(super) fn of(standing: &Standing) -> Option<Self> {
        match standing {
            Standing::Origin(_) | Standing::Current(_) => None,
            Standing::Moves(planned) | Standing::Proposed { planned, .. } => {
                Some(Self { to: Some(planned.to.digest.clone()), by: Vec::new() })
            }
            Standing::Held { holds, held, .. } => Some(Self {
                to: held.as_ref().map(|planned| planned.to.digest.clone()),
                by: holds.iter().flat_map(|hold| sayings(hold).into_iter().map(|(said, _)| said)).collect(),
            }),
            Standing::Broken(problem) => Some(Self { to: None, by: vec![problem.to_string()] }),
        }
    }

    /// Of what holds a phase, that which did not before. Another state's move is held anew.
    fn begun(before: Option<&Self>, to: Option<&StateDigest>, holds: &[Hold]) -> Vec<Hold> {
        let before = before.filter(|before| before.to.as_ref() == to);
        let known = |said: &String| before.is_some_and(|before| before.by.contains(said));
        let begun = holds.iter().flat_map(|hold| {
            let fresh: Vec<Hold> =
                sayings(hold).into_iter().filter(|(said, _)| !known(said)).map(|(_, hold)| hold).collect();
            together(hold, &fresh)
        });
        begun.collect()
    }
}

/// A hold as one saying for each gate that is closed; others are one saying. Each with the hold that it alone would be.
fn sayings(hold: &Hold) -> Vec<(String, Hold)> {
    let closed = |reports: &[Report]| -> Vec<Report> {
        reports.iter().filter(|report| !report.verdict.opens()).cloned().collect()
    };
    let gate = |report: &Report| format!("{} {}", report.gate.name, report.verdict);
    let one = |said: String| vec![(said, hold.clone())];
    match hold {
        Hold::Join { upstreams, .. } => {
            let digest = |state: &Option<State>| state.as_ref().map(|state| state.digest.to_string());
            let states: Vec<Option<String>> = upstreams.iter().map(|(_, state)| digest(state)).collect();
            one(format!("join {states:?}"))
        }
        Hold::Upstream { phase, problem } => one(format!("{phase}: {problem}")),
        Hold::Frozen(freeze) => one(format!("frozen {:?} {}", freeze.scope, freeze.at)),
        Hold::Pinned(pin) => one(format!("pinned {}", pin.at)),
        Hold::Quarantined { quarantine, .. } => one(format!("quarantined {}", quarantine.at)),
        Hold::Step { step, .. } => one(format!("step {step}")),
        Hold::Paused(pause) => one(format!("paused {}", pause.at)),
        Hold::RollingOut { phase } => one(format!("rolling out {phase}")),
        Hold::Undecided(why) => one(why.clone()),
        Hold::EditedByHand { head, author, .. } => one(format!("edited {head} {author}")),
        Hold::ClosedByHand { proposal } => one(format!("closed {}", proposal.url)),
        Hold::Unverified { phase, reports } => closed(reports)
            .into_iter()
            .map(|report| {
                let said = format!("{phase}: {}", gate(&report));
                (said, Hold::Unverified { phase: phase.clone(), reports: vec![report] })
            })
            .collect(),
        Hold::Gates(reports) => {
            closed(reports).into_iter().map(|report| (gate(&report), Hold::Gates(vec![report]))).collect()
        }
    }
}

/// What was taken apart, as one hold again.
fn together(whole: &Hold, parts: &[Hold]) -> Option<Hold> {
    if parts.is_empty() {
        return None;
    }
    let reports = || {
        let reports = parts.iter().filter_map(|part| match part {
            Hold::Gates(reports) | Hold::Unverified { reports, .. } => reports.first().cloned(),
            _ => None,
        });
        reports.collect()
    };
    Some(match whole {
        Hold::Gates(_) => Hold::Gates(reports()),
        Hold::Unverified { phase, .. } => Hold::Unverified { phase: phase.clone(), reports: reports() },
        other => other.clone(),
    })
}

/// What to tell of a phase whose standing is another than before; nothing where only something ceased to hold it.
pub(super) fn noticed(id: &PhaseId, before: Option<&Held>, standing: &Standing) -> Option<Occurred> {
    let id = id.clone();
    match standing {
        Standing::Origin(_) => None,
        Standing::Current(_) => Some(Occurred::Settled { id }),
        Standing::Moves(planned) | Standing::Proposed { planned, .. } => {
            Some(Occurred::Waits { id, to: planned.to.clone() })
        }
        Standing::Held { holds, held, .. } => {
            let to = held.as_ref().map(|planned| planned.to.clone());
            let holds = Held::begun(before, to.as_ref().map(|state| &state.digest), holds);
            (!holds.is_empty()).then_some(Occurred::Held { id, to, holds })
        }
        Standing::Broken(problem) => Some(Occurred::Broken { id, reason: problem.to_string() }),
    }
}
