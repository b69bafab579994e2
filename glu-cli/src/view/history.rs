//! A phase's history.

use glu_core::history::Arrival;
use glu_core::model::PhaseId;
use glu_core::plan::Cause;
use jiff::Timestamp;
use serde::Serialize;

use super::{Paper, RolloutView, StateView, Table, Tone, View, ago, cell, stamp};

/// The histories of some phases.
#[derive(Debug, Serialize)]
pub struct HistoryView {
    phases: Vec<PhaseHistory>,
    #[serde(skip)]
    now: Timestamp,
}

#[derive(Debug, Serialize)]
struct PhaseHistory {
    pipeline: String,
    phase: String,
    /// The rollout that is under way, whose state has not come into the phase yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<RolloutView>,
    states: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    state: Option<StateView>,
    at: String,
    author: String,
    /// Who is behind it, where the commit tells that another is than its author.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_by: Option<String>,
    commit: String,
    subject: String,
    promotion: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    cause: CauseView,
    #[serde(skip)]
    by: String,
    #[serde(skip)]
    time: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum CauseView {
    Promotion,
    Rollback,
    /// A rollout that was given up.
    Abort,
    OutsideGlu,
}

impl CauseView {
    fn said(self) -> (Tone, &'static str) {
        match self {
            Self::Promotion => (Tone::Plain, "promotion"),
            Self::Rollback => (Tone::Notice, "rollback"),
            Self::Abort => (Tone::Notice, "abort"),
            Self::OutsideGlu => (Tone::Notice, "outside glu"),
        }
    }
}

impl HistoryView {
    /// Nothing yet.
    pub fn new(now: Timestamp) -> Self {
        Self { phases: Vec::new(), now }
    }

    /// Adds a phase's history.
    pub fn add(&mut self, id: &PhaseId, arrivals: &[Arrival], rollout: Option<RolloutView>) {
        let states = arrivals
            .iter()
            .map(|arrival| Row {
                state: arrival.state.as_ref().map(StateView::from),
                at: stamp(arrival.at),
                author: arrival.author.clone(),
                actor: arrival.promotion.as_ref().and_then(|record| record.actor.clone()),
                by: arrival.by().to_owned(),
                merged_by: arrival.merged_by.clone(),
                commit: arrival.commit.to_string(),
                subject: arrival.subject.clone(),
                promotion: arrival.promotion.as_ref().map(|record| record.promotion.clone()),
                run: arrival.promotion.as_ref().and_then(|record| record.run.clone()),
                cause: match arrival.promotion.as_ref().map(|record| record.cause) {
                    Some(Cause::Promotion) => CauseView::Promotion,
                    Some(Cause::Rollback) => CauseView::Rollback,
                    Some(Cause::Abort) => CauseView::Abort,
                    None => CauseView::OutsideGlu,
                },
                time: arrival.at,
            })
            .collect();
        let (pipeline, phase) = (id.pipeline.clone(), id.phase.clone());
        self.phases.push(PhaseHistory { pipeline, phase, rollout, states });
    }
}

impl Row {
    fn by(&self) -> String {
        match &self.merged_by {
            Some(merger) => format!("{}, merged by {merger}", self.by),
            None => self.by.clone(),
        }
    }
}

impl PhaseHistory {
    fn table(&self, now: Timestamp) -> Table {
        let mut table = Table::new(&["STATE", "SINCE", "BY", "HOW", "COMMIT", "SUBJECT"]);
        for row in &self.states {
            let state = row.state.as_ref().map_or("unknown", StateView::shown);
            let (tone, how) = row.cause.said();
            table.row(vec![
                (Tone::Strong, state.to_owned()),
                (Tone::Plain, format!("{} ({})", row.at, ago(row.time, now))),
                (Tone::Plain, row.by()),
                (tone, how.to_owned()),
                (Tone::Place, row.commit.get(..10).unwrap_or(&row.commit).to_owned()),
                (Tone::Quiet, row.subject.clone()),
            ]);
        }
        table
    }
}

impl View for HistoryView {
    fn text(&self, paper: &mut Paper) {
        for history in &self.phases {
            if !paper.is_empty() {
                paper.end();
            }
            paper.write(Tone::Strong, &format!("{}/{}", history.pipeline, history.phase)).end();
            if let Some(rollout) = &history.rollout {
                paper.plain("  ").write(Tone::Notice, &format!("rollout {}", rollout.said())).end();
            }
            if history.states.is_empty() {
                paper.plain("  no history: it is not in git").end();
            } else {
                history.table(self.now).text(paper);
            }
        }
    }

    fn markdown(&self) -> String {
        let section = |history: &PhaseHistory| {
            let states = if history.states.is_empty() {
                "no history: it is not in git\n".to_owned()
            } else {
                history.table(self.now).markdown()
            };
            let rollout = history
                .rollout
                .as_ref()
                .map_or_else(String::new, |rollout| format!("rollout {}\n\n", cell(&rollout.said())));
            format!("### {}/{}\n\n{rollout}{states}", history.pipeline, history.phase)
        };
        self.phases.iter().map(section).collect::<Vec<_>>().join("\n")
    }
}
