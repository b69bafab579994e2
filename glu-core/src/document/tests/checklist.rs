//! What editors of YAML are known to lose, one row a test.

use super::super::{Edited, Format, Kind, Problem, get, set};
use glu_path::Path;

#[track_caller]
fn edit(text: &str, path: &str, value: &str) -> String {
    super::edit(Format::Yaml, text, path, value)
}

#[track_caller]
fn refusal(text: &str, path: &str, value: &str) -> (Problem, String) {
    let error = super::refusal(Format::Yaml, text, path, value);
    (error.problem, error.to_string())
}

/// Asserts that setting what is there writes nothing.
#[track_caller]
fn assert_unchanged(text: &str, path: &str, value: &str) {
    assert_eq!(
        set(Format::Yaml, text.as_bytes(), &Path::parse(path).unwrap(), value).unwrap(),
        Edited::Unchanged
    );
}

#[test]
fn row_01_comments_are_kept() {
    let before = "# header\n\n# of a map\nspec:   # behind the key\n  limits: {}  # behind braces\n  # between\n  image: a:1\n  \
                  # indented\n# not indented\n  tags:\n  - a      # aligned\n  - bcdef  # aligned\n# the end\n";
    let after = "# header\n\n# of a map\nspec:   # behind the key\n  limits: {}  # behind braces\n  # between\n  image: a:2\n  \
                 # indented\n# not indented\n  tags:\n  - a      # aligned\n  - bcdef  # aligned\n# the end\n";
    assert_eq!(edit(before, "spec.image", "a:2"), after);
}

#[test]
fn row_02_comment_on_the_edited_line_is_kept() {
    assert_eq!(edit("a: old  # why\nb: 1\n", "a", "new and longer"), "a: new and longer  # why\nb: 1\n");
    assert_eq!(edit("a: 'old'\t# why\n", "a", "new"), "a: 'new'\t# why\n");
    assert_eq!(
        edit("a: # {\"$imagepolicy\": \"x\"}\n  old # why\n", "a", "new"),
        "a: # {\"$imagepolicy\": \"x\"}\n  new # why\n"
    );
}

#[test]
fn row_03_blank_lines_are_kept() {
    assert_eq!(
        edit("\n\na: 1\n\n\n\nb: x\n\n\nc: 3\n\n\n", "b", "w"),
        "\n\na: 1\n\n\n\nb: w\n\n\nc: 3\n\n\n"
    );
    assert_eq!(edit("a: x\n   \t\n\nb: 1\n", "a", "w"), "a: w\n   \t\n\nb: 1\n");
}

#[test]
fn row_04_both_list_indentations_are_kept() {
    let before = "flush:\n- name: a\n  v: x\n-   name: b\n    v: x\nindented:\n    - name: a\n      v: x\n    -\n      name: b\n      v: x\n";
    let flush = "flush:\n- name: a\n  v: x\n-   name: b\n    v: w\nindented:\n    - name: a\n      v: x\n    -\n      name: b\n      v: x\n";
    let indented = "flush:\n- name: a\n  v: x\n-   name: b\n    v: x\nindented:\n    - name: a\n      v: x\n    -\n      name: b\n      v: w\n";
    assert_eq!(edit(before, "flush[name=b].v", "w"), flush);
    assert_eq!(edit(before, "indented[1].v", "w"), indented);
}

#[test]
fn row_05_document_markers_and_directives_are_kept() {
    assert_eq!(
        edit("# licence\n%YAML 1.2\n# more\n---\n# first\na: x\n...\n", "a", "w"),
        "# licence\n%YAML 1.2\n# more\n---\n# first\na: w\n...\n"
    );
    assert_eq!(edit("---\na: x\n", "a", "w"), "---\na: w\n");
    assert_eq!(edit("--- # here\na: x\n---\n", "a", "w"), "--- # here\na: w\n---\n");
}

