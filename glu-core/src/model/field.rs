//! A resource's fields, as text: enough to show a state, to store it in a plan, and to build the resource again.

use serde::{Deserialize, Serialize};

use super::{ResourceError, StateDigest};
use crate::binding::Part;

/// Named values in the order in which the resource declares them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: &impl Value) -> Self {
        self.0.push((name.to_owned(), value.to_text()));
        self
    }

    /// Adds a field that is text already.
    pub fn push(&mut self, name: &str, text: String) {
        self.0.push((name.to_owned(), text));
    }

    /// The text of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(field, _)| *field == name).map(|(_, text)| text)
    }

    /// A field's value.
    ///
    /// # Errors
    /// When the field is absent or its text is not a `V`.
    pub fn parse<V: Value>(&self, name: &str) -> Result<V, ResourceError> {
        let text = self.get(name).ok_or_else(|| ResourceError::field(name, "is missing"))?;
        V::from_text(text).map_err(|reason| ResourceError::field(name, reason))
    }

    /// Names and texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }
}

/// A field's type: something with a faithful form as one line of text.
pub trait Value: Sized {
    /// The text that stands in files.
    fn to_text(&self) -> String;

    /// Reads what [`to_text`](Self::to_text) wrote, and what people write by hand.
    ///
    /// # Errors
    /// Why it cannot be read, as a lower-case fragment.
    fn from_text(text: &str) -> Result<Self, String>;

    /// What identifies this value; by default the SHA-256 of its text.
    fn digest(&self) -> StateDigest {
        StateDigest::of(self.to_text().as_bytes())
    }

    /// A part of it that can stand in a place of its own; by default only the whole.
    fn part(&self, part: Part) -> Option<String> {
        (part == Part::Whole).then(|| self.to_text())
    }

    /// What a person calls this value; by default its text.
    fn label(&self) -> String {
        self.to_text()
    }
}

macro_rules! value_from_str {
    ($($type:ty: $what:literal),*) => {$(
        impl Value for $type {
            fn to_text(&self) -> String {
                self.to_string()
            }

            fn from_text(text: &str) -> Result<Self, String> {
                text.trim().parse().map_err(|_| format!(concat!("`{}` is not ", $what), text))
            }
        }
    )*};
}

value_from_str!(bool: "true or false", u16: "a number from 0 to 65535", u32: "a whole number", u64: "a whole number",
    i32: "a whole number", i64: "a whole number", f64: "a number");

impl Value for String {
    fn to_text(&self) -> String {
        self.clone()
    }

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}
