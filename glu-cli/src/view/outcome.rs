//! What became of promotions.

use glu_core::model::PhaseId;
use glu_core::plan::{Cause, Move, Plan};
use glu_core::promote::{Failure, Outcome, Promotion};
use glu_core::propose::{Cleaned, Step};
use serde::Serialize;

use super::{Paper, ProposalView, StateView, Table, Tone, View, proposal};
use crate::exit::Code;

/// What became of each move, and of the phases that did not move.
#[derive(Debug, Serialize)]
pub struct OutcomeView {
    phases: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    pipeline: String,
    phase: String,
    result: ResultKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<StateView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    /// Where the rollout is, where it is part of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<ProposalView>,
    #[serde(skip)]
    said: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum ResultKind {
    Promoted,
    Proposed,
    Waiting,
    Merged,
    CleanedUp,
    RolledBack,
    /// A rollout began, or went on to another step.
    RollingOut,
    /// A rollout was given up.
    Aborted,
    AlreadyThere,
    UpToDate,
    Held,
    Moved,
    Failed,
}

impl OutcomeView {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { phases: Vec::new() }
    }

    /// Adds what became of moves, and puts everything into the plan's order.
    #[must_use]
    pub fn with(mut self, outcome: &Outcome, plan: &Plan) -> Self {
        for (id, result) in &outcome.results {
            self.phases.push(match result {
                Ok(promotion) => promoted(&id.pipeline, &id.phase, promotion),
                Err(failure) => {
                    let kind = if matches!(failure, Failure::Moved(_)) {
                        ResultKind::Moved
                    } else {
                        ResultKind::Failed
                    };
                    row(&id.pipeline, &id.phase, kind, Some(failure.to_string()))
                }
            });
        }
        let place = |row: &Row| {
            plan.entries
                .iter()
                .position(|entry| entry.id.pipeline == row.pipeline && entry.id.phase == row.phase)
        };
        self.phases.sort_by_cached_key(place);
        self
    }

    /// Adds a phase that had nothing to do.
    pub fn up_to_date(&mut self, id: &glu_core::model::PhaseId) {
        self.phases.push(row(&id.pipeline, &id.phase, ResultKind::UpToDate, None));
    }

    /// Adds a phase whose move is proposed and waits.
    pub fn waiting(&mut self, id: &PhaseId, planned: &Move) {
        let proposal = ProposalView::of_move(planned);
        let state = Some((&planned.to).into());
        let row = row(&id.pipeline, &id.phase, ResultKind::Waiting, None);
        self.phases.push(Row { state, proposal, ..row });
    }

    /// Notes that what was proposed is merged.
    pub fn merged(&mut self, id: &PhaseId) {
        self.ended(id, ResultKind::Merged, None);
    }

    /// Notes that what was proposed will not be merged.
    pub fn broken_off(&mut self, id: &PhaseId, reason: &str) {
        self.ended(id, ResultKind::Failed, Some(reason));
    }

    /// Notes that what was proposed was not merged in time.
    pub fn too_late(&mut self, id: &PhaseId, reason: &str) {
        self.ended(id, ResultKind::Held, Some(reason));
    }

    fn ended(&mut self, id: &PhaseId, kind: ResultKind, reason: Option<&str>) {
        for row in &mut self.phases {
            let proposes = matches!(row.result, ResultKind::Proposed | ResultKind::Waiting);
            if proposes && row.pipeline == id.pipeline && row.phase == id.phase {
                row.result = kind;
                row.reason = reason.map(ToOwned::to_owned);
            }
        }
    }

    /// Adds what became of proposals that were no longer wanted.
    pub fn cleaned(&mut self, cleaned: &[(PhaseId, Result<Cleaned, Failure>)]) {
        for (id, result) in cleaned {
            let (kind, reason, proposal) = match result {
                Ok(cleaned) => {
                    (ResultKind::CleanedUp, proposal::cleaned(cleaned), Some((&cleaned.proposal).into()))
                }
                Err(failure) => (ResultKind::Failed, failure.to_string(), None),
            };
            self.phases.push(Row { proposal, ..row(&id.pipeline, &id.phase, kind, Some(reason)) });
        }
    }

    /// Adds a phase that something holds.
    pub fn held(&mut self, id: &PhaseId, reason: String) {
        self.phases.push(row(&id.pipeline, &id.phase, ResultKind::Held, Some(reason)));
    }

    /// Adds a phase that is broken.
    pub fn broken(&mut self, id: &PhaseId, reason: String) {
        self.phases.push(row(&id.pipeline, &id.phase, ResultKind::Failed, Some(reason)));
    }

    /// The exit code: what is broken outweighs what moved, that outweighs what is held.
    pub fn code(&self) -> Code {
        let any = |kind: ResultKind| self.phases.iter().any(|row| row.result == kind);
        if any(ResultKind::Failed) {
            Code::Failed
        } else if any(ResultKind::Moved) {
            Code::Moved
        } else if any(ResultKind::Held) {
            Code::Held
        } else {
            Code::Done
        }
    }
}

impl Default for OutcomeView {
    fn default() -> Self {
        Self::new()
    }
}

fn row(pipeline: &str, phase: &str, result: ResultKind, reason: Option<String>) -> Row {
    Row {
        pipeline: pipeline.to_owned(),
        phase: phase.to_owned(),
        result,
        state: None,
        promotion: None,
        branch: None,
        commit: None,
        attempts: None,
        step: None,
        reason,
        proposal: None,
        said: None,
    }
}

