//! Pipelines as a validated graph: phases, and the edges along which states move.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Codec, Declared, Intake, ResourceError, Scope, State, Trigger};
use crate::announce::Environment;
use crate::change::Words;
use crate::gate::Gate;
use crate::image::Image;
use crate::notify::Notify;
use crate::propose::Template;
use crate::rollout::Rollout;

/// A graph of phases through which the states of one resource move.
#[derive(Clone)]
pub struct Pipeline {
    /// The name, unique in the system.
    pub name: String,
    /// What it is for, from the function's doc comment.
    pub description: String,
    /// Labels: short, for selecting.
    pub labels: BTreeMap<String, String>,
    /// Annotations: free text, for people and other tools.
    pub annotations: BTreeMap<String, String>,
    /// The phases, each after those that feed it.
    pub phases: Vec<Phase>,
    /// The edges, ordered as the phases they lead to.
    pub edges: Vec<Edge>,
    /// How states are read and written.
    pub codec: Arc<dyn Codec>,
    /// Who hears of everything that happens in it, besides those who are configured.
    pub notify: Vec<Arc<dyn Notify>>,
    /// Where it was declared.
    pub declared: Declared,
}

impl Pipeline {
    /// A phase by name.
    pub fn phase(&self, name: &str) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.name == name)
    }

    /// The phases that feed `phase`, in order.
    pub fn upstreams<'a>(&'a self, phase: &'a str) -> impl Iterator<Item = &'a Phase> {
        self.edges.iter().filter(move |edge| edge.to == phase).filter_map(|edge| self.phase(&edge.from))
    }

    /// The phases that `phase` feeds, in order.
    pub fn downstreams<'a>(&'a self, phase: &'a str) -> impl Iterator<Item = &'a Phase> {
        self.edges.iter().filter(move |edge| edge.from == phase).filter_map(|edge| self.phase(&edge.to))
    }

    /// For whom a phase's files are read and written.
    pub fn scope(&self, phase: &Phase) -> Scope {
        let mut labels = self.labels.clone();
        labels.extend(phase.labels.clone());
        Scope { pipeline: self.name.clone(), phase: phase.name.clone(), labels }
    }

    /// The address of one of its phases.
    pub fn id(&self, phase: &Phase) -> PhaseId {
        PhaseId::new(&self.name, &phase.name)
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pipeline")
            .field("name", &self.name)
            .field("phases", &self.phases)
            .field("edges", &self.edges)
            .finish_non_exhaustive()
    }
}

/// One environment of a pipeline, or one place where states are published.
#[derive(Debug, Clone)]
pub struct Phase {
    /// The name, unique in the pipeline.
    pub name: String,
    /// Labels: short, for selecting and for file names.
    pub labels: BTreeMap<String, String>,
    /// Annotations: free text.
    pub annotations: BTreeMap<String, String>,
    /// Where its state is observed, and written.
    pub source: Source,
    /// Which of several upstreams have to agree.
    pub join: Join,
    /// What has to hold before a state moves in.
    pub gates: Vec<Gate>,
    /// What has to hold of the state that it is in, before that moves on.
    pub verification: Vec<Gate>,
    /// When it moves by itself; never where there is none.
    pub trigger: Option<Trigger>,
    /// Which of its upstream's states it takes.
    pub intake: Intake,
    /// How states come in by steps; at once where there is none.
    pub rollout: Option<Rollout>,
    /// Where it was said that the phase goes back by itself when its verification fails.
    pub retreats: Option<Declared>,
    /// How its branch is proposed to; it is pushed to where there is none.
    pub proposing: Option<Template>,
    /// How the messages of its commits are worded; as glu sees fit where there is nothing.
    pub message: Option<Words>,
    /// As which environment its forge is told of its states; not at all where there is none.
    pub tells_forge: Option<Environment>,
    /// Where it was declared.
    pub declared: Declared,
}

/// Along which a state moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The phase that has the state.
    pub from: String,
    /// The phase that gets it.
    pub to: String,
}

/// How many of a phase's upstreams must hold the same state before it may move on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Join {
    /// All of them.
    #[default]
    All,
    /// One; of several different states the first declared upstream's that the phase does not have wins.
    Any,
    /// At least this many.
    AtLeast(usize),
}

impl Join {
    /// How many upstreams must agree, of so many.
    pub fn needed(self, upstreams: usize) -> usize {
        match self {
            Self::All => upstreams,
            Self::Any => 1,
            Self::AtLeast(count) => count,
        }
    }
}

impl fmt::Display for Join {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => formatter.write_str("all"),
            Self::Any => formatter.write_str("any"),
            Self::AtLeast(count) => write!(formatter, "at least {count}"),
        }
    }
}

/// Where a phase's state is observed.
#[derive(Clone)]
pub enum Source {
    /// Files on a branch of a git repository; the one kind that promotions are written to.
    Git {
        /// The configured source; none is the only or the default one.
        source: Option<String>,
        /// The branch; none is the source's default branch.
        branch: Option<String>,
    },
    /// An image in a registry or a layout.
    Oci {
        /// The configured source.
        source: String,
        /// The tag to follow; none is the one in the configuration.
        tag: Option<String>,
        /// Turns an image into a state.
        read: Arc<dyn ReadImage>,
    },
    /// A user's own.
    Own(Arc<dyn ObserveState>),
}

impl Source {
    /// What kind it is, in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Git { .. } => "git",
            Self::Oci { .. } => "oci",
            Self::Own(own) => own.kind(),
        }
    }

    /// Whether promotions can be written to it.
    pub fn accepts(&self) -> bool {
        matches!(self, Self::Git { .. })
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Git { source, branch } => {
                formatter.debug_struct("Git").field("source", source).field("branch", branch).finish()
            }
            Self::Oci { source, tag, .. } => formatter
                .debug_struct("Oci")
                .field("source", source)
                .field("tag", tag)
                .finish_non_exhaustive(),
            Self::Own(own) => formatter.debug_tuple("Own").field(&own.kind()).finish(),
        }
    }
}

/// Turns what a registry says of an image into a state.
pub trait ReadImage: Send + Sync {
    /// The state that this image is.
    ///
    /// # Errors
    /// When the image lacks what the resource needs, such as an annotation.
    fn read(&self, image: &Image) -> Result<State, ResourceError>;
}

/// A place of one's own from which states come: a phase that feeds others and is fed by none.
pub trait ObserveState: Send + Sync {
    /// What kind of place it is, in one word.
    fn kind(&self) -> &'static str;

    /// The state it is in now.
    ///
    /// # Errors
    /// Why it cannot be known.
    fn observe(&self) -> Result<State, ResourceError>;
}

/// A phase's address: `pipeline/phase`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PhaseId {
    /// The pipeline.
    pub pipeline: String,
    /// The phase.
    pub phase: String,
}

impl PhaseId {
    /// The address of a phase.
    pub fn new(pipeline: &str, phase: &str) -> Self {
        Self { pipeline: pipeline.to_owned(), phase: phase.to_owned() }
    }
}

impl fmt::Display for PhaseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.pipeline, self.phase)
    }
}
