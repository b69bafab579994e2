//! The cargo alias, and whether a workspace claims the program.

use std::path::Path;

use toml::{Table, Value};

/// What an existing `.cargo/config.toml` becomes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Alias {
    /// It has an alias `glu` already.
    There,
    /// The new text.
    Added(String),
    /// It cannot be added to safely; this line is to be added by hand.
    Impossible(String),
}

/// Adds the alias `cargo glu` to a cargo configuration, touching nothing else.
pub(super) fn with_alias(existing: &str, package: &str) -> Alias {
    let line = format!("glu = \"run --quiet --manifest-path {package}/Cargo.toml --\"");
    let Ok(before) = existing.parse::<Table>() else { return Alias::Impossible(line) };
    if before.get("alias").is_some_and(|alias| alias.get("glu").is_some()) {
        return Alias::There;
    }
    let header = existing.split_inclusive('\n').scan(0, |end, text| {
        *end += text.len();
        Some((*end, text.trim()))
    });
    let header = header.filter(|(_, text)| *text == "[alias]").map(|(end, _)| end).next();
    let added = match header {
        Some(end) => {
            let (head, tail) = existing.split_at(end);
            let separator = if head.ends_with('\n') { "" } else { "\n" };
            format!("{head}{separator}{line}\n{tail}")
        }
        None => {
            let separator = if existing.is_empty() {
                ""
            } else if existing.ends_with('\n') {
                "\n"
            } else {
                "\n\n"
            };
            format!("{existing}{separator}[alias]\n{line}\n")
        }
    };
    // The edit is only good if it adds this one key and nothing else.
    let mut after = added.parse::<Table>().unwrap_or_default();
    let alias = after.get_mut("alias").and_then(Value::as_table_mut);
    let was_added = alias.is_some_and(|alias| alias.remove("glu").is_some());
    if !before.contains_key("alias") {
        after.remove("alias");
    }
    if was_added && after == before { Alias::Added(added) } else { Alias::Impossible(line) }
}

/// Whether a workspace at `root` has `package` as a member.
pub(super) fn workspace_includes(root: &Path, package: &str) -> bool {
    let Ok(text) = std::fs::read_to_string(root.join("Cargo.toml")) else { return false };
    let Ok(table) = text.parse::<Table>() else { return false };
    let listed = |key: &str| {
        let list = table.get("workspace").and_then(|workspace| workspace.get(key)).and_then(Value::as_array);
        list.is_some_and(|list| {
            list.iter()
                .filter_map(Value::as_str)
                .any(|member| member == package || (member == "*" && key == "members"))
        })
    };
    listed("members") && !listed("exclude")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "glu = \"run --quiet --manifest-path delivery/Cargo.toml --\"";

    #[test]
    fn the_alias_is_added_where_it_belongs() {
        let added = |existing: &str| match with_alias(existing, "delivery") {
            Alias::Added(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(added(""), format!("[alias]\n{LINE}\n"));
        assert_eq!(added("[build]\njobs = 1\n"), format!("[build]\njobs = 1\n\n[alias]\n{LINE}\n"));
        assert_eq!(
            added("# mine\n[alias]\nx = \"xtask\" # keep\n[build]\njobs = 1"),
            format!("# mine\n[alias]\n{LINE}\nx = \"xtask\" # keep\n[build]\njobs = 1")
        );
    }

    #[test]
    fn what_cannot_be_edited_safely_is_left_alone() {
        assert_eq!(with_alias("[alias]\nglu = \"other\"\n", "delivery"), Alias::There);
        for text in ["alias = { x = \"y\" }\n", "alias.x = \"y\"\n", "[broken\n"] {
            assert_eq!(with_alias(text, "delivery"), Alias::Impossible(LINE.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_workspace_may_claim_the_program() {
        let includes = |text: &str| {
            let directory = tempfile::tempdir().unwrap();
            std::fs::write(directory.path().join("Cargo.toml"), text).unwrap();
            workspace_includes(directory.path(), "delivery")
        };
        assert!(includes("[workspace]\nmembers = [\"*\"]\n"));
        assert!(includes("[workspace]\nmembers = [\"a\", \"delivery\"]\n"));
        assert!(!includes("[workspace]\nmembers = [\"*\"]\nexclude = [\"delivery\"]\n"));
        assert!(!includes("[package]\nname = \"x\"\n"));
    }
}
