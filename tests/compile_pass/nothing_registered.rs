// No pipelines is a case of its own.
use glu::prelude::Discovery;
use glu::registration::{CollectError, collect};

fn main() {
    assert!(matches!(collect(&Discovery::default()), Err(CollectError::NoPipelines)));
}
