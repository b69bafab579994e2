//! A scenario as it is written: the same in a file and, by its parts, on the command line.

use std::collections::BTreeMap;

use glu_core::ledger::Sample;
use jiff::SignedDuration;
use serde::{Deserialize, Deserializer};

use super::moment::Moment;
use crate::verb::freeze::length;

/// A scenario.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// When a past begins that is gone through again; without, it begins now.
    pub since: Option<Moment>,
    /// How long it goes on.
    #[serde(rename = "for", default, deserialize_with = "optional_length")]
    pub length: Option<SignedDuration>,
    /// The time between two looks.
    #[serde(default, deserialize_with = "optional_length")]
    pub every: Option<SignedDuration>,
    /// States that appear.
    #[serde(default)]
    pub publish: Vec<Publish>,
    /// What checks answer.
    #[serde(default)]
    pub answer: Vec<Says>,
    /// Approvals.
    #[serde(default)]
    pub approve: Vec<Approve>,
    /// Freezes.
    #[serde(default)]
    pub freeze: Vec<Hold>,
    /// Their ends.
    #[serde(default)]
    pub unfreeze: Vec<Hold>,
    /// Pins.
    #[serde(default)]
    pub pin: Vec<Hold>,
    /// Their ends.
    #[serde(default)]
    pub unpin: Vec<Hold>,
    /// States found to be bad.
    #[serde(default)]
    pub quarantine: Vec<Quarantine>,
    /// Promotions by hand.
    #[serde(default)]
    pub promote: Vec<Promote>,
    /// Rollbacks.
    #[serde(default)]
    pub rollback: Vec<Rollback>,
    /// What is to come of it.
    #[serde(default)]
    pub expect: Vec<Expect>,
}

/// A state appears at an origin.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// When.
    #[serde(default = "at_once")]
    pub at: Moment,
    /// The origin, or a pipeline.
    pub phase: String,
    /// What it is called.
    pub state: String,
    /// Its fields and annotations, as far as they matter.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// A check answers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Says {
    /// Its name; `*` at the end stands for the rest of a name.
    pub gate: String,
    /// In which phases; in all without.
    pub phase: Option<String>,
    /// What.
    pub says: Word,
    /// Why.
    pub reason: Option<String>,
    /// Since when.
    pub from: Option<Moment>,
    /// Until when.
    pub until: Option<Moment>,
}

/// A check's answer in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// All is well.
    Pass,
    /// It is well enough.
    Warn,
    /// It is bad.
    Fail,
    /// Neither yes nor no.
    Inconclusive,
    /// There was nothing to see.
    NoData,
    /// It could not be looked at.
    Error,
}

/// Somebody approves what a phase would get.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// When.
    pub at: Moment,
    /// The phase.
    pub phase: String,
    /// The state; the one that it would get then without.
    pub state: Option<String>,
    /// Who.
    #[serde(default = "somebody")]
    pub by: String,
}

/// A freeze or a pin, or the end of one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// When.
    pub at: Moment,
    /// The phases or a pipeline; everything without, for a freeze.
    pub phase: Option<String>,
    /// For how long.
    #[serde(rename = "for", default, deserialize_with = "optional_length")]
    pub length: Option<SignedDuration>,
    /// Until when.
    pub until: Option<Moment>,
    /// Why.
    #[serde(default = "the_scenario")]
    pub reason: String,
    /// Who.
    #[serde(default = "somebody")]
    pub by: String,
}

/// Somebody finds a state bad.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// When.
    pub at: Moment,
    /// The phase.
    pub phase: String,
    /// The state.
    pub state: String,
    /// Why.
    #[serde(default = "the_scenario")]
    pub reason: String,
    /// Who.
    #[serde(default = "somebody")]
    pub by: String,
}

/// Somebody promotes by hand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promote {
    /// When.
    pub at: Moment,
    /// The phase.
    pub phase: String,
    /// Why it is forced, where it is.
    pub force: Option<String>,
}

/// Somebody rolls back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// When.
    pub at: Moment,
    /// The phase.
    pub phase: String,
    /// The state to go back to; the one before without.
    pub to: Option<String>,
    /// Who.
    #[serde(default = "somebody")]
    pub by: String,
}

/// What is to come of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The phase.
    pub phase: String,
    /// The state.
    pub state: String,
    /// By when; by the end without.
    pub by: Option<Moment>,
}

