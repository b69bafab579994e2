//! How pipelines are written: builders that record what was said and where, and leave judgement to [`System::new`](crate::model::System::new).

mod phase;
mod pipeline;

pub use phase::{FromImage, GitPhase, IntoPhase, OciPhase, OwnPhase, git, oci, own};
pub use pipeline::{Draft, IntoPipelines, Pipeline, PipelineError};
