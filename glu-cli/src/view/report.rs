//! What gates say, as a tree.

use glu_core::gate::{Report, Verdict};
use glu_core::model::State;
use glu_core::plan::Hold;
use jiff::Timestamp;
use serde::Serialize;

use super::{Tone, stamp};

/// A gate's report.
#[derive(Debug, Clone, Serialize)]
pub struct ReportView {
    gate: String,
    kind: &'static str,
    verdict: String,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// When it is worth looking again.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sampled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<ReportView>,
    #[serde(skip)]
    opens: bool,
}

impl From<&Report> for ReportView {
    fn from(report: &Report) -> Self {
        let until = match report.verdict {
            Verdict::Pending { until } => until.or(report.due),
            _ => report.due,
        };
        Self {
            gate: report.gate.name.clone(),
            kind: report.kind,
            verdict: report.verdict.to_string(),
            reason: report.reason.clone(),
            remedy: report.remedy.clone(),
            until: until.map(stamp),
            sampled_at: report.last.as_ref().map(|(at, _)| stamp(*at)),
            evidence: report.last.as_ref().map(|(_, sample)| serde_json::json!(sample.evidence)),
            parts: report.parts.iter().map(Self::from).collect(),
            opens: report.verdict.opens(),
        }
    }
}

/// One line of a tree.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) depth: usize,
    pub(crate) tone: Tone,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl ReportView {
    /// Whether the gate is open.
    pub fn opens(&self) -> bool {
        self.opens
    }

    /// The report and its parts as lines.
    pub(crate) fn lines(&self, depth: usize, lines: &mut Vec<Line>) {
        let tone = match self.verdict.as_str() {
            "pass" => Tone::Good,
            "fail" | "error" => Tone::Bad,
            _ => Tone::Notice,
        };
        let mut text = format!("{}: {}", self.verdict, self.reason);
        if !self.opens
            && let Some(remedy) = &self.remedy
        {
            text.push_str(&format!("; {remedy}"));
        }
        lines.push(Line { depth, tone, head: format!("gate {}", self.gate), text });
        for part in &self.parts {
            part.lines(depth + 1, lines);
        }
    }
}

/// What holds a phase, in one sentence.
pub(crate) fn hold(hold: &Hold) -> String {
    let until =
        |until: Option<Timestamp>| until.map_or_else(String::new, |until| format!(" until {}", stamp(until)));
    match hold {
        Hold::Join { join, upstreams } => {
            let states: Vec<String> = upstreams
                .iter()
                .map(|(name, state)| match state {
                    Some(state) => format!("{name} has {state}"),
                    None => format!("{name} is unknown"),
                })
                .collect();
            format!("{join} of its upstreams must hold the same state: {}", states.join(", "))
        }
        Hold::Upstream { phase, problem } => format!("the state of `{phase}` is not known: {problem}"),
        Hold::Frozen(freeze) => {
            format!("the line is stopped{} by {}: {}", until(freeze.until), freeze.actor, freeze.reason)
        }
        Hold::Pinned(pin) => {
            format!("pinned to {}{} by {}: {}", pin.state.short(), until(pin.until), pin.actor, pin.reason)
        }
        Hold::Quarantined { state, quarantine } => {
            format!("{state} is quarantined by {}: {}", quarantine.actor, quarantine.reason)
        }
        Hold::Unverified { phase, reports } => {
            format!("`{phase}` is not verified: {}", said(reports))
        }
        Hold::Gates(reports) => said(reports),
        Hold::Step { step, of, share, until } => {
            format!("step {step} of {of} ({share} %) lasts until {}", stamp(*until))
        }
        Hold::Paused(pause) => format!("the rollout is paused by {}: {}", pause.actor, pause.reason),
        Hold::RollingOut { phase } => format!("`{phase}` has it for a part only: its rollout is under way"),
        Hold::Undecided(sentence) => sentence.clone(),
        Hold::EditedByHand { .. } | Hold::ClosedByHand { .. } => {
            super::proposal::held(hold).unwrap_or_default()
        }
    }
}

/// Why a state that waits is passed over, in one sentence.
pub(crate) fn passed_over(state: &State, why: &Hold) -> String {
    match why {
        Hold::Unverified { phase, reports } => {
            format!("{state} left `{phase}` unverified: {}", said(reports))
        }
        other => hold(other),
    }
}

/// The gates that are not open, in one sentence.
fn said(reports: &[Report]) -> String {
    let closed = reports.iter().filter(|report| !report.verdict.opens());
    closed
        .map(|report| format!("gate `{}` says {}: {}", report.gate.name, report.verdict, report.reason))
        .collect::<Vec<_>>()
        .join("; ")
}
