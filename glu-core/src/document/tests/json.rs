//! Edits of JSON.

use super::super::{Edited, Format, Kind, Problem, get, set};
use glu_path::Path;

#[track_caller]
fn edit(text: &str, path: &str, value: &str) -> String {
    super::edit(Format::Json, text, path, value)
}

#[test]
fn layout_and_comments_are_kept() {
    let before = "// header\n{\n\t\"a\" : \"x\" , /* b */ \"b\": [ 1,2 ,{\"name\":\"n\",\"v\":\"x\"}, ],\r\n  \"grüße\": null\n}\n";
    assert_eq!(edit(before, "a", "longer"), before.replace("\"a\" : \"x\"", "\"a\" : \"longer\""));
    assert_eq!(edit(before, "b[1]", "30"), before.replace("1,2 ", "1,30 "));
    assert_eq!(edit(before, "b[name=n].v", "y"), before.replace("\"v\":\"x\"", "\"v\":\"y\""));
    assert_eq!(edit(before, "grüße", "y"), before.replace("null", "\"y\""));
    assert_eq!(edit("\u{feff}{\"a\":1}", "a", "2"), "\u{feff}{\"a\":2}");
    assert_eq!(edit("{\"a\":1}", "a", "2.50"), "{\"a\":2.50}");
}

#[test]
fn strings_are_escaped() {
    assert_eq!(edit("{\"a\":\"x\"}", "a", "say \"\\\"\n\u{1}ü"), "{\"a\":\"say \\\"\\\\\\\"\\n\\u0001ü\"}");
    assert_eq!(edit("{\"a\":\"\\u00e9\\/\"}", "a", "1"), "{\"a\":\"1\"}");
    let path = Path::parse("a").unwrap();
    assert_eq!(set(Format::Json, b"{\"a\":\"\\u00e9\\/\"}", &path, "\u{e9}/").unwrap(), Edited::Unchanged);
}

#[test]
fn numbers_and_booleans_stay_what_they_are() {
    let text = "{\"n\": 1, \"b\": true}";
    assert_eq!(edit(text, "b", "false"), "{\"n\": 1, \"b\": false}");
    for (path, value) in [
        ("n", "x"),
        ("n", "true"),
        ("n", "01"),
        ("n", "1, \"c\": 2"),
        ("n", " 2"),
        ("n", ""),
        ("b", "1"),
        ("b", "True"),
    ] {
        assert_eq!(
            super::refusal(Format::Json, text, path, value).problem,
            Problem::Refused,
            "{path}={value}"
        );
    }
    let number = get(Format::Json, b"{\"n\": 1.50}", &Path::parse("n").unwrap()).unwrap();
    assert_eq!((number.text.as_str(), number.kind), ("1.50", Kind::Number));
}

#[test]
fn duplicates_and_other_mistakes_are_refused() {
    assert_eq!(super::refusal(Format::Json, "{\"a\": 1, \"a\": 2}", "a", "3").problem, Problem::Ambiguous);
    for text in [
        "{a: 1}",
        "{'a': 1}",
        "{\"a\": 1 \"b\": 2}",
        "{\"a\": 0x1}",
        "{\"a\": .5}",
        "{\"a\": NaN}",
        "{\"a\"",
        "1 2",
    ] {
        assert_eq!(super::refusal(Format::Json, text, "a", "3").problem, Problem::Syntax, "{text}");
    }
    assert_eq!(super::refusal(Format::Json, "", "a", "3").problem, Problem::Missing);
}
