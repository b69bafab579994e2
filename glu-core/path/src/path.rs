//! A path: which scalar of a document is meant.

use std::fmt;
use std::str::FromStr;

use crate::parse::{Parser, is_bare_key, is_bare_value};
use crate::text::{MissingValue, Mistake, Placeholder, Text};

/// The place of one scalar in a document, such as `spec.template.spec.containers[name=app].image`.
///
/// - keys are separated by dots; a key of other characters than letters, digits, `_`, `-`, `/`, `$` and `@` is quoted:
///   `metadata.annotations["app.kubernetes.io/version"]` or `metadata.annotations.'app.kubernetes.io/version'`
/// - list items are named by index, `[0]`, or by what one of their keys holds, `[name=app]`, `[metadata.name="my app"]`
/// - a leading selector picks one of several YAML documents: `(kind=Deployment, metadata.name=app).spec.replicas`
/// - `{phase}`, `{pipeline}` and `{labels.NAME}` may stand in keys and values; `{{` and `}}` in quotes are literal braces
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    pub(crate) selector: Vec<Condition>,
    pub(crate) steps: Vec<Step>,
}

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The value under this key of a map.
    Key(Text),
    /// The item at this position of a list, counted from 0.
    Index(usize),
    /// The one item of a list for which the condition holds.
    Item(Condition),
}

/// A key, possibly of several levels, that must hold a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Condition {
    /// The key, outermost level first; never empty.
    pub key: Vec<Text>,
    /// The scalar it must hold, as text.
    pub value: Text,
}

/// What is wrong with a path, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError {
    /// The byte offset of the mistake in the path.
    pub at: usize,
    /// The mistake, as a lower-case fragment.
    pub message: String,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// At the first mistake, with its place.
    pub fn parse(source: &str) -> Result<Self, PathError> {
        Ok(Parser::new(source).path()?)
    }

    /// The conditions that select one of several documents; empty where the path has no selector.
    pub fn selector(&self) -> &[Condition] {
        &self.selector
    }

    /// The steps from the document's root; never empty.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The path's first `count` steps, as written; for messages.
    pub fn prefix(&self, count: usize) -> String {
        let mut prefix = String::new();
        for step in self.steps.iter().take(count) {
            push_step(&mut prefix, step);
        }
        prefix
    }

    /// The placeholders, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        let selector = self.selector.iter().flat_map(Condition::texts);
        let steps = self.steps.iter().flat_map(|step| match step {
            Step::Key(key) => vec![key],
            Step::Index(_) => Vec::new(),
            Step::Item(condition) => condition.texts().collect(),
        });
        selector.chain(steps).flat_map(Text::placeholders)
    }

    /// Fills in every placeholder; `values` is asked by name (`phase`, `pipeline`, `labels.NAME`).
    ///
    /// # Errors
    /// When a placeholder has no value.
    pub fn expand(&self, values: &dyn Fn(&str) -> Option<String>) -> Result<Self, MissingValue> {
        Ok(Self {
            selector: self
                .selector
                .iter()
                .map(|condition| condition.expand(values))
                .collect::<Result<_, _>>()?,
            steps: self
                .steps
                .iter()
                .map(|step| {
                    Ok(match step {
                        Step::Key(key) => Step::Key(Text::literal(key.expand(values)?)),
                        Step::Index(index) => Step::Index(*index),
                        Step::Item(condition) => Step::Item(condition.expand(values)?),
                    })
                })
                .collect::<Result<_, _>>()?,
        })
    }
}

impl Condition {
    fn texts(&self) -> impl Iterator<Item = &Text> {
        self.key.iter().chain([&self.value])
    }

    fn expand(&self, values: &dyn Fn(&str) -> Option<String>) -> Result<Self, MissingValue> {
        Ok(Self {
            key: self
                .key
                .iter()
                .map(|key| Ok(Text::literal(key.expand(values)?)))
                .collect::<Result<_, MissingValue>>()?,
            value: Text::literal(self.value.expand(values)?),
        })
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(source: &str) -> Result<Self, PathError> {
        Self::parse(source)
    }
}

/// The canonical spelling, which parses back to the same path.
impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = String::new();
        if !self.selector.is_empty() {
            let conditions: Vec<String> = self.selector.iter().map(Condition::to_string).collect();
            written = format!("({})", conditions.join(", "));
        }
        for step in &self.steps {
            push_step(&mut written, step);
        }
        formatter.write_str(&written)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, key) in self.key.iter().enumerate() {
            let dot = if position == 0 { "" } else { "." };
            write!(formatter, "{dot}{}", written(key, is_bare_key))?;
        }
        write!(formatter, "={}", written(&self.value, is_bare_value))
    }
}

fn push_step(path: &mut String, step: &Step) {
    match step {
        Step::Key(key) if is_bare_step(key, path.is_empty()) => {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&key.to_string());
        }
        Step::Key(key) => path.push_str(&format!("[{}]", quoted(key))),
        Step::Index(index) => path.push_str(&format!("[{index}]")),
        Step::Item(condition) => path.push_str(&format!("[{condition}]")),
    }
}

/// Whether a key needs no quotes as a step; a first step must not look like the root of another path language.
fn is_bare_step(key: &Text, first: bool) -> bool {
    let text = key.to_string();
    key.is_bare(is_bare_key) && !(first && (text == "$" || text.starts_with('/')))
}

fn written(text: &Text, bare: fn(char) -> bool) -> String {
    if text.is_bare(bare) { text.to_string() } else { quoted(text) }
}

fn quoted(text: &Text) -> String {
    format!("\"{}\"", text.to_string().replace('\\', "\\\\").replace('"', "\\\""))
}

impl From<Mistake> for PathError {
    fn from(mistake: Mistake) -> Self {
        Self { at: mistake.at, message: mistake.message }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (at byte {})", self.message, self.at)
    }
}

impl std::error::Error for PathError {}
