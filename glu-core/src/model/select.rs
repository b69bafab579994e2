//! Naming phases: `staging` is that phase of every pipeline, `checkout/staging` one of them, `checkout` a pipeline's all.

use std::collections::BTreeSet;

use super::{PhaseId, Pipeline, System};

/// The phases that somebody named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection(BTreeSet<PhaseId>);

impl Selection {
    /// Every phase of the system.
    pub fn all(system: &System) -> Self {
        Self(
            system
                .pipelines()
                .flat_map(|pipeline| pipeline.phases.iter().map(|phase| pipeline.id(phase)))
                .collect(),
        )
    }

    /// Exactly these phases.
    pub fn of(phases: impl IntoIterator<Item = PhaseId>) -> Self {
        Self(phases.into_iter().collect())
    }

    /// What the names mean. No name means every phase.
    ///
    /// # Errors
    /// When a name is neither a phase nor a pipeline.
    pub fn parse(system: &System, names: &[String]) -> Result<Self, SelectError> {
        if names.is_empty() {
            return Ok(Self::all(system));
        }
        let mut selected = BTreeSet::new();
        for name in names {
            let found: Vec<PhaseId> = match name.split_once('/') {
                Some((pipeline, "")) => {
                    whole(system.pipelines().filter(|candidate| candidate.name == pipeline))
                }
                Some((pipeline, phase)) => {
                    named(system, phase).filter(|id| id.pipeline == pipeline).collect()
                }
                None => {
                    let phases: Vec<_> = named(system, name).collect();
                    if phases.is_empty() {
                        whole(system.pipelines().filter(|candidate| candidate.name == *name))
                    } else {
                        phases
                    }
                }
            };
            if found.is_empty() {
                return Err(SelectError::new(system, name));
            }
            selected.extend(found);
        }
        Ok(Self(selected))
    }

    /// Narrows it down to the pipelines that a condition holds for.
    #[must_use]
    pub fn only(self, system: &System, keep: impl Fn(&Pipeline) -> bool) -> Self {
        Self(self.0.into_iter().filter(|id| system.pipeline(&id.pipeline).is_some_and(&keep)).collect())
    }

    /// Adds the upstreams of every phase.
    #[must_use]
    pub fn with_upstreams(mut self, system: &System) -> Self {
        let upstreams: Vec<PhaseId> = self
            .iter()
            .filter_map(|id| Some((system.pipeline(&id.pipeline)?, id)))
            .flat_map(|(pipeline, id)| pipeline.upstreams(&id.phase).map(|upstream| pipeline.id(upstream)))
            .collect();
        self.0.extend(upstreams);
        self
    }

    /// Whether a phase was named.
    pub fn contains(&self, id: &PhaseId) -> bool {
        self.0.contains(id)
    }

    /// Whether any phase of a pipeline was named.
    pub fn touches(&self, pipeline: &str) -> bool {
        self.0.iter().any(|id| id.pipeline == pipeline)
    }

    /// The phases, ordered by pipeline and name.
    pub fn iter(&self) -> impl Iterator<Item = &PhaseId> {
        self.0.iter()
    }

    /// Whether nothing was selected.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn named<'a>(system: &'a System, phase: &'a str) -> impl Iterator<Item = PhaseId> + 'a {
    system.pipelines().filter_map(move |pipeline| pipeline.phase(phase).map(|phase| pipeline.id(phase)))
}

fn whole<'a>(pipelines: impl Iterator<Item = &'a Pipeline>) -> Vec<PhaseId> {
    pipelines.flat_map(|pipeline| pipeline.phases.iter().map(|phase| pipeline.id(phase))).collect()
}

/// A name that means nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no pipeline and no phase is called `{name}`")]
pub struct SelectError {
    /// The name.
    pub name: String,
    /// The name that may have been meant.
    pub nearest: Option<String>,
    /// What there is to name, sorted.
    pub known: Vec<String>,
}

impl SelectError {
    fn new(system: &System, name: &str) -> Self {
        let mut known: BTreeSet<String> = system.pipelines().map(|pipeline| pipeline.name.clone()).collect();
        for pipeline in system.pipelines() {
            for phase in &pipeline.phases {
                known.insert(phase.name.clone());
                if name.contains('/') {
                    known.insert(pipeline.id(phase).to_string());
                }
            }
        }
        let known: Vec<String> = known.into_iter().collect();
        let nearest = crate::nearest::nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        Self { name: name.to_owned(), nearest, known }
    }
}
