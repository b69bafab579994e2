//! The grammar of paths.

use glu_path::{Condition, MissingValue, Path, Step, Text};

fn key(text: &str) -> Step {
    Step::Key(Text::literal(text))
}

fn item(key: &[&str], value: &str) -> Step {
    Step::Item(condition(key, value))
}

fn condition(key: &[&str], value: &str) -> Condition {
    Condition { key: key.iter().map(|key| Text::literal(*key)).collect(), value: Text::literal(value) }
}

fn parse(source: &str) -> Path {
    Path::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

#[track_caller]
fn assert_steps(source: &str, steps: &[Step]) {
    assert_eq!(parse(source).steps(), steps, "{source}");
}

#[test]
fn keys_are_separated_by_dots() {
    assert_steps("replicas", &[key("replicas")]);
    assert_steps("spec.template.spec", &[key("spec"), key("template"), key("spec")]);
    assert_steps(
        "a_b.c-d.e/f.$g.@h.1",
        &[key("a_b"), key("c-d"), key("e/f"), key("$g"), key("@h"), key("1")],
    );
    assert_steps("größe.名前", &[key("größe"), key("名前")]);
}

#[test]
fn keys_of_other_characters_are_quoted() {
    let expected = [key("metadata"), key("annotations"), key("app.kubernetes.io/version")];
    assert_steps(r#"metadata.annotations["app.kubernetes.io/version"]"#, &expected);
    assert_steps(r#"metadata.annotations."app.kubernetes.io/version""#, &expected);
    assert_steps("metadata.annotations['app.kubernetes.io/version']", &expected);
    assert_steps("metadata.annotations.'app.kubernetes.io/version'", &expected);
    assert_steps(r#"["a.b"].c"#, &[key("a.b"), key("c")]);
    assert_steps(r#""a b".c"#, &[key("a b"), key("c")]);
    assert_steps(r#"["a\"b\\c"]"#, &[key(r#"a"b\c"#)]);
    assert_steps(r"['a\b']", &[key(r"a\b")]);
    assert_steps(r#"a[""]"#, &[key("a"), key("")]);
    assert_steps(r#"["{{x}}"]"#, &[key("{x}")]);
    assert_steps(r#"["*"]"#, &[key("*")]);
}

#[test]
fn items_are_named_by_index_or_by_key() {
    assert_steps("[0]", &[Step::Index(0)]);
    assert_steps("a[0][12].b", &[key("a"), Step::Index(0), Step::Index(12), key("b")]);
    assert_steps("containers[name=app].image", &[key("containers"), item(&["name"], "app"), key("image")]);
    assert_steps("a[metadata.name=x]", &[key("a"), item(&["metadata", "name"], "x")]);
    assert_steps(r#"a[metadata."b.c"="x ]y"].d"#, &[key("a"), item(&["metadata", "b.c"], "x ]y"), key("d")]);
    assert_steps(r#"a["b c".d='e "f"']"#, &[key("a"), item(&["b c", "d"], r#"e "f""#)]);
    assert_steps("a[name=ghcr.io/app:1.2+b~1]", &[key("a"), item(&["name"], "ghcr.io/app:1.2+b~1")]);
    assert_steps("a[80=b]", &[key("a"), item(&["80"], "b")]);
    assert_steps("a[port=80]", &[key("a"), item(&["port"], "80")]);
    assert_steps(r#"a[name=""]"#, &[key("a"), item(&["name"], "")]);
}

#[test]
fn a_leading_selector_names_the_document() {
    let path = parse("(kind=Deployment, metadata.name=app).spec.replicas");
    assert_eq!(
        path.selector(),
        [condition(&["kind"], "Deployment"), condition(&["metadata", "name"], "app")]
    );
    assert_eq!(path.steps(), [key("spec"), key("replicas")]);

    let list = parse(r#"( kind="My List" )[0]"#);
    assert_eq!(list.selector(), [condition(&["kind"], "My List")]);
    assert_eq!(list.steps(), [Step::Index(0)]);
    assert!(parse("spec").selector().is_empty());
}

#[test]
fn the_canonical_spelling_parses_back() {
    for (source, canonical) in [
        ("spec.template[name=app].image", "spec.template[name=app].image"),
        (r#"a."b.c".'d e'"#, r#"a["b.c"]["d e"]"#),
        (r#""a"["b"]"#, "a.b"),
        (r#"["/a"]["/b"]"#, r#"["/a"]./b"#),
        (r#"["$"].a"#, r#"["$"].a"#),
        (r#"a['b"\']"#, r#"a["b\"\\"]"#),
        (r#"["{{x}}"]"#, r#"["{{x}}"]"#),
        (r#"a["b c"="d"]"#, r#"a["b c"=d]"#),
        ("a[0]['x']", "a[0].x"),
        (r#"(kind="A",a.'b.c'='d e')[0]"#, r#"(kind=A, a."b.c"="d e")[0]"#),
        ("a.{phase}-x[name={labels.a/b.c}].b", "a.{phase}-x[name={labels.a/b.c}].b"),
        (r#"["{phase}.x"]"#, r#"["{phase}.x"]"#),
    ] {
        let path = parse(source);
        assert_eq!(path.to_string(), canonical);
        assert_eq!(parse(canonical), path, "{canonical}");
    }
}

#[test]
fn placeholders_are_filled_in_after_parsing() {
    let path = parse("({labels.k}={phase}).a-{phase}.{pipeline}[name={phase}].x[0]");
    let names: Vec<String> = path.placeholders().map(ToString::to_string).collect();
    assert_eq!(names, ["labels.k", "phase", "phase", "pipeline", "phase"]);

    let expanded = path
        .expand(&|name| {
            Some(match name {
                "phase" => "x].y[\"".to_owned(),
                "pipeline" => "{phase}.*".to_owned(),
                "labels.k" => "kind".to_owned(),
                _ => return None,
            })
        })
        .unwrap();
    assert_eq!(expanded.selector(), [condition(&["kind"], "x].y[\"")]);
    assert_eq!(
        expanded.steps(),
        [key("a-x].y[\""), key("{phase}.*"), item(&["name"], "x].y[\""), key("x"), Step::Index(0)]
    );
    assert_eq!(parse(&expanded.to_string()), expanded);
    assert_eq!(expanded.expand(&|_| None).unwrap(), expanded);
}

#[test]
fn a_placeholder_without_value_is_named() {
    let error = parse("a.{labels.region}").expand(&|_| None).unwrap_err();
    assert_eq!(error, MissingValue { placeholder: "labels.region".to_owned() });
    assert_eq!(error.to_string(), "there is no value for the placeholder `{labels.region}`");
}

#[test]
fn mistakes_have_a_place_and_a_way_out() {
    for (source, at, message) in [
        ("", 0, "the path is empty"),
        (".spec", 0, "remove the leading dot"),
        ("/spec/replicas", 0, "separated by dots"),
        ("$.spec", 0, "remove the `$`"),
        ("$", 0, "remove the `$`"),
        ("a..b", 2, "remove one of the dots"),
        ("a.", 2, "a dot at the end"),
        ("a.[0]", 2, "remove the dot before the bracket"),
        ("a[", 1, "the bracket is not closed"),
        ("a[0", 1, "the bracket is not closed"),
        ("a[name=x", 1, "the bracket is not closed"),
        ("a[]", 2, "the brackets are empty"),
        ("a[-1]", 2, "counts from the start"),
        ("a[01]", 2, "write `[1]`"),
        ("a[99999999999999999999999]", 2, "too large"),
        ("a[name]", 2, "write `[0]` for an index"),
        ("a[=x]", 2, "no key"),
        ("a[name=]", 7, "no value"),
        ("a[name=x", 1, "add `]`"),
        ("a[name==x]", 7, "`=` must be quoted"),
        ("a[name=x y]", 8, "white space"),
        ("a[0 ]", 3, "white space"),
        ("a[*]", 2, "bind several places"),
        ("a.*.b", 2, "bind several places"),
        ("a*", 1, "bind several places"),
        ("a[name=*]", 7, "bind several places"),
        ("a b", 1, "white space"),
        (" a", 0, "white space"),
        ("a\n", 1, "white space"),
        ("a]", 1, "closes nothing"),
        ("a)", 1, "closes nothing"),
        ("a[0]b", 4, "separate them with a dot"),
        ("\"a\"b", 3, "separate them with a dot"),
        ("a\"b\"", 1, "quote the whole key"),
        ("\"a", 0, "add `\"`"),
        ("a['b", 2, "add `'`"),
        (r#"["a\n"]"#, 3, "escapes"),
        ("a(b=c)", 1, "at the very start"),
        ("()", 1, "the selector is empty"),
        ("()  .a", 1, "the selector is empty"),
        ("(a=b", 0, "add `)`"),
        ("(a)", 1, "no `=`"),
        ("(a=b,).c", 5, "remove the comma"),
        ("(", 0, "add `)`"),
        ("(a=b,", 0, "add `)`"),
        ("(a=b", 0, "add `)`"),
        ("(a=b)", 5, "followed by no place"),
        ("(a=b)c", 5, "separate them with a dot"),
        ("a:b", 1, "`:` must be quoted"),
        ("é:", 2, "`:` must be quoted"),
        ("a.{phases}", 2, "write `{phase}`, `{pipeline}` or `{labels.NAME}`"),
        ("a.{labels.}", 2, "name the label"),
        ("a.{labels.a b}", 2, "names no label"),
        ("a.{phase", 2, "add `}`"),
        ("a.b}", 3, "closes nothing"),
        ("a.{{b", 2, "must be quoted"),
    ] {
        match Path::parse(source) {
            Ok(path) => panic!("`{source}` parses as {path:?}"),
            Err(error) => {
                assert!(error.message.contains(message), "`{source}`: {error}");
                assert_eq!(error.at, at, "`{source}`: {error}");
            }
        }
    }
}

#[test]
fn a_prefix_is_written_without_the_selector() {
    let path = parse("(kind=X).spec.containers[name=app].image");
    assert_eq!(path.prefix(0), "");
    assert_eq!(path.prefix(3), "spec.containers[name=app]");
}
