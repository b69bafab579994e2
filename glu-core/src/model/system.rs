//! All pipelines of a program, checked once at start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Declared, Edge, Intake, Join, Phase, Pipeline, Refusal, Refusals, Source, StateDigest, Trigger};
use crate::announce::Environment;
use crate::author::Draft;
use crate::nearest::nearest;
use crate::notify::Notify;
use crate::path::name::malformed;
use crate::settings::Settings;

/// All pipelines, by name. What it holds is sound: names are unique, graphs have no cycle, every phase is fed or feeds.
#[derive(Debug, Clone, Default)]
pub struct System {
    pipelines: BTreeMap<String, Pipeline>,
}

impl System {
    /// Checks what was declared.
    ///
    /// # Errors
    /// Every mistake at once: duplicate and malformed names, cycles, phases that nobody feeds, phases that cannot be written to.
    pub fn new(drafts: impl IntoIterator<Item = Draft>) -> Result<Self, Refusals> {
        let mut refusals = Vec::new();
        let mut pipelines: BTreeMap<String, Pipeline> = BTreeMap::new();
        for draft in drafts {
            let Some(pipeline) = check(draft, &mut refusals) else { continue };
            match pipelines.get(&pipeline.name) {
                Some(first) => refusals.push(
                    Refusal::new(
                        pipeline.declared,
                        format!("pipeline `{}` is declared twice", pipeline.name),
                    )
                    .against("first", first.declared),
                ),
                None => {
                    pipelines.insert(pipeline.name.clone(), pipeline);
                }
            }
        }
        if refusals.is_empty() { Ok(Self { pipelines }) } else { Err(Refusals(refusals)) }
    }

    /// The pipelines, by name.
    pub fn pipelines(&self) -> impl Iterator<Item = &Pipeline> {
        self.pipelines.values()
    }

    /// A pipeline.
    pub fn pipeline(&self, name: &str) -> Option<&Pipeline> {
        self.pipelines.get(name)
    }

    /// A pipeline and one of its phases.
    pub fn phase(&self, id: &super::PhaseId) -> Option<(&Pipeline, &Phase)> {
        let pipeline = self.pipeline(&id.pipeline)?;
        Some((pipeline, pipeline.phase(&id.phase)?))
    }

    /// Checks that every source that a phase names is configured.
    ///
    /// # Errors
    /// One refusal for each phase whose source is unknown.
    pub fn check_sources(&self, settings: &Settings) -> Result<(), Refusals> {
        let refusals: Vec<Refusal> = self
            .pipelines()
            .flat_map(|pipeline| pipeline.phases.iter())
            .filter_map(|phase| {
                let reason = match &phase.source {
                    Source::Git { source: Some(name), .. } if !settings.git.contains_key(name) => {
                        unknown("git", name, settings.git.keys())
                    }
                    Source::Git { source: None, .. } => no_default(settings)?,
                    Source::Oci { source: name, .. } if !settings.oci.contains_key(name) => {
                        unknown("oci", name, settings.oci.keys())
                    }
                    _ => return None,
                };
                Some(Refusal::new(phase.declared, format!("phase `{}`: {reason}", phase.name)))
            })
            .collect();
        if refusals.is_empty() { Ok(()) } else { Err(Refusals(refusals)) }
    }

    /// Identifies the shape of the system: pipelines, phases, edges, sources, resource types. A plan made by another shape is refused.
    pub fn fingerprint(&self) -> String {
        use std::fmt::Write as _;
        let mut text = String::new();
        for pipeline in self.pipelines() {
            let _ = writeln!(text, "{} {}", pipeline.name, pipeline.codec.name());
            for phase in &pipeline.phases {
                let proposes = if phase.proposing.is_some() { " proposes" } else { "" };
                let _ = writeln!(
                    text,
                    " {} {:?} {} {:?}{proposes}",
                    phase.name, phase.source, phase.join, phase.labels
                );
                if let Some(rollout) = &phase.rollout {
                    let _ = writeln!(text, "  {}", rollout.specification());
                }
            }
            for edge in &pipeline.edges {
                let _ = writeln!(text, " {} -> {}", edge.from, edge.to);
            }
        }
        StateDigest::of(text.as_bytes()).as_str().to_owned()
    }
}

fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a String>) -> String {
    let known: Vec<&str> = known.map(String::as_str).collect();
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("add `[sources.{kind}.{name}]` to the configuration"),
        None => format!("there are {}; or add `[sources.{kind}.{name}]`", quoted(known.iter().copied())),
    };
    format!("{kind} source `{name}` is not configured; {hint}")
}

