//! A plan.

use glu_core::gate::Report;
use glu_core::patch::unified;
use glu_core::plan::{Cause, Hold, Move, Plan, Standing};
use serde::Serialize;

use super::report::{ReportView, hold};
use super::{Paper, StateView, Tone, View, cell, code, fenced, patch, stamp};

/// A plan's twin.
#[derive(Debug, Serialize)]
pub struct PlanView {
    at: String,
    phases: Vec<EntryView>,
}

#[derive(Debug, Serialize)]
struct EntryView {
    pipeline: String,
    phase: String,
    #[serde(flatten)]
    standing: StandingView,
}

#[derive(Debug, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
enum StandingView {
    Origin {
        state: StateView,
    },
    Current {
        state: StateView,
    },
    Moves(Box<MoveView>),
    Held {
        state: StateView,
        reason: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<StateView>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        gates: Vec<ReportView>,
    },
    Broken {
        problem: String,
    },
}

#[derive(Debug, Serialize)]
struct MoveView {
    cause: &'static str,
    upstreams: Vec<String>,
    from: StateView,
    to: StateView,
    source: String,
    branch: String,
    tip: String,
    files: Vec<String>,
    patch: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gates: Vec<ReportView>,
}

fn reports(reports: &[Report]) -> Vec<ReportView> {
    reports.iter().map(ReportView::from).collect()
}

impl From<&Move> for MoveView {
    fn from(planned: &Move) -> Self {
        Self {
            cause: match planned.cause {
                Cause::Promotion => "promotion",
                Cause::Rollback => "rollback",
            },
            upstreams: planned.upstreams.clone(),
            from: (&planned.from).into(),
            to: (&planned.to).into(),
            source: planned.branch.source.clone(),
            branch: planned.branch.branch.clone(),
            tip: planned.tip.to_string(),
            files: planned.changes.iter().map(|change| change.path.clone()).collect(),
            patch: planned.changes.iter().map(unified).collect(),
            gates: reports(&planned.gates),
        }
    }
}

impl PlanView {
    /// A plan.
    pub fn new(plan: &Plan) -> Self {
        let phases = plan
            .entries
            .iter()
            .map(|entry| EntryView {
                pipeline: entry.id.pipeline.clone(),
                phase: entry.id.phase.clone(),
                standing: match &entry.standing {
                    Standing::Origin(state) => StandingView::Origin { state: state.into() },
                    Standing::Current(state) => StandingView::Current { state: state.into() },
                    Standing::Moves(planned) => StandingView::Moves(Box::new((&**planned).into())),
                    Standing::Held { state, holds, held: planned } => {
                        let planned = planned.as_deref();
                        StandingView::Held {
                            state: state.into(),
                            reason: held(holds),
                            to: planned.map(|planned| (&planned.to).into()),
                            gates: planned.map_or_else(Vec::new, |planned| reports(&planned.gates)),
                        }
                    }
                    Standing::Broken(problem) => StandingView::Broken { problem: problem.to_string() },
                },
            })
            .collect();
        Self { at: stamp(plan.at), phases }
    }

    /// The moves alone, as talk before a question.
    pub fn talk(&self, colored: bool) -> String {
        let mut paper = Paper::new(colored);
        self.text(&mut paper);
        paper.into_text()
    }

    fn count(&self, wanted: impl Fn(&StandingView) -> bool) -> usize {
        self.phases.iter().filter(|entry| wanted(&entry.standing)).count()
    }

    fn summary(&self) -> String {
        let counts = [
            (self.count(|standing| matches!(standing, StandingView::Moves(_))), "to move"),
            (self.count(|standing| matches!(standing, StandingView::Current { .. })), "up to date"),
            (self.count(|standing| matches!(standing, StandingView::Held { .. })), "held"),
            (self.count(|standing| matches!(standing, StandingView::Broken { .. })), "broken"),
        ];
        let said: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if said.is_empty() { "nothing to move".to_owned() } else { said.join(", ") }
    }
}

