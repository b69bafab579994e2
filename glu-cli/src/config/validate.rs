//! Unknown keys and wrong types, all of them at once.

use glu_core::nearest::nearest;
use serde_json::Value;

use super::error::Problem;
use super::keys::{self, Kind, Place, join, quoted};
use super::origin::Origins;

/// Takes everything out of `value` that the table of keys does not allow, and says why.
///
/// What remains is safe to type, so that checks of meaning can run on it and report their own mistakes in the same breath.
pub(super) fn prune(value: &mut Value, origins: &Origins) -> Vec<Problem> {
    let mut problems = Vec::new();
    walk(value, &[], "", origins, &mut problems);
    problems
}

fn walk(value: &mut Value, path: &[&str], name: &str, origins: &Origins, problems: &mut Vec<Problem>) {
    let Value::Object(entries) = value else { return };
    entries.retain(|key, child| {
        // A key without a value, which YAML writes easily, is a key that is absent.
        if child.is_null() {
            return false;
        }
        let child_name = join(name, key);
        let child_path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
        let message = match keys::place(&child_path) {
            Place::Table if child.is_object() => {
                walk(child, &child_path, &child_name, origins, problems);
                return true;
            }
            Place::Table => format!("`{child_name}` is {}, expected a table", describe(child)),
            Place::Leaf(kind) if fits(child, kind) => return true,
            Place::Leaf(Kind::OneOf(words)) if child.is_string() => {
                keys::none_of(&child_name, child.as_str().unwrap_or_default(), words)
            }
            Place::Leaf(kind) => {
                let found = match kind {
                    Kind::List | Kind::ListOf(_) if child.is_array() => "a list of something else".to_owned(),
                    _ => describe(child),
                };
                let advice = keys::advice(&child_name).filter(|_| child.is_string()).unwrap_or_default();
                format!("`{child_name}` is {found}, expected {}{advice}", kind.describe())
            }
            Place::Unknown => unknown(path, name, key, &child_name),
        };
        problems.push(Problem { origin: origins.of(&child_name), key: child_name, message });
        false
    });
}

fn fits(value: &Value, kind: Kind) -> bool {
    match kind {
        Kind::Text | Kind::Path => value.is_string(),
        Kind::Boolean => value.is_boolean(),
        Kind::Number(limit) => value.as_u64().is_some_and(|number| number <= limit),
        Kind::OneOf(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Kind::List => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        Kind::ListOf(words) => value.as_array().is_some_and(|items| {
            items.iter().all(|item| item.as_str().is_some_and(|word| words.contains(&word)))
        }),
    }
}

/// What a value is, without showing a string, which may be a secret at the wrong key.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a table".to_owned(),
    }
}

fn unknown(path: &[&str], parent: &str, key: &str, child: &str) -> String {
    let known = keys::children(path);
    match nearest(key, known.iter().copied()) {
        Some(near) => format!("unknown key `{child}`; did you mean `{}`?", join(parent, near)),
        None => format!("unknown key `{child}`; known here: {}", quoted(&known)),
    }
}
