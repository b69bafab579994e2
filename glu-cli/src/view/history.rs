//! A phase's history.

use glu_core::history::Arrival;
use glu_core::model::PhaseId;
use glu_core::plan::Cause;
use jiff::Timestamp;
use serde::Serialize;

use super::{Paper, StateView, Table, Tone, View, ago, stamp};

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
    states: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    state: Option<StateView>,
    at: String,
    author: String,
    commit: String,
    subject: String,
    promotion: Option<String>,
    cause: CauseView,
    #[serde(skip)]
    time: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum CauseView {
    Promotion,
    Rollback,
    OutsideGlu,
}

impl CauseView {
    fn said(self) -> (Tone, &'static str) {
        match self {
            Self::Promotion => (Tone::Plain, "promotion"),
            Self::Rollback => (Tone::Notice, "rollback"),
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
    pub fn add(&mut self, id: &PhaseId, arrivals: &[Arrival]) {
        let states = arrivals
            .iter()
            .map(|arrival| Row {
                state: arrival.state.as_ref().map(StateView::from),
                at: stamp(arrival.at),
                author: arrival.author.clone(),
                commit: arrival.commit.to_string(),
                subject: arrival.subject.clone(),
                promotion: arrival.promotion.as_ref().map(|record| record.promotion.clone()),
                cause: match arrival.promotion.as_ref().map(|record| record.cause) {
                    Some(Cause::Promotion) => CauseView::Promotion,
                    Some(Cause::Rollback) => CauseView::Rollback,
                    None => CauseView::OutsideGlu,
                },
                time: arrival.at,
            })
            .collect();
        self.phases.push(PhaseHistory { pipeline: id.pipeline.clone(), phase: id.phase.clone(), states });
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
                (Tone::Plain, row.author.clone()),
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
            format!("### {}/{}\n\n{states}", history.pipeline, history.phase)
        };
        self.phases.iter().map(section).collect::<Vec<_>>().join("\n")
    }
}
