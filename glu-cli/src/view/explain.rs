//! Why a phase is where it is, what could move it, and what is in the way.

use glu_core::facts::Facts;
use glu_core::history::{Arrival, Histories};
use glu_core::model::System;
use glu_core::observe::Snapshot;
use glu_core::plan::{Entry, Hold, Move, Plan, Standing, verification};
use glu_core::schedule::opening;
use serde::Serialize;

use super::report::{Line, ReportView, hold};
use super::rollout::course;
use super::{Paper, ProposalView, QueueView, RolloutView, StateView, Tone, View, ago, code, proposal, stamp};

/// Explanations of some phases.
#[derive(Debug, Serialize)]
pub struct ExplainView {
    phases: Vec<Explanation>,
}

#[derive(Debug, Serialize)]
struct Explanation {
    pipeline: String,
    phase: String,
    state: Option<StateView>,
    /// How it came to be in its state.
    arrival: Option<String>,
    /// What is asked of the state it is in.
    verification: Vec<ReportView>,
    /// Its rollout, where one is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<RolloutView>,
    /// In a sentence, what becomes of it.
    standing: String,
    moves_to: Option<StateView>,
    /// When its trigger lets that in, where it does not now.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<QueueView>,
    /// What holds it, a sentence each.
    holds: Vec<String>,
    /// What the gates on the way in say.
    gates: Vec<ReportView>,
    /// The open proposal, else the one that was opened last.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<ProposalView>,
    /// Why nothing is known of proposals.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal_problem: Option<String>,
    /// What is done about a proposal that is no longer wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    cleanup: Option<String>,
    #[serde(skip)]
    tone: Tone,
}

impl ExplainView {
    /// Explains the entries of a plan.
    pub fn new(
        system: &System,
        snapshot: &Snapshot,
        facts: &Facts,
        histories: &Histories,
        plan: &Plan,
    ) -> Self {
        let phases =
            plan.entries.iter().map(|entry| explain(system, snapshot, facts, histories, entry)).collect();
        Self { phases }
    }
}

fn explain(
    system: &System,
    snapshot: &Snapshot,
    facts: &Facts,
    histories: &Histories,
    entry: &Entry,
) -> Explanation {
    let observed = snapshot.phases.get(&entry.id).and_then(|observation| observation.state.as_ref().ok());
    let verified = match (system.phase(&entry.id), observed) {
        (Some((pipeline, phase)), Some(state)) => verification(pipeline, phase, state, facts, snapshot.at),
        _ => Vec::new(),
    };
    let (tone, standing, planned, holds) = standing(&entry.standing);
    // A pin and a stopped line hold a phase whether or not anything waits to come in.
    let mut held: Vec<Hold> = Vec::new();
    if planned.is_none() {
        let (ledger, now) = (&facts.ledger, snapshot.at);
        held.extend(ledger.freezes(&entry.id, now).into_iter().cloned().map(Hold::Frozen));
        held.extend(ledger.pin(&entry.id, now).cloned().map(Hold::Pinned));
    }
    Explanation {
        pipeline: entry.id.pipeline.clone(),
        phase: entry.id.phase.clone(),
        state: observed.map(StateView::from),
        arrival: histories.of(&entry.id).first().map(|arrival| arrived(arrival, snapshot)),
        verification: verified.iter().map(ReportView::from).collect(),
        rollout: entry
            .rollout
            .as_ref()
            .map(|underway| RolloutView::new(underway, &entry.standing, snapshot.at)),
        standing,
        moves_to: planned.map(|planned| (&planned.to).into()),
        not_before: planned
            .and_then(|planned| opening(system, facts, planned, snapshot.at))
            .filter(|opening| *opening > snapshot.at)
            .map(stamp),
        queue: entry.queue.as_ref().map(QueueView::from),
        holds: holds.iter().chain(&held).filter(|hold| !matches!(hold, Hold::Gates(_))).map(hold).collect(),
        // A step's gates are shown with the rollout.
        gates: planned
            .filter(|planned| !planned.goes_on())
            .map_or_else(Vec::new, |planned| planned.gates.iter().map(ReportView::from).collect()),
        proposal: facts.proposals.get(&entry.id).and_then(|known| ProposalView::of(known.as_ref().ok()?)),
        proposal_problem: facts
            .proposals
            .get(&entry.id)
            .and_then(|known| Some(known.as_ref().err()?.to_string())),
        cleanup: entry.cleanup.as_deref().map(proposal::cleanup),
        tone,
    }
}

