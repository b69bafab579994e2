//! What forges say when they refuse: each has a form of its own, and none keeps to it.

use serde_json::Value;

const LENGTH: usize = 300;

/// The sentences of an error's body, from the most general to the particular; nothing where it is no JSON, since that is a proxy's page.
pub(super) fn words(body: &[u8]) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return String::new() };
    let mut sentences = Vec::new();
    for field in ["message", "error", "error_description", "detail", "errors"] {
        if let Some(value) = body.get(field) {
            gather(value, &mut sentences, 0);
        }
    }
    sentences.dedup();
    sentences.join("; ")
}

/// One line of bounded length, whatever it was.
pub(super) fn shorten(text: &str) -> String {
    let line = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = line.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

fn gather(value: &Value, sentences: &mut Vec<String>, depth: usize) {
    if depth > 4 {
        return;
    }
    match value {
        Value::String(text) if !text.trim().is_empty() => sentences.push(text.trim().to_owned()),
        Value::Array(values) => values.iter().for_each(|value| gather(value, sentences, depth + 1)),
        // GitHub: `{"resource": "PullRequest", "field": "base", "code": "invalid"}`.
        Value::Object(fields) if fields.contains_key("code") && fields.contains_key("resource") => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str);
            match (text("message"), text("field"), text("code")) {
                (Some(message), ..) => sentences.push(message.to_owned()),
                (None, Some(field), Some(code)) => sentences.push(format!("`{field}` is {code}")),
                _ => {}
            }
        }
        Value::Object(fields) if fields.contains_key("message") => {
            for name in ["message", "detail", "fields"] {
                fields.get(name).into_iter().for_each(|value| gather(value, sentences, depth + 1));
            }
        }
        // GitLab: `{"message": {"title": ["can't be blank"]}}`.
        Value::Object(fields) => {
            for (name, value) in fields {
                let mut inner = Vec::new();
                gather(value, &mut inner, depth + 1);
                let is_general = matches!(name.as_str(), "base" | "detail" | "error");
                sentences.extend(
                    inner.into_iter().map(|text| if is_general { text } else { format!("{name} {text}") }),
                );
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_forge_is_understood() {
        for (body, expected) in [
            // GitHub
            (r#"{"message":"Not Found","documentation_url":"https://docs.github.com"}"#, "Not Found"),
            (
                r#"{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","message":"A pull request already exists for a:b."}]}"#,
                "Validation Failed; A pull request already exists for a:b.",
            ),
            (
                r#"{"message":"Validation Failed","errors":[{"resource":"PullRequest","field":"base","code":"invalid"}]}"#,
                "Validation Failed; `base` is invalid",
            ),
            (
                r#"{"message":"Validation Failed","errors":"Could not add"}"#,
                "Validation Failed; Could not add",
            ),
            // GitLab
            (r#"{"message":"401 Unauthorized"}"#, "401 Unauthorized"),
            (r#"{"message":{"title":["can't be blank"],"base":["is bad"]}}"#, "is bad; title can't be blank"),
            (
                r#"{"message":["Another open merge request already exists"]}"#,
                "Another open merge request already exists",
            ),
            (
                r#"{"error":"invalid_token","error_description":"Token was revoked."}"#,
                "invalid_token; Token was revoked.",
            ),
            // Bitbucket Cloud and Data Center
            (
                r#"{"type":"error","error":{"message":"source branch not found","detail":"It is not there."}}"#,
                "source branch not found; It is not there.",
            ),
            (
                r#"{"errors":[{"context":null,"message":"Pull request is out of date.","exceptionName":"com.atlassian"}]}"#,
                "Pull request is out of date.",
            ),
            // Azure DevOps
            (
                r#"{"$id":"1","message":"TF401179: An active pull request exists","typeKey":"Git"}"#,
                "TF401179: An active pull request exists",
            ),
            ("<html><body>502</body></html>", ""),
            ("[1]", ""),
        ] {
            assert_eq!(words(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn words_are_one_short_line() {
        assert_eq!(shorten("a\r\n::error::b\u{1b}[31m\tc"), "a ::error::b [31m c");
        assert_eq!(shorten(&"ü".repeat(1000)).chars().count(), LENGTH + 3);
    }
}
