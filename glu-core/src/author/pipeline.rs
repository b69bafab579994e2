//! Pipelines as a user writes them.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use super::IntoPhase;
use crate::model::{Codec, Declared, Edge, Phase, Resource, Typed};
use crate::notify::Notify;

/// A pipeline of the resource `R`, under construction.
///
/// [`from`](Self::from) begins it, [`then`](Self::then) goes on from where it stands; [`then_each`](Self::then_each) fans out, and the
/// `then` after it joins again. What a chain cannot say, [`after`](Self::after) can: it goes on from any phases named.
#[must_use]
pub struct Pipeline<R> {
    draft: Draft,
    /// The phases that the next one is fed by.
    standing: Vec<String>,
    resource: PhantomData<fn() -> R>,
}

impl<R: Resource> Pipeline<R> {
    /// Begins at a phase.
    #[track_caller]
    pub fn from(phase: impl IntoPhase<R>) -> Self {
        let draft = Draft {
            name: None,
            description: String::new(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            phases: Vec::new(),
            edges: Vec::new(),
            codec: Arc::new(Typed::<R>::new()),
            notify: Vec::new(),
            declared: Location::caller(),
        };
        Self { draft, standing: Vec::new(), resource: PhantomData }.then(phase)
    }

    /// Moves on to a phase, fed by where the pipeline stands: by all phases of a fan-out, as the phase's join says.
    #[track_caller]
    pub fn then(mut self, phase: impl IntoPhase<R>) -> Self {
        self.standing = vec![self.add(phase.into_phase(), Location::caller())];
        self
    }

    /// Fans out: every one of these phases is fed by where the pipeline stands.
    #[track_caller]
    pub fn then_each<P: IntoPhase<R>>(mut self, phases: impl IntoIterator<Item = P>) -> Self {
        let at = Location::caller();
        self.standing = phases.into_iter().map(|phase| self.add(phase.into_phase(), at)).collect();
        self
    }

    /// Goes on from these phases instead of the last ones.
    pub fn after<N: Into<String>>(mut self, phases: impl IntoIterator<Item = N>) -> Self {
        self.standing = phases.into_iter().map(Into::into).collect();
        self
    }

    /// Adds one more edge between phases.
    #[track_caller]
    pub fn edge(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.draft.edges.push((Edge { from: from.into(), to: to.into() }, Location::caller()));
        self
    }

    /// Names the pipeline; without, it is called as its function.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.draft.name = Some(name.into());
        self
    }

    /// Describes the pipeline; without, the function's doc comment does.
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.draft.description = description.into();
        self
    }

    /// Adds a label.
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.draft.labels.insert(name.into(), value.into());
        self
    }

    /// Adds an annotation.
    pub fn annotation(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.draft.annotations.insert(name.into(), value.into());
        self
    }

    /// Tells somebody, in one's own way, everything that happens in the pipeline. Those in the configuration's `notifications` need no code.
    #[track_caller]
    pub fn notify(mut self, notify: impl Notify + 'static) -> Self {
        self.draft.notify.push((Arc::new(notify), Location::caller()));
        self
    }

    fn add(&mut self, phase: Phase, at: Declared) -> String {
        let name = phase.name.clone();
        self.draft
            .edges
            .extend(self.standing.iter().map(|from| (Edge { from: from.clone(), to: name.clone() }, at)));
        self.draft.phases.push(phase);
        name
    }
}

/// A pipeline as declared and not yet checked, with the resource type erased.
#[derive(Clone)]
pub struct Draft {
    /// The name, if it was given one.
    pub name: Option<String>,
    /// What it is for.
    pub description: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// Phases in the order of their declaration.
    pub phases: Vec<Phase>,
    /// Edges, with the place that declared them.
    pub edges: Vec<(Edge, Declared)>,
    /// How states are read and written.
    pub codec: Arc<dyn Codec>,
    /// Who hears of everything that happens in it, with the place that said so.
    pub notify: Vec<(Arc<dyn Notify>, Declared)>,
    /// Where it was begun.
    pub declared: Declared,
}

impl<R: Resource> From<Pipeline<R>> for Draft {
    fn from(pipeline: Pipeline<R>) -> Self {
        pipeline.draft
    }
}

/// An error that a pipeline function returned, in its own words.
pub type PipelineError = Box<dyn std::error::Error + Send + Sync>;

/// What a `#[pipeline]` function may return: a pipeline, several, or either in a `Result`.
#[diagnostic::on_unimplemented(
    message = "a pipeline function cannot return `{Self}`",
    note = "return `Pipeline<R>`, `Vec<Pipeline<R>>`, or one of them in a `Result`"
)]
pub trait IntoPipelines {
    /// The pipelines, in order.
    ///
    /// # Errors
    /// What the function itself failed with.
    fn into_pipelines(self) -> Result<Vec<Draft>, PipelineError>;
}

impl<R: Resource> IntoPipelines for Pipeline<R> {
    fn into_pipelines(self) -> Result<Vec<Draft>, PipelineError> {
        Ok(vec![self.into()])
    }
}

impl<R: Resource> IntoPipelines for Vec<Pipeline<R>> {
    fn into_pipelines(self) -> Result<Vec<Draft>, PipelineError> {
        Ok(self.into_iter().map(Into::into).collect())
    }
}

impl<P: IntoPipelines, E: Into<PipelineError>> IntoPipelines for Result<P, E> {
    fn into_pipelines(self) -> Result<Vec<Draft>, PipelineError> {
        self.map_err(Into::into)?.into_pipelines()
    }
}
