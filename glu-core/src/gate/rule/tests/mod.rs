mod approval;
mod calendar;
mod cron_window;
mod forge;
mod soak;
mod version;
mod window;

use jiff::Timestamp;

use super::*;
use crate::gate::{Answer, Case, Gate, Rule, Stay, Verdict, days, hours, minutes};
use crate::ledger::{Event, Subject, View, What};
use crate::model::{Fields, PhaseId, State, StateDigest};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn state(label: &str) -> State {
    State {
        digest: StateDigest::of(label.as_bytes()),
        label: label.to_owned(),
        fields: Fields::new().with("image", &format!("registry.example.com:5000/app:{label}@sha256:00")),
        drift: Vec::new(),
    }
}

fn subject() -> Subject {
    Subject::new(PhaseId::new("checkout", "production"), state("1.2.3").digest)
}

fn stay(phase: &str, since: Option<&str>) -> Stay {
    Stay { phase: phase.to_owned(), since: since.map(time), authors: Vec::new(), healthy: true, failed: None }
}

/// What a rule says at a time, when these have the state.
fn judged(rule: &impl Rule, now: &str, upstreams: &[Stay], needed: usize) -> Answer {
    let ledger = View::default();
    let state = state("1.2.3");
    rule.judge(&Case {
        subject: &subject(),
        state: &state,
        from: None,
        ledger: &ledger,
        upstreams,
        needed,
        word: None,
        now: time(now),
    })
}

fn at(rule: &impl Rule, now: &str) -> Verdict {
    judged(rule, now, &[], 1).verdict
}

fn until(text: &str) -> Verdict {
    Verdict::Pending { until: Some(time(text)) }
}

/// The rule of a gate that these tests make with the constructor users have.
fn report(gate: &Gate, now: &str, upstreams: &[Stay], needed: usize) -> Answer {
    let ledger = View::default();
    let state = state("1.2.3");
    let report = gate.report(&Case {
        subject: &subject(),
        state: &state,
        from: None,
        ledger: &ledger,
        upstreams,
        needed,
        word: None,
        now: time(now),
    });
    Answer { verdict: report.verdict, reason: report.reason, remedy: report.remedy }
}
