//! The vocabulary: what moves (states of resources), through what (pipelines of phases and edges), and the rules a system obeys.
//! No input or output happens here.

mod field;
mod pipeline;
mod refusal;
mod resource;
mod select;
mod state;
mod system;
mod trigger;

pub use field::{Fields, Value};
pub use pipeline::{Edge, Join, ObserveState, Phase, PhaseId, Pipeline, ReadImage, Source};
pub use refusal::{Refusal, Refusals};
pub use resource::{Codec, Resource, ResourceError, Scope, Typed};
pub use select::{SelectError, Selection};
pub use state::{State, StateDigest};
pub use system::System;
pub use trigger::{Intake, Timetable, Trigger};

/// A place in somebody's source code.
pub type Declared = &'static std::panic::Location<'static>;
