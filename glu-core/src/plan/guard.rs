//! What stands in a state's way into a phase: gates, and what people and upstreams say.

use jiff::Timestamp;

use super::{Hold, Line};
use crate::facts::Facts;
use crate::gate::{Case, Gate, Report, Stay, Verdict};
use crate::ledger::Subject;
use crate::model::{Phase, Pipeline, State};
use crate::observe::Snapshot;
use crate::queue::{Queue, Waiting};

/// What stands in a state's way into a phase.
pub(crate) struct Guard<'a> {
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) phase: &'a Phase,
    pub(crate) facts: &'a Facts,
    pub(crate) now: Timestamp,
}

impl<'a> Guard<'a> {
    /// Puts the question of the gates on the way in. Mending a phase needs no leave, so nothing is asked then.
    pub(crate) fn on_the_way_in<T>(
        &self,
        from: &State,
        to: &State,
        holders: &[String],
        ask: impl Fn(&'a Gate, &Case<'_>) -> T,
    ) -> Vec<T> {
        if from.same(to) {
            return Vec::new();
        }
        let upstreams: Vec<Stay> = holders
            .iter()
            .filter_map(|holder| self.pipeline.phase(holder))
            .map(|phase| self.stay(phase, to))
            .collect();
        let subject = Subject::new(self.pipeline.id(self.phase), to.digest.clone());
        let case = Case {
            subject: &subject,
            state: to,
            from: Some(from),
            ledger: &self.facts.ledger,
            upstreams: &upstreams,
            needed: self.needed(),
            word: self.facts.words.get(&subject.phase),
            now: self.now,
        };
        self.phase.gates.iter().map(|gate| ask(gate, &case)).collect()
    }

    /// Puts the question of a phase's verification, about the state that the phase is in.
    pub(crate) fn of_what_runs<T>(
        &self,
        phase: &'a Phase,
        state: &State,
        ask: impl Fn(&'a Gate, &Case<'_>) -> T,
    ) -> Vec<T> {
        let stay = self.arrived(phase, state);
        let subject = Subject::new(self.pipeline.id(phase), state.digest.clone());
        let ledger = &self.facts.ledger;
        let upstreams = std::slice::from_ref(&stay);
        let now = self.now;
        let word = self.facts.own_words.get(&subject.phase);
        let word = word.filter(|(digest, _)| *digest == state.digest).map(|(_, word)| word);
        let case = Case { subject: &subject, state, from: None, ledger, upstreams, needed: 1, word, now };
        phase.verification.iter().map(|gate| ask(gate, &case)).collect()
    }

    /// Since when enough upstreams have had a state, by their histories, or else by when it was first seen in them; none where neither
    /// is known.
    pub(crate) fn came(&self, to: &State, holders: &[String]) -> Option<Timestamp> {
        let came =
            |phase| self.arrived(phase, to).since.or_else(|| self.facts.ledger.sighted(&self.at(phase, to)));
        let upstreams = holders.iter().filter_map(|holder| self.pipeline.phase(holder));
        let mut known: Vec<Timestamp> = upstreams.filter_map(came).collect();
        known.sort_unstable();
        known.get(self.needed().max(1) - 1).copied()
    }

    /// The upstreams that have a state and of which it is not known since when: there is neither a history nor a sighting.
    pub(crate) fn unsighted(&self, to: &State, holders: &[String]) -> Vec<Subject> {
        let upstreams = holders.iter().filter_map(|holder| self.pipeline.phase(holder));
        let unknown = upstreams.filter(|phase| self.arrived(phase, to).since.is_none());
        let subjects = unknown.map(|phase| self.at(phase, to));
        subjects.filter(|subject| self.facts.ledger.sighted(subject).is_none()).collect()
    }

    fn at(&self, phase: &Phase, state: &State) -> Subject {
        Subject::new(self.pipeline.id(phase), state.digest.clone())
    }

    fn needed(&self) -> usize {
        self.phase.join.needed(self.pipeline.upstreams(&self.phase.name).count())
    }

    pub(crate) fn holds(&self, to: &State, holders: &[String], gates: &[Report]) -> Vec<Hold> {
        let id = self.pipeline.id(self.phase);
        let ledger = &self.facts.ledger;
        let mut holds: Vec<Hold> =
            ledger.freezes(&id, self.now).into_iter().cloned().map(Hold::Frozen).collect();
        holds.extend(ledger.pin(&id, self.now).cloned().map(Hold::Pinned));
        holds.extend(
            ledger
                .quarantine(&id, &to.digest)
                .map(|quarantine| Hold::Quarantined { state: to.clone(), quarantine: quarantine.clone() }),
        );
        let unverified: Vec<Hold> = holders
            .iter()
            .filter_map(|holder| self.pipeline.phase(holder))
            .map(|phase| (phase, self.of_what_runs(phase, to, Gate::report)))
            .filter_map(|(phase, reports)| match phase.name.clone() {
                name if self.is_partly_in(phase) => Some(Hold::RollingOut { phase: name }),
                name if closed(&reports) => Some(Hold::Unverified { phase: name, reports }),
                _ => None,
            })
            .collect();
        // As many upstreams must be verified as must hold the state.
        if holders.len() - unverified.len() < self.needed() {
            holds.extend(unverified);
        }
        // What is asked of a proposal cannot be answered before there is one.
        let asked_before = |report: &&Report| self.phase.proposing.is_none() || !report.asks_the_proposal();
        let before: Vec<Report> = gates.iter().filter(asked_before).cloned().collect();
        if closed(&before) {
            holds.push(Hold::Gates(before));
        }
        holds
    }

