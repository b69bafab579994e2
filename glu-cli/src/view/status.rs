//! What runs where, at a glance.

use glu_core::facts::Facts;
use glu_core::history::{Arrival, Histories};
use glu_core::ledger::View as Ledger;
use glu_core::model::{PhaseId, Pipeline, Selection, State, System};
use glu_core::observe::{Observation, Seen, Snapshot};
use glu_core::plan::{Hold, Plan};
use jiff::Timestamp;
use serde::Serialize;

use super::list::heading;
use super::report::hold;
use super::{Paper, ProposalView, RolloutView, StateView, Table, Tone, View, ago, cell, stamp};

/// The status of the selected phases.
#[derive(Debug, Serialize)]
pub struct StatusView {
    at: String,
    pipelines: Vec<PipelineStatus>,
    #[serde(skip)]
    now: Timestamp,
}

#[derive(Debug, Serialize)]
struct PipelineStatus {
    name: String,
    description: String,
    phases: Vec<PhaseStatus>,
}

#[derive(Debug, Serialize)]
struct PhaseStatus {
    name: String,
    source: &'static str,
    /// Where it was seen: a branch and its files, or an image.
    seen: SeenView,
    state: Option<StateView>,
    problem: Option<String>,
    /// What keeps it as it is, a sentence each: a pin, a stopped line; and whether its state is known to be bad.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    holds: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollout: Option<RolloutView>,
    /// The open proposal into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<ProposalView>,
    /// Why nothing is known of its proposals.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal_problem: Option<String>,
    arrival: Option<ArrivalView>,
    upstreams: Vec<Relation>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum SeenView {
    Files { source: String, branch: String, commit: Option<String>, files: Vec<String> },
    Image(String),
    Own,
}

#[derive(Debug, Serialize)]
struct ArrivalView {
    since: String,
    author: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip)]
    by: String,
    commit: String,
    promotion: Option<String>,
    outside_glu: bool,
    #[serde(skip)]
    at: Timestamp,
}

/// How a phase stands to one of its upstreams.
#[derive(Debug, Serialize)]
struct Relation {
    phase: String,
    standing: RelationStanding,
    /// By how many states it is behind, where that is known.
    behind: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum RelationStanding {
    Current,
    Behind,
    /// It has joined a state that this upstream has never had.
    Ahead,
    Unknown,
}

impl StatusView {
    /// Puts a snapshot and the histories together; `rollouts` is the plan of the phases that have one.
    pub fn new(
        system: &System,
        selection: &Selection,
        snapshot: &Snapshot,
        histories: &Histories,
        facts: &Facts,
        rollouts: &Plan,
    ) -> Self {
        let pipelines = system
            .pipelines()
            .filter(|pipeline| selection.touches(&pipeline.name))
            .map(|pipeline| PipelineStatus {
                name: pipeline.name.clone(),
                description: pipeline.description.clone(),
                phases: pipeline
                    .phases
                    .iter()
                    .map(|phase| (phase, pipeline.id(phase)))
                    .filter(|(_, id)| selection.contains(id))
                    .filter_map(|(phase, id)| {
                        let observation = snapshot.phases.get(&id)?;
                        Some(PhaseStatus {
                            name: phase.name.clone(),
                            source: phase.source.kind(),
                            seen: seen(observation, snapshot),
                            state: observation.state.as_ref().ok().map(StateView::from),
                            problem: observation.state.as_ref().err().map(ToString::to_string),
                            holds: holds(&id, observation, &facts.ledger, snapshot.at)
                                .into_iter()
                                .chain(closed_by_hand(pipeline, &id, snapshot, facts))
                                .collect(),
                            rollout: RolloutView::of_phase(rollouts, &pipeline.name, &phase.name),
                            proposal: facts
                                .proposals
                                .get(&id)
                                .and_then(|known| ProposalView::of(known.as_ref().ok()?))
                                .filter(ProposalView::is_open),
                            proposal_problem: facts
                                .proposals
                                .get(&id)
                                .and_then(|known| Some(known.as_ref().err()?.to_string())),
                            arrival: histories.of(&id).first().map(arrival),
                            upstreams: relations(pipeline, &id, observation, snapshot, histories),
                        })
                    })
                    .collect(),
            })
            .collect();
        Self { at: stamp(snapshot.at), pipelines, now: snapshot.at }
    }

