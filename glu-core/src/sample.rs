//! Sampling: the one step in which gates look at the world. What they saw becomes events, and plans follow from those.

use crate::access::Access;
use crate::facts::Facts;
use crate::gate::{Asked, Case, Check, Gate, Landing, Verdict};
use crate::ledger::{GateId, Sample, Subject, What};
use crate::model::{Pipeline, State, System};
use crate::observe::{Snapshot, in_parallel};
use crate::plan::{Guard, Plan};
use crate::rollout::{Newer, of_step};

/// Which samples are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Those that are due by their policies.
    Due,
    /// All that are not decided, due or not.
    Now,
}

/// Takes the samples that a plan's gates and verifications ask for, several at a time, and gives them as events.
pub fn sample(
    system: &System,
    access: &Access,
    snapshot: &Snapshot,
    facts: &Facts,
    plan: &Plan,
    when: When,
) -> Vec<What> {
    let looks = looks(system, snapshot, facts, plan);
    let looks: Vec<Look<'_>> = looks.into_iter().filter(|look| look.wanted(when)).collect();
    in_parallel(&looks, |look| {
        let what = format!("asking gate {} of {}", look.gate.name, look.subject.phase);
        let sample = access.step(&what, || look.check.sample(&look.asked(snapshot, access)));
        look.sampled(facts, sample)
    })
}

/// As [`sample`] of what is due, with answers that come from elsewhere: no check is run.
pub(crate) fn answered(
    system: &System,
    snapshot: &Snapshot,
    facts: &Facts,
    plan: &Plan,
    mut answer: impl FnMut(&GateId, &Subject) -> Sample,
) -> Vec<What> {
    looks(system, snapshot, facts, plan)
        .iter()
        .filter(|look| look.wanted(When::Due))
        .map(|look| look.sampled(facts, answer(&look.gate, &look.subject)))
        .collect()
}

/// Sets the samples of a plan's gates that are decided against it aside, so that they are tried anew.
pub fn retries(system: &System, snapshot: &Snapshot, facts: &Facts, plan: &Plan, reason: &str) -> Vec<What> {
    looks(system, snapshot, facts, plan)
        .into_iter()
        .filter(|look| look.verdict.is_final() && !look.verdict.opens())
        .map(|look| What::Retried { gate: look.gate, subject: look.subject, reason: reason.to_owned() })
        .collect()
}

/// A check that may look at a subject.
struct Look<'a> {
    gate: GateId,
    check: &'a dyn Check,
    verdict: Verdict,
    due: bool,
    subject: Subject,
    state: &'a State,
    from: Option<&'a State>,
    since: Option<jiff::Timestamp>,
    landings: Vec<Landing>,
}

impl Look<'_> {
    fn asked<'b>(&'b self, snapshot: &Snapshot, access: &'b Access) -> Asked<'b> {
        Asked {
            subject: &self.subject,
            state: self.state,
            from: self.from,
            now: snapshot.at,
            since: self.since,
            landings: &self.landings,
            access,
        }
    }

    fn sampled(&self, facts: &Facts, sample: Sample) -> What {
        let attempt = facts.ledger.attempt(&self.gate, &self.subject);
        What::Sampled { gate: self.gate.clone(), subject: self.subject.clone(), attempt, sample }
    }

    fn wanted(&self, when: When) -> bool {
        match when {
            When::Due => self.due,
            When::Now => !self.verdict.is_final(),
        }
    }
}

/// Every check that the plan's phases ask: of the states that they would get, of the ones they are in, and of what their upstreams are in.
fn looks<'a>(system: &'a System, snapshot: &'a Snapshot, facts: &'a Facts, plan: &'a Plan) -> Vec<Look<'a>> {
    let mut looks: Vec<Look<'a>> = Vec::new();
    let mut add = |more: Vec<Vec<Look<'a>>>| {
        for look in more.into_iter().flatten() {
            if !looks.iter().any(|known| known.gate == look.gate && known.subject == look.subject) {
                looks.push(look);
            }
        }
    };
    for entry in &plan.entries {
        let Some((pipeline, phase)) = system.phase(&entry.id) else { continue };
        let guard = Guard { pipeline, phase, facts, now: snapshot.at };
        if let Some(planned) = entry.standing.candidate().filter(|planned| !planned.goes_on()) {
            let (from, to) = (&planned.from, &planned.to);
            add(guard.on_the_way_in(from, to, &planned.upstreams, |gate, case| {
                of(gate, case, to, Some(from), &landings(pipeline, facts, case))
            }));
        }
        if let (Some(underway), Some(rollout), Some(progress), Some(Ok(from))) = (
            &entry.rollout,
            &phase.rollout,
            facts.rollouts.get(&entry.id),
            snapshot.phases.get(&entry.id).map(|observation| &observation.state),
        ) {
            let state = &progress.candidate;
            add(of_step(&guard, rollout, progress, from, |gate, case| {
                of(gate, case, state, Some(from), &landings(pipeline, facts, case))
            }));
            if let Some(Newer { state, upstreams, .. }) = &underway.newer {
                add(guard.on_the_way_in(from, state, upstreams, |gate, case| {
                    of(gate, case, state, Some(from), &landings(pipeline, facts, case))
                }));
            }
        }
        for asked in pipeline.upstreams(&phase.name).chain([phase]) {
            let observation = snapshot.phases.get(&pipeline.id(asked));
            if let Some(Ok(state)) = observation.map(|observation| &observation.state) {
                add(guard.of_what_runs(asked, state, |gate, case| {
                    of(gate, case, state, None, &landings(pipeline, facts, case))
                }));
            }
        }
    }
    looks
}

/// The commits that brought the state to those who have it.
fn landings(pipeline: &Pipeline, facts: &Facts, case: &Case<'_>) -> Vec<Landing> {
    let holders = case.upstreams.iter().filter_map(|stay| pipeline.phase(&stay.phase));
    holders.filter_map(|phase| facts.arrivals.get(&pipeline.id(phase))?.landing.clone()).collect()
}

fn of<'a>(
    gate: &'a Gate,
    case: &Case<'_>,
    state: &'a State,
    from: Option<&'a State>,
    landings: &[Landing],
) -> Vec<Look<'a>> {
    let due: Vec<GateId> = gate.due(case).into_iter().map(|due| due.gate).collect();
    gate.checks(case)
        .into_iter()
        .map(|check| Look {
            due: due.contains(&check.gate),
            gate: check.gate,
            check: check.check,
            verdict: check.verdict,
            subject: case.subject.clone(),
            state,
            from,
            since: case.arrived(),
            landings: landings.to_vec(),
        })
        .collect()
}
