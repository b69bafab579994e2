//! A world without git: phases whose states are texts in memory, the events of a ledger, and a clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::minute;
use crate::author::{Draft, Pipeline};
use crate::facts::{Arrived, Facts};
use crate::history::Arrival;
use crate::ledger::{Event, Subject, View, What};
use crate::model::{
    Fields, Intake, Phase, PhaseId, Resource, ResourceError, Scope, Selection, State, StateDigest, System,
};
use crate::observe::{Branch, BranchId, Observation, Problem, Seen, Snapshot};
use crate::plan::{Plan, plan};
use crate::queue::Queue;
use crate::schedule::{is_due, next};
use crate::source::git::CommitId;
use crate::tree::{Edit, Tree};

/// A file for each phase, whose text is the state.
pub struct Text(String);

impl Resource for Text {
    fn fields(&self) -> Fields {
        Fields::new().with("text", &self.0)
    }

    fn from_fields(fields: &Fields) -> Result<Self, ResourceError> {
        fields.parse("text").map(Self)
    }

    fn digest(&self) -> StateDigest {
        StateDigest::new(self.0.clone())
    }

    fn read(tree: &dyn Tree, scope: &Scope) -> Result<Self, ResourceError> {
        let bytes =
            tree.file(&scope.phase)?.ok_or_else(|| ResourceError::NoFile { file: scope.phase.clone() })?;
        Ok(Self(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn write(&self, edit: &mut Edit<'_>, scope: &Scope) -> Result<(), ResourceError> {
        edit.write(&scope.phase, self.0.clone().into_bytes());
        Ok(())
    }
}

/// The world, with the pipeline `p`.
pub struct Line {
    pub system: System,
    pub now: Timestamp,
    /// The states that each phase has had and when they came, newest last.
    pub came: BTreeMap<String, Vec<(String, Timestamp)>>,
    pub events: Vec<Event>,
    /// Phases of which no history is kept.
    pub untold: Vec<String>,
}

impl Line {
    /// Every phase is in state `0` since minute 0, which it is now.
    pub fn of(pipeline: Pipeline<Text>) -> Self {
        let system = System::new([Draft::from(pipeline.named("p"))]).unwrap();
        let phases = system.pipeline("p").unwrap().phases.iter();
        let came = phases.map(|phase| (phase.name.clone(), vec![("0".to_owned(), minute(0))])).collect();
        Self { system, now: minute(0), came, events: Vec::new(), untold: Vec::new() }
    }

    pub fn id(phase: &str) -> PhaseId {
        PhaseId::new("p", phase)
    }

    pub fn subject(phase: &str, state: &str) -> Subject {
        Subject::new(Self::id(phase), StateDigest::new(state))
    }

    /// The state that a phase is in, and since when.
    pub fn state(&self, phase: &str) -> &(String, Timestamp) {
        self.came[phase].last().unwrap()
    }

    /// A phase comes into a state now.
    pub fn arrive(&mut self, phase: &str, state: &str) {
        if self.state(phase).0 != state {
            self.came.get_mut(phase).unwrap().push((state.to_owned(), self.now));
        }
    }

    pub fn record(&mut self, what: What) {
        self.record_as("ada@example.com", what);
    }

    pub fn record_as(&mut self, actor: &str, what: What) {
        let id = format!("{:026}", self.events.len());
        self.events.push(Event { id, at: self.now, actor: actor.to_owned(), run: None, what });
    }

    pub fn snapshot(&self) -> Snapshot {
        let files = self.came.keys().map(|phase| (phase.clone(), self.state(phase).0.clone().into_bytes()));
        let tree: Arc<dyn Tree> = Arc::new(files.collect::<BTreeMap<String, Vec<u8>>>());
        let id = BranchId { source: "s".into(), branch: "main".into() };
        let tip = CommitId::parse(&"1".repeat(40)).unwrap();
        let pipeline = self.system.pipeline("p").unwrap();
        let observe = |phase| {
            let (files, state) = pipeline.codec.read(&*tree, &pipeline.scope(phase));
            let seen = Seen::Files { branch: id.clone(), files };
            let since = Some(self.state(&phase.name).1);
            (pipeline.id(phase), Observation { state: state.map_err(Problem::resource), seen, since })
        };
        let phases = pipeline.phases.iter().map(observe).collect();
        Snapshot { at: self.now, branches: BTreeMap::from([(id, Branch { tip, tree })]), phases }
    }

    pub fn facts(&self) -> Facts {
        let told = self.came.keys().filter(|phase| !self.untold.contains(phase));
        let author = || "Ada <ada@example.com>".to_owned();
        let arrived =
            |phase: &String| Arrived { at: self.state(phase).1, authors: vec![author()], landing: None };
        Facts {
            ledger: View::of(&self.events),
            arrivals: told.map(|phase| (Self::id(phase), arrived(phase))).collect(),
            queues: self.queues().into_iter().map(|(id, queue)| (id, Ok(queue))).collect(),
            ..Facts::default()
        }
    }

    fn queues(&self) -> BTreeMap<PhaseId, Queue> {
        let pipeline = self.system.pipeline("p").unwrap();
        let queueing = pipeline.phases.iter().filter(|phase| phase.intake == Intake::Queue);
        let queue = |phase: &Phase| {
            let upstream = pipeline.upstreams(&phase.name).next().unwrap();
            let had = self.came[&phase.name].iter().rev().map(|(state, _)| StateDigest::new(state.clone()));
            let had: Vec<StateDigest> = had.collect();
            (pipeline.id(phase), Queue::new(&self.history(&upstream.name), &had))
        };
        queueing.map(queue).collect()
    }

    /// What git would tell of a phase, newest first.
    fn history(&self, phase: &str) -> Vec<Arrival> {
        let arrival = |(state, at): &(String, Timestamp)| Arrival {
            state: Some(State {
                digest: StateDigest::new(state.clone()),
                label: state.clone(),
                fields: Fields::new().with("text", state),
                drift: Vec::new(),
            }),
            commit: CommitId::parse(&"1".repeat(40)).unwrap(),
            author: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
            merged_by: None,
            at: *at,
            subject: String::new(),
            promotion: None,
        };
        self.came[phase].iter().rev().map(arrival).collect()
    }

    pub fn plan(&self) -> Plan {
        plan(&self.system, &self.snapshot(), &self.facts(), &Selection::all(&self.system))
    }

    /// The moves that are made now, as `phase state`.
    pub fn due(&self) -> Vec<String> {
        let (plan, facts) = (self.plan(), self.facts());
        let due = plan.moves().filter(|planned| is_due(&self.system, &facts, planned, self.now));
        due.map(|planned| format!("{} {}", planned.id.phase, planned.to.digest)).collect()
    }

    /// When it is worth looking again.
    pub fn next(&self) -> Option<Timestamp> {
        next(&self.system, &self.snapshot(), &self.facts(), &self.plan())
    }
}
