//! Scalars of YAML: what plain ones are taken for, and how a value is written in the style of the one it replaces.
//!
//! A scalar keeps its quotes. A plain one stays plain where the value is read back as what it was, and is quoted
//! otherwise:
//!
//! - a string stays a string for every reader, those of YAML 1.1 included: `on`, `0071335`, `1.20`, `12:30` and `null` are
//!   quoted, `1.2.3` and `v1` are not
//! - a number or a boolean may become another number or boolean, if that is written as a reader would write it back:
//!   `4`, `1.5`, `true`. `1.20`, `6063e25` and `007` would not come back as written, so they are quoted
//! - null, or a value that is left out, has no type to keep: it becomes a string

use granit_parser::Tag;

use super::super::node::{Kind, Node, Style, Written};
use super::super::splice::Splice;

/// Writes `value` in the style of `scalar`, which stands at `target`.
pub(super) fn render(text: &str, target: &Node, scalar: &Written, value: &str) -> Result<Splice, String> {
    let range = target.range.clone();
    let rendered = match scalar.style {
        Style::Plain | Style::PlainInFlow => {
            let flow = scalar.style == Style::PlainInFlow;
            if let Some(tag) = target
                .tag
                .as_ref()
                .filter(|_| scalar.kind != Kind::String && kind(value, None) != scalar.kind)
            {
                return Err(format!("the value is tagged `{tag}`, and `{value}` is none"));
            }
            let plain = is_plain(value, flow) && keeps_kind(scalar.kind, value);
            let written = if plain { value.to_owned() } else { double_quoted(value) };
            if range.is_empty() {
                return Ok(fill_in(text, range.start, &written));
            }
            written
        }
        Style::SingleQuoted if !value.contains(needs_escape) => format!("'{}'", value.replace('\'', "''")),
        Style::SingleQuoted | Style::DoubleQuoted | Style::TripleQuoted => double_quoted(value),
        Style::Literal | Style::Folded => return in_block(text, target, scalar, value),
    };
    Ok(Splice { range, text: rendered })
}

/// Puts a value where there is none: behind the colon or the dash, and what properties follow it.
fn fill_in(text: &str, at: usize, written: &str) -> Splice {
    let blanks = text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len();
    let at = if text[at + blanks..].starts_with(':') { at + blanks + 1 } else { at };
    let space = if text[..at].ends_with([' ', '\t']) { "" } else { " " };
    Splice { range: at..at, text: format!("{space}{written}") }
}

/// Replaces the one line of a block; longer blocks are folded and chomped by rules that no single edit can keep.
fn in_block(text: &str, target: &Node, scalar: &Written, value: &str) -> Result<Splice, String> {
    let content = scalar.text.trim_end_matches('\n');
    let breaks = &scalar.text[content.len()..];
    if content.is_empty() || content.contains('\n') || !text[target.range.clone()].starts_with(content) {
        return Err(
            "the value is a block of several lines, which is not edited; write it on one line".to_owned()
        );
    }
    let Some(line) = value.strip_suffix(breaks).filter(|line| !line.contains(needs_escape)) else {
        return Err(if breaks.is_empty() {
            "the value is a block of one line, and the new one does not fit in it; write it behind its key"
                .to_owned()
        } else {
            "the value is a block that ends in a line break, and the new one does not; write `|-` or `>-` for the block, \
             or the value behind its key"
                .to_owned()
        });
    };
    if line.is_empty() || line.trim() != line {
        return Err(
            "a block cannot hold white space around the value; write it behind its key, in quotes".to_owned()
        );
    }
    Ok(Splice { range: target.range.start..target.range.start + content.len(), text: line.to_owned() })
}

/// What a plain scalar is taken for: by its tag, else by the core schema of YAML 1.2.
pub(super) fn kind(text: &str, tag: Option<&Tag>) -> Kind {
    match tag.map(|tag| tag.core_suffix()) {
        Some(Some("int" | "float")) => Kind::Number,
        Some(Some("bool")) => Kind::Bool,
        Some(Some("null")) => Kind::Null,
        Some(_) => Kind::String,
        None => match text {
            "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Kind::Bool,
            _ if is_number(text) => Kind::Number,
            _ => Kind::String,
        },
    }
}

