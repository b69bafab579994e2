//! A plan.

mod comment;

pub(crate) use comment::Page;

use glu_core::gate::Report;
use glu_core::patch::unified;
use glu_core::plan::{Cause, Hold, Move, Plan, Standing};
use serde::Serialize;

use super::report::{ReportView, hold};
use super::{
    Paper, ProposalView, QueueView, RolloutView, StateView, Tone, View, cell, code, fenced, patch, proposal,
    stamp,
};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<QueueView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<RolloutView>,
    /// What is done about a proposal that is no longer wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    cleanup: Option<String>,
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
    Proposed {
        state: StateView,
        to: StateView,
        #[serde(skip_serializing_if = "Option::is_none")]
        proposal: Option<ProposalView>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        gates: Vec<ReportView>,
    },
    Held {
        state: StateView,
        reason: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        proposal: Option<ProposalView>,
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
    /// What it does to a rollout.
    #[serde(skip_serializing_if = "Option::is_none")]
    course: Option<CourseView>,
    /// Why the state that it takes away is quarantined.
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantine: Option<String>,
    /// What is done with the proposal, where it is not pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<ProposalView>,
    #[serde(skip)]
    way: String,
}

#[derive(Debug, Serialize)]
struct CourseView {
    candidate: StateView,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<u32>,
    steps: u32,
    /// The candidate's share after it, in percent.
    share: u32,
    said: String,
    /// Whether a state comes to a place by it, so that its fields are worth a look.
    #[serde(skip)]
    brings: bool,
}

