//! Paths that lead nowhere, and what the error says about it.

use glu_path::Path;

use super::super::{Format, Problem, get, line_of, object_kind};

const TEXT: &str = "kind: Deployment\nspec:\n  replicas: 3\n  containers:\n  - name: app\n    image: x\n  - name: sidecar\n    image: y\n  empty:\n";

#[track_caller]
fn assert_fails(text: &str, path: &str, problem: Problem, message: &str) {
    let error = get(Format::Yaml, text.as_bytes(), &Path::parse(path).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.problem, problem);
}

#[test]
fn the_deepest_part_that_exists_is_named() {
    for (path, problem, message) in [
        ("status", Problem::Missing, "`status` (line 1): the document has no key `status`"),
        (
            "sepc.replicas",
            Problem::Missing,
            "`sepc.replicas` (line 1): the document has no key `sepc`; did you mean `spec`?",
        ),
        (
            "spec.template.spec",
            Problem::Missing,
            "`spec.template.spec` (line 3): `spec` has no key `template`",
        ),
        (
            "spec.containers[2].image",
            Problem::Missing,
            "`spec.containers[2].image` (line 5): `spec.containers` has 2 items, so there is no `[2]`",
        ),
        (
            "spec.containers[name=ap].image",
            Problem::Missing,
            "`spec.containers[name=ap].image` (line 5): no item of `spec.containers` has `name=ap`; did you mean `app`?",
        ),
        (
            "spec.containers.app",
            Problem::Missing,
            "`spec.containers.app` (line 5): `spec.containers` is a list; name an item, as in `spec.containers[0]` or \
             `spec.containers[name=value]`",
        ),
        ("spec[0]", Problem::Missing, "`spec[0]` (line 3): `spec` is a map, not a list; name a key"),
        ("spec.empty.x", Problem::Missing, "`spec.empty.x` (line 9): `spec.empty` is empty"),
        (
            "spec.replicas.x",
            Problem::NotAScalar,
            "`spec.replicas.x` (line 3): `spec.replicas` is a single value, with nothing inside it",
        ),
        (
            "spec",
            Problem::NotAScalar,
            "`spec` (line 3): `spec` is a map; the path must lead on to a single value",
        ),
        (
            "spec.containers",
            Problem::NotAScalar,
            "`spec.containers` (line 5): `spec.containers` is a list; the path must lead on to a single value",
        ),
        (
            "(kind=Service).spec",
            Problem::Missing,
            "`(kind=Service).spec` (line 1): no document has kind=Service",
        ),
    ] {
        assert_fails(TEXT, path, problem, message);
    }
}

#[test]
fn of_several_documents_the_nearest_is_named() {
    assert_fails(
        "a: {b: {c: 1}}\n---\nx: 1\n",
        "a.b.d",
        Problem::Missing,
        "`a.b.d` (line 1): none of the 2 documents has it; in the nearest, `a.b` has no key `d`",
    );
    assert_fails("", "a", Problem::Missing, "`a` (line 1): the file is empty");
    assert_fails("# only a comment\n", "a", Problem::Missing, "`a` (line 1): the file is empty");
}

#[test]
fn a_placeholder_is_not_a_key() {
    assert_fails(
        "'{phase}': 1\n",
        "{phase}",
        Problem::Refused,
        "`{phase}` (line 1): the placeholder `{phase}` has not been filled in",
    );
}

#[test]
fn text_that_is_no_yaml_has_a_line() {
    let error = get(Format::Yaml, b"a: 1\nb: [\n", &Path::parse("a").unwrap()).unwrap_err();
    assert_eq!(error.problem, Problem::Syntax);
    assert!(error.line >= Some(2), "{error}");

    let error = get(Format::Yaml, b"a: 1\nb: \xff\n", &Path::parse("a").unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "line 2: the file is not UTF-8");
}

#[test]
fn an_alias_of_itself_ends() {
    let text = "a: &a [*a]\n";
    assert_fails(
        text,
        "a[0][0][0]",
        Problem::NotAScalar,
        "`a[0][0][0]` (line 1): `a[0][0][0]` is a list; the path must lead on to a single value",
    );
}

#[test]
fn conditions_read_through_aliases() {
    let text = "n: &n app\nlist:\n- name: *n\n  v: 1\n- {name: db, v: 2}\n- just text\n";
    assert_eq!(super::read(Format::Yaml, text, "list[name=app].v"), "1");
    assert_eq!(super::edit(Format::Yaml, text, "list[name=app].v", "3"), text.replace("v: 1", "v: 3"));
}

#[test]
fn lines_are_counted_from_one() {
    let line = |format, text: &str, path| line_of(format, text.as_bytes(), &Path::parse(path).unwrap());
    assert_eq!(line(Format::Yaml, TEXT, "kind"), Some(1));
    assert_eq!(line(Format::Yaml, TEXT, "spec.containers[name=sidecar].image"), Some(8));
    assert_eq!(line(Format::Yaml, TEXT, "spec.nothing"), None);
    assert_eq!(line(Format::Yaml, "\u{feff}a: 1\r\nb: 2\r\n", "b"), Some(2));
    assert_eq!(line(Format::Json, "{\n\"a\": [\n1]}", "a[0]"), Some(3));
    assert_eq!(line(Format::Toml, "[a]\nb = 1\n", "a.b"), Some(2));
}

#[test]
fn many_comments_in_a_row_are_no_obstacle() {
    let comments = "# c\n".repeat(500);
    let text = format!("a:\n{comments}  b: x\n{comments}c: 1\n");
    assert_eq!(
        super::edit(Format::Yaml, &text, "a.b", "w"),
        format!("a:\n{comments}  b: w\n{comments}c: 1\n")
    );
}

#[test]
fn formats_are_told_by_name() {
    assert_eq!(Format::of("env/staging/values.yaml"), Some(Format::Yaml));
    assert_eq!(Format::of("a.yml"), Some(Format::Yaml));
    assert_eq!(Format::of("package.json"), Some(Format::Json));
    assert_eq!(Format::of("a.b.jsonc"), Some(Format::Json));
    assert_eq!(Format::of("Cargo.toml"), Some(Format::Toml));
    assert_eq!(Format::of("README.md"), None);
    assert_eq!(Format::of("yaml"), None);
}

#[test]
fn the_kind_is_that_of_the_document_the_path_leads_into() {
    let text = "kind: ConfigMap\nweight: 1\n---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec:\n  weight: 2\n";
    let kind = |path: &str| {
        let path = Path::parse(path).unwrap();
        object_kind(Format::Yaml, text.as_bytes(), &path).unwrap()
    };
    assert_eq!(kind("spec.weight"), Some(("argoproj.io/v1alpha1".to_owned(), "Rollout".to_owned())));
    // One that says only half of it says nothing.
    assert_eq!(kind("weight"), None);
}
