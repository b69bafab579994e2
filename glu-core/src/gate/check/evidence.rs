//! What a check saw, with limits and without secrets, until it becomes a sample.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::Value;

use crate::gate::Verdict;
use crate::ledger::Sample;

/// The key which says, with `true`, that there was nothing to judge; the gate's policy then decides.
pub const NO_DATA: &str = "no_data";

/// How much of anybody's output is kept.
const EXCERPT: usize = 500;
/// How long a reason may be.
const REASON: usize = 300;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Evidence {
    seen: BTreeMap<String, Value>,
    secrets: Vec<String>,
}

impl Evidence {
    /// Keeps a string out of everything that is noted, before or after.
    pub(super) fn hide(&mut self, secret: &str) {
        if !secret.trim().is_empty() {
            self.secrets.push(secret.trim().to_owned());
            // What holds another must be hidden before it.
            self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    pub(super) fn note(&mut self, name: &str, value: impl Into<Value>) {
        self.seen.insert(name.to_owned(), value.into());
    }

    pub(super) fn pass(self, reason: impl Display) -> Sample {
        self.sample(Verdict::Pass, &reason)
    }

    pub(super) fn warn(self, reason: impl Display) -> Sample {
        self.sample(Verdict::Warn, &reason)
    }

    pub(super) fn fail(self, reason: impl Display) -> Sample {
        self.sample(Verdict::Fail, &reason)
    }

    pub(super) fn inconclusive(self, reason: impl Display) -> Sample {
        self.sample(Verdict::Inconclusive, &reason)
    }

    pub(super) fn no_data(mut self, reason: impl Display) -> Sample {
        self.note(NO_DATA, true);
        self.sample(Verdict::Inconclusive, &reason)
    }

    /// It could not be looked at, and looking again may help.
    pub(super) fn error(self, reason: impl Display) -> Sample {
        self.sample(Verdict::Error { retryable: true }, &reason)
    }

    /// The check itself is wrong.
    pub(super) fn mistake(self, reason: impl Display) -> Sample {
        self.sample(Verdict::Error { retryable: false }, &reason)
    }

    /// Whatever was judged elsewhere.
    #[cfg(feature = "kubernetes")]
    pub(super) fn judged(self, verdict: Verdict, reason: impl Display) -> Sample {
        self.sample(verdict, &reason)
    }

    fn sample(self, verdict: Verdict, reason: &dyn Display) -> Sample {
        let reason = shorten(&one_line(&self.mask(&reason.to_string())), REASON);
        let evidence =
            self.seen.iter().map(|(name, value)| (name.clone(), self.mask_within(value))).collect();
        Sample { verdict, reason, evidence }
    }

    fn mask(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }

    fn mask_within(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(shorten(&self.mask(text), EXCERPT)),
            Value::Array(items) => items.iter().map(|item| self.mask_within(item)).collect(),
            Value::Object(entries) => entries
                .iter()
                .map(|(name, value)| (shorten(&self.mask(name), EXCERPT), self.mask_within(value)))
                .collect(),
            other => other.clone(),
        }
    }
}

/// A number as JSON, which has neither infinities nor what is no number: those are text.
pub(super) fn number(value: f64) -> Value {
    serde_json::Number::from_f64(value).map_or_else(|| Value::String(value.to_string()), Value::Number)
}

/// The end of an output, cut so that it is kept whole.
pub(super) fn tail(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let text = text.trim_end();
    let start = text.char_indices().rev().nth(EXCERPT - 2).map_or(0, |(start, _)| start);
    if start == 0 { text.to_owned() } else { format!("…{}", &text[start..]) }
}

/// The beginning of somebody else's text.
pub(super) fn excerpt(output: &[u8]) -> String {
    // One character takes at most four bytes, so this is enough of it, and masking still sees more than is shown.
    let text = String::from_utf8_lossy(&output[..output.len().min(8 * EXCERPT)]);
    text.chars().map(|letter| if letter.is_control() && letter != '\n' { ' ' } else { letter }).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => text.chars().take(limit - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_turn_up() {
        let mut evidence = Evidence::default();
        evidence.note("body", format!("{}token s3cret", "x".repeat(490)));
        evidence.note("nested", serde_json::json!({"s3cret": ["Bearer s3cret"]}));
        evidence.hide("s3cret");
        evidence.hide("Bearer s3cret");
        let sample = evidence.fail("it said s3cret");
        assert_eq!(sample.reason, "it said ***");
        assert_eq!(sample.evidence["nested"], serde_json::json!({"***": ["***"]}));
        assert!(!sample.evidence["body"].to_string().contains("s3"), "{}", sample.evidence["body"]);
    }

    #[test]
    fn reasons_are_one_line_and_texts_are_short() {
        let mut evidence = Evidence::default();
        evidence.note("body", "ü".repeat(10_000));
        let sample = evidence.pass("a\n  b");
        assert_eq!(sample.reason, "a b");
        assert_eq!(sample.evidence["body"].as_str().unwrap().chars().count(), EXCERPT);
    }

    #[test]
    fn the_tail_is_the_end() {
        assert_eq!(tail(b"one\ntwo\n"), "one\ntwo");
        let long = tail(format!("{}end", "ü".repeat(10_000)).as_bytes());
        assert!(long.starts_with('…') && long.ends_with("end"), "{long}");
        assert_eq!(long.chars().count(), EXCERPT);
    }

    #[test]
    fn what_is_no_number_is_text() {
        assert_eq!(number(1.5), serde_json::json!(1.5));
        assert_eq!(number(f64::INFINITY), serde_json::json!("inf"));
        assert_eq!(number(f64::NAN), serde_json::json!("NaN"));
    }
}
