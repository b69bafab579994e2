//! What came of a simulation.

use std::collections::BTreeMap;

use glu_core::ledger::{FreezeScope, Subject, What};
use glu_core::model::{PhaseId, State, System};
use glu_core::plan::{Cause, Standing};
use glu_core::simulate::{Given, Lead, Occurred, Timeline};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::report::hold;
use super::{Paper, Table, Tone, View, held, stamp};
use crate::scenario::Simulated;

/// A timeline, where everything stands in the end, and how long states took.
#[derive(Debug, Serialize)]
pub struct SimulationView {
    began: String,
    ended: String,
    /// The time between two looks.
    every: String,
    changes: Vec<ChangeView>,
    phases: Vec<PhaseView>,
    leads: Vec<LeadView>,
    /// Where the answers of checks came from.
    checks: Vec<CheckedView>,
    /// Expectations that were not met.
    missed: Vec<String>,
    notes: Vec<String>,
    #[serde(skip)]
    length: String,
}

#[derive(Debug, Serialize)]
struct ChangeView {
    at: String,
    /// Since the beginning.
    after: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    change: Kind,
    /// The state before.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Named>,
    /// The state that came, or would come.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// A state by what the simulation calls it, and what identifies it.
#[derive(Debug, Serialize)]
struct Named {
    name: String,
    digest: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Published,
    Moved,
    RolledBack,
    Held,
    Waits,
    Settled,
    Broken,
    Told,
    Refused,
}

#[derive(Debug, Serialize)]
struct PhaseView {
    pipeline: String,
    phase: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<Named>,
    standing: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct LeadView {
    state: Named,
    origin: String,
    published: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    arrived: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<i64>,
    #[serde(skip)]
    after: String,
}

#[derive(Debug, Serialize)]
struct CheckedView {
    phase: String,
    gate: String,
    /// Answers that were only assumed to be a pass.
    assumed: u64,
    /// Answers that the scenario told.
    told: u64,
    /// Answers that the ledger has.
    recorded: u64,
}

impl SimulationView {
    /// The view of what came of a scenario.
    pub fn new(system: &System, simulated: &Simulated) -> Self {
        let timeline = &simulated.timeline;
        Self {
            began: stamp(timeline.began),
            ended: stamp(simulated.until),
            every: short(simulated.every),
            length: short(simulated.until.duration_since(timeline.began)),
            changes: timeline
                .changes
                .iter()
                .map(|change| changed(timeline, change.at, &change.what))
                .collect(),
            phases: phases(timeline),
            leads: timeline.leads(system).iter().map(|lead| took(timeline, lead)).collect(),
            checks: checks(timeline),
            missed: simulated.missed.iter().map(ToString::to_string).collect(),
            notes: timeline.notes.clone(),
        }
    }

    /// How many states came to the ends of their pipelines, and how long they took.
    fn total(&self) -> Option<String> {
        let mut took: Vec<i64> = self.leads.iter().filter_map(|lead| lead.seconds).collect();
        took.sort_unstable();
        let (count, arrived) = (self.leads.len(), took.len());
        let said = |seconds: Option<&i64>| short(SignedDuration::from_secs(seconds.copied().unwrap_or(0)));
        match (count, arrived) {
            (0, _) => None,
            (_, 0) => Some(format!("none of {count} published arrived")),
            _ => Some(format!(
                "{arrived} of {count} published arrived; half of them within {}, the slowest in {}",
                said(took.get((arrived - 1) / 2)),
                said(took.last())
            )),
        }
    }

    fn timeline(&self) -> Table {
        let mut table = Table::new(&["AFTER", "TIME", "PHASE", "WHAT"]);
        for change in &self.changes {
            let phase = match (&change.pipeline, &change.phase) {
                (Some(pipeline), Some(phase)) => format!("{pipeline}/{phase}"),
                (Some(pipeline), None) => pipeline.clone(),
                _ => String::new(),
            };
            table.row(vec![
                (Tone::Plain, change.after.clone()),
                (Tone::Quiet, change.at.clone()),
                (Tone::Strong, phase),
                (change.change.tone(), change.said()),
            ]);
        }
        table
    }

    fn end(&self) -> Table {
        let mut table = Table::new(&["PHASE", "STATE", "STANDING"]);
        for phase in &self.phases {
            let state = phase.state.as_ref().map_or("unknown", |state| &state.name);
            let standing = match &phase.reason {
                Some(reason) => format!("{}: {reason}", phase.standing),
                None => phase.standing.to_owned(),
            };
            table.row(vec![
                (Tone::Strong, format!("{}/{}", phase.pipeline, phase.phase)),
                (Tone::Plain, state.to_owned()),
                (Tone::Plain, standing),
            ]);
        }
        table
    }