impl EntryView {
    /// What there is to say of those that wait for it.
    fn waiting(&self) -> Vec<String> {
        self.queue.as_ref().map_or_else(Vec::new, QueueView::sentences)
    }
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
                Cause::Abort => "abort",
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
            course: planned.course.as_ref().map(|course| CourseView {
                candidate: (&course.candidate).into(),
                step: course.step,
                steps: course.of,
                share: course.share,
                said: super::rollout::course(planned).unwrap_or_default(),
                brings: course.brings(),
            }),
            quarantine: planned.quarantine.clone(),
            step: planned.offer().map(|offer| proposal::step_word(offer.step)),
            proposal: ProposalView::of_move(planned),
            way: proposal::way(planned),
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
                rollout: RolloutView::of_phase(plan, &entry.id.pipeline, &entry.id.phase),
                cleanup: entry.cleanup.as_deref().map(proposal::cleanup),
                standing: match &entry.standing {
                    Standing::Origin(state) => StandingView::Origin { state: state.into() },
                    Standing::Current(state) => StandingView::Current { state: state.into() },
                    Standing::Moves(planned) => StandingView::Moves(Box::new((&**planned).into())),
                    Standing::Proposed { state, planned } => StandingView::Proposed {
                        state: state.into(),
                        to: (&planned.to).into(),
                        proposal: ProposalView::of_move(planned),
                        gates: reports(&planned.gates),
                    },
                    Standing::Held { state, holds, held: planned } => {
                        let planned = planned.as_deref();
                        StandingView::Held {
                            proposal: planned.and_then(ProposalView::of_move),
                            state: state.into(),
                            reason: held(holds),
                            to: planned.map(|planned| (&planned.to).into()),
                            gates: planned.map_or_else(Vec::new, |planned| reports(&planned.gates)),
                        }
                    }
                    Standing::Broken(problem) => StandingView::Broken { problem: problem.to_string() },
                },
                queue: entry.queue.as_ref().map(QueueView::from),
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
            (self.count(|standing| matches!(standing, StandingView::Proposed { .. })), "proposed"),
            (self.phases.iter().filter(|entry| entry.cleanup.is_some()).count(), "to clean up"),
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

impl MoveView {
    /// The fields that it changes, as `name: before -> after`.
    fn fields(&self) -> Vec<String> {
        match &self.course {
            Some(course) if !course.brings => Vec::new(),
            _ => fields(&self.from, &self.to),
        }
    }
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
                StandingView::Proposed { state, to, proposal, .. } => {
                    paper.write(Tone::Strong, &name).plain("  ").plain(state.shown());
                    paper.write(Tone::Notice, " -> ").write(Tone::Strong, to.shown());
                    paper.plain("  ").write(Tone::Notice, "proposed").plain(": ");
                    paper.plain(&proposal.as_ref().map(ProposalView::sentence).unwrap_or_default()).end();
                }
            }
            if let Some(cleanup) = &entry.cleanup {
                paper.write(Tone::Strong, &name).plain("  ").plain(cleanup).end();
            }
            for sentence in entry.waiting() {
                paper.plain("  ").write(Tone::Quiet, &sentence).end();
            }
        }
        if !paper.is_empty() {
            paper.end();
        }
        paper.plain(&self.summary()).end();
    }

    fn outputs(&self) -> Vec<(&'static str, String)> {
        let moves = |standing: &StandingView| matches!(standing, StandingView::Moves(_));
        let phases = self.phases.iter().filter(|entry| moves(&entry.standing));
        let phases: Vec<String> = phases.map(|entry| format!("{}/{}", entry.pipeline, entry.phase)).collect();
        let held = self.count(|standing| matches!(standing, StandingView::Held { .. }));
        let broken = self.count(|standing| matches!(standing, StandingView::Broken { .. }));
        vec![
            ("changes", (!phases.is_empty()).to_string()),
            ("moves", phases.len().to_string()),
            ("held", held.to_string()),
            ("broken", broken.to_string()),
            ("phases", phases.join(",")),
        ]
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
                StandingView::Proposed { state, to, proposal, .. } => {
                    let (from, to) = (code(state.shown()), code(to.shown()));
                    let proposal = proposal.as_ref().map(ProposalView::sentence).unwrap_or_default();
                    text.push_str(&format!("\n### {name}: {from} → {to}: proposed\n\n{}\n", cell(&proposal)));
                }
                StandingView::Moves(planned) => {
                    let (from, to) = (code(planned.from.shown()), code(planned.to.shown()));
                    text.push_str(&format!("\n### {name}: {from} → {to}\n\n"));
                    if let Some(course) = &planned.course {
                        text.push_str(&format!("{}\n\n", cell(&course.said)));
                    }
                    if planned.step.is_some() {
                        text.push_str(&format!("It {}.\n\n", cell(&planned.way)));
                    }
                    for line in planned.fields() {
                        text.push_str(&format!("- {}\n", cell(&line)));
                    }
                    text.push_str(&format!("\n{}", fenced("diff", &planned.patch)));
                }
            }
            for sentence in entry.waiting() {
                text.push_str(&format!("\n{}\n", cell(&sentence)));
            }
            if let Some(cleanup) = &entry.cleanup {
                text.push_str(&format!("\n{}: {}\n", code(&name), cell(cleanup)));
            }
        }
        text
    }
}

fn planned(paper: &mut Paper, name: &str, planned: &MoveView) {
    paper.write(Tone::Strong, name).plain("  ");
    if let Some(course) = &planned.course {
        paper.plain(planned.from.shown()).plain("  ").write(Tone::Notice, &course.said);
    } else if planned.from.digest == planned.to.digest {
        paper.plain(planned.to.shown()).plain("  ").write(Tone::Notice, "mended");
    } else {
        paper.plain(planned.from.shown()).write(Tone::Notice, " -> ").write(Tone::Strong, planned.to.shown());
    }
    if planned.cause == "rollback" {
        paper.plain("  ").write(Tone::Notice, "rollback");
    } else if !planned.upstreams.is_empty() {
        paper.write(Tone::Quiet, &format!("  from {}", planned.upstreams.join(", ")));
    }
    if let Some(reason) = &planned.quarantine {
        paper.plain(", because ").plain(reason);
    }
    paper.write(Tone::Quiet, &format!(", {}", planned.way)).end();
    for line in planned.fields() {
        paper.plain("  ").plain(&line).end();
    }
    patch::write(paper, &planned.patch, "  ");
}
