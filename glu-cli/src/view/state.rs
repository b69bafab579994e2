//! A state, as programs see it.

use std::collections::BTreeMap;

use glu_core::model::State;
use serde::Serialize;

/// A state's twin.
#[derive(Debug, Clone, Serialize)]
pub struct StateView {
    /// What identifies it.
    pub digest: String,
    /// What people call it.
    pub label: String,
    /// The resource's fields.
    pub fields: BTreeMap<String, String>,
    /// Places that disagree with the fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<String>,
    #[serde(skip)]
    shown: String,
}

impl StateView {
    /// As people read it: its label, and its short digest where that says more.
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

impl From<&State> for StateView {
    fn from(state: &State) -> Self {
        Self {
            digest: state.digest.to_string(),
            label: state.label.clone(),
            fields: state.fields.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
            drift: state.drift.clone(),
            shown: state.to_string(),
        }
    }
}