/// Whether a plain `value` may stand where a plain scalar of this kind stood.
fn keeps_kind(before: Kind, value: &str) -> bool {
    match kind(value, None) {
        Kind::String => !is_ambiguous(value),
        _ if matches!(before, Kind::String | Kind::Null) => false,
        Kind::Bool => matches!(value, "true" | "false"),
        Kind::Number => {
            value.parse::<i64>().is_ok_and(|number| number.to_string() == value)
                || value.parse::<f64>().is_ok_and(|number| number.to_string() == value && value.contains('.'))
        }
        Kind::Null | Kind::Datetime => false,
    }
}

/// Whether a text can be written without quotes, so that older readers understand it too.
fn is_plain(text: &str, flow: bool) -> bool {
    let starts = match text.as_bytes() {
        [] => false,
        [b'-', rest @ ..] => {
            rest.first().is_some_and(|next| !b" ,[]{}?:".contains(next)) && !text.starts_with("---")
        }
        _ => !text.starts_with(|c| "?:,[]{}#&*!|>'\"%@`".contains(c)),
    };
    starts
        && text.trim() == text
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("...")
        && !text.contains(|c: char| needs_escape(c) || (flow && ",[]{}?".contains(c)))
}

/// Whether a number, in any spelling of the core schema.
fn is_number(text: &str) -> bool {
    let digits = |text: &str, radix| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    if let Some(octal) = text.strip_prefix("0o") {
        return digits(octal, 8);
    }
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return digits(hexadecimal, 16);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    (!whole.is_empty() || !fraction.is_empty())
        && all_digits(whole)
        && all_digits(fraction)
        && exponent.is_none_or(|exponent| digits(exponent, 10))
}

/// Whether a text that YAML 1.2 takes for a string is something else to readers of YAML 1.1.
fn is_ambiguous(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(&word);
    matches!(word.as_str(), "y" | "n" | "yes" | "no" | "on" | "off" | "=" | "<<")
        || is_date(text)
        || is_sexagesimal(unsigned)
        || is_prefixed(unsigned)
        || unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && is_number(&unsigned.replace('_', ""))
}

/// Whether a number to another base, underscores included: `0b1`, `0x_ff`.
fn is_prefixed(unsigned: &str) -> bool {
    ["0b", "0o", "0x"]
        .into_iter()
        .filter_map(|prefix| unsigned.strip_prefix(prefix))
        .any(|digits| digits.chars().all(|c| c.is_ascii_hexdigit() || c == '_'))
}

/// Whether a date, alone or with a time behind it: `2026-11-05`, `2026-11-05T08:00:00Z`.
fn is_date(text: &str) -> bool {
    let date = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split('-').collect();
    let is = |part: &str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit())
    };
    matches!(parts.as_slice(), [year, month, day] if is(year, &[4]) && is(month, &[1, 2]) && is(day, &[1, 2]))
}

/// Whether a number to the base of 60: `12:30`, `1:20:30.5`.
fn is_sexagesimal(unsigned: &str) -> bool {
    let mut parts = unsigned.split(':');
    let all_digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || c == '_');
    let first = parts.next().is_some_and(all_digits);
    let rest: Vec<&str> = parts.collect();
    let below_sixty = |part: &str| part.len() <= 2 && part.parse::<u8>().is_ok_and(|number| number < 60);
    first
        && !rest.is_empty()
        && rest.iter().all(|part| below_sixty(part.split('.').next().unwrap_or_default()))
}

fn double_quoted(value: &str) -> String {
    let mut written = String::from('"');
    for character in value.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            escaped if needs_escape(escaped) => written.push_str(&format!("\\u{:04X}", u32::from(escaped))),
            other => written.push(other),
        }
    }
    written.push('"');
    written
}

/// Whether a character can stand only in double quotes, as an escape: controls, line breaks and byte order marks.
fn needs_escape(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}
