//! Structured files, read and edited in place: an edit changes the bytes of one value and no others.
//!
//! Every format parses into the same tree of nodes with byte ranges. A path is followed in that tree, the new value is
//! spliced over the old one in the old one's own style, and the result is parsed again and compared with the tree
//! before. What cannot be done so is refused; nothing is ever reformatted.

mod error;
mod json;
mod locate;
mod node;
mod parsed;
mod splice;
mod toml;
mod value;
mod yaml;

#[cfg(test)]
mod tests;

use std::rc::Rc;

use glu_path::Path;

pub use error::{DocumentError, Problem};
pub use node::{Kind, Scalar};
pub use splice::Edited;

use node::Node;

/// A format of structured files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// YAML, possibly of several documents.
    Yaml,
    /// JSON; comments and trailing commas are tolerated and kept.
    Json,
    /// TOML.
    Toml,
}

/// What a format must know; following paths, splicing and comparing are the same for all.
trait Language {
    /// Parses the text into its documents, of which only YAML has other than one.
    fn parse(&self, text: &str) -> Result<Vec<Node>, DocumentError>;

    /// Writes `value` in the style of the scalar `target`, or says why that cannot be done.
    fn render(
        &self,
        text: &str,
        target: &Node,
        scalar: &node::Written,
        value: &str,
    ) -> Result<splice::Splice, String>;
}

impl Format {
    /// The format of a file, by the end of its name.
    pub fn of(file: &str) -> Option<Self> {
        match file.rsplit_once('.')?.1 {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" | "jsonc" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }

    fn language(self) -> &'static dyn Language {
        match self {
            Self::Yaml => &yaml::Yaml,
            Self::Json => &json::Json,
            Self::Toml => &toml::Toml,
        }
    }
}

/// Reads the scalar at `path`. Aliases are followed, merge keys are not.
///
/// # Errors
/// When the text is not of this format, or the path does not lead to exactly one scalar.
pub fn get(format: Format, text: &[u8], path: &Path) -> Result<Scalar, DocumentError> {
    let source = Source::new(text)?;
    let documents = source.parse(format)?;
    Ok(locate::locate(&documents, source.text, path)?.scalar.to_scalar())
}

/// Writes `value` at `path` and changes no byte outside the scalar that is there.
///
/// The scalar keeps its quotes; in JSON and TOML numbers and booleans stay what they are or the edit is refused. In YAML a
/// string stays a string: where a plain one would be read as something else, it is quoted.
///
/// # Errors
/// As [`get`], and when the value cannot be written without touching anything else: through an alias, in a block of
/// several lines, or as a number that is none.
pub fn set(format: Format, text: &[u8], path: &Path, value: &str) -> Result<Edited, DocumentError> {
    let source = Source::new(text)?;
    let documents = source.parse(format)?;
    let located = locate::locate(&documents, source.text, path)?;
    let edited = splice::splice(format, source.text, &documents, &located, value)
        .map_err(|error| error.at_path(path, source.text, located.node.range.start))?;
    Ok(match edited {
        None => Edited::Unchanged,
        Some(edited) => Edited::Changed([source.mark, edited.as_bytes()].concat()),
    })
}

/// What the document that `path` leads into says it is: its `apiVersion` and its `kind`, where it has both.
///
/// # Errors
/// As [`get`].
pub fn object_kind(
    format: Format,
    text: &[u8],
    path: &Path,
) -> Result<Option<(String, String)>, DocumentError> {
    let source = Source::new(text)?;
    let documents = source.parse(format)?;
    let root = locate::locate(&documents, source.text, path)?.root;
    let key = |name| root.key(name).and_then(Node::text).map(str::to_owned);
    Ok(key("apiVersion").zip(key("kind")))
}

/// Reads a whole file of one document, for configuration. Aliases are expanded, merge keys are not.
///
/// # Errors
/// When the text is not of this format, holds several documents or a key twice, or a number that JSON cannot hold.
pub fn to_value(format: Format, text: &str) -> Result<serde_json::Value, DocumentError> {
    let source = Source::new(text.as_bytes())?;
    value::to_value(&source.parse(format)?, source.text)
}

/// The line of the place, counted from 1, if it exists; for messages.
pub fn line_of(format: Format, text: &[u8], path: &Path) -> Option<usize> {
    let source = Source::new(text).ok()?;
    let documents = source.parse(format).ok()?;
    let located = locate::locate(&documents, source.text, path).ok()?;
    Some(error::line_at(source.text, located.node.range.start))
}

/// A text without its byte order mark.
struct Source<'a> {
    mark: &'a [u8],
    text: &'a str,
}

impl<'a> Source<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, DocumentError> {
        let text = std::str::from_utf8(bytes).map_err(|error| DocumentError {
            path: None,
            line: Some(1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count()),
            problem: Problem::Syntax,
            reason: "the file is not UTF-8".to_owned(),
        })?;
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        Ok(Self { mark: &bytes[..bytes.len() - body.len()], text: body })
    }

    fn parse(&self, format: Format) -> Result<Rc<Vec<Node>>, DocumentError> {
        parsed::parse(format, self.text)
    }
}
