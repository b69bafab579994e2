//! Makes text from outside harmless in a log: no line of it is a command, and no character of it moves a cursor.
//!
//! Lines end where a runner ends them, at a carriage return too.

use std::borrow::Cow;

use super::Hazard;

/// Text in which no line is a command. A command loses its meaning by a blank in its midst, and keeps its words.
pub(crate) fn harmless(text: &str, hazard: Hazard) -> Cow<'_, str> {
    if !is_hazardous(text, hazard) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_inclusive(['\n', '\r']).map(|line| line_of(line, hazard)).collect())
}

/// Whether any line of a text is a command.
pub(crate) fn is_hazardous(text: &str, hazard: Hazard) -> bool {
    match hazard {
        Hazard::None => false,
        Hazard::Workflow => has_command(text) || lines(text).any(|line| line.starts_with("::")),
        Hazard::Logging => has_command(text),
        Hazard::Headings => lines(text).any(is_heading),
    }
}

/// JSON in which no line is a command; to whoever parses it, it is the same.
pub(crate) fn harmless_json(text: &str, hazard: Hazard) -> Cow<'_, str> {
    match hazard {
        // Only strings have number signs in them, and no line of JSON begins with a colon.
        Hazard::Workflow | Hazard::Logging if text.contains("##") => {
            Cow::Owned(text.replace("##", "#\\u0023"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Text without control characters, line ends and tabs aside.
pub(crate) fn without_controls(text: &str) -> String {
    text.chars().filter(|&character| !character.is_control() || matches!(character, '\n' | '\t')).collect()
}

/// The lines of a text as a runner reads them.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r']).map(|line| &line[start(line)..])
}

/// Where a line begins for somebody who passes over everything that cannot be seen.
fn start(line: &str) -> usize {
    let unseen = |character: char| {
        character.is_whitespace() || character.is_control() || matches!(character, '\u{200b}' | '\u{feff}')
    };
    line.len() - line.trim_start_matches(unseen).len()
}

fn line_of(line: &str, hazard: Hazard) -> String {
    let (blank, rest) = line.split_at(start(line));
    match hazard {
        Hazard::None => line.to_owned(),
        Hazard::Headings if is_heading(rest) => format!("{blank} {rest}"),
        Hazard::Headings => line.to_owned(),
        Hazard::Workflow if rest.starts_with("::") => format!("{blank}: {}", apart(&rest[1..])),
        Hazard::Workflow | Hazard::Logging => format!("{blank}{}", apart(rest)),
    }
}

/// Puts blanks between the number signs before a command's bracket.
fn apart(text: &str) -> String {
    let mut apart = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find("##") {
        let (before, signs) = rest.split_at(begin);
        let after = signs.trim_start_matches('#');
        let count = signs.len() - after.len();
        apart.push_str(before);
        apart.push_str(&if is_command(after) { vec!["#"; count].join(" ") } else { "#".repeat(count) });
        rest = after;
    }
    apart + rest
}

/// Whether a command goes on like this behind its number signs.
fn is_command(after: &str) -> bool {
    let name = after.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("vso["));
    name || after.starts_with('[')
}

fn has_command(text: &str) -> bool {
    text.match_indices("##").any(|(at, _)| is_command(text[at..].trim_start_matches('#')))
}

fn is_heading(line: &str) -> bool {
    ["---", "+++", "~~~", "^^^"].iter().any(|mark| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a GitHub runner takes for a command: its own reading of a line, written down from its documentation.
    fn commands(text: &str) -> Vec<&str> {
        text.split(['\n', '\r'])
            .filter(|line| line.trim().starts_with("::") || line.contains("##["))
            .collect()
    }

    const HOSTILE: &[&str] = &[
        "::error::x",
        "  ::set-output name=changes::false",
        "fine\n\t::stop-commands::x",
        "fine\r::add-mask::a",
        "fine\r\n::group::x\r\n",
        "fine ##[add-path]/evil",
        "##vso[task.setvariable variable=a]b",
        "a ##vso[task.setsecret]b",
        ":::::",
        "###[x]",
        "\u{a0}::error::x",
        "\u{2028}::error::x",
    ];

    #[test]
    fn no_line_is_a_command_and_every_word_is_kept() {
        for text in HOSTILE {
            let safe = harmless(text, Hazard::Workflow);
            assert_eq!(commands(&safe), [""; 0], "{text:?} {safe:?}");
            let safe_there = harmless(text, Hazard::Logging);
            assert!(!safe_there.contains("##[") && !safe_there.contains("##vso["), "{text:?}");
            let words = |text: &str| text.replace([' ', ':', '#'], "");
            assert_eq!(words(&safe), words(text));
            // What is harmless stays as it is.
            assert_eq!(harmless(&safe, Hazard::Workflow), safe);
        }
        assert!(HOSTILE[..5].iter().all(|text| !commands(text).is_empty()));
        assert!(matches!(harmless("## a::b # c\n+ ::\n### d [e]\n", Hazard::Workflow), Cow::Borrowed(_)));
    }

    #[test]
    fn headings_are_indented() {
        assert_eq!(harmless("a\n--- b\n+++c\n~ d", Hazard::Headings), "a\n --- b\n +++c\n~ d");
    }

    #[test]
    fn json_stays_the_same_to_those_who_parse_it() {
        for text in HOSTILE {
            let json = serde_json::to_string_pretty(&serde_json::json!({ "a": [text], *text: 1 })).unwrap();
            let safe = harmless_json(&json, Hazard::Workflow);
            assert_eq!(commands(&safe), [""; 0], "{safe}");
            assert!(!safe.contains("##"));
            let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(parsed(&safe), parsed(&json));
        }
    }

    #[test]
    fn nothing_moves_a_cursor() {
        assert_eq!(
            without_controls("\u{1b}[0Ksection_start:1:x\r\u{1b}[0Ka\tb\n\u{9b}c"),
            "[0Ksection_start:1:x[0Ka\tb\nc"
        );
    }
}
