//! YAML, of one or several documents.

mod scalar;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StructureStyle, Tag, options};

use super::Language;
use super::error::DocumentError;
use super::node::{Content, Kind, Node, Style, Written};
use super::splice::Splice;

/// The language.
pub(super) struct Yaml;

impl Language for Yaml {
    fn parse(&self, text: &str) -> Result<Vec<Node>, DocumentError> {
        let mut builder = Builder::default();
        // With comments on, the parser gives up on long runs of them.
        for event in Parser::new_from_str_with_options(text, options! { emit_comments: false }) {
            let (event, span) = event.map_err(|error| syntax(text, &error))?;
            builder.take(event, span);
        }
        Ok(builder.documents)
    }

    fn render(&self, text: &str, target: &Node, scalar: &Written, value: &str) -> Result<Splice, String> {
        scalar::render(text, target, scalar, value)
    }
}

fn syntax(text: &str, error: &ScanError) -> DocumentError {
    DocumentError::syntax(text, error.marker().byte_offset().unwrap_or(0), error.info())
}

/// Builds trees out of events.
#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<Open>,
}

/// A collection whose end has not come yet.
struct Open {
    node: Node,
    flow: bool,
    /// The key of a map that waits for its value.
    key: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) {
        let range = span.byte_range().expect("text that is all in memory has byte ranges");
        match event {
            Event::Scalar(decoded, style, anchor, tag) => {
                let tag = tag.as_deref();
                // A value that is left out is reported as `~`.
                let left_out = style == ScalarStyle::Plain && range.is_empty();
                let decoded = if left_out { String::new() } else { decoded.into_owned() };
                let kind =
                    if style == ScalarStyle::Plain { scalar::kind(&decoded, tag) } else { Kind::String };
                let style = match style {
                    ScalarStyle::Plain if self.open.last().is_some_and(|open| open.flow) => {
                        Style::PlainInFlow
                    }
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                let content = Content::Scalar(Written { text: decoded, kind, style });
                self.place(Node { content, range, anchor, tag: tag.map(Tag::to_string) });
            }
            Event::Alias(anchor) => self.place(Node::new(Content::Alias(anchor), range)),
            Event::SequenceStart(style, anchor, tag) => {
                let node = Node {
                    content: Content::List(Vec::new()),
                    range,
                    anchor,
                    tag: tag.map(|tag| tag.to_string()),
                };
                self.open.push(Open { node, flow: style == StructureStyle::Flow, key: None });
            }
            Event::MappingStart(style, anchor, tag) => {
                let node = Node {
                    content: Content::Map(Vec::new()),
                    range,
                    anchor,
                    tag: tag.map(|tag| tag.to_string()),
                };
                self.open.push(Open { node, flow: style == StructureStyle::Flow, key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let closed = self.open.pop().expect("the parser closes only what it has opened");
                self.place(closed.node);
            }
            _ => {}
        }
    }

    /// Puts a finished node into the innermost open collection.
    fn place(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return;
        };
        match (&mut open.node.content, open.key.take()) {
            (Content::Map(pairs), Some(key)) => pairs.push((key, node)),
            (Content::Map(_), None) => open.key = Some(node),
            (Content::List(items), _) => items.push(node),
            (Content::Scalar(_) | Content::Alias(_), _) => {}
        }
    }
}
