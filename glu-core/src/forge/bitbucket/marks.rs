//! Lines that programs read and people do not see. Elsewhere those are HTML comments; Bitbucket shows them, but hides the definition of a link that
//! nothing refers to (CommonMark, "Link reference definitions"). Such a one cannot follow upon a line of text, so that a blank line may have to come
//! between; which of the two forms it has tells whether one was put there, and that it is to be taken away again.

const OPEN: &str = "<!-- ";
const CLOSE: &str = " -->";
const PLAIN: (&str, &str) = ("[//]: # \"", "\"");
const APART: (&str, &str) = ("[//]: # (", ")");

/// A text with its marks in the form in which nobody sees them.
pub(super) fn outward(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut may_follow = true;
    for line in text.split('\n') {
        let Some(mark) = comment(line) else {
            may_follow = line.trim().is_empty();
            lines.push(line.to_owned());
            continue;
        };
        let (start, end) = if may_follow { PLAIN } else { APART };
        if !may_follow {
            lines.push(String::new());
        }
        lines.push(format!("{start}{mark}{end}"));
        may_follow = true;
    }
    lines.join("\n")
}

/// The text that was written, whichever form its marks have.
pub(super) fn inward(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let within = |(start, end): (&str, &str)| line.trim_end().strip_prefix(start)?.strip_suffix(end);
        match (within(PLAIN), within(APART)) {
            (Some(mark), _) => lines.push(format!("{OPEN}{mark}{CLOSE}")),
            (None, Some(mark)) => {
                if lines.last().is_some_and(|last| last.trim().is_empty()) {
                    lines.pop();
                }
                lines.push(format!("{OPEN}{mark}{CLOSE}"));
            }
            (None, None) => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

/// Whether a line of a text is this, whichever form its marks have.
pub(super) fn has(text: &str, line: &str) -> bool {
    inward(text).lines().any(|known| known.trim() == line)
}

/// What a line says that is nothing but a comment, and can be said in the other form.
fn comment(line: &str) -> Option<&str> {
    let mark = line.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
    let is_plain = !mark.contains(['(', ')', '"', '\\', '<', '>', '\r']) && !mark.trim().is_empty();
    is_plain.then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_hidden_and_found_again() {
        let text = "Please look.\n<!-- glu:begin state=sha256:1 title=2 -->\nFrom `a`.\n\n- [x] soak\n<!-- glu:end -->\n\nThanks!";
        let written = outward(text);
        assert_eq!(
            written,
            "Please look.\n\n[//]: # (glu:begin state=sha256:1 title=2)\nFrom `a`.\n\n- [x] soak\n\n[//]: # (glu:end)\n\nThanks!"
        );
        assert_eq!(inward(&written), text);
    }

    #[test]
    fn every_text_comes_back() {
        for text in [
            "",
            "\n",
            "<!-- a -->",
            "<!-- a -->\n<!-- b -->\ntext\n<!-- c -->\n",
            "text\n\n<!-- a -->\n\n<!-- b -->",
            "text\n\n\n<!-- a -->",
            "a <!-- b --> c",
            "text\n<!-- with (parentheses) \"and\" -->",
            "<!--  -->\n<!---->",
            "text\r\n<!-- a -->\r\nmore\r\n",
        ] {
            assert_eq!(inward(&outward(text)), text, "{text:?}");
        }
    }

    #[test]
    fn line_ends_of_a_browser_hide_no_mark() {
        assert_eq!(inward("text\r\n\r\n[//]: # (a)\r\nmore"), "text\r\n<!-- a -->\nmore");
    }
}
