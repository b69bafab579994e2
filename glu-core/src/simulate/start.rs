//! How a simulation begins: with what is there now, or with what was there once.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::answer::Answers;
use super::happening::{Happening, Happens};
use crate::access::Access;
use crate::facts::{Arrived, Facts};
use crate::history::{Arrival, Depth, histories};
use crate::image::ImageRef;
use crate::ledger::{Event, View, What};
use crate::model::{Intake, Phase, PhaseId, Pipeline, Selection, Source, State, System};
use crate::observe::{Problem, Seen, Snapshot};
use crate::plan::{Cause, edit};
use crate::queue::DEEPEST;
use crate::settings::{Author, OciSettings, Settings};
use crate::source::oci::{Reference, Selector};
use crate::tree::Layered;

/// How many states of a phase's history are looked at.
const DEPTH: usize = 100_000;

/// Everything at the beginning of a simulation.
pub struct Start {
    pub(super) snapshot: Snapshot,
    pub(super) facts: Facts,
    /// The states that phases have had, newest first, where that is asked for.
    pub(super) histories: BTreeMap<PhaseId, Vec<Arrival>>,
    /// Who makes commits, for each git source.
    pub(super) authors: BTreeMap<String, Author>,
    pub(super) images: BTreeMap<PhaseId, Published>,
    pub(super) notes: Vec<String>,
}

/// What images of an origin are called.
#[derive(Debug, Clone)]
pub(super) struct Published {
    pub(super) name: String,
    /// The tag that the origin follows.
    pub(super) tag: Option<String>,
}

/// A past to go through again.
pub struct Recorded {
    /// How it began.
    pub start: Start,
    /// What happened from then on.
    pub happenings: Vec<Happening>,
    /// What checks saw.
    pub answers: Answers,
}

impl Start {
    /// What was just observed. Of the phases of `remembered`, the states they have had are read too, so that they can be rolled back; and
    /// those of phases that take one state after another.
    ///
    /// # Errors
    /// When a history cannot be read.
    pub fn now(
        system: &System,
        access: &Access,
        snapshot: Snapshot,
        facts: Facts,
        remembered: &Selection,
    ) -> Result<Self, Problem> {
        let looking_back = looking_back(system, &snapshot);
        let remembered = Selection::of(remembered.iter().cloned().chain(looking_back));
        Self::remembering(system, access, snapshot, facts, &remembered, DEEPEST)
    }

    fn remembering(
        system: &System,
        access: &Access,
        snapshot: Snapshot,
        facts: Facts,
        remembered: &Selection,
        depth: usize,
    ) -> Result<Self, Problem> {
        let told = histories(system, access, &snapshot, remembered, Depth::States(depth))?;
        let histories = remembered.iter().map(|id| (id.clone(), told.of(id).to_vec())).collect();
        let notes = told
            .shallow()
            .map(|branch| format!("`{branch}` is a shallow clone: its older states are not known"));
        let notes = notes.collect();
        let authors = authors(access, &snapshot);
        let images = images(system, access.settings(), &snapshot);
        Ok(Self { snapshot, facts, histories, authors, images, notes })
    }