    /// Whether the state of every phase is known.
    pub fn sound(&self) -> bool {
        self.phases().all(|phase| phase.problem.is_none())
    }

    fn phases(&self) -> impl Iterator<Item = &PhaseStatus> {
        self.pipelines.iter().flat_map(|pipeline| &pipeline.phases)
    }
}

fn seen(observation: &Observation, snapshot: &Snapshot) -> SeenView {
    match &observation.seen {
        Seen::Files { branch, files } => SeenView::Files {
            source: branch.source.clone(),
            branch: branch.branch.clone(),
            commit: snapshot.branches.get(branch).map(|branch| branch.tip.to_string()),
            files: files.iter().cloned().collect(),
        },
        Seen::Image(reference) => SeenView::Image(reference.clone()),
        Seen::Own => SeenView::Own,
    }
}

fn arrival(arrival: &Arrival) -> ArrivalView {
    ArrivalView {
        since: stamp(arrival.at),
        author: arrival.author.clone(),
        actor: arrival.promotion.as_ref().and_then(|record| record.actor.clone()),
        by: arrival.by().to_owned(),
        commit: arrival.commit.to_string(),
        promotion: arrival.promotion.as_ref().map(|record| record.promotion.clone()),
        outside_glu: arrival.promotion.is_none(),
        at: arrival.at,
    }
}

/// That somebody has closed the proposal of what an upstream has for it.
fn closed_by_hand(pipeline: &Pipeline, id: &PhaseId, snapshot: &Snapshot, facts: &Facts) -> Option<String> {
    let proposed = facts.proposals.get(id)?.as_ref().ok()?;
    let state = |id: &PhaseId| snapshot.phases.get(id)?.state.as_ref().ok();
    let waiting = pipeline.upstreams(&id.phase).filter_map(|upstream| state(&pipeline.id(upstream)));
    let mut closed = waiting
        .filter(|waits| state(id).is_none_or(|state| !state.same(waits)))
        .filter_map(|waits| proposed.closed_by_hand(&waits.digest));
    closed.next().map(|proposal| hold(&Hold::ClosedByHand { proposal: Box::new(proposal.clone()) }))
}

fn holds(id: &PhaseId, observation: &Observation, ledger: &Ledger, now: Timestamp) -> Vec<String> {
    let mut holds: Vec<Hold> = ledger.freezes(id, now).into_iter().cloned().map(Hold::Frozen).collect();
    holds.extend(ledger.pin(id, now).cloned().map(Hold::Pinned));
    if let Ok(state) = &observation.state {
        let quarantine = ledger.quarantine(id, &state.digest).cloned();
        holds.extend(quarantine.map(|quarantine| Hold::Quarantined { state: state.clone(), quarantine }));
    }
    holds.iter().map(hold).collect()
}

fn relations(
    pipeline: &Pipeline,
    id: &PhaseId,
    observation: &Observation,
    snapshot: &Snapshot,
    histories: &Histories,
) -> Vec<Relation> {
    let Ok(state) = &observation.state else { return Vec::new() };
    let mut relations: Vec<Relation> = pipeline
        .upstreams(&id.phase)
        .map(|upstream| {
            let upstream_id = pipeline.id(upstream);
            let ahead: Option<&State> =
                snapshot.phases.get(&upstream_id).and_then(|observation| observation.state.as_ref().ok());
            let (standing, behind) = match ahead {
                None => (RelationStanding::Unknown, None),
                Some(ahead) if ahead.same(state) => (RelationStanding::Current, Some(0)),
                Some(_) => (RelationStanding::Behind, histories.behind(&upstream_id, &state.digest)),
            };
            Relation { phase: upstream.name.clone(), standing, behind }
        })
        .collect();
    // What another upstream has brought is news to those in whose history it is not.
    if relations.iter().any(|relation| relation.standing == RelationStanding::Current) {
        for relation in &mut relations {
            let upstream = PhaseId { pipeline: id.pipeline.clone(), phase: relation.phase.clone() };
            let never_had = relation.behind.is_none() && !histories.of(&upstream).is_empty();
            if relation.standing == RelationStanding::Behind && never_had {
                relation.standing = RelationStanding::Ahead;
            }
        }
    }
    relations
}

impl PhaseStatus {
    fn notes(&self) -> Vec<(Tone, String)> {
        let mut notes: Vec<(Tone, String)> = self
            .upstreams
            .iter()
            .filter_map(|relation| match (relation.standing, relation.behind) {
                (RelationStanding::Behind, Some(count)) => {
                    Some((Tone::Notice, format!("{count} behind {}", relation.phase)))
                }
                (RelationStanding::Behind, None) => {
                    Some((Tone::Notice, format!("behind {}", relation.phase)))
                }
                (RelationStanding::Ahead, _) => Some((Tone::Good, format!("ahead of {}", relation.phase))),
                (RelationStanding::Unknown, _) => {
                    Some((Tone::Quiet, format!("{} is unknown", relation.phase)))
                }
                (RelationStanding::Current, _) => None,
            })
            .collect();
        notes
            .extend(self.rollout.iter().map(|rollout| (Tone::Notice, format!("rollout {}", rollout.said()))));
        if let Some(state) = &self.state {
            notes.extend(state.drift.iter().map(|sentence| (Tone::Notice, sentence.clone())));
        }
        if let Some(proposal) = &self.proposal {
            notes.push((Tone::Notice, format!("proposed: {}", proposal.sentence())));
        }
        if let Some(problem) = &self.proposal_problem {
            notes.push((Tone::Notice, format!("proposals are not known: {problem}")));
        }
        notes.extend(self.holds.iter().map(|sentence| (Tone::Notice, sentence.clone())));
        if let Some(problem) = &self.problem {
            notes.push((Tone::Bad, problem.clone()));
        }
        notes
    }