#[test]
fn row_06_other_documents_are_kept() {
    let before =
        "kind: A\nspec: {n: 1}\n---\n# second\nkind: B\nimage: x\n---\nkind: C\n...\n---\nkind: D # last\n";
    let after =
        "kind: A\nspec: {n: 1}\n---\n# second\nkind: B\nimage: w\n---\nkind: C\n...\n---\nkind: D # last\n";
    assert_eq!(edit(before, "image", "w"), after);

    let same = "kind: Deployment\nmetadata:\n  name: app\nspec: {n: 1}\n---\nkind: Deployment\nmetadata:\n  name: db\nspec: {n: 1}\n";
    assert_eq!(
        edit(same, "(kind=Deployment, metadata.name=db).spec.n", "2"),
        "kind: Deployment\nmetadata:\n  name: app\nspec: {n: 1}\n---\nkind: Deployment\nmetadata:\n  name: db\nspec: {n: 2}\n"
    );
    assert_eq!(
        refusal(same, "spec.n", "2"),
        (
            Problem::Ambiguous,
            "`spec.n` (line 4): the place is in 2 documents, at lines 4 and 9; select one, as in \
             `(kind=Deployment, metadata.name=app).spec.n`"
                .to_owned()
        )
    );
    assert_eq!(refusal(same, "(kind=Deployment).spec.n", "2").0, Problem::Ambiguous);
    assert_eq!(refusal(same, "(kind=Service).spec.n", "2").0, Problem::Missing);
}

#[test]
fn row_07_anchor_is_kept_and_alias_refused() {
    let before = "base: &base\n  image: &image x # why\n  tag: \"1\"\nuses: *image\nother: *base\nmerged:\n  <<: *base\n  own: z\n";
    assert_eq!(
        edit(before, "base.image", "w"),
        "base: &base\n  image: &image w # why\n  tag: \"1\"\nuses: *image\nother: *base\nmerged:\n  <<: *base\n  own: z\n"
    );
    assert_eq!(
        edit(before, "merged.own", "w"),
        "base: &base\n  image: &image x # why\n  tag: \"1\"\nuses: *image\nother: *base\nmerged:\n  <<: *base\n  own: w\n"
    );
    assert_eq!(edit("a: &x !t  v\nb: *x\n", "a", "w"), "a: &x !t  w\nb: *x\n");

    assert_eq!(super::read(Format::Yaml, before, "uses"), "x");
    assert_eq!(super::read(Format::Yaml, before, "other.tag"), "1");
    assert_unchanged(before, "uses", "x");
    assert_eq!(
        refusal(before, "uses", "w"),
        (
            Problem::Refused,
            "`uses` (line 4): the path leads through the alias `*image`; edit what it stands for, at line 2"
                .to_owned()
        )
    );
    let (problem, reason) = refusal(before, "other.tag", "2");
    assert_eq!(problem, Problem::Refused);
    assert!(reason.contains("through the alias `*base`"), "{reason}");

    let (problem, reason) = refusal(before, "merged.image", "w");
    assert_eq!(problem, Problem::Missing);
    assert!(reason.contains("its merge key `<<` is not followed"), "{reason}");
}

#[test]
fn row_08_folded_blocks_do_not_grow() {
    let before = "text: >\n  one line\n  and two\n\n  more  \n\nlast: >+\n  kept\n\n\nimage: x\n";
    let after = "text: >\n  one line\n  and two\n\n  more  \n\nlast: >+\n  kept\n\n\nimage: w\n";
    assert_eq!(edit(before, "image", "w"), after);
    assert_eq!(edit(after, "image", "x"), before);
    assert_unchanged(before, "text", "one line and two\nmore  \n");

    let (problem, reason) = refusal(before, "text", "one line and three\nmore\n");
    assert_eq!(problem, Problem::Refused);
    assert!(reason.contains("a block of several lines"), "{reason}");

    assert_eq!(
        edit(
            "image: >- # long\n    registry.example.com/app:1\nb: 1\n",
            "image",
            "registry.example.com/app:2"
        ),
        "image: >- # long\n    registry.example.com/app:2\nb: 1\n"
    );
    assert_eq!(edit("a: >\n  one\n\n\nb: 1\n", "a", "two\n"), "a: >\n  two\n\n\nb: 1\n");
}

