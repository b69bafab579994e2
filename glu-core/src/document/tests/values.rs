//! Whole documents as values.

use serde_json::json;

use super::super::{Format, to_value};

#[test]
fn yaml_is_read_by_the_core_schema() {
    let text = "a: 1\nb: -1.5\nc: true\nd: ~\ne:\nf: 'true'\ng: on\nh: [x, {y: z}]\ni: 0x1F\nj: 0o17\nk: !!str 1\nl: |\n  t\n1: one\n";
    assert_eq!(
        to_value(Format::Yaml, text).unwrap(),
        json!({"a": 1, "b": -1.5, "c": true, "d": null, "e": null, "f": "true", "g": "on", "h": ["x", {"y": "z"}],
               "i": 31, "j": 15, "k": "1", "l": "t\n", "1": "one"})
    );
    assert_eq!(to_value(Format::Yaml, "\u{feff}---\n- 1\n").unwrap(), json!([1]));
    assert_eq!(to_value(Format::Yaml, "# nothing\n").unwrap(), json!(null));
}

#[test]
fn aliases_are_expanded_within_limits() {
    assert_eq!(
        to_value(Format::Yaml, "a: &a {x: 1}\nb: *a\nc: [*a, *a]\n").unwrap(),
        json!({"a": {"x": 1}, "b": {"x": 1}, "c": [{"x": 1}, {"x": 1}]})
    );
    let error = to_value(Format::Yaml, "a: &a [*a]\n").unwrap_err();
    assert_eq!(error.to_string(), "line 1: the alias leads to itself");

    let mut bomb = String::from("l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let alias = format!("*l{}", level - 1);
        bomb.push_str(&format!("l{level}: &l{level} [{}]\n", [alias.as_str(); 10].join(", ")));
    }
    assert!(to_value(Format::Yaml, &bomb).unwrap_err().reason.contains("too large"));
}

#[test]
fn json_and_toml_are_read() {
    assert_eq!(
        to_value(
            Format::Json,
            "{\"a\": [1, -2.5e1, true, null, \"x\\n\"], /* c */ \"b\": 18446744073709551615,}"
        )
        .unwrap(),
        json!({"a": [1, -25.0, true, null, "x\n"], "b": 18_446_744_073_709_551_615_u64})
    );
    assert_eq!(
        to_value(
            Format::Toml,
            "a = 1_000\nb = 0xff\nd = 2026-11-05\n[c.d]\ne = [1.5, 'x']\n[[f]]\ng = false\n"
        )
        .unwrap(),
        json!({"a": 1000, "b": 255, "d": "2026-11-05", "c": {"d": {"e": [1.5, "x"]}}, "f": [{"g": false}]})
    );
}

#[test]
fn what_no_value_can_be_made_of_has_a_line() {
    for (format, text, message) in [
        (Format::Yaml, "a: 1\nb: 2\na: 3\n", "line 3: the key `a` is there twice"),
        (Format::Json, "{\"a\": 1,\n\"a\": 2}", "line 2: the key `a` is there twice"),
        (Format::Yaml, "a: 1\n---\nb: 2\n", "line 3: the file holds several documents; only one is expected"),
        (Format::Yaml, "a: .inf\n", "line 1: the number `.inf` is out of range"),
        (Format::Yaml, "? [a]\n: 1\n", "line 1: a key is no scalar"),
    ] {
        assert_eq!(to_value(format, text).unwrap_err().to_string(), message);
    }
}
