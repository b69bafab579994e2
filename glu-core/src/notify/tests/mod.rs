//! Delivery by ways that the tests script, and what is sent to the real ones.

mod delivery;
#[cfg(feature = "registry")]
mod signature;
#[cfg(feature = "registry")]
mod slack;

use jiff::Timestamp;

use super::{Event, Notification};
use crate::model::{Fields, PhaseId, State, StateDigest};

fn noon() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

fn state(label: &str) -> State {
    State {
        digest: StateDigest::of(label.as_bytes()),
        label: label.to_owned(),
        fields: Fields::default(),
        drift: Vec::new(),
    }
}

/// A hold with texts from outside in every place.
fn held(reason: &str) -> Notification {
    Notification {
        event: Event::Held,
        phase: PhaseId::new("shop", "production"),
        from: Some(state("1.0.0")),
        to: Some(state("1.1.0")),
        reason: Some(reason.to_owned()),
        standing: Some("d1".to_owned()),
        ..Notification::test("01J".to_owned(), noon(), "Ada Example <ada@example.com>".to_owned())
    }
}
