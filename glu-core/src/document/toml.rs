//! TOML.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::Language;
use super::error::DocumentError;
use super::node::{Content, Kind, Node, Style, Written};
use super::splice::Splice;

/// The language.
pub(super) struct Toml;

impl Language for Toml {
    fn parse(&self, text: &str) -> Result<Vec<Node>, DocumentError> {
        let table = DeTable::parse(text).map_err(|error| {
            DocumentError::syntax(text, error.span().map_or(0, |span| span.start), error.message())
        })?;
        Ok(vec![Node::new(map(table.get_ref(), text), table.span())])
    }

    fn render(&self, _text: &str, target: &Node, scalar: &Written, value: &str) -> Result<Splice, String> {
        let text = match (scalar.kind, scalar.style) {
            (Kind::String | Kind::Null, Style::TripleQuoted) => {
                return Err(
                    "the value stands in triple quotes, which are not edited; write it in single ones"
                        .to_owned(),
                );
            }
            (Kind::String | Kind::Null, Style::SingleQuoted)
                if !value.contains(|c: char| c == '\'' || c.is_control()) =>
            {
                format!("'{value}'")
            }
            (Kind::String | Kind::Null, _) => basic_string(value),
            (kind, _) if kind_of(value) == Some(kind) => value.to_owned(),
            (Kind::Number, _) => {
                return Err(format!(
                    "the value is a number, and `{value}` is none; quote it in the file if it is text"
                ));
            }
            (Kind::Bool, _) => {
                return Err(format!(
                    "the value is `true` or `false`, not `{value}`; quote it in the file if it is text"
                ));
            }
            (Kind::Datetime, _) => {
                return Err(format!(
                    "the value is a date or a time, and `{value}` is none; quote it in the file if it is text"
                ));
            }
        };
        Ok(Splice { range: target.range.clone(), text })
    }
}

fn map(table: &DeTable<'_>, text: &str) -> Content {
    let pairs = table.iter().map(|(key, value)| {
        let name = Written { text: key.get_ref().to_string(), kind: Kind::String, style: Style::Plain };
        (Node::new(Content::Scalar(name), key.span()), node(value.get_ref(), value.span(), text))
    });
    Content::Map(pairs.collect())
}

fn node(value: &DeValue<'_>, range: Range<usize>, text: &str) -> Node {
    let written = &text[range.clone()];
    let scalar =
        |decoded: &str, kind, style| Content::Scalar(Written { text: decoded.to_owned(), kind, style });
    let content = match value {
        DeValue::String(string) => scalar(string, Kind::String, string_style(written)),
        DeValue::Integer(_) | DeValue::Float(_) => scalar(written, Kind::Number, Style::Plain),
        DeValue::Boolean(_) => scalar(written, Kind::Bool, Style::Plain),
        DeValue::Datetime(_) => scalar(written, Kind::Datetime, Style::Plain),
        DeValue::Array(items) => {
            Content::List(items.iter().map(|item| node(item.get_ref(), item.span(), text)).collect())
        }
        DeValue::Table(table) => map(table, text),
    };
    Node::new(content, range)
}

fn string_style(written: &str) -> Style {
    if written.starts_with("\"\"\"") || written.starts_with("'''") {
        Style::TripleQuoted
    } else if written.starts_with('\'') {
        Style::SingleQuoted
    } else {
        Style::DoubleQuoted
    }
}

/// What TOML takes a bare value for, if it takes it at all.
fn kind_of(value: &str) -> Option<Kind> {
    match DeValue::parse(value).ok()?.get_ref() {
        DeValue::Integer(_) | DeValue::Float(_) => Some(Kind::Number),
        DeValue::Boolean(_) => Some(Kind::Bool),
        DeValue::Datetime(_) => Some(Kind::Datetime),
        _ => None,
    }
}

fn basic_string(value: &str) -> String {
    let mut written = String::from('"');
    for character in value.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            control if control.is_control() => written.push_str(&format!("\\u{:04X}", u32::from(control))),
            other => written.push(other),
        }
    }
    written.push('"');
    written
}
