//! What the checks are asked about.

use glu::core::access::Access;
use glu::core::gate::{Asked, Check, Verdict};
use glu::core::ledger::{Sample, Subject};
use glu::core::model::{Fields, PhaseId, State, StateDigest};
use glu::core::settings::Settings;
use jiff::Timestamp;

/// The time of every question: the newest of the loaded metrics.
pub const NOW: &str = "2025-06-01T12:00:00Z";

pub const ERROR: Verdict = Verdict::Error { retryable: true };
pub const MISTAKE: Verdict = Verdict::Error { retryable: false };

/// Version 1.3, which is to replace 1.2.
pub fn sample(check: &impl Check) -> Sample {
    sample_since(check, None)
}

/// Version 1.3, which has been there for a while.
pub fn sample_since(check: &impl Check, since: Option<Timestamp>) -> Sample {
    sample_of(check, since, &state("1.3"), Settings::default())
}

/// A state, in a world with these settings.
pub fn sample_of(check: &impl Check, since: Option<Timestamp>, state: &State, settings: Settings) -> Sample {
    let from = self::state("1.2");
    let subject = Subject::new(PhaseId::new("shop", "staging"), state.digest.clone());
    let now = NOW.parse().unwrap();
    let access = Access::new(settings);
    let asked =
        Asked { subject: &subject, state, from: Some(&from), now, since, landings: &[], access: &access };
    let sample = check.sample(&asked);
    assert!(!sample.reason.contains('\n') && !sample.reason.is_empty(), "{sample:?}");
    sample
}

pub fn state(version: &str) -> State {
    let mut fields = Fields::new();
    fields.push("image", format!("r.io/shop/app:{version}?x=\"&y"));
    fields.push("chart-version", version.to_owned());
    State {
        digest: StateDigest::new(format!("sha256:{version}")),
        label: version.to_owned(),
        fields,
        drift: Vec::new(),
    }
}

/// The verdict, with everything else where it is another.
#[track_caller]
pub fn expect(sample: &Sample, verdict: Verdict, reason: &str) {
    assert_eq!(sample.verdict, verdict, "{sample:#?}");
    assert!(sample.reason.contains(reason), "`{reason}` is not in {sample:#?}");
}

/// Inconclusive, for want of data.
#[track_caller]
pub fn expect_no_data(sample: &Sample, reason: &str) {
    expect(sample, Verdict::Inconclusive, reason);
    assert_eq!(sample.evidence.get("no_data"), Some(&true.into()), "{sample:#?}");
}