#[test]
fn row_09_literal_blocks_keep_trailing_spaces() {
    let before = "script: |\n  a  \n    b\t\n  \n  c\n\nimage: x\nend: |2-\n    d  \n";
    let after = "script: |\n  a  \n    b\t\n  \n  c\n\nimage: w\nend: |2-\n    d  \n";
    assert_eq!(edit(before, "image", "w"), after);

    assert_eq!(edit("v: |-\n  1.0\nb: 1\n", "v", "1.20"), "v: |-\n  1.20\nb: 1\n");
    assert_eq!(edit("v: |\n  # 1.0", "v", "# 1.1\n"), "v: |\n  # 1.1");
    let (_, reason) = refusal("v: |\n  1.0\n", "v", "1.1");
    assert!(reason.contains("ends in a line break"), "{reason}");
    for value in ["1\n2", " 1", "1 ", "", "\t1"] {
        assert_eq!(refusal("v: |-\n  1.0\n", "v", value).0, Problem::Refused, "{value:?}");
    }
}

#[test]
fn row_10_long_lines_are_not_refolded() {
    let long = "word ".repeat(60).trim_end().to_owned();
    let before = format!("a: {long}\nb: \"{long}\"\nc: x\n");
    assert_eq!(edit(&before, "c", "w"), format!("a: {long}\nb: \"{long}\"\nc: w\n"));
    assert_eq!(edit("c: x\n", "c", &long), format!("c: {long}\n"));
}

#[test]
fn row_11_quotes_are_kept_and_strings_stay_strings() {
    assert_eq!(edit("v: 'a'\n", "v", "it's"), "v: 'it''s'\n");
    assert_eq!(edit("v: \"a\"\n", "v", "say \"\\\""), "v: \"say \\\"\\\\\\\"\"\n");
    assert_eq!(edit("v: 'a'\n", "v", "two\nlines"), "v: \"two\\nlines\"\n");
    assert_eq!(edit("v: \"a\\\n  b\"\nw: 1\n", "v", "c"), "v: \"c\"\nw: 1\n");
    assert_eq!(edit("v: a\n  b\nw: 1\n", "v", "c"), "v: c\nw: 1\n");

    for value in [
        "0071335",
        "6801028",
        "6063e25",
        "1.20",
        "on",
        "008",
        "Off",
        "yes",
        "y",
        "true",
        "False",
        "null",
        "~",
        "0x1F",
        "0o17",
        "-0b11",
        "1_000",
        "12:30",
        "+1",
        ".5",
        "1.",
        ".inf",
        "-.INF",
        ".nan",
        "2026-11-05",
        "2026-11-05T08:00:00Z",
        "=",
        "<<",
        "1e3",
    ] {
        assert_eq!(edit("v: text\n", "v", value), format!("v: \"{value}\"\n"));
        assert_eq!(edit("v: 'text'\n", "v", value), format!("v: '{value}'\n"));
        assert_eq!(edit("v: \"text\"\n", "v", value), format!("v: \"{value}\"\n"));
    }
    for value in [
        "", " a", "a ", "a: b", "a #b", "a:", "- a", ":a", "?a", "-", "? a", "*a", "&a", "!a", "%a", "@a",
        "[a", "{a", "'a", "#a", "|", ">", "--- a", "...",
    ] {
        assert_eq!(edit("v: text\n", "v", value), format!("v: \"{value}\"\n"));
    }
    assert_eq!(edit("v: text\n", "v", "\"a"), "v: \"\\\"a\"\n");
    assert_eq!(edit("v: text\n", "v", "a\u{feff}\u{7}"), "v: \"a\\uFEFF\\u0007\"\n");
    for value in [
        "v1.2.3",
        "1.2.3",
        "1.20.0",
        "a:b",
        "a#b",
        "-a",
        "--flag=x",
        "registry.example.com:5000/app:1.2@sha256:0a1b",
        "nothing",
        "12:80",
        "8080:80",
        "2026-11",
        "1.2-rc.1",
        "it's",
        "a, b",
        "x]y",
        "a\\b",
        "$x",
        "_1",
    ] {
        assert_eq!(edit("v: text\n", "v", value), format!("v: {value}\n"));
    }

    assert_eq!(edit("n: 3\n", "n", "4"), "n: 4\n");
    assert_eq!(edit("n: 1.5\n", "n", "-2.25"), "n: -2.25\n");
    assert_eq!(edit("b: true\n", "b", "false"), "b: false\n");
    assert_eq!(edit("n: 1.19\n", "n", "1.20"), "n: \"1.20\"\n");
    assert_eq!(edit("n: 6801028\n", "n", "6063e25"), "n: \"6063e25\"\n");
    assert_eq!(edit("n: 6801028\n", "n", "0071335"), "n: \"0071335\"\n");
    assert_eq!(edit("b: true\n", "b", "off"), "b: \"off\"\n");
    assert_eq!(edit("n: 3\n", "n", "v3"), "n: v3\n");
    assert_eq!(edit("n: ~\n", "n", "3"), "n: \"3\"\n");
    assert_eq!(edit("n: !!str 3\n", "n", "4"), "n: !!str \"4\"\n");
    assert_eq!(refusal("n: !!int 3\n", "n", "x").0, Problem::Refused);
    assert_unchanged("n: 1.20\n", "n", "1.20");
}

