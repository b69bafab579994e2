//! The `.d` file beside a binary: the files that went into it.

use std::path::PathBuf;

/// The prerequisites of the first rule. Blanks in names are written with a backslash.
pub(super) fn inputs(text: &str) -> Vec<PathBuf> {
    let Some((_, prerequisites)) = text.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    let mut paths = Vec::new();
    let mut current = String::new();
    let mut characters = prerequisites.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.peek() == Some(&' ') => current.extend(characters.next()),
            ' ' if current.is_empty() => {}
            ' ' => paths.push(PathBuf::from(std::mem::take(&mut current))),
            other => current.push(other),
        }
    }
    if !current.is_empty() {
        paths.push(PathBuf::from(current));
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_blanks_are_kept_whole() {
        let text = "/t/debug/p: /a/src/main.rs /a\\ b/c.rs  /d\n\n/a/src/main.rs:\n";
        assert_eq!(inputs(text), ["/a/src/main.rs", "/a b/c.rs", "/d"].map(PathBuf::from));
        assert!(inputs("").is_empty());
        assert!(inputs("/t/debug/p:\n").is_empty());
    }
}
