//! What was asked against the description: kept, so that it comes out even where the client makes the best of a refusal.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::super::server::Request;

/// What an operation takes besides its path.
pub(super) struct Rule {
    /// The permission it wants.
    pub(super) scope: &'static str,
    /// The parameters of its query.
    pub(super) parameters: &'static [&'static str],
    /// The fields of its body, by their paths; `[]` is any element of a list.
    pub(super) fields: &'static [&'static str],
}

/// What was asked that no description has.
#[derive(Default)]
pub(super) struct Faults(Mutex<Vec<String>>);

impl Faults {
    /// Keeps one.
    pub(super) fn note(&self, request: &Request, what: &str) {
        let fault = format!("{} {}: {what}", request.method, request.path);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// Keeps what a request has that its operation does not take, and whether there was nothing of that.
    pub(super) fn judge(&self, request: &Request, rule: &Rule) -> bool {
        let mut strange: Vec<String> = Vec::new();
        for (name, _) in &request.query {
            if !rule.parameters.contains(&name.as_str()) {
                strange.push(format!("there is no parameter `{name}`"));
            }
        }
        if !request.body.is_empty() && !matches!(request.json(), Value::Object(_)) {
            strange.push("the body is no object".to_owned());
        }
        let mut leaves = Vec::new();
        gather(&request.json(), String::new(), &mut leaves);
        for leaf in leaves.iter().filter(|leaf| !rule.fields.contains(&leaf.as_str())) {
            strange.push(format!("there is no field `{leaf}`"));
        }
        strange.iter().for_each(|what| self.note(request, what));
        strange.is_empty()
    }

    /// Fails a test, unless it fails already.
    pub(super) fn complain(&self) {
        let faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::thread::panicking() {
            assert!(faults.is_empty(), "asked was what is not described: {faults:#?}");
        }
    }
}

fn gather(value: &Value, path: String, leaves: &mut Vec<String>) {
    match value {
        Value::Null if path.is_empty() => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                gather(value, format!("{path}{dot}{name}"), leaves);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, format!("{path}[]"), leaves)),
        _ => leaves.push(path),
    }
}
