//! Texts as GitLab takes them: a draft is a word in the title, and a line that begins with a slash is an order.

use super::super::fit::fit_line;
use super::BODY;

const TITLE: usize = 255;
const DRAFT: &str = "Draft: ";

/// A title of its own, with the word that makes a draft of it.
pub(super) fn title(title: &str, draft: bool) -> String {
    let line = fit_line(without_draft(title), TITLE - DRAFT.len());
    if draft { format!("{DRAFT}{line}") } else { line }
}

/// A title without the words that make a draft of it.
pub(super) fn without_draft(title: &str) -> &str {
    let mut rest = title.trim();
    loop {
        let words = ["draft:", "[draft]", "(draft)"];
        let found = words.into_iter().find_map(|word| {
            let start = rest.get(..word.len())?;
            start.eq_ignore_ascii_case(word).then(|| rest[word.len()..].trim_start())
        });
        match found {
            Some(shorter) => rest = shorter,
            None => return rest,
        }
    }
}

/// A text that fits and orders nothing.
pub(super) fn written(text: &str) -> String {
    const REST: &str = "\n\n(There was more than fits.)";
    let text = each_line(text, |slashes, line| if slashes { format!("\\{line}") } else { line.to_owned() });
    if text.chars().count() <= BODY {
        return text;
    }
    text.chars().take(BODY - REST.chars().count()).chain(REST.chars()).collect()
}

/// A text as it was before it was [`written`].
pub(super) fn read(text: &str) -> String {
    each_line(text, |slashes, line| {
        let line = if slashes { line.strip_prefix('\\').unwrap_or(line) } else { line };
        line.to_owned()
    })
}

/// Whether two texts are the same to GitLab, which takes carriage returns and blanks at the end away.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one.replace('\r', "").trim_end() == other.replace('\r', "").trim_end()
}

/// Every line with whether it begins with a slash, backslashes before it aside.
fn each_line(text: &str, change: impl Fn(bool, &str) -> String) -> String {
    let lines = text.split('\n').map(|line| change(line.trim_start_matches('\\').starts_with('/'), line));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_a_word_in_the_title() {
        assert_eq!(title("Release\n 1.1", true), "Draft: Release 1.1");
        assert_eq!(title("draft: [Draft] Release", false), "Release");
        assert_eq!(without_draft("(DRAFT)Draft: x"), "x");
        assert_eq!(without_draft("Drafted: x"), "Drafted: x");
        assert_eq!(without_draft("öäüß"), "öäüß");
        assert_eq!(title(&"t".repeat(300), true).chars().count(), 255);
    }

    #[test]
    fn a_line_that_would_be_an_order_is_none_and_comes_back() {
        for text in ["/merge\n \\x", "a\n/close\n\n/usr/bin\n", "\\/x\n\\\\/y", "a / b", ""] {
            let written = written(text);
            assert!(!written.lines().any(|line| line.starts_with('/')), "{written}");
            assert_eq!(read(&written), text);
        }
        assert_eq!(written("/merge"), "\\/merge");
        assert!(is_same("a\r\nb\n", "a\nb"));
        assert!(!is_same(" a", "a"));
    }
}