fn no_default(settings: &Settings) -> Option<String> {
    match settings.default_git() {
        Some(_) => None,
        None if settings.git.is_empty() => {
            Some("there is no git source; run inside a git repository, or add `[sources.git.NAME]` to the configuration".into())
        }
        None => Some(format!(
            "there are several git sources ({}), so say which: `git(\"...\").source(\"NAME\")`",
            quoted(settings.git.keys().map(String::as_str))
        )),
    }
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Turns a draft into a pipeline, or says what is wrong with it.
fn check(draft: Draft, refusals: &mut Vec<Refusal>) -> Option<Pipeline> {
    let before = refusals.len();
    let name = draft.name.unwrap_or_default();
    if name.is_empty() {
        refusals.push(Refusal::new(
            draft.declared,
            "one of several pipelines has no name; give each its own with `.named(...)`",
        ));
    } else if let Some(reason) = malformed(&name) {
        refusals.push(Refusal::new(draft.declared, format!("pipeline name `{name}` {reason}")));
    }
    if draft.phases.is_empty() {
        refusals.push(Refusal::new(
            draft.declared,
            format!("pipeline `{name}` has no phases; begin with `Pipeline::from(...)`"),
        ));
    }
    let mut seen: BTreeMap<&str, &Phase> = BTreeMap::new();
    for phase in &draft.phases {
        if let Some(reason) = malformed(&phase.name) {
            refusals.push(Refusal::new(phase.declared, format!("phase name `{}` {reason}", phase.name)));
        }
        match seen.get(phase.name.as_str()) {
            Some(first) => refusals.push(
                Refusal::new(
                    phase.declared,
                    format!("phase `{}` is declared twice in pipeline `{name}`", phase.name),
                )
                .against("first", first.declared),
            ),
            None => {
                seen.insert(&phase.name, phase);
            }
        }
    }
    check_edges(&name, &seen, &draft.edges, refusals);
    check_notify(&name, &draft.notify, refusals);
    if refusals.len() > before {
        return None;
    }
    let declared: Vec<Edge> = draft.edges.into_iter().map(|(edge, _)| edge).collect();
    match sort(&draft.phases, &declared) {
        Ok(phases) => {
            let edges = phases
                .iter()
                .flat_map(|phase| declared.iter().filter(|edge| edge.to == phase.name).cloned())
                .collect();
            Some(Pipeline {
                name,
                description: draft.description,
                labels: draft.labels,
                annotations: draft.annotations,
                phases,
                edges,
                codec: draft.codec,
                notify: draft.notify.into_iter().map(|(notify, _)| notify).collect(),
                declared: draft.declared,
            })
        }
        Err(cycle) => {
            let mut refusal = Refusal::new(
                cycle[0].declared,
                format!("phases of pipeline `{name}` feed each other in a circle: {}", around(&cycle)),
            );
            if let Some(second) = cycle.get(1) {
                refusal = refusal.against(format!("`{}` is", second.name), second.declared);
            }
            refusals.push(refusal);
            None
        }
    }
}

fn check_edges(
    pipeline: &str,
    phases: &BTreeMap<&str, &Phase>,
    edges: &[(Edge, super::Declared)],
    refusals: &mut Vec<Refusal>,
) {
    let mut seen: BTreeMap<(&str, &str), super::Declared> = BTreeMap::new();
    for (edge, at) in edges {
        for end in [&edge.from, &edge.to] {
            if !phases.contains_key(end.as_str()) {
                let hint = nearest(end, phases.keys().copied())
                    .map(|near| format!("; did you mean `{near}`?"))
                    .unwrap_or_default();
                refusals.push(Refusal::new(at, format!("pipeline `{pipeline}` has no phase `{end}`{hint}")));
            }
        }
        if let Some(first) = seen.insert((&edge.from, &edge.to), at) {
            refusals.push(
                Refusal::new(at, format!("the edge from `{}` to `{}` is declared twice", edge.from, edge.to))
                    .against("first", first),
            );
        }
    }
    let fed = |phase: &Phase| edges.iter().any(|(edge, _)| edge.to == phase.name);
    refusals.extend(crate::rollout::refusals(phases.values().copied(), fed));
    for phase in phases.values() {
        for gate in phase.gates.iter().chain(&phase.verification) {
            let mistakes = gate.mistakes().into_iter();
            refusals.extend(mistakes.map(|mistake| {
                Refusal::new(gate.declared(), format!("a gate of phase `{}`: {mistake}", phase.name))
            }));
        }
        refusals.extend(crate::propose::refusals(phase));
        let environment = phase.tells_forge.iter().flat_map(Environment::mistakes);
        refusals.extend(
            environment
                .map(|mistake| Refusal::new(phase.declared, format!("phase `{}`: {mistake}", phase.name))),
        );
        if let Some(Trigger::Cron(timetable)) = &phase.trigger {
            refusals.extend(timetable.mistakes().iter().map(|mistake| {
                Refusal::new(
                    timetable.declared(),
                    format!("the trigger of phase `{}`: {mistake}", phase.name),
                )
            }));
        }
        let fed = edges.iter().filter(|(edge, _)| edge.to == phase.name).count();
        let feeds = edges.iter().any(|(edge, _)| edge.from == phase.name);
        if phase.intake == Intake::Queue {
            refusals.extend(check_queue(phase, phases, edges));
        }
        if fed > 0 && !phase.source.accepts() {
            refusals.push(Refusal::new(
                phase.declared,
                format!(
                    "phase `{}` is fed by others, but nothing can be written to {} phases",
                    phase.name,
                    phase.source.kind()
                ),
            ));
        }
        if fed == 0 && !feeds && phases.len() > 1 {
            refusals.push(Refusal::new(
                phase.declared,
                format!("nobody feeds phase `{}` of pipeline `{pipeline}`, and it feeds nobody", phase.name),
            ));
        }
        match phase.join {
            Join::AtLeast(0) => refusals.push(Refusal::new(
                phase.declared,
                format!("phase `{}` joins at least 0 upstreams; write 1 or more", phase.name),
            )),
            Join::AtLeast(count) if count > fed => refusals.push(Refusal::new(
                phase.declared,
                format!("phase `{}` joins at least {count} upstreams but has {fed}", phase.name),
            )),
            _ => {}
        }
    }
}

/// Whether a phase can take states one after another: it needs one upstream, and one with a history.
fn check_queue(
    phase: &Phase,
    phases: &BTreeMap<&str, &Phase>,
    edges: &[(Edge, super::Declared)],
) -> Option<Refusal> {
    let upstreams: Vec<&str> =
        edges.iter().filter(|(edge, _)| edge.to == phase.name).map(|(edge, _)| edge.from.as_str()).collect();
    let name = &phase.name;
    let reason = match upstreams.as_slice() {
        [only] => {
            let kind = phases.get(only).filter(|upstream| !upstream.source.accepts())?.source.kind();
            format!(
                "phase `{name}` queues the states of `{only}`, but of {kind} phases no history is kept; put a git phase between them and \
                 queue after that, or leave out `.queue()`"
            )
        }
        several => format!(
            "phase `{name}` queues, which takes one upstream, and it has {}; leave out `.queue()`, or join in a phase before it",
            several.len()
        ),
    };
    Some(Refusal::new(phase.declared, reason))
}

/// The ledger tells by their names what they were told.
fn check_notify(name: &str, notify: &[(Arc<dyn Notify>, Declared)], refusals: &mut Vec<Refusal>) {
    let mut seen: BTreeMap<String, Declared> = BTreeMap::new();
    for (notify, declared) in notify {
        let called = notify.name();
        match seen.get(&called) {
            Some(first) => refusals.push(
                Refusal::new(declared, format!("pipeline `{name}` notifies two that are called `{called}`"))
                    .against("first", first),
            ),
            None => drop(seen.insert(called, declared)),
        }
    }
}

/// Each phase after those that feed it, otherwise as declared; or the phases of a cycle.
fn sort(phases: &[Phase], edges: &[Edge]) -> Result<Vec<Phase>, Vec<Phase>> {
    let mut sorted: Vec<Phase> = Vec::new();
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    loop {
        let next = phases.iter().find(|phase| {
            !placed.contains(phase.name.as_str())
                && edges
                    .iter()
                    .filter(|edge| edge.to == phase.name)
                    .all(|edge| placed.contains(edge.from.as_str()))
        });
        match next {
            Some(phase) => {
                placed.insert(&phase.name);
                sorted.push(phase.clone());
            }
            None if placed.len() == phases.len() => return Ok(sorted),
            None => return Err(cycle(phases, edges, &placed)),
        }
    }
}

/// Walks upstream from a phase that could not be placed until a phase comes round again.
fn cycle(phases: &[Phase], edges: &[Edge], placed: &BTreeSet<&str>) -> Vec<Phase> {
    let stuck = |name: &str| phases.iter().find(|phase| phase.name == name && !placed.contains(name));
    let mut walk: Vec<&Phase> =
        phases.iter().filter(|phase| !placed.contains(phase.name.as_str())).take(1).collect();
    loop {
        let here = walk.last().expect("a cycle has a phase that could not be placed");
        let next = edges
            .iter()
            .filter(|edge| edge.to == here.name)
            .find_map(|edge| stuck(&edge.from))
            .expect("a phase that could not be placed is fed by another such");
        if let Some(start) = walk.iter().position(|phase| phase.name == next.name) {
            let mut found: Vec<Phase> = walk[start..].iter().map(|phase| (*phase).clone()).collect();
            found.reverse();
            return found;
        }
        walk.push(next);
    }
}

fn around(cycle: &[Phase]) -> String {
    let mut names: Vec<&str> = cycle.iter().map(|phase| phase.name.as_str()).collect();
    names.push(&cycle[0].name);
    names.join(" -> ")
}