#[test]
fn row_12_keys_and_items_are_named() {
    let before = "metadata:\n  annotations:\n    app.kubernetes.io/version: x\n    \"quoted key\": x\nlist: [{name: a, v: x}, {name: b.c, v: x}]\n";
    assert_eq!(
        edit(before, "metadata.annotations[\"app.kubernetes.io/version\"]", "w"),
        before.replace("version: x", "version: w")
    );
    assert_eq!(
        edit(before, "metadata.annotations['quoted key']", "w"),
        before.replace("key\": x", "key\": w")
    );
    assert_eq!(edit(before, "list[0].v", "w"), before.replace("name: a, v: x", "name: a, v: w"));
    assert_eq!(edit(before, "list[name=b.c].v", "w"), before.replace("name: b.c, v: x", "name: b.c, v: w"));
    let nested = "- metadata: {name: a}\n  v: x\n- metadata: {name: b}\n  v: x\n";
    assert_eq!(
        edit(nested, "[metadata.name=b].v", "w"),
        "- metadata: {name: a}\n  v: x\n- metadata: {name: b}\n  v: w\n"
    );
}

#[test]
fn row_13_line_endings_and_byte_order_mark_are_kept() {
    assert_eq!(edit("a: x\r\nb: 1\r\n", "a", "w"), "a: w\r\nb: 1\r\n");
    assert_eq!(
        edit("# c\na: 1\r\nb: |\r\n  z\r\nc: x # d\r\ne: 2\n", "c", "w"),
        "# c\na: 1\r\nb: |\r\n  z\r\nc: w # d\r\ne: 2\n"
    );
    assert_eq!(edit("a: >-\r\n  x\r\nb: 1\r\n", "a", "w"), "a: >-\r\n  w\r\nb: 1\r\n");
    assert_eq!(edit("a: 1\nb: x", "b", "w"), "a: 1\nb: w");
    assert_eq!(edit("a: 1\nb:", "b", "w"), "a: 1\nb: w");
    assert_eq!(edit("\u{feff}a: x\nb: 1\n", "a", "w"), "\u{feff}a: w\nb: 1\n");
    assert_eq!(edit("\u{feff}# c\r\n---\r\na: x\r\n", "a", "w"), "\u{feff}# c\r\n---\r\na: w\r\n");
}

#[test]
fn row_14_templates_elsewhere_are_kept() {
    assert_eq!(
        edit("# {{- if .x }}\na: \"{{ .Values.a }}\"\nb: x {{ y }}\nc: x\n# {{- end }}\n", "c", "w"),
        "# {{- if .x }}\na: \"{{ .Values.a }}\"\nb: x {{ y }}\nc: w\n# {{- end }}\n"
    );
    assert_eq!(edit("a: {{ x }}\nc: x\n", "c", "w"), "a: {{ x }}\nc: w\n");
    assert_eq!(refusal("a:\n{{- if .x }}\n  b: 1\n{{- end }}\nc: x\n", "c", "w").0, Problem::Syntax);
}

#[test]
fn row_15_a_target_inside_a_block_scalar_is_an_error() {
    let text = "data:\n  config.yaml: |\n    image: x\n  folded: >\n    image: x\n";
    for path in ["data['config.yaml'].image", "data.folded.image", "data.folded[0]"] {
        let (problem, reason) = refusal(text, path, "w");
        assert_eq!(problem, Problem::NotAScalar);
        assert!(reason.contains("is a block of text, and a path does not lead into text"), "{reason}");
    }
}

