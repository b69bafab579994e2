//! Tests on real files and repositories.

mod entries;
mod file;
mod git;
mod union;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::access::Access;
use crate::clock::{FakeClock, Identifiers, SeededRandom, SystemClock, SystemRandom};
use crate::model::{PhaseId, StateDigest};
use crate::settings::{Author, GitSettings, LedgerSettings, Remote, Settings};
use crate::testing::Directory;

fn now() -> Timestamp {
    "2026-11-16T12:00:00Z".parse().unwrap()
}

/// An event of its own that nothing else tells of.
fn event(reason: &str) -> Event {
    event_at(now(), reason)
}

fn event_at(at: Timestamp, reason: &str) -> Event {
    Event {
        id: Identifiers::default().next(&FakeClock::at(at), &SystemRandom),
        at,
        actor: "Ada Example <ada@example.com>".to_owned(),
        run: None,
        what: What::Pinned { subject: subject("production"), reason: reason.to_owned(), until: None },
    }
}

fn subject(phase: &str) -> Subject {
    Subject::new(PhaseId::new("shop", phase), StateDigest::of(b"x"))
}

/// An event of each kind.
fn one_of_each() -> Vec<Event> {
    let reason = || "because".to_owned();
    let gate = || GateId { name: "soak".to_owned(), specification: "sha256:1".to_owned() };
    let until = Some(now() + jiff::SignedDuration::from_hours(1));
    let evidence = [("value".to_owned(), serde_json::json!({"seen": [1, 2.5, null]}))].into();
    let verdict = crate::gate::Verdict::Pending { until };
    let kinds = vec![
        What::Sampled {
            gate: gate(),
            subject: subject("staging"),
            attempt: 1,
            sample: Sample { verdict, reason: reason(), evidence },
        },
        What::Retried { gate: gate(), subject: subject("staging"), reason: reason() },
        What::Approved { subject: subject("production"), comment: Some("fine".to_owned()) },
        What::Disapproved { subject: subject("production"), reason: reason() },
        What::Pinned { subject: subject("production"), reason: reason(), until },
        What::Unpinned { phase: PhaseId::new("shop", "production"), reason: reason() },
        What::Frozen { scope: FreezeScope::Everything, reason: reason(), until: None },
        What::Frozen { scope: FreezeScope::Pipeline("shop".to_owned()), reason: reason(), until },
        What::Unfrozen { scope: FreezeScope::Phase(PhaseId::new("shop", "staging")), reason: reason() },
        What::Quarantined { subject: subject("*"), reason: reason() },
        What::Released { subject: subject("*"), reason: reason() },
        What::Sighted { subject: subject("production") },
        What::Forced {
            subject: subject("production"),
            promotion: "01ARYZ6S41TSV4RRFFQ69G5FAV".to_owned(),
            held: vec!["a freeze".to_owned()],
            reason: reason(),
        },
        What::Notified {
            target: "team".to_owned(),
            phase: PhaseId::new("shop", "production"),
            told: "held".to_owned(),
            digest: "0123456789ab".to_owned(),
        },
        What::Paused { subject: subject("production").in_step("01ARYZ6S41", 2), reason: reason() },
        What::Resumed { subject: subject("production").in_step("01ARYZ6S41", 2), reason: reason() },
        What::Skipped {
            subject: subject("production").in_step("01ARYZ6S41", 2),
            to: Some(4),
            reason: reason(),
        },
    ];
    let random = SeededRandom::new(7);
    let clock = FakeClock::at(now());
    kinds
        .into_iter()
        .map(|what| {
            clock.advance(Duration::from_millis(1));
            Event {
                id: Identifiers::default().next(&clock, &random),
                at: now(),
                actor: "github:octocat".to_owned(),
                run: Some("https://github.com/acme/shop/actions/runs/7".to_owned()),
                what,
            }
        })
        .collect()
}

fn reasons(contents: &Contents) -> Vec<String> {
    let mut reasons: Vec<String> =
        contents.events.iter().map(|event| event.what.reason().to_owned()).collect();
    reasons.sort();
    reasons
}
