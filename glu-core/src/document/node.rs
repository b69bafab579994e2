//! The tree every format parses into: what a document says, and where it says it.

use std::ops::Range;

/// A scalar as the document means it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text, decoded where it is quoted and as written where it is not; empty for a value that is left out.
    pub text: String,
    /// What the format takes it for.
    pub kind: Kind,
}

/// What a format takes a scalar for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text.
    String,
    /// An integer or a float.
    Number,
    /// True or false.
    Bool,
    /// A date, a time or both; TOML alone has them.
    Datetime,
    /// Null, or nothing at all.
    Null,
}

/// One value of a document.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    /// The bytes of a scalar or an alias; of a collection only the start counts.
    pub(super) range: Range<usize>,
    /// The anchor defined on this node; 0 is none.
    pub(super) anchor: usize,
    pub(super) tag: Option<String>,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Content {
    Scalar(Written),
    /// Pairs as they stand, equal keys included.
    Map(Vec<(Node, Node)>),
    List(Vec<Node>),
    /// A reference to the anchor of this number.
    Alias(usize),
}

/// A scalar with the notation it is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) kind: Kind,
    pub(super) style: Style,
}

/// The notation of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Without quotes.
    Plain,
    /// Without quotes between YAML's braces or brackets, where fewer characters are allowed.
    PlainInFlow,
    SingleQuoted,
    DoubleQuoted,
    /// TOML's triple quotes.
    TripleQuoted,
    /// YAML's `|`.
    Literal,
    /// YAML's `>`.
    Folded,
}

impl Node {
    pub(super) fn new(content: Content, range: Range<usize>) -> Self {
        Self { content, range, anchor: 0, tag: None }
    }

    /// The decoded text, if the node is a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// What stands under a key, if the node is a map.
    pub(super) fn key(&self, name: &str) -> Option<&Self> {
        match &self.content {
            Content::Map(pairs) => {
                pairs.iter().find(|(key, _)| key.text() == Some(name)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The node with this anchor, in or below this one.
    pub(super) fn anchored(&self, anchor: usize) -> Option<&Self> {
        if self.anchor == anchor {
            return Some(self);
        }
        match &self.content {
            Content::Scalar(_) | Content::Alias(_) => None,
            Content::Map(pairs) => {
                pairs.iter().find_map(|(key, value)| key.anchored(anchor).or_else(|| value.anchored(anchor)))
            }
            Content::List(items) => items.iter().find_map(|item| item.anchored(anchor)),
        }
    }
}

impl Written {
    pub(super) fn to_scalar(&self) -> Scalar {
        Scalar { text: self.text.clone(), kind: self.kind }
    }
}