fn promoted(pipeline: &str, phase: &str, promotion: &Promotion) -> Row {
    let course = promotion.course.as_deref();
    let offered = promotion.proposal.as_deref();
    let result = match (&promotion.promotion, promotion.cause) {
        _ if offered.is_some_and(|offered| offered.step == Step::Wait) => ResultKind::Waiting,
        _ if offered.is_some() => ResultKind::Proposed,
        (None, _) => ResultKind::AlreadyThere,
        (Some(_), Cause::Abort) => ResultKind::Aborted,
        (Some(_), Cause::Promotion) if course.is_some_and(|course| course.step.is_some()) => {
            ResultKind::RollingOut
        }
        (Some(_), Cause::Promotion) => ResultKind::Promoted,
        (Some(_), Cause::Rollback) => ResultKind::RolledBack,
    };
    Row {
        state: Some((&promotion.state).into()),
        promotion: promotion.promotion.clone(),
        branch: Some(promotion.branch.branch.clone()),
        commit: Some(promotion.commit.to_string()),
        attempts: Some(promotion.attempts),
        step: course.map(glu_core::rollout::Course::place),
        proposal: offered.map(|offered| (&offered.proposal).into()),
        said: offered.map(proposal::done),
        ..row(pipeline, phase, result, None)
    }
}

impl Row {
    fn said(&self) -> (Tone, &'static str) {
        match self.result {
            ResultKind::Promoted => (Tone::Good, "promoted"),
            ResultKind::Proposed => (Tone::Good, "proposed"),
            ResultKind::Waiting => (Tone::Notice, "waiting"),
            ResultKind::Merged => (Tone::Good, "merged"),
            ResultKind::CleanedUp => (Tone::Good, "cleaned up"),
            ResultKind::RolledBack => (Tone::Good, "rolled back"),
            ResultKind::RollingOut => (Tone::Good, "rolling out"),
            ResultKind::Aborted => (Tone::Notice, "aborted"),
            ResultKind::AlreadyThere => (Tone::Good, "already there"),
            ResultKind::UpToDate => (Tone::Good, "up to date"),
            ResultKind::Held => (Tone::Notice, "held"),
            ResultKind::Moved => (Tone::Notice, "moved"),
            ResultKind::Failed => (Tone::Bad, "failed"),
        }
    }

    fn detail(&self) -> String {
        if let (Some(proposal), Some(state), None) = (&self.proposal, &self.state, &self.reason) {
            let said = match self.said.filter(|_| self.result == ResultKind::Proposed) {
                Some(said) => format!("{said} "),
                None => String::new(),
            };
            let proposal =
                if self.result == ResultKind::Merged { proposal.shown() } else { proposal.sentence() };
            return format!("{}, {said}{proposal}", state.shown());
        }
        match (&self.reason, &self.state, &self.commit, &self.branch) {
            (Some(reason), ..) => reason.clone(),
            (None, Some(state), Some(commit), Some(branch)) => {
                let short = commit.get(..10).unwrap_or(commit);
                let step = self.step.as_ref().map_or_else(String::new, |step| format!(", {step}"));
                format!("{}{step} ({branch} at {short})", state.shown())
            }
            _ => String::new(),
        }
    }
}

impl View for OutcomeView {
    fn text(&self, paper: &mut Paper) {
        if self.phases.is_empty() {
            paper.plain("nothing to move").end();
        }
        let name = |row: &Row| format!("{}/{}", row.pipeline, row.phase);
        let widest = self.phases.iter().map(|row| name(row).len()).max().unwrap_or(0);
        for row in &self.phases {
            let (tone, said) = row.said();
            paper.write(Tone::Strong, &format!("{:widest$}", name(row))).plain("  ").write(tone, said);
            let detail = row.detail();
            if !detail.is_empty() {
                paper.plain(": ").plain(&detail);
            }
            paper.end();
        }
    }

    fn outputs(&self) -> Vec<(&'static str, String)> {
        let count = |kind: ResultKind| self.phases.iter().filter(|row| row.result == kind).count();
        let made = || self.phases.iter().filter(|row| row.promotion.is_some());
        let all = |text: fn(&Row) -> Option<String>| made().filter_map(text).collect::<Vec<_>>().join(",");
        vec![
            ("changes", (made().count() > 0).to_string()),
            ("promoted", made().count().to_string()),
            ("held", count(ResultKind::Held).to_string()),
            ("moved", count(ResultKind::Moved).to_string()),
            ("failed", count(ResultKind::Failed).to_string()),
            ("phases", all(|row| Some(format!("{}/{}", row.pipeline, row.phase)))),
            ("commits", all(|row| row.commit.clone())),
            ("promotions", all(|row| row.promotion.clone())),
        ]
    }

    fn markdown(&self) -> String {
        if self.phases.is_empty() {
            return "**nothing to move**\n".to_owned();
        }
        let mut table = Table::new(&["PHASE", "RESULT", "DETAIL"]);
        for row in &self.phases {
            table.row(vec![
                (Tone::Strong, format!("{}/{}", row.pipeline, row.phase)),
                (Tone::Plain, row.said().1.to_owned()),
                (Tone::Plain, row.detail()),
            ]);
        }
        table.markdown()
    }
}
