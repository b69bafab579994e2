//! What ought to move at a time, told naively: from the whole of what has happened, without the plan, the ledger's view or the gates'
//! evaluation. It shares nothing with them but the scenario's data.

use std::time::Duration;

use jiff::Timestamp;

use super::line::Line;
use super::scenario::{GateSpec, PhaseSpec, Probe, Scenario, TriggerSpec};
use crate::gate::Verdict;
use crate::ledger::{FreezeScope, What};
use crate::model::Join;

/// The longest wait after errors, as documented of the default policy.
const LONGEST: i64 = 10;

pub struct Oracle<'a> {
    pub scenario: &'a Scenario,
    pub line: &'a Line,
    pub now: Timestamp,
}

/// A state that could come into a phase: since when each upstream that has it has had it.
struct Candidate {
    state: String,
    holders: Vec<(usize, Timestamp)>,
    needed: usize,
}

impl Candidate {
    /// Since when as many have it as must.
    fn since(&self) -> Timestamp {
        let mut times: Vec<Timestamp> = self.holders.iter().map(|(_, since)| *since).collect();
        times.sort();
        times[self.needed - 1]
    }
}

impl Oracle<'_> {
    /// What moves now, as `phase state`.
    pub fn free(&self) -> Vec<String> {
        let phases = (1..self.scenario.phases.len()).filter_map(|phase| self.moves(phase));
        phases.collect()
    }

    /// When the first sample is to be taken that is needed to decide anything.
    pub fn due(&self) -> Option<Timestamp> {
        let mut due: Vec<Timestamp> = Vec::new();
        for (index, phase) in self.scenario.phases.iter().enumerate() {
            let (state, since) = self.line.state(&name(index));
            due.extend(phase.verify.as_ref().and_then(|probe| self.sample_due(probe, index, state, *since)));
            if let Some(candidate) = self.candidate(index) {
                for gate in &phase.gates {
                    self.samples_due(gate, index, &candidate, &mut due);
                }
            }
        }
        due.into_iter().min()
    }

    fn moves(&self, phase: usize) -> Option<String> {
        let candidate = self.candidate(phase)?;
        let spec = &self.scenario.phases[phase];
        let may = !self.stopped(phase)
            && !self.quarantined(phase, &candidate.state)
            && self.verified(&candidate)
            && spec.gates.iter().all(|gate| self.opens(gate, phase, &candidate))
            && self.triggered(spec, phase, &candidate);
        may.then(|| format!("{} {}", name(phase), candidate.state))
    }

    /// What could come into a phase next, where that is something else than it has.
    fn candidate(&self, phase: usize) -> Option<Candidate> {
        let upstreams = self.scenario.upstreams(phase);
        let needed = match self.scenario.join(phase) {
            Join::All => upstreams.len(),
            Join::Any => 1,
            Join::AtLeast(count) => count,
        };
        let own = &self.line.state(&name(phase)).0;
        let chosen = match upstreams.as_slice() {
            [] => return None,
            [only] if self.scenario.queues(phase) => self.turn(phase, *only),
            _ => None,
        };
        let candidate = chosen.or_else(|| {
            let mut best: Option<(Timestamp, Candidate)> = None;
            for upstream in &upstreams {
                let state = &self.line.state(&name(*upstream)).0;
                let having = upstreams.iter().filter(|other| self.line.state(&name(**other)).0 == *state);
                let holders: Vec<(usize, Timestamp)> =
                    having.map(|holder| (*holder, self.line.state(&name(*holder)).1)).collect();
                let last = holders.iter().map(|(_, since)| *since).max()?;
                if holders.len() >= needed && best.as_ref().is_none_or(|(time, _)| last > *time) {
                    best = Some((last, Candidate { state: state.clone(), holders, needed }));
                }
            }
            best.map(|(_, candidate)| candidate)
        })?;
        (candidate.state != *own).then_some(candidate)
    }

    /// Whose turn it is in a queue; none where nobody waits who can come in.
    fn turn(&self, phase: usize, upstream: usize) -> Option<Candidate> {
        let line = &self.line.came[&name(upstream)];
        let last = |state: &str| line.iter().rposition(|(known, _)| known == state);
        let had = self.line.came[&name(phase)].iter().rev();
        let mut place = had.filter_map(|(state, _)| last(state)).next()? + 1;
        while place < line.len() {
            let state = &line[place].0;
            let coming = last(state)?;
            let left = coming + 1 < line.len();
            let candidate =
                Candidate { state: state.clone(), holders: vec![(upstream, line[coming].1)], needed: 1 };
            if !self.quarantined(phase, state) && (!left || self.verified(&candidate)) {
                return Some(candidate);
            }
            place = coming + 1;
        }
        None
    }

    fn stopped(&self, phase: usize) -> bool {
        let mut pinned = false;
        let mut frozen = [false; 2];
        let over = |until: Option<Timestamp>| until.is_some_and(|until| until <= self.now);
        let id = Line::id(&name(phase));
        for event in &self.line.events {
            match &event.what {
                What::Pinned { subject, until, .. } if subject.phase == id => pinned = !over(*until),
                What::Unpinned { phase, .. } if *phase == id => pinned = false,
                What::Frozen { scope: FreezeScope::Everything, until, .. } => frozen[0] = !over(*until),
                What::Unfrozen { scope: FreezeScope::Everything, .. } => frozen[0] = false,
                What::Frozen { scope: FreezeScope::Phase(phase), until, .. } if *phase == id => {
                    frozen[1] = !over(*until);
                }
                What::Unfrozen { scope: FreezeScope::Phase(phase), .. } if *phase == id => frozen[1] = false,
                _ => {}
            }
        }
        pinned || frozen[0] || frozen[1]
    }

    fn quarantined(&self, phase: usize, state: &str) -> bool {
        let (mut here, mut everywhere) = (false, false);
        for event in &self.line.events {
            let (subject, bad) = match &event.what {
                What::Quarantined { subject, .. } => (subject, true),
                What::Released { subject, .. } => (subject, false),
                _ => continue,
            };
            if subject.state.as_str() == state && subject.phase.phase == name(phase) {
                here = bad;
            }
            if subject.state.as_str() == state && subject.phase.phase == "*" {
                everywhere = bad;
            }
        }
        here || everywhere
    }

    /// Whether as many upstreams as must hold the state are themselves well with it.
    fn verified(&self, candidate: &Candidate) -> bool {
        let well =
            candidate.holders.iter().filter(|(holder, since)| self.well(*holder, &candidate.state, *since));
        well.count() >= candidate.needed
    }

    fn well(&self, phase: usize, state: &str, since: Timestamp) -> bool {
        let probe = self.scenario.phases[phase].verify.as_ref();
        probe.is_none_or(|probe| self.seen(probe, phase, state, since).passed)
    }

    fn opens(&self, gate: &GateSpec, phase: usize, candidate: &Candidate) -> bool {
        match gate {
            GateSpec::Soak(minutes) => {
                let ripe = candidate.holders.iter().filter(|(holder, since)| {
                    let state = &candidate.state;
                    let failed = self.failed(*holder, state).unwrap_or(Timestamp::MIN);
                    self.well(*holder, state, *since) && self.now >= later((*since).max(failed), *minutes)
                });
                ripe.count() >= candidate.needed
            }
            GateSpec::Approval => self.line.events.iter().any(|event| match &event.what {
                What::Approved { subject, .. } => *subject == Line::subject(&name(phase), &candidate.state),
                _ => false,
            }),
            GateSpec::Window => self.now.as_second() / 60 % 60 < 20,
            GateSpec::Probe(probe) => self.seen(probe, phase, &candidate.state, candidate.since()).passed,
            GateSpec::Any(gates) => gates.iter().any(|gate| self.opens(gate, phase, candidate)),
        }
    }

    fn triggered(&self, spec: &PhaseSpec, phase: usize, candidate: &Candidate) -> bool {
        let own = self.line.state(&name(phase)).1;
        match spec.trigger {
            TriggerSpec::None => false,
            TriggerSpec::Change => true,
            TriggerSpec::Every(minutes) => self.now >= later(own, minutes),
            TriggerSpec::Cron(step) => {
                let since = own.max(candidate.since()).as_second();
                let now = self.now.as_second();
                let times = (since / 60..=now / 60).filter(|minute| minute % 60 % step == 0);
                times.map(|minute| minute * 60).any(|time| time > since && time <= now)
            }
        }
    }

    /// What a probe has come to.
    fn seen(&self, probe: &Probe, phase: usize, state: &str, since: Timestamp) -> Seen {
        let (mut passes, mut failures, mut errors) = (0, 0, 0);
        let mut newest = None;
        for (at, verdict) in self.samples(probe, phase, state) {
            if at < since {
                continue;
            }
            newest = Some(at);
            if at < later(since, probe.after) || failures > probe.tolerated {
                continue;
            }
            errors = if matches!(verdict, Verdict::Error { .. }) { errors + 1 } else { 0 };
            match verdict {
                Verdict::Pass => passes += 1,
                Verdict::Fail => failures += 1,
                _ => {}
            }
        }
        let failed = failures > probe.tolerated;
        Seen { passed: !failed && passes >= probe.samples, failed, errors, newest }
    }

    fn samples(&self, probe: &Probe, phase: usize, state: &str) -> Vec<(Timestamp, Verdict)> {
        let sampled = self.line.events.iter().filter_map(|event| match &event.what {
            What::Sampled { gate, subject, sample, .. } => (gate.name == probe.name
                && *subject == Line::subject(&name(phase), state))
            .then_some((event.at, sample.verdict)),
            _ => None,
        });
        sampled.collect()
    }

    /// When a phase's own verification saw a state fail, where that is the last it saw.
    fn failed(&self, phase: usize, state: &str) -> Option<Timestamp> {
        let probe = self.scenario.phases[phase].verify.as_ref()?;
        let (at, verdict) = self.samples(probe, phase, state).pop()?;
        (verdict == Verdict::Fail).then_some(at)
    }

    fn samples_due(&self, gate: &GateSpec, phase: usize, candidate: &Candidate, due: &mut Vec<Timestamp>) {
        match gate {
            GateSpec::Probe(probe) => {
                due.extend(self.sample_due(probe, phase, &candidate.state, candidate.since()));
            }
            GateSpec::Any(gates) if !self.opens(gate, phase, candidate) => {
                gates.iter().for_each(|gate| self.samples_due(gate, phase, candidate, due));
            }
            _ => {}
        }
    }

    fn sample_due(&self, probe: &Probe, phase: usize, state: &str, since: Timestamp) -> Option<Timestamp> {
        let Seen { passed, failed, errors, newest } = self.seen(probe, phase, state, since);
        if passed || failed {
            return None;
        }
        let mut wait = probe.every;
        for _ in 1..errors {
            wait = (wait * 2).min(LONGEST);
        }
        let first = later(since, probe.after);
        Some(newest.map_or(first, |newest| first.max(later(newest, wait.max(probe.every)))))
    }
}

struct Seen {
    passed: bool,
    failed: bool,
    /// In a row, up to now.
    errors: u32,
    newest: Option<Timestamp>,
}

pub fn name(phase: usize) -> String {
    format!("phase-{phase}")
}

fn later(time: Timestamp, minutes: i64) -> Timestamp {
    time.checked_add(Duration::from_secs(minutes.unsigned_abs() * 60)).unwrap()
}
