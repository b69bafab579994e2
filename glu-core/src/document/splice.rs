//! The edit itself: splice, parse again, compare, or refuse.

use std::ops::Range;

use super::Format;
use super::error::{DocumentError, line_at};
use super::locate::Located;
use super::node::{Content, Kind, Node};
use super::parsed;

/// What an edit came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// The value is already there; nothing is to be written.
    Unchanged,
    /// The bytes of the whole file after the edit.
    Changed(Vec<u8>),
}

/// Text to put in place of a range of bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// Writes `value` over the located scalar; none where it is there already.
pub(super) fn splice(
    format: Format,
    text: &str,
    documents: &[Node],
    located: &Located<'_>,
    value: &str,
) -> Result<Option<String>, DocumentError> {
    if located.scalar.text == value {
        return Ok(None);
    }
    if let Some((_, alias)) = located.alias {
        return Err(DocumentError::refused(through_alias(text, located.root, alias)));
    }
    let language = format.language();
    let splice =
        language.render(text, located.node, located.scalar, value).map_err(DocumentError::refused)?;
    let edited = [&text[..splice.range.start], &splice.text, &text[splice.range.end..]].concat();

    let after = parsed::parse(format, &edited).map_err(|error| {
        DocumentError::refused(format!(
            "the edit would break the document, at line {}",
            error.line.unwrap_or(0)
        ))
    })?;
    if is_only_change(documents, &after, located.node, value) {
        Ok(Some(edited))
    } else {
        Err(DocumentError::refused(
            "the value cannot be written here without changing what else the document says",
        ))
    }
}

fn through_alias(text: &str, root: &Node, alias: &Node) -> String {
    let name = &text[alias.range.clone()];
    let defined = match alias.content {
        Content::Alias(anchor) => root.anchored(anchor).map(|node| line_at(text, node.range.start)),
        _ => None,
    };
    match defined {
        Some(line) => {
            format!("the path leads through the alias `{name}`; edit what it stands for, at line {line}")
        }
        None => format!("the path leads through the alias `{name}`; edit what it stands for"),
    }
}

/// Whether the documents before and after say the same, except that `target` now holds `value`.
fn is_only_change(before: &[Node], after: &[Node], target: &Node, value: &str) -> bool {
    let mut comparison = Comparison { target, value, reached: false };
    before.len() == after.len()
        && before.iter().zip(after).all(|(before, after)| comparison.is_same(before, after))
        && comparison.reached
}

/// Two trees, before and after an edit, that may differ in one scalar.
struct Comparison<'a> {
    target: &'a Node,
    value: &'a str,
    reached: bool,
}

impl Comparison<'_> {
    fn is_same(&mut self, before: &Node, after: &Node) -> bool {
        if before.anchor != after.anchor || before.tag != after.tag {
            return false;
        }
        if std::ptr::eq(before, self.target) {
            self.reached = true;
            return self.is_edited(before, after);
        }
        match (&before.content, &after.content) {
            (Content::Scalar(one), Content::Scalar(other)) => one == other,
            (Content::Alias(one), Content::Alias(other)) => one == other,
            (Content::List(one), Content::List(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(before, after)| self.is_same(before, after))
            }
            (Content::Map(one), Content::Map(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(before, after)| {
                        self.is_same(&before.0, &after.0) && self.is_same(&before.1, &after.1)
                    })
            }
            _ => false,
        }
    }

    /// Whether the target now holds the value, and is still a string if it was one.
    fn is_edited(&self, before: &Node, after: &Node) -> bool {
        match (&before.content, &after.content) {
            (Content::Scalar(before), Content::Scalar(after)) => {
                after.text == self.value && (before.kind != Kind::String || after.kind == Kind::String)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use glu_path::Path;

    use super::super::locate::locate;
    use super::*;

    #[track_caller]
    fn judge(before: &str, after: &str, value: &str) -> bool {
        let language = Format::Yaml.language();
        let (documents, after) = (language.parse(before).unwrap(), language.parse(after).unwrap());
        let path = Path::parse("a").unwrap();
        let located = locate(&documents, before, &path).unwrap();
        is_only_change(&documents, &after, located.node, value)
    }

    #[test]
    fn the_edit_alone_is_accepted() {
        for (before, after, value) in [
            ("a: x\nb: 1\n", "a: y\nb: 1\n", "y"),
            ("a: x\n", "a: 'y'\n", "y"),
            ("a: 1\n", "a: 2\n", "2"),
            ("a: 1\n", "a: y\n", "y"),
            ("a: &k !t x\nb: *k\n", "a: &k !t y\nb: *k\n", "y"),
        ] {
            assert!(judge(before, after, value), "{after}");
        }
    }

    #[test]
    fn anything_else_is_caught() {
        for (before, after, value) in [
            ("a: x\nb: 1\n", "a: x\nb: 1\n", "y"),
            ("a: x\nb: 1\n", "a: y\nb: 2\n", "y"),
            ("a: x\nb: 1\n", "a: y\nb: '1'\n", "y"),
            ("a: x\nb: 1\n", "a: y\nc: 1\n", "y"),
            ("a: x\nb: 1\n", "a: y\n", "y"),
            ("a: x\n", "a: y\nb: 1\n", "y"),
            ("a: x\n", "a: y\n---\nb: 1\n", "y"),
            ("a: x\nb: [1, 2]\n", "a: y\nb: [1]\n", "y"),
            ("a: x\n", "a: {y: }\n", "y"),
            ("a: x\n", "a: 1\n", "1"),
            ("a: &k x\n", "a: y\n", "y"),
            ("a: !t x\n", "a: y\n", "y"),
            ("a: x\nb: &k 1\n", "a: y\nb: 1\n", "y"),
            ("a: x\nb: &k [1]\nc: *k\n", "a: y\nb: &k [1]\nc: [1]\n", "y"),
        ] {
            assert!(!judge(before, after, value), "{after}");
        }
    }
}
