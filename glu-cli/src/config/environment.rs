//! Environment variables on top of the file: `GLU_` and the key's path in capitals, joined by `_`.
//!
//! Names that the user chose may hold `-` and `_`, so a variable is matched in this order: against the names that exist, the longest first,
//! with everything but letters and digits read as `_` and case ignored; else the longest known key that the variable ends in is the key, and
//! what stands before it is a new name, in lower case. An empty variable counts as absent, which is what CI systems make of a secret
//! that is not there.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::{Origin, Problem};
use glu_core::nearest::nearest;

use super::keys::{KEYS, Kind, advice, join, none_of};
use super::origin::Origins;

const PREFIX: &str = "GLU_";

/// Variables of ours that are no keys.
const OTHERS: &[&str] = &[
    "GLU_ACTOR",
    "GLU_COMMENT",
    "GLU_IN_AUTOMATION",
    "GLU_LAUNCHER_PROTOCOL",
    "GLU_PROGRAM",
    "GLU_RUN_URL",
    "GLU_YES",
];

/// Writes the variables into `value`; what is wrong with them is returned.
pub(super) fn overlay(
    value: &mut Value,
    environment: &BTreeMap<String, String>,
    origins: &mut Origins,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (variable, text) in environment {
        let Some(rest) = variable.strip_prefix(PREFIX) else { continue };
        if text.is_empty() || OTHERS.contains(&variable.as_str()) {
            continue;
        }
        let rest = rest.to_ascii_lowercase();
        let mut complain = |key: &str, message: String| {
            problems.push(Problem {
                origin: Origin::Variable(variable.clone()),
                key: key.to_owned(),
                message,
            });
        };
        match find(&rest, value) {
            Found::Key { path, kind } => {
                let name = path.iter().fold(String::new(), |parent, segment| join(&parent, segment));
                match read(text, kind) {
                    Some(read) => {
                        insert(value, &path, read);
                        origins.set_by_variable(&name, variable);
                    }
                    None => complain(
                        &name,
                        match kind {
                            Kind::OneOf(words) => none_of(&name, text, words),
                            _ => {
                                let advice = advice(&name).unwrap_or_default();
                                format!("expected {} for `{name}`{advice}", kind.describe())
                            }
                        },
                    ),
                }
            }
            Found::Ambiguous(names) => complain("", format!("fits several names: {}", names.join(", "))),
            Found::Nothing if starts_with_section(&rest) => {
                let known = variables(value);
                let near = || nearest(&rest, known.iter().map(String::as_str)).map(str::to_owned);
                let hint = whole(&rest).or_else(near);
                let hint = hint.map_or_else(String::new, |near| {
                    format!("; did you mean `{PREFIX}{}`?", near.to_ascii_uppercase())
                });
                complain("", format!("no key has this name{hint}"));
            }
            Found::Nothing => {}
        }
    }
    problems
}

enum Found {
    Key { path: Vec<String>, kind: Kind },
    Ambiguous(Vec<String>),
    Nothing,
}

fn find(rest: &str, value: &Value) -> Found {
    // A candidate's rank: a name that exists before one that does not, then the longest name or the longest key.
    let mut best: Option<((bool, usize), Vec<String>, Kind)> = None;
    for key in KEYS {
        let Some((before, after)) = key.path.split_once(".*.") else {
            if key.path.replace('.', "_") == rest {
                return Found::Key { path: key.path.split('.').map(str::to_owned).collect(), kind: key.kind };
            }
            continue;
        };
        let (start, end) =
            (format!("{}_", before.replace('.', "_")), format!("_{}", after.replace('.', "_")));
        let Some(name) = rest
            .strip_prefix(&start)
            .and_then(|rest| rest.strip_suffix(&end))
            .filter(|name| !name.is_empty())
        else {
            continue;
        };
        let existing: Vec<&String> =
            names(value, before).filter(|existing| normalise(existing) == name).collect();
        if existing.len() > 1 {
            return Found::Ambiguous(
                existing.into_iter().map(|name| format!("`{}`", join(before, name))).collect(),
            );
        }
        let rank = if existing.is_empty() { (false, end.len()) } else { (true, name.len()) };
        if best.as_ref().is_none_or(|(other, ..)| rank > *other) {
            let name = existing.first().map_or_else(|| name.to_owned(), |name| (*name).clone());
            let path =
                before.split('.').chain([name.as_str()]).chain(after.split('.')).map(str::to_owned).collect();
            best = Some((rank, path, key.kind));
        }
    }
    best.map_or(Found::Nothing, |(_, path, kind)| Found::Key { path, kind })
}

