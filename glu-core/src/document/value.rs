//! Whole documents as plain values, for configuration files.

use std::collections::HashSet;

use serde_json::{Map, Number, Value};

use super::Problem;
use super::error::{DocumentError, line_at};
use super::node::{Content, Kind, Node, Written};

/// How many values a document may have once its aliases are expanded.
const MAXIMUM_VALUES: usize = 100_000;

/// The one document as a value; null where there is none.
pub(super) fn to_value(documents: &[Node], text: &str) -> Result<Value, DocumentError> {
    match documents {
        [] => Ok(Value::Null),
        [root] => Expansion { root, text, values: 0, open: HashSet::new() }.value(root),
        [_, second, ..] => Err(wrong(text, second, "the file holds several documents; only one is expected")),
    }
}

/// The reading of one document.
struct Expansion<'a> {
    root: &'a Node,
    text: &'a str,
    values: usize,
    /// The anchors whose aliases are being expanded.
    open: HashSet<usize>,
}

impl<'a> Expansion<'a> {
    fn value(&mut self, node: &'a Node) -> Result<Value, DocumentError> {
        self.values += 1;
        if self.values > MAXIMUM_VALUES {
            return Err(wrong(self.text, node, "the document is too large once its aliases are expanded"));
        }
        match &node.content {
            Content::Scalar(scalar) => scalar_value(scalar).ok_or_else(|| {
                wrong(self.text, node, format!("the number `{}` is out of range", scalar.text))
            }),
            Content::List(items) => items.iter().map(|item| self.value(item)).collect(),
            Content::Map(pairs) => {
                let mut map = Map::new();
                for (key, value) in pairs {
                    let Some(name) = key.text() else {
                        return Err(wrong(self.text, key, "a key is no scalar"));
                    };
                    let value = self.value(value)?;
                    if map.insert(name.to_owned(), value).is_some() {
                        return Err(wrong(self.text, key, format!("the key `{name}` is there twice")));
                    }
                }
                Ok(Value::Object(map))
            }
            Content::Alias(anchor) => {
                let target = self.root.anchored(*anchor).filter(|_| self.open.insert(*anchor));
                let target = target.ok_or_else(|| wrong(self.text, node, "the alias leads to itself"))?;
                let value = self.value(target)?;
                self.open.remove(anchor);
                Ok(value)
            }
        }
    }
}

fn scalar_value(scalar: &Written) -> Option<Value> {
    Some(match scalar.kind {
        Kind::Null => Value::Null,
        Kind::Bool => Value::Bool(scalar.text.eq_ignore_ascii_case("true")),
        Kind::Number => Value::Number(number(&scalar.text)?),
        Kind::String | Kind::Datetime => Value::String(scalar.text.clone()),
    })
}

/// A number in any spelling of the three formats.
fn number(text: &str) -> Option<Number> {
    let digits = text.replace('_', "");
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            return u64::from_str_radix(digits, radix).ok().map(Number::from);
        }
    }
    if let Ok(integer) = digits.parse::<i64>() {
        return Some(integer.into());
    }
    digits.parse::<u64>().ok().map(Number::from).or_else(|| Number::from_f64(digits.parse().ok()?))
}

fn wrong(text: &str, node: &Node, reason: impl Into<String>) -> DocumentError {
    DocumentError {
        path: None,
        line: Some(line_at(text, node.range.start)),
        problem: Problem::Refused,
        reason: reason.into(),
    }
}
