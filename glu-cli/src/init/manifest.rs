//! Where a YAML file names an image: a workload's container, a Kustomize `images` entry, a Helm `image`.

use serde_json::Value;

use super::image::Image;
use glu_core::document::{Format, to_value};

/// A place in a file that names an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) place: Place,
    pub(super) image: Image,
}

/// A place, and how much of the image stands there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) part: Part,
    /// The path expression.
    pub(super) at: String,
}

/// How much of an image stands in a place, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// A whole reference.
    Reference,
    /// The digest alone.
    Digest,
    /// The tag alone.
    Tag,
}

/// How deep a Helm `image` may be nested.
const DEPTH: usize = 3;

/// The places in a file that name an image, in its own order. A file that does not parse, such as a Helm template, has none.
pub(super) fn images(text: &str) -> Vec<Found> {
    let documents: Vec<Value> =
        documents(text).iter().filter_map(|text| to_value(Format::Yaml, text).ok()).collect();
    let documents: Vec<&Value> = documents.iter().filter(|document| document.is_object()).collect();
    let mut found = Vec::new();
    for document in &documents {
        match kind(document) {
            Some(kind) => match pod(kind) {
                Some(pod) => containers(document, pod, &selector(document, &documents), &mut found),
                None if kind == "Kustomization" => kustomize(document, &mut found),
                None => {}
            },
            None if document.get("images").is_some_and(Value::is_array) => kustomize(document, &mut found),
            None => helm(document, "", DEPTH, &mut found),
        }
    }
    found
}

fn kind(document: &Value) -> Option<&str> {
    document.get("kind").and_then(Value::as_str)
}

/// Where a workload has its pod.
fn pod(kind: &str) -> Option<&'static str> {
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "Rollout" => {
            Some("spec.template.spec")
        }
        "CronJob" => Some("spec.jobTemplate.spec.template.spec"),
        "Pod" => Some("spec"),
        _ => None,
    }
}

/// What tells a document from the others of its file.
fn selector(document: &Value, all: &[&Value]) -> String {
    let Some(kind) = kind(document).filter(|_| all.len() > 1) else { return String::new() };
    let name = document.pointer("/metadata/name").and_then(Value::as_str).filter(|name| is_plain(name));
    let alone = all.iter().filter(|other| self::kind(other) == Some(kind)).count() == 1;
    match name {
        Some(name) if !alone => format!("(kind={kind}, metadata.name={name})."),
        _ => format!("(kind={kind})."),
    }
}

fn containers(document: &Value, pod: &str, selector: &str, found: &mut Vec<Found>) {
    let containers =
        document.pointer(&format!("/{}/containers", pod.replace('.', "/"))).and_then(Value::as_array);
    for container in containers.into_iter().flatten() {
        let text = |key: &str| container.get(key).and_then(Value::as_str);
        if let (Some(name), Some(image)) =
            (text("name").filter(|name| is_plain(name)), text("image").and_then(Image::read))
        {
            let at = format!("{selector}{pod}.containers[name={name}].image");
            found.push(Found { place: Place { part: Part::Reference, at }, image });
        }
    }
}

fn kustomize(document: &Value, found: &mut Vec<Found>) {
    for entry in document.get("images").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let Some(name) = text("name").filter(|name| is_plain(name)) else { continue };
        let Some(image) = Image::read(text("newName").unwrap_or(name)) else { continue };
        let (part, key) =
            if text("digest").is_some() { (Part::Digest, "digest") } else { (Part::Tag, "newTag") };
        if entry.get(key).is_some() {
            let image = Image { tag: text("newTag").map(str::to_owned), ..image };
            found.push(Found { place: Place { part, at: format!("images[name={name}].{key}") }, image });
        }
    }
}

