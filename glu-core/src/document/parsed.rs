//! What a thread has parsed last. Several places of one file are read one after the other, an edit is parsed to be checked and then
//! edited again or read back: the same text each time, and parsing is by far the longest part of each.

use std::cell::RefCell;
use std::rc::Rc;

use super::Format;
use super::error::DocumentError;
use super::node::Node;

/// A file before an edit, and after it.
const KEPT: usize = 2;

/// Larger texts are not kept.
const LARGEST: usize = 1 << 20;

struct Parsed {
    format: Format,
    text: String,
    documents: Rc<Vec<Node>>,
}

thread_local! {
    /// The newest last.
    static LAST: RefCell<Vec<Parsed>> = const { RefCell::new(Vec::new()) };
}

/// The documents of a text.
pub(super) fn parse(format: Format, text: &str) -> Result<Rc<Vec<Node>>, DocumentError> {
    let known = LAST.with_borrow(|last| {
        let known = last.iter().rev().find(|parsed| parsed.format == format && parsed.text == text);
        known.map(|parsed| Rc::clone(&parsed.documents))
    });
    if let Some(documents) = known {
        return Ok(documents);
    }
    let documents = Rc::new(format.language().parse(text)?);
    if text.len() <= LARGEST {
        LAST.with_borrow_mut(|last| {
            if last.len() == KEPT {
                last.remove(0);
            }
            last.push(Parsed { format, text: text.to_owned(), documents: Rc::clone(&documents) });
        });
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_parsed_once() {
        let first = parse(Format::Yaml, "a: 1\n").unwrap();
        assert!(Rc::ptr_eq(&first, &parse(Format::Yaml, "a: 1\n").unwrap()));
        let other = parse(Format::Yaml, "a: 2\n").unwrap();
        assert!(Rc::ptr_eq(&first, &parse(Format::Yaml, "a: 1\n").unwrap()));
        assert!(Rc::ptr_eq(&other, &parse(Format::Yaml, "a: 2\n").unwrap()));
        parse(Format::Yaml, "a: 3\n").unwrap();
        assert!(!Rc::ptr_eq(&first, &parse(Format::Yaml, "a: 1\n").unwrap()));
    }

    #[test]
    fn the_same_text_in_another_format_is_another_document() {
        let yaml = parse(Format::Yaml, "[1]").unwrap();
        assert!(!Rc::ptr_eq(&yaml, &parse(Format::Json, "[1]").unwrap()));
    }
}
