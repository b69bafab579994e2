//! Templates for file names.

use glu_path::{ExpandError, Template};

fn values(name: &str) -> Option<String> {
    Some(match name {
        "phase" => "staging".to_owned(),
        "pipeline" => "checkout".to_owned(),
        "labels.region" => "clusters/eu".to_owned(),
        "labels.up" => "..".to_owned(),
        "labels.empty" => String::new(),
        "labels.dot" => ".".to_owned(),
        "labels.backslash" => r"..\..".to_owned(),
        "labels.absolute" => "/etc".to_owned(),
        _ => return None,
    })
}

fn expand(source: &str) -> Result<String, ExpandError> {
    Template::parse(source).unwrap_or_else(|error| panic!("{source}: {error}")).expand(&values)
}

#[test]
fn placeholders_are_filled_in() {
    for (source, expanded) in [
        ("env/{phase}/deployment.yaml", "env/staging/deployment.yaml"),
        ("{pipeline}-{phase}.yaml", "checkout-staging.yaml"),
        ("{labels.region}/values.yaml", "clusters/eu/values.yaml"),
        ("a/{{x}}.yaml", "a/{x}.yaml"),
        ("..a/b..c", "..a/b..c"),
        ("übung/my file.yaml", "übung/my file.yaml"),
    ] {
        assert_eq!(expand(source).unwrap(), expanded);
        assert_eq!(Template::parse(source).unwrap().to_string(), source);
    }
}

#[test]
fn placeholders_are_listed() {
    let template = Template::parse("{phase}/{labels.a}/{{x}}").unwrap();
    let names: Vec<String> = template.placeholders().map(ToString::to_string).collect();
    assert_eq!(names, ["phase", "labels.a"]);
}

#[test]
fn mistakes_have_a_place_and_a_way_out() {
    for (source, at, message) in [
        ("", 0, "the file name is empty"),
        ("/etc/passwd", 0, "remove the leading slash"),
        ("env/", 4, "name a file in it"),
        ("a//b", 2, "remove one of the slashes"),
        ("a/../b", 2, "lead out of the tree"),
        ("..", 0, "lead out of the tree"),
        ("./a", 0, "`.` leads nowhere"),
        (r"env\{phase}.yaml", 3, "forward slashes"),
        ("a\nb", 1, "control characters"),
        ("a/.Git/config", 2, "no tree holds"),
        ("env/{environment}/a.yaml", 4, "write `{phase}`, `{pipeline}` or `{labels.NAME}`"),
        ("env/{labels}/a.yaml", 4, "name the label"),
        ("env/{phase/a.yaml", 4, "add `}`"),
        ("env/phase}/a.yaml", 9, "write `}}`"),
        ("env/{}/a.yaml", 4, "unknown placeholder `{}`"),
    ] {
        match Template::parse(source) {
            Ok(template) => panic!("`{source}` parses as {template:?}"),
            Err(error) => {
                assert!(error.message.contains(message), "`{source}`: {error}");
                assert_eq!(error.at, at, "`{source}`: {error}");
            }
        }
    }
}

#[test]
fn values_cannot_lead_out_of_the_tree() {
    for source in [
        "env/{labels.up}/a",
        "env/{labels.up}",
        "env/{labels.empty}/a",
        "{labels.empty}",
        "{labels.empty}/a",
        "env/{labels.dot}{labels.dot}/a",
        "env/{labels.backslash}/a",
        "{labels.absolute}/a",
    ] {
        assert!(matches!(expand(source), Err(ExpandError::Refused { .. })), "{source}: {:?}", expand(source));
    }
    assert_eq!(
        expand("env/{labels.up}/a").unwrap_err().to_string(),
        "the file name `env/../a` is refused: `..` may lead out of the tree; name the file from the tree's root"
    );
}

#[test]
fn a_placeholder_without_value_is_named() {
    let error = expand("env/{labels.zone}/a").unwrap_err();
    assert_eq!(error.to_string(), "there is no value for the placeholder `{labels.zone}`");
}
