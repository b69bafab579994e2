//! The text of a proposal: what stands between the markers is ours, the rest belongs to whoever wrote it.

use crate::gate::Report;
use crate::model::StateDigest;
use crate::percent;

use super::{Mark, Template};
use crate::change::Change;

const BEGIN: &str = "<!-- glu:begin";
const END: &str = "<!-- glu:end -->";
const CLOSE: &str = "-->";

/// How many characters the markers and the note about what was left out take at most.
const RESERVED: usize = 600;

/// Our part of a text, with its mark.
pub(super) fn block(mark: &Mark, words: &str) -> String {
    let closed = if mark.closed { " closed" } else { "" };
    let state = escaped(mark.state.as_str());
    // Nobody's words may end our part early.
    let words = words.replace("<!-- glu:", "<!- glu:");
    format!(
        "{BEGIN} state={state} title={} gates={}{closed} {CLOSE}\n{}\n{END}",
        mark.title,
        mark.gates,
        words.trim_end()
    )
}

/// The whole text: ours in the place where it was, or at the end.
pub(super) fn renewed(old: &str, block: &str, limit: usize) -> String {
    let text = match find(old) {
        Some((start, end, _)) => format!("{}{block}{}", &old[..start], &old[end..]),
        None if old.trim().is_empty() => block.to_owned(),
        None => format!("{}\n\n{block}", old.trim_end()),
    };
    if text.chars().count() <= limit {
        return text;
    }
    // What people wrote goes before what can be written again.
    let (start, end, mark) = find(&text).expect("the block was just put in");
    let others = text[..start].chars().count() + text[end..].chars().count();
    let room = limit.saturating_sub(others + RESERVED);
    let kept: String = ours(&text).chars().take(room).collect();
    let kept = kept.rsplit_once('\n').map_or("", |(whole_lines, _)| whole_lines);
    let shorter = self::block(
        &mark,
        &format!("{kept}\n\nThe rest is too long for this place; `glu plan` shows all of it."),
    );
    format!("{}{shorter}{}", &text[..start], &text[end..])
}

/// What our part says of itself.
pub(super) fn mark(text: &str) -> Option<Mark> {
    find(text).map(|(.., mark)| mark)
}

/// The words of our part.
pub(super) fn ours(text: &str) -> String {
    let Some((start, end, _)) = find(text) else { return String::new() };
    let words = text[start..end].split_once(CLOSE).map_or("", |(_, rest)| rest);
    words.trim_end_matches(END).trim().to_owned()
}

/// The title by the author's template or ours, on one line that forges take.
pub(super) fn title(template: &Template, change: &Change) -> String {
    let title = template.title.as_ref().map_or_else(|| change.headline(), |words| words.of(change));
    let title: Vec<&str> =
        title.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect();
    title.join(" ").chars().take(200).collect()
}

/// The words by the author's template or ours.
pub(super) fn words(template: &Template, change: &Change) -> String {
    template.body.as_ref().map_or_else(|| change.summary(), |words| words.of(change))
}

/// A title as it is remembered, to tell whether people have written another.
pub(super) fn title_digest(title: &str) -> String {
    StateDigest::of(title.as_bytes()).short().to_owned()
}

/// What gates say as it is remembered: which of them are open. How far the others have come is said anew only when that changes.
pub(super) fn gates_digest(gates: &[Report]) -> String {
    fn outline(report: &Report, text: &mut String) {
        let answer = match report.asks_the_proposal() && report.parts.is_empty() {
            true => "asked".to_owned(),
            false => report.verdict.to_string(),
        };
        text.push_str(&format!("({} {answer}", report.gate.name));
        report.parts.iter().for_each(|part| outline(part, text));
        text.push(')');
    }
    let mut text = String::new();
    gates.iter().for_each(|report| outline(report, &mut text));
    StateDigest::of(text.as_bytes()).short().to_owned()
}

/// Where our part begins and ends, and its mark.
fn find(text: &str) -> Option<(usize, usize, Mark)> {
    let start = text.find(BEGIN)?;
    let head_end = start + text[start..].find(CLOSE)?;
    // Whoever took the end away has taken everything behind it into our part; better to leave that to them.
    let end = head_end + text[head_end..].find(END)? + END.len();
    let mut mark =
        Mark { state: StateDigest::new(""), title: String::new(), gates: String::new(), closed: false };
    for word in text[start + BEGIN.len()..head_end].split_whitespace() {
        match word.split_once('=') {
            Some(("state", state)) => mark.state = StateDigest::new(percent::decode(state)),
            Some(("title", title)) => mark.title = title.to_owned(),
            Some(("gates", gates)) => mark.gates = gates.to_owned(),
            None if word == "closed" => mark.closed = true,
            _ => {}
        }
    }
    Some((start, end, mark))
}

/// A digest as one word that cannot end a comment. Resources of one's own may call anything a digest.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'_');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") })
        .collect()
}