    fn leads(&self) -> Table {
        let mut table = Table::new(&["STATE", "PUBLISHED TO", "AFTER", "TOOK"]);
        for lead in &self.leads {
            let took = lead.seconds.map(|seconds| short(SignedDuration::from_secs(seconds)));
            table.row(vec![
                (Tone::Strong, lead.state.name.clone()),
                (Tone::Plain, lead.origin.clone()),
                (Tone::Plain, lead.after.clone()),
                (Tone::Plain, took.unwrap_or_else(|| "did not arrive".to_owned())),
            ]);
        }
        table
    }

    /// What is to be known of how it came about, a sentence each.
    fn sentences(&self) -> Vec<String> {
        let checked = self.checks.iter().map(|check| {
            let of = [(check.assumed, "assumed to pass"), (check.told, "told"), (check.recorded, "recorded")];
            let of: Vec<String> = of
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, how)| format!("{count} {how}"))
                .collect();
            format!("answers of `{}` in {}: {}", check.gate, check.phase, of.join(", "))
        });
        self.notes.iter().cloned().chain(checked).collect()
    }

    fn head(&self) -> String {
        format!("from {} for {}, looking every {}; nothing is written", self.began, self.length, self.every)
    }
}

fn changed(timeline: &Timeline, at: Timestamp, what: &Occurred) -> ChangeView {
    let state = |state: &State| Some(named(timeline, state));
    let row = |id: Option<&PhaseId>, change: Kind| ChangeView {
        at: stamp(at),
        after: short(at.duration_since(timeline.began)),
        pipeline: id.map(|id| id.pipeline.clone()),
        phase: id.map(|id| id.phase.clone()),
        change,
        from: None,
        to: None,
        reason: None,
    };
    match what {
        Occurred::Published { origin, state: published } => {
            ChangeView { to: state(published), ..row(Some(origin), Kind::Published) }
        }
        Occurred::Moved { id, cause, from, to, forced, arrived } => {
            let kind = if *cause == Cause::Rollback { Kind::RolledBack } else { Kind::Moved };
            let on_the_way = (!arrived).then(|| "on the way".to_owned());
            let reason = forced.as_ref().map(|reason| format!("forced: {reason}")).or(on_the_way);
            ChangeView { from: state(from), to: state(to), reason, ..row(Some(id), kind) }
        }
        Occurred::Held { id, to, holds } => ChangeView {
            to: to.as_ref().and_then(state),
            reason: Some(holds.iter().map(hold).collect::<Vec<_>>().join("; ")),
            ..row(Some(id), Kind::Held)
        },
        Occurred::Waits { id, to } => ChangeView { to: state(to), ..row(Some(id), Kind::Waits) },
        Occurred::Settled { id } => row(Some(id), Kind::Settled),
        Occurred::Broken { id, reason } => {
            ChangeView { reason: Some(reason.clone()), ..row(Some(id), Kind::Broken) }
        }
        Occurred::Told { actor, what } => {
            let place = place(what);
            ChangeView {
                pipeline: place.as_ref().map(|(pipeline, _)| pipeline.clone()),
                phase: place.and_then(|(_, phase)| phase),
                reason: Some(told(actor, what)),
                ..row(None, Kind::Told)
            }
        }
        Occurred::Refused { phase, what, reason } => {
            ChangeView { reason: Some(format!("cannot {what}: {reason}")), ..row(Some(phase), Kind::Refused) }
        }
    }
}

/// What an event of the ledger is about: a pipeline, and a phase of it; nothing where it is about everything.
fn place(what: &What) -> Option<(String, Option<String>)> {
    let of = |id: &PhaseId| (id.pipeline.clone(), Some(id.phase.clone()));
    match what {
        What::Unpinned { phase, .. } => Some(of(phase)),
        What::Frozen { scope, .. } | What::Unfrozen { scope, .. } => match scope {
            FreezeScope::Everything => None,
            FreezeScope::Pipeline(pipeline) => Some((pipeline.clone(), None)),
            FreezeScope::Phase(id) => Some(of(id)),
        },
        _ => what.subject().map(|Subject { phase, .. }| of(phase)),
    }
}

fn told(actor: &str, what: &What) -> String {
    let reason = what.reason();
    let kind = what.kind();
    if reason.is_empty() { format!("{kind} by {actor}") } else { format!("{kind} by {actor}: {reason}") }
}

fn phases(timeline: &Timeline) -> Vec<PhaseView> {
    let entries = timeline.last.iter().flat_map(|plan| &plan.entries);
    entries
        .map(|entry| {
            let (state, standing, reason) = match &entry.standing {
                Standing::Origin(state) => (Some(state), "origin", None),
                Standing::Current(state) => (Some(state), "up to date", None),
                Standing::Moves(planned) | Standing::Proposed { planned, .. } => {
                    let to = format!("{} could come", timeline.shown(&planned.to));
                    (Some(&planned.from), "waits", Some(to))
                }
                Standing::Held { state, holds, held: planned } => {
                    let to = planned.as_ref().map(|planned| format!(" ({})", timeline.shown(&planned.to)));
                    (Some(state), "held", Some(format!("{}{}", held(holds), to.unwrap_or_default())))
                }
                Standing::Broken(problem) => (None, "broken", Some(problem.to_string())),
            };
            PhaseView {
                pipeline: entry.id.pipeline.clone(),
                phase: entry.id.phase.clone(),
                state: state.map(|state| named(timeline, state)),
                standing,
                reason,
            }
        })
        .collect()
}