    /// Whose turn it is of those that wait, and how it stands with the others.
    pub(super) fn line<'q>(&self, queue: &'q Queue, snapshot: &Snapshot) -> (Option<&'q State>, Line) {
        let mut passed_over = Vec::new();
        let mut open = Vec::new();
        for Waiting { state, .. } in &queue.waiting {
            match self.passes_over(state, snapshot) {
                Some(why) => passed_over.push((state.clone(), why)),
                None => open.push(state),
            }
        }
        if open.is_empty() {
            // The upstream's own state, the last in line, is held rather than passed over: there is nothing to take instead.
            passed_over.pop();
        }
        (open.first().copied(), Line { behind: open.len().saturating_sub(1), passed_over })
    }

    /// Why a state that waits can never come in: it is known to be bad, or has left the upstream without having passed its verification.
    fn passes_over(&self, state: &State, snapshot: &Snapshot) -> Option<Hold> {
        let id = self.pipeline.id(self.phase);
        if let Some(quarantine) = self.facts.ledger.quarantine(&id, &state.digest) {
            return Some(Hold::Quarantined { state: state.clone(), quarantine: quarantine.clone() });
        }
        let upstream = self.pipeline.upstreams(&self.phase.name).next()?;
        let now = snapshot.phases.get(&self.pipeline.id(upstream))?.state.as_ref().ok()?;
        let reports = self.of_what_runs(upstream, state, Gate::report);
        (!now.same(state) && reports.iter().any(|report| !may_open_by_itself(report)))
            .then(|| Hold::Unverified { phase: upstream.name.clone(), reports })
    }

    /// Whether a phase says that it has a state which in truth is still being rolled out in it.
    fn is_partly_in(&self, phase: &Phase) -> bool {
        phase.rollout.as_ref().is_some_and(|rollout| rollout.place.is_none())
            && self.facts.rollouts.contains_key(&self.pipeline.id(phase))
    }

    /// How long an upstream has had the state, and how well.
    fn stay(&self, phase: &'a Phase, state: &State) -> Stay {
        let reports = self.of_what_runs(phase, state, Gate::report);
        let failed = reports
            .iter()
            .filter_map(|report| report.last.as_ref())
            .filter(|(_, sample)| sample.verdict == Verdict::Fail)
            .map(|(at, _)| *at)
            .max();
        Stay { healthy: !closed(&reports), failed, ..self.arrived(phase, state) }
    }

    /// A state that waits in line counts from when it came to the upstream, whatever has come there since.
    fn arrived(&self, phase: &Phase, state: &State) -> Stay {
        let queue = self.facts.queues.get(&self.pipeline.id(self.phase));
        let queue = queue.filter(|_| phase.name != self.phase.name);
        let waits = queue.and_then(|queue| queue.as_ref().ok()?.arrived(state));
        let arrived = waits.or_else(|| self.facts.arrivals.get(&self.pipeline.id(phase)));
        Stay {
            phase: phase.name.clone(),
            since: arrived.map(|arrived| arrived.at),
            authors: arrived.map_or_else(Vec::new, |arrived| arrived.authors.clone()),
            healthy: true,
            failed: None,
        }
    }
}

/// What a phase's verification says of the state it is in.
pub fn verification(
    pipeline: &Pipeline,
    phase: &Phase,
    state: &State,
    facts: &Facts,
    now: Timestamp,
) -> Vec<Report> {
    Guard { pipeline, phase, facts, now }.of_what_runs(phase, state, Gate::report)
}

/// Whether a gate is open, or may be without being sampled again.
fn may_open_by_itself(report: &Report) -> bool {
    match report.verdict {
        verdict if verdict.opens() => true,
        _ if !report.parts.is_empty() => {
            report.parts.iter().any(|part| !part.verdict.opens() && may_open_by_itself(part))
        }
        Verdict::Pending { until } => until.is_some() && report.due.is_none(),
        _ => false,
    }
}

pub(crate) fn closed(reports: &[Report]) -> bool {
    reports.iter().any(|report| !report.verdict.opens())
}
