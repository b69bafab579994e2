//! A rollout under way.

use glu_core::plan::{Move, Plan, Standing};
use glu_core::rollout::{Turn, Underway};
use jiff::Timestamp;
use serde::Serialize;

use super::plan::held;
use super::report::{Line, ReportView};
use super::{StateView, Tone, left, stamp};

/// A rollout's twin.
#[derive(Debug, Clone, Serialize)]
pub struct RolloutView {
    rollout: String,
    candidate: StateView,
    step: u32,
    steps: u32,
    /// The candidate's share, in percent.
    share: u32,
    since: String,
    /// Until when the step lasts at least.
    until: String,
    gates: Vec<ReportView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<HandView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<HandView>,
    /// What comes next, in a sentence.
    next: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    newer: Option<NewerView>,
    #[serde(skip)]
    left: String,
}

/// Somebody's word on it.
#[derive(Debug, Clone, Serialize)]
struct HandView {
    actor: String,
    at: String,
    reason: String,
}

#[derive(Debug, Clone, Serialize)]
struct NewerView {
    state: StateView,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<String>,
}

impl RolloutView {
    /// A rollout, and what the plan says of its phase.
    pub fn new(underway: &Underway, standing: &Standing, now: Timestamp) -> Self {
        let hand = |actor: &str, at: Timestamp, reason: &str| HandView {
            actor: actor.to_owned(),
            at: stamp(at),
            reason: reason.to_owned(),
        };
        Self {
            rollout: underway.rollout.clone(),
            candidate: (&underway.candidate).into(),
            step: underway.step,
            steps: underway.of,
            share: underway.share,
            since: stamp(underway.since),
            until: stamp(underway.until),
            gates: underway.gates.iter().map(ReportView::from).collect(),
            paused: underway.paused.as_ref().map(|pause| hand(&pause.actor, pause.at, &pause.reason)),
            skipped: underway.skipped.as_ref().map(|skip| hand(&skip.actor, skip.at, &skip.reason)),
            next: next(standing),
            newer: underway.newer.as_ref().map(|newer| NewerView {
                state: (&newer.state).into(),
                held: (!newer.holds.is_empty()).then(|| held(&newer.holds)),
            }),
            left: left(underway.until, now),
        }
    }

    /// The rollouts of a plan, by pipeline and phase.
    pub fn of_phase(plan: &Plan, pipeline: &str, phase: &str) -> Option<Self> {
        let entry =
            plan.entries.iter().find(|entry| entry.id.pipeline == pipeline && entry.id.phase == phase)?;
        Some(Self::new(entry.rollout.as_deref()?, &entry.standing, plan.at))
    }

    /// Where it is, such as `of 1.1.0: step 2 of 4, 50 %, 12 minutes left`.
    pub(crate) fn said(&self) -> String {
        let Self { candidate, step, steps, share, left, .. } = self;
        let paused = if self.paused.is_some() { ", paused" } else { "" };
        format!("of {}: step {step} of {steps}, {share} %, {left}{paused}", candidate.shown())
    }

    /// Everything there is to say of it.
    pub(crate) fn lines(&self, depth: usize, lines: &mut Vec<Line>) {
        let line = |depth, tone, head: &str, text: String| Line { depth, tone, head: head.to_owned(), text };
        lines.push(line(depth, Tone::Notice, "rollout", self.said()));
        for gate in &self.gates {
            gate.lines(depth + 1, lines);
        }
        for (head, hand) in [("paused", &self.paused), ("skipped", &self.skipped)] {
            if let Some(HandView { actor, at, reason }) = hand {
                lines.push(line(depth + 1, Tone::Notice, head, format!("{at} by {actor}: {reason}")));
            }
        }
        if let Some(newer) = &self.newer {
            let text = match &newer.held {
                Some(held) => format!("{}, which is held: {held}", newer.state.shown()),
                None => newer.state.shown().to_owned(),
            };
            lines.push(line(depth + 1, Tone::Notice, "newer", text));
        }
    }
}

/// What comes next, in a sentence.
fn next(standing: &Standing) -> String {
    match standing {
        Standing::Moves(planned) | Standing::Proposed { planned, .. } => course(planned).unwrap_or_default(),
        Standing::Held { holds, held: Some(planned), .. } => {
            format!("{}, when it may: {}", course(planned).unwrap_or_default(), held(holds))
        }
        Standing::Held { holds, .. } => held(holds),
        Standing::Broken(problem) => problem.to_string(),
        Standing::Origin(_) | Standing::Current(_) => String::new(),
    }
}

/// What a move does to a rollout, in a few words; none where it is not part of one.
pub(crate) fn course(planned: &Move) -> Option<String> {
    let course = planned.course.as_deref()?;
    let place = course.place();
    Some(match course.turn {
        Turn::Begin => format!("rollout begins: {place}"),
        Turn::Restart => format!("rollout begins again with {}: {place}", course.candidate),
        Turn::Advance => place,
        Turn::Again => format!("written again: {place}"),
        Turn::End => format!("the rollout ends: the phase gets {}", course.candidate),
        Turn::Abort => format!("the rollout of {} is aborted: everything as before", course.candidate),
        Turn::Withdraw => {
            format!("the rollout of {} is withdrawn: its upstreams have gone back", course.candidate)
        }
    })
}