fn took(timeline: &Timeline, lead: &Lead) -> LeadView {
    LeadView {
        state: named(timeline, &lead.state),
        origin: lead.origin.to_string(),
        published: stamp(lead.published),
        arrived: lead.arrived.map(stamp),
        seconds: lead.arrived.map(|arrived| arrived.duration_since(lead.published).as_secs()),
        after: short(lead.published.duration_since(timeline.began)),
    }
}

fn checks(timeline: &Timeline) -> Vec<CheckedView> {
    let count = |given: &BTreeMap<Given, u64>, kind: Given| given.get(&kind).copied().unwrap_or(0);
    timeline
        .asked
        .iter()
        .map(|((phase, gate), given)| CheckedView {
            phase: phase.to_string(),
            gate: gate.clone(),
            assumed: count(given, Given::Assumed),
            told: count(given, Given::Told),
            recorded: count(given, Given::Recorded),
        })
        .collect()
}

fn named(timeline: &Timeline, state: &State) -> Named {
    Named { name: timeline.shown(state), digest: state.digest.to_string() }
}

/// A length of time with every unit that it has: `2d 1m`.
fn short(length: SignedDuration) -> String {
    let mut rest = length.as_secs().max(0);
    let mut words = Vec::new();
    for (size, unit) in [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")] {
        if rest >= size {
            words.push(format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if words.is_empty() { "0s".to_owned() } else { words.join(" ") }
}

impl Kind {
    fn tone(self) -> Tone {
        match self {
            Self::Published | Self::Told | Self::Settled => Tone::Plain,
            Self::Moved | Self::RolledBack => Tone::Good,
            Self::Held | Self::Waits => Tone::Notice,
            Self::Broken | Self::Refused => Tone::Bad,
        }
    }
}

impl ChangeView {
    fn said(&self) -> String {
        let name = |state: &Option<Named>| state.as_ref().map_or(String::new(), |state| state.name.clone());
        let (from, to) = (name(&self.from), name(&self.to));
        let because = self.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let aside = self.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        match self.change {
            Kind::Published => format!("published {to}"),
            Kind::Moved if from == to => format!("mended{aside}"),
            Kind::Moved => format!("{from} -> {to}{aside}"),
            Kind::RolledBack => format!("rolled back {from} -> {to}{aside}"),
            Kind::Held if to.is_empty() => format!("held{because}"),
            Kind::Held => format!("{to} held{because}"),
            Kind::Waits => format!("{to} could come, and waits for somebody or its time"),
            Kind::Settled => "nothing to move any more".to_owned(),
            Kind::Broken => format!("broken{because}"),
            Kind::Told | Kind::Refused => self.reason.clone().unwrap_or_default(),
        }
    }
}

impl View for SimulationView {
    fn text(&self, paper: &mut Paper) {
        let heading = |paper: &mut Paper, text: &str| {
            paper.end().write(Tone::Strong, text).end();
        };
        paper.write(Tone::Quiet, &self.head()).end();
        if self.changes.is_empty() {
            paper.end().plain("nothing changes").end();
        } else {
            paper.end();
            self.timeline().text(paper);
        }
        heading(paper, "in the end");
        self.end().text(paper);
        if let Some(total) = self.total() {
            heading(paper, "from publication to the last phase");
            self.leads().text(paper);
            paper.plain("  ").plain(&total).end();
        }
        if !self.sentences().is_empty() {
            paper.end();
        }
        for sentence in self.sentences() {
            paper.write(Tone::Quiet, &sentence).end();
        }
        if !self.missed.is_empty() {
            paper.end();
        }
        for missed in &self.missed {
            paper.write(Tone::Bad, "missed").plain(": ").plain(missed).end();
        }
    }

    fn markdown(&self) -> String {
        let mut text = format!("{}\n", super::cell(&self.head()));
        let mut section = |head: &str, body: String| text.push_str(&format!("\n**{head}**\n\n{body}"));
        if !self.missed.is_empty() {
            section(
                "missed",
                self.missed.iter().map(|missed| format!("- {}\n", super::cell(missed))).collect(),
            );
        }
        if self.changes.is_empty() {
            section("timeline", "nothing changes\n".to_owned());
        } else {
            section("timeline", self.timeline().markdown());
        }
        section("in the end", self.end().markdown());
        if let Some(total) = self.total() {
            section("from publication to the last phase", format!("{}\n{total}\n", self.leads().markdown()));
        }
        let sentences = self.sentences();
        if !sentences.is_empty() {
            section(
                "how",
                sentences.iter().map(|sentence| format!("- {}\n", super::cell(sentence))).collect(),
            );
        }
        text
    }
}
