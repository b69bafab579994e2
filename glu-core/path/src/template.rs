//! Templates for file names, such as `env/{phase}/deployment.yaml`.

use std::fmt;
use std::str::FromStr;

use crate::text::{MissingValue, Mistake, Placeholder, Text};

/// The name of a file relative to the root of a tree, with placeholders in it.
///
/// Components are separated by forward slashes. `{{` and `}}` are literal braces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Template {
    text: Text,
}

/// What is wrong with a template, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The byte offset of the mistake in the template.
    pub at: usize,
    /// The mistake, as a lower-case fragment.
    pub message: String,
}

/// Why a template could not be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpandError {
    /// A placeholder had no value.
    Missing(MissingValue),
    /// The values make a name that is refused, such as one that leaves the tree.
    Refused {
        /// The name they make.
        expanded: String,
        /// Why it is refused, as a lower-case fragment.
        reason: String,
    },
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// At the first mistake, with its place.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let mut text = Text::default();
        // Where each component starts, and where the last one ends; a slash inside a placeholder separates nothing.
        let mut starts = vec![0];
        let mut at = 0;
        while let Some(next) = source[at..].chars().next() {
            match next {
                '{' | '}' => {
                    at = text.push_braced(source, at)?;
                    continue;
                }
                '/' => starts.push(at + 1),
                _ => {}
            }
            text.push(next);
            at += next.len_utf8();
        }
        starts.push(source.len() + 1);
        if source.is_empty() {
            return Err(Mistake::new(
                0,
                "the file name is empty; name a file, such as `env/{phase}/values.yaml`",
            )
            .into());
        }
        for range in starts.windows(2) {
            check_component(&source[range[0]..range[1] - 1], range[0], source.len())?;
        }
        Ok(Self { text })
    }

    /// The placeholders, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.text.placeholders()
    }

    /// Fills in every placeholder; `values` is asked by name (`phase`, `pipeline`, `labels.NAME`).
    ///
    /// # Errors
    /// When a placeholder has no value, or the values make a name that leaves the tree.
    pub fn expand(&self, values: &dyn Fn(&str) -> Option<String>) -> Result<String, ExpandError> {
        let expanded = self.text.expand(values)?;
        let mut start = 0;
        for component in expanded.split('/') {
            if let Err(mistake) = check_component(component, start, expanded.len()) {
                return Err(ExpandError::Refused { reason: mistake.message, expanded });
            }
            start += component.len() + 1;
        }
        Ok(expanded)
    }
}

/// Refuses a component which no file of a tree can have, or which leads out of the tree.
fn check_component(component: &str, start: usize, end: usize) -> Result<(), Mistake> {
    if let Some((at, character)) = component.char_indices().find(|(_, c)| *c == '\\' || c.is_control()) {
        let message = match character {
            '\\' => "components are separated by forward slashes; write `/` for `\\`",
            _ => "a file name has no control characters; remove this one",
        };
        return Err(Mistake::new(start + at, message));
    }
    let message = match component {
        "" if start == 0 => "a file is named relative to the root of the tree; remove the leading slash",
        "" if start == end => "the name ends in a slash, which makes it a directory; name a file in it",
        "" => "a component is empty; remove one of the slashes",
        "." => "`.` leads nowhere; remove it",
        ".." => "`..` may lead out of the tree; name the file from the tree's root",
        _ if component.eq_ignore_ascii_case(".git") => "no tree holds a `.git`; name another file",
        _ => return Ok(()),
    };
    Err(Mistake::new(start, message))
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(source: &str) -> Result<Self, TemplateError> {
        Self::parse(source)
    }
}

/// The template as it is written.
impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(formatter)
    }
}

impl From<Mistake> for TemplateError {
    fn from(mistake: Mistake) -> Self {
        Self { at: mistake.at, message: mistake.message }
    }
}

impl From<MissingValue> for ExpandError {
    fn from(missing: MissingValue) -> Self {
        Self::Missing(missing)
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (at byte {})", self.message, self.at)
    }
}

impl std::error::Error for TemplateError {}

impl fmt::Display for ExpandError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(missing) => missing.fmt(formatter),
            Self::Refused { expanded, reason } => {
                write!(formatter, "the file name `{expanded}` is refused: {reason}")
            }
        }
    }
}

impl std::error::Error for ExpandError {}