/// `image.repository` with `image.tag` or `image.digest`, at the top or in a chart's own section.
fn helm(value: &Value, path: &str, depth: usize, found: &mut Vec<Found>) {
    let Value::Object(entries) = value else { return };
    for (key, child) in entries.iter().filter(|(key, _)| depth > 0 && is_plain(key) && !key.contains('.')) {
        let at = format!("{path}{key}");
        let text = |key: &str| child.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let name = text("repository").filter(|_| key == "image").map(|repository| match text("registry") {
            Some(registry) => format!("{registry}/{repository}"),
            None => repository.to_owned(),
        });
        let Some(image) = name.as_deref().and_then(Image::read) else {
            helm(child, &format!("{at}."), depth - 1, found);
            continue;
        };
        let image = Image { tag: text("tag").map(str::to_owned), ..image };
        if text("digest").is_some() {
            found.push(Found { place: Place { part: Part::Digest, at: format!("{at}.digest") }, image });
        } else if child.get("tag").is_some() {
            found.push(Found { place: Place { part: Part::Tag, at: format!("{at}.tag") }, image });
        }
    }
}

/// Whether a name may stand in a path expression, and in a string in Rust, as it is.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
}

/// The documents of a file, by their `---` lines.
fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.lines() {
        if line == "---" || line.starts_with("--- ") {
            documents.push(String::new());
        } else if let Some(last) = documents.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<(Part, String, String)> {
        let found = images(text).into_iter();
        found
            .map(|found| (found.place.part, found.place.at, found.image.repository.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn containers_are_found_by_kind() {
        let container = "containers:\n        - name: app\n          image: r.io/a/app:1\n        - name: proxy\n          image: r.io/proxy\n";
        let text = format!("kind: Deployment\nspec:\n  template:\n    spec:\n      {container}");
        let at = |name: &str| format!("spec.template.spec.containers[name={name}].image");
        assert_eq!(
            places(&text),
            [
                (Part::Reference, at("app"), "r.io/a/app".to_owned()),
                (Part::Reference, at("proxy"), "r.io/proxy".to_owned())
            ]
        );
        assert!(places(&text.replace("Deployment", "Service")).is_empty());
    }

    #[test]
    fn documents_of_one_file_are_told_apart() {
        let workload = |kind: &str, name: &str| {
            format!(
                "kind: {kind}\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: {{containers: [{{name: c, image: r.io/{name}}}]}}}}}}\n"
            )
        };
        let at = |text: &str| places(text).into_iter().map(|(_, at, _)| at).collect::<Vec<_>>();
        let place = "spec.template.spec.containers[name=c].image";
        assert_eq!(at(&format!("---\n{}", workload("Deployment", "a"))), [place]);
        assert_eq!(
            at(&format!("kind: Service\n---\n{}", workload("Deployment", "a"))),
            [format!("(kind=Deployment).{place}")]
        );
        let two = format!("{}---\n{}", workload("Deployment", "a"), workload("Deployment", "b"));
        let selected = |name: &str| format!("(kind=Deployment, metadata.name={name}).{place}");
        assert_eq!(at(&two), [selected("a"), selected("b")]);
    }

    #[test]
    fn kustomize_images_are_found() {
        let text = "kind: Kustomization\nimages:\n- name: app\n  newName: r.io/a/app\n  newTag: v1\n- name: r.io/b\n  digest: sha256:00\n- name: c\n";
        let expected = [
            (Part::Tag, "images[name=app].newTag".to_owned(), "r.io/a/app".to_owned()),
            (Part::Digest, "images[name=r.io/b].digest".to_owned(), "r.io/b".to_owned()),
        ];
        assert_eq!(places(text), expected);
    }

    #[test]
    fn helm_values_are_found() {
        let text = "replicas: 2\nimage:\n  registry: r.io\n  repository: a/app\n  tag: v1\nworker:\n  image:\n    repository: r.io/w\n    tag: v1\n    digest: sha256:00\n";
        let expected = [
            (Part::Tag, "image.tag".to_owned(), "r.io/a/app".to_owned()),
            (Part::Digest, "worker.image.digest".to_owned(), "r.io/w".to_owned()),
        ];
        assert_eq!(places(text), expected);
    }

    #[test]
    fn templates_and_names_that_would_need_care_are_passed_over() {
        assert!(places("kind: Deployment\nspec: {{ .Values.spec }}\n").is_empty());
        let hostile = "kind: Pod\nspec: {containers: [{name: 'x\"]; evil', image: r.io/a}]}\n";
        assert!(places(hostile).is_empty());
    }
}