fn standing(standing: &Standing) -> (Tone, String, Option<&Move>, &[Hold]) {
    let from = |planned: &Move| format!("{} from {}", planned.to, planned.upstreams.join(", "));
    match standing {
        Standing::Origin(_) => (Tone::Plain, "states come from here".to_owned(), None, &[]),
        Standing::Current(_) => (Tone::Good, "it has what its upstreams have".to_owned(), None, &[]),
        Standing::Moves(planned) if planned.goes_on() => {
            let what = course(planned).unwrap_or_else(|| format!("it goes back to {}", planned.to));
            let why = planned.quarantine.as_ref().map_or_else(String::new, |why| format!(", because {why}"));
            (Tone::Notice, format!("{what}{why}"), Some(planned), &[])
        }
        Standing::Held { holds, held: Some(planned), .. } if planned.goes_on() => {
            (Tone::Notice, course(planned).unwrap_or_default(), Some(planned), holds)
        }
        Standing::Moves(planned) if planned.mends() => {
            (Tone::Notice, "its places are to be mended".to_owned(), Some(planned), &[])
        }
        Standing::Moves(planned) => (Tone::Good, format!("it may get {}", from(planned)), Some(planned), &[]),
        Standing::Proposed { planned, .. } => {
            let said = format!("{} is proposed, and waits to be merged", from(planned));
            (Tone::Good, said, Some(planned), &[])
        }
        Standing::Held { holds, held: Some(planned), .. } => {
            (Tone::Notice, format!("it would get {}, and is held", from(planned)), Some(planned), holds)
        }
        Standing::Held { holds, .. } => (Tone::Notice, "it is held".to_owned(), None, holds),
        Standing::Broken(problem) => (Tone::Bad, format!("it is broken: {problem}"), None, &[]),
    }
}

fn arrived(arrival: &Arrival, snapshot: &Snapshot) -> String {
    let how = match &arrival.promotion {
        Some(record) => format!("promotion {}", record.promotion),
        None => "outside glu".to_owned(),
    };
    let commit = arrival.commit.short();
    format!(
        "{} ({}) by {}, {how}, commit {commit}",
        stamp(arrival.at),
        ago(arrival.at, snapshot.at),
        arrival.by()
    )
}

impl Explanation {
    fn lines(&self) -> Vec<Line> {
        let line = |depth, tone, head: &str, text: String| Line { depth, tone, head: head.to_owned(), text };
        let mut lines = Vec::new();
        if let Some(arrival) = &self.arrival {
            lines.push(line(1, Tone::Plain, "since", arrival.clone()));
        }
        for report in &self.verification {
            report.lines(1, &mut lines);
        }
        if let Some(rollout) = &self.rollout {
            rollout.lines(1, &mut lines);
        }
        lines.push(line(1, self.tone, "next", self.standing.clone()));
        if let Some(time) = &self.not_before {
            lines.push(line(2, Tone::Plain, "trigger", format!("it does not move by itself before {time}")));
        }
        for sentence in self.queue.as_ref().map_or_else(Vec::new, QueueView::sentences) {
            lines.push(line(2, Tone::Plain, "queue", sentence));
        }
        for sentence in &self.holds {
            lines.push(line(2, Tone::Notice, "held", sentence.clone()));
        }
        for report in &self.gates {
            report.lines(2, &mut lines);
        }
        if let Some(proposal) = &self.proposal {
            let mut text = proposal.sentence();
            if !proposal.is_open() {
                text.push_str(&format!(", {}", proposal.fate()));
            }
            lines.push(line(1, Tone::Plain, "proposal", text));
        }
        if let Some(problem) = &self.proposal_problem {
            lines.push(line(1, Tone::Bad, "proposal", format!("unknown: {problem}")));
        }
        if let Some(cleanup) = &self.cleanup {
            lines.push(line(2, Tone::Notice, "next", format!("glu {cleanup}")));
        }
        lines
    }

    fn title(&self) -> String {
        format!("{}/{}", self.pipeline, self.phase)
    }
}

impl View for ExplainView {
    fn text(&self, paper: &mut Paper) {
        for phase in &self.phases {
            if !paper.is_empty() {
                paper.end();
            }
            paper.write(Tone::Strong, &phase.title()).plain("  ");
            paper.plain(phase.state.as_ref().map_or("unknown", StateView::shown)).end();
            for line in phase.lines() {
                paper.plain(&"  ".repeat(line.depth)).write(Tone::Quiet, &line.head).plain("  ");
                paper.write(line.tone, &line.text).end();
            }
        }
    }

    fn markdown(&self) -> String {
        let mut text = String::new();
        for phase in &self.phases {
            let state = phase.state.as_ref().map_or("unknown", StateView::shown);
            text.push_str(&format!("### {}: {}\n\n", phase.title(), code(state)));
            for line in phase.lines() {
                let indent = "  ".repeat(line.depth - 1);
                text.push_str(&format!("{indent}- {}: {}\n", line.head, super::cell(&line.text)));
            }
            text.push('\n');
        }
        text
    }
}