#[test]
fn row_16_flow_maps_and_two_edits_on_one_line() {
    let before = "{a: x, b: [x, \"y\"],c: {d: x}} # why\n";
    let once = edit(before, "a", "xyz");
    assert_eq!(once, "{a: xyz, b: [x, \"y\"],c: {d: x}} # why\n");
    let twice = edit(&once, "b[1]", "z");
    assert_eq!(twice, "{a: xyz, b: [x, \"z\"],c: {d: x}} # why\n");
    assert_eq!(edit(&twice, "c.d", "1, 2"), "{a: xyz, b: [x, \"z\"],c: {d: \"1, 2\"}} # why\n");
    assert_eq!(edit("a: [x, y]\n", "a[0]", "[z]"), "a: [\"[z]\", y]\n");
    assert_eq!(edit("a: {b: , c: 1}\n", "a.b", "x"), "a: {b: x , c: 1}\n");
}

#[test]
fn row_17_text_before_the_value_is_counted_in_bytes() {
    assert_eq!(
        edit("# größer 🎵\nнаме: 日本 # ü\ngrüße: {ö: x, é: z}\n", "grüße.ö", "ÿ"),
        "# größer 🎵\nнаме: 日本 # ü\ngrüße: {ö: ÿ, é: z}\n"
    );
    assert_eq!(edit("a: '日本' # ü\nb: 1\n", "a", "🎵"), "a: '🎵' # ü\nb: 1\n");
}

#[test]
fn row_18_duplicates_are_refused_and_edits_are_idempotent() {
    let text = "image: x\nother: 1\nimage: w\n";
    let (problem, reason) = refusal(text, "image", "z");
    assert_eq!(problem, Problem::Ambiguous);
    assert!(reason.contains("the key `image` is there twice, at lines 1 and 3"), "{reason}");
    assert_eq!(refusal("a:\n  b: 1\na:\n  c: 2\n", "a.b", "2").0, Problem::Ambiguous);
    assert_eq!(refusal("a: 1\na: 2\nimage: x\n---\na: {b: 3}\n", "a.b", "2").0, Problem::Ambiguous);

    let images = "images:\n- name: app\n  newTag: a\n- name: app\n  newTag: b\n";
    let (problem, reason) = refusal(images, "images[name=app].newTag", "c");
    assert_eq!(problem, Problem::Ambiguous);
    assert!(reason.contains("at lines 2 and 4"), "{reason}");

    // A duplicate elsewhere is none of this edit's business.
    assert_eq!(edit("a: 1\na: 2\nb: x\n", "b", "w"), "a: 1\na: 2\nb: w\n");

    let both = "images:\n- name: app\n  newTag: v1\n  digest: sha256:00\n";
    let tag = edit(both, "images[name=app].newTag", "v2");
    assert_eq!(
        edit(&tag, "images[name=app].digest", "sha256:11"),
        "images:\n- name: app\n  newTag: v2\n  digest: sha256:11\n"
    );
}

#[test]
fn row_19_siblings_are_not_blanked() {
    let before = "a:\nb: ~\nc: \"\"\nd: {}\ne: []\nf: x\ng:\n- \n- null\nh: !!str\n";
    assert_eq!(edit(before, "f", "w"), "a:\nb: ~\nc: \"\"\nd: {}\ne: []\nf: w\ng:\n- \n- null\nh: !!str\n");
    assert_eq!(edit(before, "a", "w"), "a: w\nb: ~\nc: \"\"\nd: {}\ne: []\nf: x\ng:\n- \n- null\nh: !!str\n");
    assert_eq!(
        edit(before, "g[0]", "w"),
        "a:\nb: ~\nc: \"\"\nd: {}\ne: []\nf: x\ng:\n- w\n- null\nh: !!str\n"
    );
    assert_eq!(edit("a: # why\nb: 1\n", "a", "w"), "a: w # why\nb: 1\n");
    assert_eq!(edit("a: &x\nb: *x\n", "a", "w"), "a: &x w\nb: *x\n");
    assert_eq!(edit("a :\nb: 1\n", "a", "w"), "a : w\nb: 1\n");
    assert_eq!(get(Format::Yaml, b"a:\n", &Path::parse("a").unwrap()).unwrap().kind, Kind::Null);
    assert_eq!(refusal("{a, b: 1}\n", "a", "w").0, Problem::Refused);
}
