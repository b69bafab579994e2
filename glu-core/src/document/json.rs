//! JSON, with the comments and trailing commas of configuration files.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseError;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::Language;
use super::error::DocumentError;
use super::node::{Content, Kind, Node, Style, Written};
use super::splice::Splice;

/// The language.
pub(super) struct Json;

impl Language for Json {
    fn parse(&self, text: &str) -> Result<Vec<Node>, DocumentError> {
        let options = ParseOptions {
            allow_comments: true,
            allow_trailing_commas: true,
            allow_loose_object_property_names: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        let syntax = |error: ParseError| DocumentError::syntax(text, error.range().start, error.kind());
        let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(syntax)?;
        Ok(parsed.value.iter().map(|value| node(value, text)).collect())
    }

    fn render(&self, _text: &str, target: &Node, scalar: &Written, value: &str) -> Result<Splice, String> {
        let text = match scalar.kind {
            Kind::Number if serde_json::from_str::<serde_json::Number>(value).is_err() => {
                return Err(format!(
                    "the value is a number, and `{value}` is none; quote it in the file if it is text"
                ));
            }
            Kind::Bool if !matches!(value, "true" | "false") => {
                return Err(format!(
                    "the value is `true` or `false`, not `{value}`; quote it in the file if it is text"
                ));
            }
            Kind::Number | Kind::Bool => value.to_owned(),
            Kind::String | Kind::Null | Kind::Datetime => serde_json::Value::from(value).to_string(),
        };
        Ok(Splice { range: target.range.clone(), text })
    }
}

fn node(value: &Value<'_>, text: &str) -> Node {
    let scalar =
        |decoded: &str, kind, style| Content::Scalar(Written { text: decoded.to_owned(), kind, style });
    let content = match value {
        Value::StringLit(string) => scalar(&string.value, Kind::String, Style::DoubleQuoted),
        Value::NumberLit(number) => scalar(number.value, Kind::Number, Style::Plain),
        Value::BooleanLit(boolean) => scalar(boolean.text(text), Kind::Bool, Style::Plain),
        Value::NullKeyword(null) => scalar(null.text(text), Kind::Null, Style::Plain),
        Value::Array(array) => {
            Content::List(array.elements.iter().map(|element| node(element, text)).collect())
        }
        Value::Object(object) => Content::Map(
            object
                .properties
                .iter()
                .map(|property| {
                    let name = scalar(property.name.as_str(), Kind::String, Style::DoubleQuoted);
                    (Node::new(name, range(&property.name)), node(&property.value, text))
                })
                .collect(),
        ),
    };
    Node::new(content, range(value))
}

fn range(ranged: &impl Ranged) -> std::ops::Range<usize> {
    ranged.start()..ranged.end()
}
