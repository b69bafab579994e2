//! What gates say, asked alone.

use glu_core::gate::Report;
use glu_core::model::{PhaseId, State};
use serde::Serialize;

use super::report::ReportView;
use super::{Paper, StateView, Tone, View, cell};

const NOTHING: &str = "no gates to ask: there are none, or nothing would move";

/// The gates of some phases.
#[derive(Debug, Default, Serialize)]
pub struct CheckView {
    subjects: Vec<SubjectView>,
}

#[derive(Debug, Serialize)]
struct SubjectView {
    pipeline: String,
    phase: String,
    /// Whether these are gates on the way in, or the verification of what it is in.
    asked: &'static str,
    state: StateView,
    gates: Vec<ReportView>,
}

impl CheckView {
    /// Adds the gates of a phase; a phase without any adds nothing.
    pub fn add(&mut self, id: &PhaseId, asked: &'static str, state: &State, reports: &[Report]) {
        if !reports.is_empty() {
            self.subjects.push(SubjectView {
                pipeline: id.pipeline.clone(),
                phase: id.phase.clone(),
                asked,
                state: state.into(),
                gates: reports.iter().map(ReportView::from).collect(),
            });
        }
    }

    /// Whether every gate is open.
    pub fn open(&self) -> bool {
        self.subjects.iter().flat_map(|subject| &subject.gates).all(ReportView::opens)
    }
}

impl View for CheckView {
    fn text(&self, paper: &mut Paper) {
        if self.subjects.is_empty() {
            paper.plain(NOTHING).end();
        }
        for subject in &self.subjects {
            paper.write(Tone::Strong, &format!("{}/{}", subject.pipeline, subject.phase)).plain("  ");
            paper.plain(subject.state.shown()).write(Tone::Quiet, &format!("  {}", subject.asked)).end();
            let mut lines = Vec::new();
            subject.gates.iter().for_each(|gate| gate.lines(1, &mut lines));
            for line in lines {
                paper.plain(&"  ".repeat(line.depth)).write(Tone::Quiet, &line.head).plain("  ");
                paper.write(line.tone, &line.text).end();
            }
        }
    }

    fn markdown(&self) -> String {
        let mut text = if self.subjects.is_empty() { NOTHING.to_owned() } else { String::new() };
        for subject in &self.subjects {
            let state = super::code(subject.state.shown());
            text.push_str(&format!(
                "### {}/{}: {state}, {}\n\n",
                subject.pipeline, subject.phase, subject.asked
            ));
            let mut lines = Vec::new();
            subject.gates.iter().for_each(|gate| gate.lines(1, &mut lines));
            for line in lines {
                text.push_str(&format!(
                    "{}- {}: {}\n",
                    "  ".repeat(line.depth - 1),
                    line.head,
                    cell(&line.text)
                ));
            }
            text.push('\n');
        }
        text
    }
}