    /// What was there once, and what happened from then on: the states as git has them, the ledger as it was. The pipelines, their
    /// gates and what else is in the files are those of now.
    ///
    /// # Errors
    /// When a history cannot be read, or a state of then cannot be written.
    pub fn recorded(
        system: &System,
        access: &Access,
        snapshot: Snapshot,
        events: &[Event],
        since: Timestamp,
    ) -> Result<Recorded, Problem> {
        let all = Selection::of(snapshot.phases.keys().cloned());
        let mut start = Self::remembering(system, access, snapshot, Facts::default(), &all, DEPTH)?;
        start.snapshot.at = since;
        let mut happenings = Vec::new();
        for pipeline in system.pipelines() {
            for phase in &pipeline.phases {
                let id = pipeline.id(phase);
                if !start.snapshot.phases.contains_key(&id) {
                    continue;
                }
                let origin = pipeline.upstreams(&phase.name).next().is_none();
                let history = if matches!(phase.source, Source::Git { .. }) {
                    start.histories.get(&id).cloned().unwrap_or_default()
                } else {
                    start.first_seen(pipeline, phase)
                };
                start.put(pipeline, phase, &history, since)?;
                if origin {
                    happenings.extend(appearances(&id, &history, since));
                }
            }
        }
        for history in start.histories.values_mut() {
            history.retain(|arrival| arrival.at <= since);
        }
        let (before, after): (Vec<&Event>, Vec<&Event>) = events.iter().partition(|event| event.at <= since);
        let before: Vec<Event> = before.into_iter().cloned().collect();
        start.facts.ledger = View::of(&before);
        happenings.extend(after.into_iter().filter_map(|event| match &event.what {
            // Samples are answers, asked for again, as is what was first seen; what was forced is a hand's doing that left a commit.
            What::Sampled { .. } | What::Sighted { .. } | What::Forced { .. } => None,
            what => Some(Happening {
                at: event.at,
                what: Happens::Told { actor: event.actor.clone(), what: what.clone() },
            }),
        }));
        happenings.sort_by_key(|happening| happening.at);
        Ok(Recorded { start, happenings, answers: Answers::default().recorded(events) })
    }

    /// Without what forges have of proposals: nobody is there to merge them.
    pub(super) fn without_forges(mut self, system: &System, selection: &Selection) -> Self {
        self.facts.proposals.clear();
        self.facts.words.clear();
        let proposes = |id: &PhaseId| system.phase(id).is_some_and(|(_, phase)| phase.proposing.is_some());
        if selection.iter().any(proposes) {
            self.notes.push("proposals are taken as merged at once".to_owned());
        }
        self
    }

    /// When it begins.
    pub fn at(&self) -> Timestamp {
        self.snapshot.at
    }

    /// What an origin outside git offered: the states that came to the phases behind it, which is the nearest that is remembered.
    fn first_seen(&mut self, pipeline: &Pipeline, phase: &Phase) -> Vec<Arrival> {
        let mut seen: Vec<Arrival> = pipeline
            .downstreams(&phase.name)
            .filter_map(|downstream| self.histories.get(&pipeline.id(downstream)))
            .flatten()
            .filter(|arrival| {
                arrival.promotion.as_ref().is_none_or(|record| record.cause == Cause::Promotion)
            })
            .cloned()
            .collect();
        seen.sort_by_key(|arrival| std::cmp::Reverse(arrival.at));
        self.notes.push(format!(
            "{}: a {} keeps no history, so its states are those that came to the phases behind it, when they came",
            pipeline.id(phase),
            if phase.source.kind() == "oci" { "registry" } else { "source of one's own" }
        ));
        seen
    }

    /// Puts a phase into the state of then.
    fn put(
        &mut self,
        pipeline: &Pipeline,
        phase: &Phase,
        history: &[Arrival],
        since: Timestamp,
    ) -> Result<(), Problem> {
        let id = pipeline.id(phase);
        let known = |arrival: &&Arrival| arrival.state.is_some();
        let then = history.iter().filter(known).find(|arrival| arrival.at <= since);
        let Some(arrival) = then.or_else(|| history.iter().rfind(known)) else { return Ok(()) };
        if then.is_none() {
            self.notes.push(format!("{id}: it had no state yet, so it begins in its first one"));
        }
        let Some(state) = &arrival.state else { return Ok(()) };
        let Some(observation) = self.snapshot.phases.get_mut(&id) else { return Ok(()) };
        let Seen::Files { branch, .. } = &observation.seen else {
            observation.state = Ok(state.clone());
            return Ok(());
        };
        let Some(home) = self.snapshot.branches.get_mut(branch) else { return Ok(()) };
        let mut tree = Layered::new(home.tree.clone());
        let scope = pipeline.scope(phase);
        let changes = edit(&*pipeline.codec, &scope, &tree, state).map_err(Problem::resource)?;
        tree.apply(&changes);
        let (files, state) = pipeline.codec.read(&tree, &scope);
        home.tree = Arc::new(tree);
        observation.seen = Seen::Files { branch: branch.clone(), files };
        observation.state = state.map_err(Problem::resource);
        observation.since = Some(arrival.at.min(since));
        let arrived = Arrived { at: arrival.at.min(since), authors: arrival.authors(), landing: None };
        self.facts.arrivals.insert(id, arrived);
        Ok(())
    }
}