    fn cells(&self, now: Timestamp) -> Vec<(Tone, String)> {
        let state = match &self.state {
            Some(state) => (Tone::Plain, state.shown().to_owned()),
            None => (Tone::Bad, "unknown".to_owned()),
        };
        let (since, by) = match &self.arrival {
            Some(arrival) if arrival.outside_glu => {
                (ago(arrival.at, now), format!("{}, outside glu", arrival.by))
            }
            Some(arrival) => (ago(arrival.at, now), arrival.by.clone()),
            None => (String::new(), String::new()),
        };
        let notes = self.notes();
        let tone = match notes.iter().map(|(tone, _)| *tone).next() {
            Some(tone) => tone,
            None if self.upstreams.is_empty() => Tone::Quiet,
            None => Tone::Good,
        };
        let note = match notes.len() {
            0 if self.upstreams.is_empty() => String::new(),
            0 => "up to date".to_owned(),
            _ => notes.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("; "),
        };
        vec![(Tone::Strong, self.name.clone()), state, (Tone::Plain, since), (Tone::Plain, by), (tone, note)]
    }
}

const HEAD: [&str; 5] = ["PHASE", "STATE", "SINCE", "BY", "STANDING"];

impl View for StatusView {
    fn text(&self, paper: &mut Paper) {
        for pipeline in &self.pipelines {
            if !paper.is_empty() {
                paper.end();
            }
            heading(paper, &pipeline.name, &pipeline.description, "");
            let mut table = Table::new(&HEAD);
            for phase in &pipeline.phases {
                table.row(phase.cells(self.now));
            }
            table.text(paper);
        }
    }

    fn markdown(&self) -> String {
        let mut table = Table::new(&["PIPELINE", HEAD[0], HEAD[1], HEAD[2], HEAD[3], HEAD[4]]);
        for pipeline in &self.pipelines {
            for phase in &pipeline.phases {
                let mut cells = vec![(Tone::Plain, pipeline.name.clone())];
                cells.extend(phase.cells(self.now));
                table.row(cells);
            }
        }
        format!("Status at {}\n\n{}", cell(&self.at), table.markdown())
    }
}
