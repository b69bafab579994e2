//! What pipelines and phases may be called: a name stands in file names, branch names, trailers and commands.

const LONGEST: usize = 100;

/// Why this cannot be a name, as a lower-case fragment that goes on from the name; `None` if it can.
pub fn malformed(name: &str) -> Option<&'static str> {
    let ok = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    match name {
        "" => Some("is empty"),
        _ if !name.chars().all(ok) => Some("may only have letters, digits, `-`, `_` and `.`"),
        _ if !name.starts_with(|first: char| first.is_ascii_alphanumeric()) => {
            Some("must begin with a letter or a digit")
        }
        _ if name.ends_with('.') || name.contains("..") => Some("must not end in a dot or have two in a row"),
        _ if name.len() > LONGEST => Some("is longer than 100 characters"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_break_a_file_a_branch_or_a_command_is_no_name() {
        for name in ["checkout", "eu-west-1", "v1.2", "a_b", "9lives"] {
            assert_eq!(malformed(name), None, "{name}");
        }
        for name in ["", "-rf", ".git", "_x", "a b", "a/b", "größe", "a..b", "a.", "a\n"] {
            assert!(malformed(name).is_some(), "{name}");
        }
        assert!(malformed(&"a".repeat(LONGEST)).is_none());
        assert!(malformed(&"a".repeat(LONGEST + 1)).is_some());
    }
}