/// The states that came to an origin later, each as something that happens.
fn appearances(origin: &PhaseId, history: &[Arrival], since: Timestamp) -> Vec<Happening> {
    let later = history.iter().rev().filter(|arrival| arrival.at > since);
    let mut last: Option<&State> = None;
    let mut happenings = Vec::new();
    for arrival in later {
        let Some(state) = &arrival.state else { continue };
        if last.is_none_or(|last| !last.same(state)) {
            let what = Happens::Appeared { origin: origin.clone(), state: state.clone() };
            happenings.push(Happening { at: arrival.at, what });
        }
        last = Some(state);
    }
    happenings
}

/// The phases whose past decides what becomes of them: those that may go back by themselves, those that take one state after another, and those
/// that they take them from.
fn looking_back(system: &System, snapshot: &Snapshot) -> Vec<PhaseId> {
    let mut looking_back = Vec::new();
    for id in snapshot.phases.keys() {
        let Some((pipeline, phase)) = system.phase(id) else { continue };
        if phase.retreats.is_some() {
            looking_back.push(id.clone());
        }
        if phase.intake == Intake::Queue {
            looking_back.push(id.clone());
            looking_back.extend(pipeline.upstreams(&phase.name).map(|upstream| pipeline.id(upstream)));
        }
    }
    looking_back
}

fn authors(access: &Access, snapshot: &Snapshot) -> BTreeMap<String, Author> {
    let author = |source: &str| {
        let signature = access
            .repository(source)
            .and_then(|repository| repository.signature(access.settings().author.as_ref(), snapshot.at));
        signature.map(|who| Author { name: who.name, email: who.email }).ok()
    };
    let sources = snapshot.branches.keys().map(|branch| &branch.source);
    sources.filter_map(|source| Some((source.clone(), author(source)?))).collect()
}

fn images(system: &System, settings: &Settings, snapshot: &Snapshot) -> BTreeMap<PhaseId, Published> {
    let mut images = BTreeMap::new();
    for (id, observation) in &snapshot.phases {
        let Some((_, Phase { source: Source::Oci { source, tag, .. }, .. })) = system.phase(id) else {
            continue;
        };
        let Some(settings) = settings.oci.get(source) else { continue };
        let seen = match &observation.seen {
            Seen::Image(reference) => {
                reference.parse::<ImageRef>().ok().map(|reference| reference.repository)
            }
            Seen::Files { .. } | Seen::Own => None,
        };
        let Some(name) = seen.or_else(|| configured(settings)) else { continue };
        let followed = match Reference::parse(settings).map(|reference| reference.selector().clone()) {
            Ok(Selector::Tag(tag)) => Some(tag),
            Ok(Selector::Digest(_)) | Err(_) => None,
        };
        images.insert(id.clone(), Published { name, tag: tag.clone().or(followed) });
    }
    images
}

/// What a source's images are called by its settings alone, for one that nothing was ever published to.
fn configured(settings: &OciSettings) -> Option<String> {
    match Reference::parse(settings).ok()? {
        Reference::Registry { name, .. } => Some(name),
        Reference::Layout { directory, .. } => {
            let own = directory.file_name().map(|name| name.to_string_lossy().into_owned());
            settings.name.clone().or(own)
        }
    }
}
