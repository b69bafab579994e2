//! Rust names for what manifests call otherwise.

/// Names that the prelude, the language or the program's own items take.
const TAKEN: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "continue", "crate", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "git", "if", "impl", "in", "let", "loop", "macro",
    "main", "match", "mod", "move", "mut", "oci", "priv", "pub", "ref", "return", "self", "static", "struct",
    "super", "trait", "true", "try", "type", "use", "virtual", "where", "while", "yield", "Digest",
    "ImageRef", "Option", "Pipeline", "Resource", "Result", "Self", "String", "Vec",
];

/// `my-app` as `my_app`.
pub(super) fn function(name: &str) -> String {
    let name = words(name).join("_");
    available(name, "_app")
}

/// `my-app` as `MyApp`.
pub(super) fn structure(name: &str) -> String {
    let capitalised = words(name).into_iter().map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    available(capitalised.collect(), "App")
}

fn available(name: String, suffix: &str) -> String {
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let name = if starts_well { name } else { format!("app_{name}").trim_end_matches('_').to_owned() };
    if TAKEN.contains(&name.as_str()) { name + suffix } else { name }
}

fn words(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_rust_names() {
        assert_eq!((function("my-App"), structure("my-App")), ("my_app".to_owned(), "MyApp".to_owned()));
        assert_eq!(
            (function("pipeline"), structure("pipeline")),
            ("pipeline".to_owned(), "PipelineApp".to_owned())
        );
        assert_eq!(function("match"), "match_app");
        assert_eq!((function("7zip"), function("--")), ("app_7zip".to_owned(), "app".to_owned()));
    }
}
