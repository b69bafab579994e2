//! Text with placeholders: what keys, item values and file names are made of.

use std::fmt;

/// Literal text with placeholders in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text {
    parts: Vec<Part>,
}

/// One part of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Characters that stand for themselves.
    Literal(String),
    /// Something to be filled in.
    Placeholder(Placeholder),
}

/// What may stand between braces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Placeholder {
    /// `{phase}`, the name of the phase.
    Phase,
    /// `{pipeline}`, the name of the pipeline.
    Pipeline,
    /// `{labels.NAME}`, the phase's or pipeline's label of that name.
    Label(String),
}

/// A placeholder had no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingValue {
    /// The placeholder's name as written between the braces, such as `labels.region`.
    pub placeholder: String,
}

/// A mistake in a text, before it is known whether a path or a template holds it.
pub(crate) struct Mistake {
    pub(crate) at: usize,
    pub(crate) message: String,
}

impl Text {
    /// Text that stands for itself, braces included.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { parts: if text.is_empty() { Vec::new() } else { vec![Part::Literal(text)] } }
    }

    /// The text, if no placeholder is left in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The parts, in order; no two literals are neighbours and none is empty.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The placeholders, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Placeholder(placeholder) => Some(placeholder),
        })
    }

    /// Fills in every placeholder; `values` is asked by name (`phase`, `pipeline`, `labels.NAME`).
    ///
    /// # Errors
    /// When a placeholder has no value.
    pub fn expand(&self, values: &dyn Fn(&str) -> Option<String>) -> Result<String, MissingValue> {
        let mut expanded = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => expanded.push_str(text),
                Part::Placeholder(placeholder) => {
                    let name = placeholder.name();
                    expanded.push_str(&values(&name).ok_or(MissingValue { placeholder: name })?);
                }
            }
        }
        Ok(expanded)
    }

    pub(crate) fn push(&mut self, character: char) {
        if let Some(Part::Literal(text)) = self.parts.last_mut() {
            text.push(character);
        } else {
            self.parts.push(Part::Literal(character.to_string()));
        }
    }

    /// Reads what starts with the brace at `at`, a placeholder or a doubled brace, and returns the offset behind it.
    pub(crate) fn push_braced(&mut self, source: &str, at: usize) -> Result<usize, Mistake> {
        let rest = &source[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            self.push(if rest.starts_with('{') { '{' } else { '}' });
            return Ok(at + 2);
        }
        if rest.starts_with('}') {
            return Err(Mistake::new(at, "a `}` closes nothing; write `}}` for a literal brace"));
        }
        let Some(length) = rest.find('}') else {
            return Err(Mistake::new(
                at,
                "a placeholder is not closed; add `}`, or write `{{` for a literal brace",
            ));
        };
        self.parts
            .push(Part::Placeholder(Placeholder::parse(&rest[1..length]).map_err(|m| Mistake::new(at, m))?));
        Ok(at + length + 1)
    }

    /// Whether every literal character satisfies `allowed`, so that the text needs no quotes.
    pub(crate) fn is_bare(&self, allowed: fn(char) -> bool) -> bool {
        !self.parts.is_empty()
            && self.parts.iter().all(|part| match part {
                Part::Literal(text) => text.chars().all(allowed),
                Part::Placeholder(_) => true,
            })
    }
}

impl Placeholder {
    /// The name between the braces.
    pub fn name(&self) -> String {
        match self {
            Self::Phase => "phase".to_owned(),
            Self::Pipeline => "pipeline".to_owned(),
            Self::Label(label) => format!("labels.{label}"),
        }
    }

    fn parse(name: &str) -> Result<Self, String> {
        match (name, name.strip_prefix("labels.")) {
            ("phase", _) => Ok(Self::Phase),
            ("pipeline", _) => Ok(Self::Pipeline),
            ("labels." | "labels", _) => Err("name the label: `{labels.NAME}`".to_owned()),
            (_, Some(label)) if label.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c)) => {
                Ok(Self::Label(label.to_owned()))
            }
            (_, Some(_)) => Err(format!(
                "`{{{name}}}` names no label; a label's name has letters, digits, `_`, `-`, `.` and `/`"
            )),
            _ => Err(format!(
                "unknown placeholder `{{{name}}}`; write `{{phase}}`, `{{pipeline}}` or `{{labels.NAME}}`, \
                 or `{{{{` for a literal brace"
            )),
        }
    }
}

impl Mistake {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

/// The text as it is written, braces doubled.
impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Literal(text) => {
                    formatter.write_str(&text.replace('{', "{{").replace('}', "}}"))?;
                }
                Part::Placeholder(placeholder) => write!(formatter, "{{{placeholder}}}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name())
    }
}

impl fmt::Display for MissingValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "there is no value for the placeholder `{{{}}}`", self.placeholder)
    }
}

impl std::error::Error for MissingValue {}
