//! Strings with a grammar, read with the very parsers that the core will use.

use std::fmt::Display;

use glu_path::name::malformed;
use glu_path::{Path, Template};
use syn::LitStr;

use crate::mistakes::Mistakes;

/// A path expression.
pub(crate) fn path(literal: &LitStr, mistakes: &mut Mistakes) -> Option<Path> {
    let text = literal.value();
    Path::parse(&text)
        .map_err(|error| {
            mistakes.at(literal, format_args!("{}, {}", place(&text, error.at, "path"), error.message));
        })
        .ok()
}

/// A file name with placeholders.
pub(crate) fn template(literal: &LitStr, mistakes: &mut Mistakes) -> Option<Template> {
    let text = literal.value();
    Template::parse(&text)
        .map_err(|error| {
            mistakes.at(literal, format_args!("{}, {}", place(&text, error.at, "file name"), error.message));
        })
        .ok()
}

/// A pipeline's name.
pub(crate) fn name(literal: &LitStr, mistakes: &mut Mistakes) {
    let text = literal.value();
    if let Some(reason) = malformed(&text) {
        mistakes.at(literal, format_args!("the name `{text}` {reason}"));
    }
}

/// Where in a string, since no part of a literal has a span of its own.
fn place(text: &str, at: usize, what: &str) -> impl Display {
    match text.get(..at) {
        None | Some("") => format!("at the start of this {what}"),
        Some(before) => format!("after `{before}` in this {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_by_what_stands_before_it() {
        let place = |text, at| place(text, at, "path").to_string();
        assert_eq!(place("spec..image", 5), "after `spec.` in this path");
        assert_eq!(place("/spec", 0), "at the start of this path");
        assert_eq!(place("größe.", 8), "after `größe.` in this path");
    }
}