fn read(text: &str, kind: Kind) -> Option<Value> {
    match kind {
        Kind::Text | Kind::Path => Some(Value::String(text.to_owned())),
        Kind::Boolean => text.parse().ok().map(Value::Bool),
        Kind::Number(limit) => text.parse::<u64>().ok().filter(|number| *number <= limit).map(Value::from),
        Kind::OneOf(words) => words.contains(&text).then(|| Value::String(text.to_owned())),
        Kind::List => list(text),
        Kind::ListOf(words) => list(text).filter(|list| {
            let known = |word: &Value| word.as_str().is_some_and(|word| words.contains(&word));
            list.as_array().is_some_and(|list| list.iter().all(known))
        }),
    }
}

/// A list as JSON where it begins like one, else with commas.
fn list(text: &str) -> Option<Value> {
    let items: Vec<String> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text).ok()?,
        false => text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect(),
    };
    Some(items.into())
}

/// Sets a key, making tables on the way. Where something else stands in the way, validation has its say.
fn insert(value: &mut Value, path: &[String], leaf: Value) {
    let Some((last, tables)) = path.split_last() else { return };
    let mut current = value;
    for name in tables {
        if current.is_null() {
            *current = Value::Object(Map::new());
        }
        let Value::Object(entries) = current else { return };
        current = entries.entry(name.clone()).or_insert(Value::Null);
    }
    if current.is_null() {
        *current = Value::Object(Map::new());
    }
    if let Value::Object(entries) = current {
        entries.insert(last.clone(), leaf);
    }
}

fn names<'a>(value: &'a Value, table: &str) -> impl Iterator<Item = &'a String> {
    let pointer = format!("/{}", table.replace('.', "/"));
    value.pointer(&pointer).and_then(Value::as_object).into_iter().flat_map(Map::keys)
}

fn normalise(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

fn starts_with_section(rest: &str) -> bool {
    KEYS.iter()
        .filter_map(|key| key.path.split_once('.'))
        .any(|(section, _)| rest.strip_prefix(section).is_some_and(|rest| rest.starts_with('_')))
}

/// The variable that a shortened one may stand for, where only one ends like it: `credentials_forge_token`.
fn whole(rest: &str) -> Option<String> {
    let candidates = KEYS.iter().filter_map(|key| {
        let (before, after) = key.path.split_once(".*.")?;
        let (before, after) = (before.replace('.', "_"), after.replace('.', "_"));
        let own = rest.strip_prefix(&before)?.strip_prefix('_')?;
        let ends = after.match_indices('_').map(|(place, _)| &after[place..]);
        let name = ends.filter_map(|end| own.strip_suffix(end)).find(|name| !name.is_empty())?;
        Some(format!("{before}_{name}_{after}"))
    });
    match candidates.collect::<Vec<_>>().as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Every variable that would be understood as things are, without the prefix and in lower case.
fn variables(value: &Value) -> Vec<String> {
    KEYS.iter()
        .flat_map(|key| match key.path.split_once(".*.") {
            None => vec![key.path.replace('.', "_")],
            Some((before, after)) => names(value, before)
                .map(|name| {
                    format!("{}_{}_{}", before.replace('.', "_"), normalise(name), after.replace('.', "_"))
                })
                .collect(),
        })
        .collect()
}
