//! Whatever the document, an edit changes the bytes of its target alone.

use std::fmt::Write as _;

use glu_path::{Path, Text};
use proptest::prelude::*;

use super::super::{Edited, Format, get, set};

/// A value of a generated document.
#[derive(Debug, Clone)]
enum Tree {
    Scalar { written: String },
    Map(Vec<Tree>),
    List(Vec<Tree>),
}

/// A generated document, with the path and the bytes of each of its scalars.
#[derive(Default)]
struct Printed {
    text: String,
    scalars: Vec<(String, std::ops::Range<usize>)>,
}

fn scalar() -> impl Strategy<Value = Tree> {
    let plain = prop::sample::select(vec![
        "x",
        "1",
        "true",
        "v1.2",
        "a:b",
        "größe",
        "two words",
        "~",
        "1.20",
        "http://x/y",
    ]);
    prop_oneof![
        plain.prop_map(str::to_owned),
        "[a-zé #:,']{0,8}".prop_map(|text| format!("\"{text}\"")),
        "[a-zé #:,\"]{0,8}".prop_map(|text| format!("'{text}'")),
    ]
    .prop_map(|written| Tree::Scalar { written })
}

fn tree() -> impl Strategy<Value = Tree> {
    let inner = scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::Map),
            prop::collection::vec(inner, 1..4).prop_map(Tree::List),
        ]
    });
    prop::collection::vec(inner, 1..4).prop_map(Tree::Map)
}

/// Any text, with those that are hard to write more often than chance would have them.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-a-z0-9:.#'\"{}\\[\\], &*!|>%@\n\t]{0,12}",
        "[0-9]{1,4}[.:e_]?[0-9]{0,3}",
        prop::sample::select(vec![
            "on", "null", "~", "", " ", "---", "- a", "a: b", "a #b", "true", "0x1F", "<<", "\u{feff}"
        ])
        .prop_map(str::to_owned),
    ]
}

impl Printed {
    fn new(tree: &Tree, line_break: &str) -> Self {
        let mut printed = Self::default();
        printed.block(tree, 0, "", line_break);
        printed
    }

    /// Prints a collection at an indentation, one entry a line, with a comment here and there.
    fn block(&mut self, tree: &Tree, indentation: usize, path: &str, line_break: &str) {
        let (children, is_map) = match tree {
            Tree::Map(children) => (children, true),
            Tree::List(children) => (children, false),
            Tree::Scalar { .. } => unreachable!("only collections are printed as blocks"),
        };
        for (position, child) in children.iter().enumerate() {
            if (position + indentation) % 3 == 1 {
                let _ = write!(self.text, "# comment: 'é{line_break}");
            }
            self.text.push_str(&" ".repeat(indentation));
            let place = if is_map {
                let _ = write!(self.text, "k{position}:");
                if path.is_empty() { format!("k{position}") } else { format!("{path}.k{position}") }
            } else {
                self.text.push('-');
                format!("{path}[{position}]")
            };
            if let Tree::Scalar { written } = child {
                self.text.push(' ');
                let start = self.text.len();
                self.text.push_str(written);
                self.scalars.push((place, start..self.text.len()));
                self.text.push_str(if position % 2 == 0 { "  # why" } else { "" });
                self.text.push_str(line_break);
            } else {
                self.text.push_str(line_break);
                self.block(child, indentation + 2, &place, line_break);
            }
        }
    }
}

proptest! {
    #[test]
    fn an_edit_changes_its_target_alone(
        tree in tree(),
        value in value(),
        chosen in any::<prop::sample::Index>(),
        line_break in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let printed = Printed::new(&tree, line_break);
        let (place, range) = chosen.get(&printed.scalars);
        let path = Path::parse(place).unwrap();
        let before = get(Format::Yaml, printed.text.as_bytes(), &path).unwrap();
        match set(Format::Yaml, printed.text.as_bytes(), &path, &value).unwrap() {
            Edited::Unchanged => prop_assert_eq!(&before.text, &value),
            Edited::Changed(bytes) => {
                prop_assert_ne!(&before.text, &value);
                prop_assert!(bytes.starts_with(&printed.text.as_bytes()[..range.start]));
                prop_assert!(bytes.ends_with(&printed.text.as_bytes()[range.end..]));
                prop_assert_eq!(&get(Format::Yaml, &bytes, &path).unwrap().text, &value);
                prop_assert_eq!(set(Format::Yaml, &bytes, &path, &value).unwrap(), Edited::Unchanged);
            }
        }
    }

    #[test]
    fn paths_made_of_any_text_parse_back(key in any::<String>(), value in any::<String>()) {
        let source = "({labels.a}={labels.b}).{labels.a}[{labels.a}={labels.b}].x";
        let values = |name: &str| Some(if name == "labels.a" { key.clone() } else { value.clone() });
        let path = Path::parse(source).unwrap().expand(&values).unwrap();
        prop_assert_eq!(path.selector()[0].value.clone(), Text::literal(value.clone()));
        prop_assert_eq!(Path::parse(&path.to_string()).unwrap(), path);
    }
}
