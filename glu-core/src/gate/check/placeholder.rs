//! Placeholders in what a check asks: `{pipeline}`, `{phase}`, `{state}`, `{digest}`, `{from}` and the state's fields by name.
//!
//! Addresses, JSON and queries have braces of their own, so only a name in braces is a placeholder: `{image}` is one, `{job="api"}` is none.
//! `{{image}}` stands for `{image}` itself.

use crate::gate::Asked;

/// Why a text cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PlaceholderError {
    /// There is nothing of this name.
    #[error("`{{{name}}}` is no placeholder here; there are {known}")]
    Unknown { name: String, known: String },
    /// The phase has no other state.
    #[error("there is no state before this one, which `{{from}}` stands for")]
    NothingBefore,
}

/// Fills in a text; each value passes `escape`. `extra` has names that only this text knows.
pub(super) fn expand(
    text: &str,
    asked: &Asked<'_>,
    extra: &[(&str, &str)],
    escape: &dyn Fn(&str) -> String,
) -> Result<String, PlaceholderError> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        expanded.push_str(&rest[..at]);
        rest = &rest[at..];
        let doubled = rest.strip_prefix("{{").and_then(name).filter(|(_, rest)| rest.starts_with('}'));
        if let Some((name, after)) = doubled {
            expanded.push_str(&format!("{{{name}}}"));
            rest = &after[1..];
        } else if let Some((name, after)) = name(&rest[1..]) {
            expanded.push_str(&escape(value(name, asked, extra)?));
            rest = after;
        } else {
            expanded.push('{');
            rest = &rest[1..];
        }
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// Leaves a value as it is.
pub(super) fn plain(value: &str) -> String {
    value.to_owned()
}

/// A value as content of a JSON string.
pub(super) fn in_json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// A value as content of a PromQL string in double or single quotes.
pub(super) fn in_promql(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '\\' | '"' | '\'' => escaped.extend(['\\', letter]),
            '\n' => escaped.push_str("\\n"),
            // Backquotes end a raw string, in which nothing can be escaped.
            '`' => escaped.push_str("\\x60"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// A name up to its closing brace, and what is after the brace.
fn name(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.split_once('}')?;
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let is_name =
        begins && letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'));
    is_name.then_some((name, after))
}

fn value<'a>(
    name: &str,
    asked: &'a Asked<'_>,
    extra: &[(&str, &'a str)],
) -> Result<&'a str, PlaceholderError> {
    if let Some((_, value)) = extra.iter().find(|(other, _)| *other == name) {
        return Ok(value);
    }
    match name {
        "pipeline" => Ok(&asked.subject.phase.pipeline),
        "phase" => Ok(&asked.subject.phase.phase),
        "state" => Ok(&asked.state.label),
        "digest" => Ok(asked.subject.state.as_str()),
        "from" => asked.from.map(|from| from.label.as_str()).ok_or(PlaceholderError::NothingBefore),
        field => asked.state.fields.get(field).ok_or_else(|| {
            let fields = asked.state.fields.iter().map(|(name, _)| name);
            let names = ["pipeline", "phase", "state", "digest", "from"].into_iter();
            let extra = extra.iter().map(|(name, _)| *name);
            let known: Vec<_> =
                names.chain(extra).chain(fields).map(|name| format!("`{{{name}}}`")).collect();
            PlaceholderError::Unknown { name: field.to_owned(), known: known.join(", ") }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Access;
    use crate::ledger::Subject;
    use crate::model::{Fields, PhaseId, State, StateDigest};
    use crate::settings::Settings;

    /// Asks about a state whose image has every character that means something somewhere.
    fn asked(look: impl FnOnce(&Asked<'_>)) {
        let mut fields = Fields::new();
        fields.push("image", "r.io/app:1\"}'\\`\n&x=%".to_owned());
        fields.push("tag", "1.2".to_owned());
        let state = State {
            digest: StateDigest::new("sha256:aa"),
            label: "1.2".to_owned(),
            fields,
            drift: Vec::new(),
        };
        let subject = Subject::new(PhaseId::new("shop", "staging"), state.digest.clone());
        let now = "2025-06-01T12:00:00Z".parse().unwrap();
        let access = Access::new(Settings::default());
        look(&Asked {
            subject: &subject,
            state: &state,
            from: None,
            now,
            since: None,
            landings: &[],
            access: &access,
        });
    }

    #[test]
    fn names_in_braces_are_filled_in_and_other_braces_are_not() {
        asked(|asked| {
            let filled = |text| expand(text, asked, &[("window", "5m")], &plain);
            assert_eq!(
                filled("/{pipeline}/{phase}/{digest}/{tag}/{state}"),
                Ok("/shop/staging/sha256:aa/1.2/1.2".to_owned())
            );
            let query = "rate(x{job=\"a\", code=~\"5..\"}[{window}]) > 1";
            assert_eq!(filled(query), Ok(query.replace("{window}", "5m")));
            assert_eq!(filled("{\"a\": {}, \"b\": {{tag}}}"), Ok("{\"a\": {}, \"b\": {tag}}".to_owned()));
            assert_eq!(filled("{{"), Ok("{{".to_owned()));
        });
    }

    #[test]
    fn what_is_unknown_is_refused_with_what_is_known() {
        asked(|asked| {
            let error = expand("{imge}", asked, &[], &plain).unwrap_err().to_string();
            assert!(error.starts_with("`{imge}` is no placeholder here; there are `{pipeline}`"), "{error}");
            assert!(error.ends_with("`{image}`, `{tag}`"), "{error}");
            assert_eq!(expand("{from}", asked, &[], &plain), Err(PlaceholderError::NothingBefore));
        });
    }

    #[test]
    fn values_never_become_syntax() {
        asked(|asked| {
            let json = expand("{\"image\": \"{image}\"}", asked, &[], &in_json).unwrap();
            let value: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(value["image"], asked.state.fields.get("image").unwrap());
            let promql = expand("{image}", asked, &[], &in_promql).unwrap();
            assert_eq!(promql, "r.io/app:1\\\"}\\'\\\\\\x60\\n&x=%");
        });
    }
}
