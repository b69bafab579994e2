//! The ledger's events, and what is wrong with it.

use std::collections::BTreeMap;

use glu_core::gate::Verdict;
use glu_core::ledger::{Event, FreezeScope, What};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Paper, Table, Tone, View, ago, cell, code, stamp};

/// Events, newest first.
#[derive(Debug, Serialize)]
pub struct LedgerView {
    place: String,
    events: Vec<Row>,
    /// How many more there are that were asked for.
    omitted: usize,
    #[serde(skip)]
    now: Timestamp,
}

#[derive(Debug, Serialize)]
struct Row {
    id: String,
    at: String,
    actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    evidence: BTreeMap<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    held: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// The rollout's step that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<glu_core::ledger::RolloutStep>,
    #[serde(skip)]
    time: Timestamp,
}

impl LedgerView {
    /// The first events of a sequence, and how many are left.
    pub fn new<'a>(
        place: String,
        events: impl Iterator<Item = &'a Event>,
        limit: usize,
        now: Timestamp,
    ) -> Self {
        let mut events = events;
        let rows = events.by_ref().take(limit).map(Row::from).collect();
        Self { place, events: rows, omitted: events.count(), now }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["WHEN", "EVENT", "WHERE", "STATE", "BY", "WHY"]);
        for row in &self.events {
            table.row(vec![
                (Tone::Plain, format!("{} ({})", row.at, ago(row.time, self.now))),
                (Tone::Strong, row.told()),
                (Tone::Plain, row.place()),
                (Tone::Place, row.state.as_deref().map(short).unwrap_or_default()),
                (Tone::Plain, row.actor.clone()),
                (Tone::Quiet, row.reason.replace(['\n', '\r'], " ")),
            ]);
        }
        table
    }

    fn rest(&self) -> Option<String> {
        match (self.events.len(), self.omitted) {
            (0, 0) => Some(format!("no events in the ledger {}", self.place)),
            (_, 0) => None,
            (_, omitted) => Some(format!("{omitted} older events; `--limit` shows more")),
        }
    }
}

impl Row {
    /// What happened, in as few words as a cell has room for.
    fn told(&self) -> String {
        let mut told = match (&self.gate, &self.verdict) {
            (Some(gate), Some(verdict)) => format!("{} {gate}: {verdict}", self.event),
            (Some(gate), None) => format!("{} {gate}", self.event),
            _ => match &self.target {
                Some(target) => format!("{} {target}", self.event),
                None => self.event.to_owned(),
            },
        };
        if let Some(rollout) = &self.rollout {
            told.push_str(&format!(" (step {})", rollout.step));
        }
        if let Some(until) = &self.until {
            told.push_str(&format!(" until {until}"));
        }
        told
    }

    fn place(&self) -> String {
        match (&self.pipeline, &self.phase) {
            (Some(pipeline), Some(phase)) => format!("{pipeline}/{phase}"),
            (Some(pipeline), None) => pipeline.clone(),
            _ => "everything".to_owned(),
        }
    }
}

impl From<&Event> for Row {
    fn from(event: &Event) -> Self {
        let mut row = Self {
            id: event.id.clone(),
            at: stamp(event.at),
            actor: event.actor.clone(),
            run: event.run.clone(),
            event: event.what.kind(),
            pipeline: None,
            phase: None,
            state: None,
            reason: event.what.reason().to_owned(),
            until: None,
            gate: None,
            verdict: None,
            evidence: BTreeMap::new(),
            promotion: None,
            held: Vec::new(),
            target: None,
            rollout: None,
            time: event.at,
        };
        let mut phase = None;
        if let Some(subject) = event.what.subject() {
            phase = Some(&subject.phase);
            row.state = Some(subject.state.to_string());
            row.rollout = subject.rollout.clone();
        }
        match &event.what {
            What::Sampled { gate, sample, .. } => {
                row.gate = Some(gate.name.clone());
                row.verdict = Some(sample.verdict.to_string());
                row.evidence = sample.evidence.clone();
                if let Verdict::Pending { until } = sample.verdict {
                    row.until = until.map(stamp);
                }
            }
            What::Retried { gate, .. } => row.gate = Some(gate.name.clone()),
            What::Pinned { until, .. } => row.until = until.map(stamp),
            What::Unpinned { phase: unpinned, .. } => phase = Some(unpinned),
            What::Frozen { scope, until, .. } => {
                row.until = until.map(stamp);
                phase = row.scope(scope);
            }
            What::Unfrozen { scope, .. } => phase = row.scope(scope),
            What::Forced { promotion, held, .. } => {
                row.promotion = Some(promotion.clone());
                row.held.clone_from(held);
            }
            What::Notified { target, phase: told_of, .. } => {
                row.target = Some(target.clone());
                phase = Some(told_of);
            }
            What::Approved { .. }
            | What::Disapproved { .. }
            | What::Quarantined { .. }
            | What::Released { .. }
            | What::Sighted { .. }
            | What::Paused { .. }
            | What::Resumed { .. }
            | What::Skipped { .. } => {}
        }
        if let Some(phase) = phase {
            row.pipeline = Some(phase.pipeline.clone());
            row.phase = Some(phase.phase.clone());
        }
        row
    }
}

impl Row {
    fn scope<'a>(&mut self, scope: &'a FreezeScope) -> Option<&'a glu_core::model::PhaseId> {
        match scope {
            FreezeScope::Everything => None,
            FreezeScope::Pipeline(pipeline) => {
                self.pipeline = Some(pipeline.clone());
                None
            }
            FreezeScope::Phase(phase) => Some(phase),
        }
    }
}

impl View for LedgerView {
    fn text(&self, paper: &mut Paper) {
        if !self.events.is_empty() {
            self.table().text(paper);
        }
        if let Some(rest) = self.rest() {
            paper.write(Tone::Quiet, &rest).end();
        }
    }

    fn markdown(&self) -> String {
        let table = if self.events.is_empty() { String::new() } else { self.table().markdown() };
        let rest = self.rest().map(|rest| format!("\n{}\n", cell(&rest))).unwrap_or_default();
        format!("{table}{rest}")
    }
}

/// What a whole reading of the ledger found.
#[derive(Debug, Serialize)]
pub struct VerifyView {
    place: String,
    events: usize,
    faults: Vec<String>,
}

impl VerifyView {
    /// So many events that count, and what is wrong.
    pub fn new(place: String, events: usize, faults: Vec<String>) -> Self {
        Self { place, events, faults }
    }

    fn summary(&self) -> String {
        match self.faults.len() {
            0 => format!("{} events, no faults", self.events),
            1 => format!("{} events, 1 fault", self.events),
            faults => format!("{} events, {faults} faults", self.events),
        }
    }
}

impl View for VerifyView {
    fn text(&self, paper: &mut Paper) {
        let tone = if self.faults.is_empty() { Tone::Good } else { Tone::Bad };
        paper.plain(&format!("{}: ", self.place)).write(tone, &self.summary()).end();
        for fault in &self.faults {
            paper.plain(&format!("  {}", fault.replace(['\n', '\r'], " "))).end();
        }
    }

    fn markdown(&self) -> String {
        let faults: String = self.faults.iter().map(|fault| format!("- {}\n", cell(fault))).collect();
        format!("{}: {}\n\n{faults}", code(&self.place.replace('`', "")), self.summary())
    }
}

/// A digest as people compare it: its kind aside, ten digits.
fn short(digest: &str) -> String {
    let digits = digest.split_once(':').map_or(digest, |(_, digits)| digits);
    digits.chars().take(10).collect()
}