/// Why a phase is held, in words.
pub fn held(holds: &[Hold]) -> String {
    holds.iter().map(hold).collect::<Vec<_>>().join("; ")
}

/// The fields that differ, as `name: before -> after`.
fn fields(from: &StateView, to: &StateView) -> Vec<String> {
    to.fields
        .iter()
        .filter_map(|(name, after)| match from.fields.get(name) {
            Some(before) if before == after => None,
            Some(before) => Some(format!("{name}: {before} -> {after}")),
            None => Some(format!("{name}: {after}")),
        })
        .chain(from.drift.iter().cloned())
        .collect()
}

impl View for PlanView {
    fn text(&self, paper: &mut Paper) {
        let name = |entry: &EntryView| format!("{}/{}", entry.pipeline, entry.phase);
        let shown = self.phases.iter().filter(|entry| !matches!(entry.standing, StandingView::Origin { .. }));
        let widest = shown.map(|entry| name(entry).len()).max().unwrap_or(0);
        for entry in &self.phases {
            let name = format!("{:widest$}", name(entry));
            match &entry.standing {
                StandingView::Origin { .. } => {}
                StandingView::Current { state } => {
                    paper.write(Tone::Strong, &name).plain("  ").plain(state.shown());
                    paper.plain("  ").write(Tone::Good, "up to date").end();
                }
                StandingView::Held { state, reason, .. } => {
                    paper.write(Tone::Strong, &name).plain("  ").plain(state.shown());
                    paper.plain("  ").write(Tone::Notice, "held").plain(": ").plain(reason).end();
                }
                StandingView::Broken { problem } => {
                    paper
                        .write(Tone::Strong, &name)
                        .plain("  ")
                        .write(Tone::Bad, "broken")
                        .plain(": ")
                        .plain(problem)
                        .end();
                }
                StandingView::Moves(planned) => self::planned(paper, &name, planned),
            }
        }
        if !paper.is_empty() {
            paper.end();
        }
        paper.plain(&self.summary()).end();
    }

    fn markdown(&self) -> String {
        let mut text = format!("**{}**\n", self.summary());
        for entry in &self.phases {
            let name = format!("{}/{}", entry.pipeline, entry.phase);
            match &entry.standing {
                StandingView::Origin { .. } | StandingView::Current { .. } => {}
                StandingView::Held { state, reason, .. } => {
                    text.push_str(&format!(
                        "\n### {name}: held at {}\n\n{}\n",
                        code(state.shown()),
                        cell(reason)
                    ));
                }
                StandingView::Broken { problem } => {
                    text.push_str(&format!("\n### {name}: broken\n\n{}\n", cell(problem)));
                }
                StandingView::Moves(planned) => {
                    let (from, to) = (code(planned.from.shown()), code(planned.to.shown()));
                    text.push_str(&format!("\n### {name}: {from} → {to}\n\n"));
                    for line in fields(&planned.from, &planned.to) {
                        text.push_str(&format!("- {}\n", cell(&line)));
                    }
                    text.push_str(&format!("\n{}", fenced("diff", &planned.patch)));
                }
            }
        }
        text
    }
}

fn planned(paper: &mut Paper, name: &str, planned: &MoveView) {
    paper.write(Tone::Strong, name).plain("  ");
    if planned.from.digest == planned.to.digest {
        paper.plain(planned.to.shown()).plain("  ").write(Tone::Notice, "mended");
    } else {
        paper.plain(planned.from.shown()).write(Tone::Notice, " -> ").write(Tone::Strong, planned.to.shown());
    }
    if planned.cause == "rollback" {
        paper.plain("  ").write(Tone::Notice, "rollback");
    } else {
        paper.write(Tone::Quiet, &format!("  from {}", planned.upstreams.join(", ")));
    }
    paper.write(Tone::Quiet, &format!(", commit to {}", planned.branch)).end();
    for line in fields(&planned.from, &planned.to) {
        paper.plain("  ").plain(&line).end();
    }
    patch::write(paper, &planned.patch, "  ");
}