/// Reads `[TIME] PHASE=STATE[,NAME=VALUE]...`.
pub fn publish(text: &str) -> Result<Publish, String> {
    let (at, named) = match text.trim().rsplit_once(char::is_whitespace) {
        Some((at, named)) => (Moment::parse(at)?, named),
        None => (at_once(), text.trim()),
    };
    let wrong = || format!("`{named}` is no publication; write PHASE=STATE, or PHASE=STATE,FIELD=VALUE");
    let (phase, told) = named.split_once('=').filter(|(phase, _)| !phase.is_empty()).ok_or_else(wrong)?;
    let mut told = told.split(',');
    let state = told.next().filter(|state| !state.is_empty() && !state.contains('=')).ok_or_else(wrong)?;
    let fields = told
        .map(|field| {
            let (name, value) = field.split_once('=').ok_or_else(wrong)?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect::<Result<BTreeMap<String, String>, String>>()?;
    Ok(Publish { at, phase: phase.to_owned(), state: state.to_owned(), fields })
}

/// Reads `GATE=ANSWER [TIME..TIME]`.
pub fn says(text: &str) -> Result<Says, String> {
    let wrong = || format!("`{text}` is no answer; write GATE=fail, or GATE=fail 3d..4d");
    let (gate, rest) = text.rsplit_once('=').filter(|(gate, _)| !gate.is_empty()).ok_or_else(wrong)?;
    let (word, times) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ".."));
    let says = match word {
        "pass" => Word::Pass,
        "warn" => Word::Warn,
        "fail" => Word::Fail,
        "inconclusive" => Word::Inconclusive,
        "no-data" => Word::NoData,
        "error" => Word::Error,
        _ => {
            return Err(format!(
                "`{word}` is no answer of a check; there are pass, warn, fail, inconclusive, no-data and error"
            ));
        }
    };
    let (from, until) = times.split_once("..").ok_or_else(wrong)?;
    let time = |text: &str| {
        let text = text.trim();
        if text.is_empty() { Ok(None) } else { Moment::parse(text).map(Some) }
    };
    Ok(Says {
        gate: gate.trim().to_owned(),
        phase: None,
        says,
        reason: None,
        from: time(from)?,
        until: time(until)?,
    })
}

/// Reads `PHASE=STATE [by TIME]`.
pub fn expect(text: &str) -> Result<Expect, String> {
    let (named, by) = match text.split_once(" by ") {
        Some((named, by)) => (named.trim(), Some(Moment::parse(by)?)),
        None => (text.trim(), None),
    };
    match named.split_once('=') {
        Some((phase, state)) if !phase.is_empty() && !state.is_empty() => {
            Ok(Expect { phase: phase.to_owned(), state: state.to_owned(), by })
        }
        _ => Err(format!("`{text}` is no expectation; write PHASE=STATE, or PHASE=STATE by TIME")),
    }
}

impl Word {
    /// The sample that it stands for.
    pub fn sample(self, reason: Option<&str>) -> Sample {
        let reason = reason.unwrap_or("as the scenario says");
        match self {
            Self::Pass => Sample::pass(reason),
            Self::Warn => Sample::warn(reason),
            Self::Fail => Sample::fail(reason),
            Self::Inconclusive => Sample::inconclusive(reason),
            Self::NoData => Sample::no_data(reason),
            Self::Error => Sample::error(reason),
        }
    }
}

fn optional_length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SignedDuration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    length(&text).map(Some).map_err(serde::de::Error::custom)
}

fn at_once() -> Moment {
    Moment::After(SignedDuration::ZERO)
}

pub(super) fn somebody() -> String {
    "somebody".to_owned()
}

fn the_scenario() -> String {
    "the scenario".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(hours: i64) -> Moment {
        Moment::After(SignedDuration::from_hours(hours))
    }

    #[test]
    fn publications_have_a_time_a_place_a_label_and_fields() {
        let fields = BTreeMap::from([("chart".to_owned(), "3".to_owned())]);
        let expected = Publish { at: after(48), phase: "app".into(), state: "1.4.0".into(), fields };
        assert_eq!(publish("2d app=1.4.0,chart=3"), Ok(expected));
        assert_eq!(publish("app=1").map(|publish| publish.at), Ok(after(0)));
        assert_eq!(
            publish("5d 14:00 shop/app=1").map(|publish| (publish.at, publish.phase)),
            Ok((Moment::parse("5d 14:00").unwrap(), "shop/app".to_owned()))
        );
        for wrong in ["", "2d", "2d app", "2d app=", "2d =1", "app=1,chart", "app=chart=3", "soon app=1"] {
            assert!(publish(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn answers_have_a_gate_a_word_and_times() {
        let said = |text: &str| says(text).map(|says| (says.gate, says.says, says.from, says.until));
        let (smoke, web) = ("smoke".to_owned(), "http:https://a.example/?q=1".to_owned());
        assert_eq!(said("smoke=fail"), Ok((smoke.clone(), Word::Fail, None, None)));
        assert_eq!(
            said("smoke=no-data 3d..4d"),
            Ok((smoke.clone(), Word::NoData, Some(after(72)), Some(after(96))))
        );
        assert_eq!(said("smoke=error ..1h"), Ok((smoke, Word::Error, None, Some(after(1)))));
        assert_eq!(
            said("http:https://a.example/?q=1=warn 1h.."),
            Ok((web, Word::Warn, Some(after(1)), None))
        );
        for wrong in ["", "smoke", "=fail", "smoke=bad", "smoke=fail 3d", "smoke=fail soon.."] {
            assert!(says(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn expectations_may_have_a_time() {
        let expected = |by| Ok(Expect { phase: "production".into(), state: "1.4.0".into(), by });
        assert_eq!(expect("production=1.4.0"), expected(None));
        assert_eq!(expect("production=1.4.0 by 10d"), expected(Some(after(240))));
        assert!(expect("production").is_err() && expect("production=1 by then").is_err());
    }
}
