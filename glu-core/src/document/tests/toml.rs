//! Edits of TOML.

use super::super::{Format, Kind, Problem, get};
use glu_path::Path;

const TEXT: &str = "# header\ntitle = \"x\" # why\n\"a.b\" = 'x'\n\n[spec]\nimage.tag = \"1\"\r\n  replicas = 3\nwhen = 2026-11-05\n\
                    inline = { on = true, list = [ 1, 2, ], \"grüße\" = 'x' }\n\n[[images]]\nname = \"app\"\ntag = \"1\"\n\n[[images]]\nname = \"db\"\n\
                    tag = \"1\" # last\n\n[spec.more]\ndeep = 1.5";

#[track_caller]
fn edit(text: &str, path: &str, value: &str) -> String {
    super::edit(Format::Toml, text, path, value)
}

#[test]
fn layout_and_comments_are_kept() {
    for (path, value, old, new) in [
        ("title", "longer", "\"x\" # why", "\"longer\" # why"),
        ("['a.b']", "y", "= 'x'\n\n[spec]", "= 'y'\n\n[spec]"),
        ("spec.image.tag", "2", "image.tag = \"1\"", "image.tag = \"2\""),
        ("spec.replicas", "40", "replicas = 3", "replicas = 40"),
        ("spec.when", "2027-01-01T08:00:00Z", "when = 2026-11-05", "when = 2027-01-01T08:00:00Z"),
        ("spec.inline.on", "false", "on = true", "on = false"),
        ("spec.inline.list[1]", "3", "1, 2,", "1, 3,"),
        ("spec.inline.grüße", "ÿ", "= 'x' }", "= 'ÿ' }"),
        ("images[0].tag", "2", "\"app\"\ntag = \"1\"", "\"app\"\ntag = \"2\""),
        ("images[name=db].tag", "2", "tag = \"1\" # last", "tag = \"2\" # last"),
        ("spec.more.deep", "-2.5e3", "deep = 1.5", "deep = -2.5e3"),
    ] {
        assert_eq!(TEXT.matches(old).count(), 1, "{old}");
        assert_eq!(edit(TEXT, path, value), TEXT.replace(old, new), "{path}");
    }
    assert_eq!(edit("\u{feff}a = 1\n", "a", "2"), "\u{feff}a = 2\n");
}

#[test]
fn quotes_are_kept_where_they_can() {
    assert_eq!(edit("a = 'x'", "a", "C:\\y \"z\""), "a = 'C:\\y \"z\"'");
    assert_eq!(edit("a = 'x'", "a", "it's"), "a = \"it's\"");
    assert_eq!(edit("a = \"x\"", "a", "say \"\\\"\n\u{1}ü"), "a = \"say \\\"\\\\\\\"\\n\\u0001ü\"");
    for text in ["a = \"\"\"\nx\n\"\"\"", "a = '''x'''"] {
        let error = super::refusal(Format::Toml, text, "a", "y");
        assert_eq!(error.problem, Problem::Refused);
        assert!(error.reason.contains("triple quotes"), "{error}");
    }
}

#[test]
fn types_are_kept() {
    let text = "n = 1_000\nb = true\nd = 2026-11-05\nx = 0xff\n";
    assert_eq!(edit(text, "x", "0xfe"), text.replace("0xff", "0xfe"));
    for (path, value) in [
        ("n", "x"),
        ("n", "\"1\""),
        ("n", "true"),
        ("n", "1 # c"),
        ("n", " 1"),
        ("n", "01"),
        ("n", ""),
        ("b", "1"),
        ("d", "1"),
    ] {
        assert_eq!(
            super::refusal(Format::Toml, text, path, value).problem,
            Problem::Refused,
            "{path}={value}"
        );
    }
    let number = get(Format::Toml, text.as_bytes(), &Path::parse("n").unwrap()).unwrap();
    assert_eq!((number.text.as_str(), number.kind), ("1_000", Kind::Number));
    let date = get(Format::Toml, text.as_bytes(), &Path::parse("d").unwrap()).unwrap();
    assert_eq!((date.text.as_str(), date.kind), ("2026-11-05", Kind::Datetime));
}

#[test]
fn duplicates_and_other_mistakes_have_a_line() {
    for text in ["a = 1\na = 2\n", "a = 1\nb = \n"] {
        let error = super::refusal(Format::Toml, text, "a", "3");
        assert_eq!((error.problem, error.line), (Problem::Syntax, Some(2)), "{error}");
    }
    assert_eq!(super::refusal(Format::Toml, TEXT, "spec.inline", "3").problem, Problem::NotAScalar);
    assert_eq!(super::refusal(Format::Toml, TEXT, "spec.nothing", "3").problem, Problem::Missing);
}
