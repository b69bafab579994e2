use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::settings::OciSettings;
use crate::source::oci::{ImageConfig, open};

fn content(version: &str) -> ImageContent {
    ImageContent {
        annotations: BTreeMap::from([("org.opencontainers.image.version".to_owned(), version.to_owned())]),
        labels: BTreeMap::from([("team".to_owned(), "platform".to_owned())]),
        created: Some("2026-01-02T03:04:05Z".to_owned()),
        files: BTreeMap::from([("etc/version".to_owned(), version.as_bytes().to_vec())]),
    }
}

fn images(directory: &Path) -> Box<dyn Images> {
    images_named(directory, None)
}

fn images_named(directory: &Path, name: Option<&str>) -> Box<dyn Images> {
    let settings = OciSettings {
        reference: format!("oci:{}", directory.file_name().unwrap().to_str().unwrap()),
        base: directory.parent().unwrap().to_owned(),
        name: name.map(str::to_owned),
        ..OciSettings::default()
    };
    open(&settings).unwrap()
}

fn tag(tag: &str) -> Selector {
    Selector::Tag(tag.to_owned())
}

fn edit_index(directory: &Path, edit: impl FnOnce(&mut Value)) {
    let path = directory.join("index.json");
    let mut index: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edit(&mut index);
    fs::write(&path, index.to_string()).unwrap();
}

#[test]
fn what_is_published_is_found_by_tag_and_by_digest() {
    let home = TempDir::new().unwrap();
    let directory = home.path().join("app");
    let digest = publish(&directory, "latest", &content("1.0")).unwrap();
    let images = images(&directory);

    let by_tag = images.resolve(images.selector()).unwrap();
    assert_eq!(by_tag.digest, digest);
    assert_eq!(by_tag.reference().to_string(), format!("app@{digest}"));
    assert_eq!(by_tag.annotation("org.opencontainers.image.version"), Some("1.0"));
    assert_eq!(by_tag.annotation(REFERENCE_NAME), Some("latest"));

    let by_digest = images.resolve(&Selector::Digest(digest.clone())).unwrap();
    assert_eq!((by_digest.digest, by_digest.tag), (digest, None));

    let labels = BTreeMap::from([("team".to_owned(), "platform".to_owned())]);
    let created = Some("2026-01-02T03:04:05Z".to_owned());
    assert_eq!(images.config(&by_tag).unwrap(), Some(ImageConfig { created, labels }));
}

#[test]
fn publishing_is_deterministic_and_moves_the_tag() {
    let home = TempDir::new().unwrap();
    let (one, two) = (home.path().join("one"), home.path().join("two"));
    let first = publish(&one, "latest", &content("1.0")).unwrap();
    assert_eq!(publish(&two, "other", &content("1.0")).unwrap(), first);

    let second = publish(&one, "latest", &content("2.0")).unwrap();
    publish(&one, "v2", &content("2.0")).unwrap();
    assert_ne!(first, second);
    let images = images(&one);
    assert_eq!(images.tags().unwrap(), ["latest", "v2"]);
    assert_eq!(images.resolve(&tag("latest")).unwrap().digest, second);
    assert_eq!(images.resolve(&Selector::Digest(first.clone())).unwrap().digest, first);

    publish(&one, "latest", &content("1.0")).unwrap();
    let index: Index = serde_json::from_slice(&fs::read(one.join("index.json")).unwrap()).unwrap();
    let entries: Vec<_> = index.manifests.iter().map(|entry| (entry.digest.clone(), tag_of(entry))).collect();
    assert_eq!(entries, [(second.clone(), None), (second, Some("v2")), (first, Some("latest"))]);

    let leftovers =
        fs::read_dir(&one).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let leftovers: BTreeSet<String> = leftovers.collect();
    assert_eq!(leftovers, BTreeSet::from(["blobs", "index.json", "oci-layout"].map(str::to_owned)));
}

#[test]
fn publishing_keeps_what_others_wrote() {
    let home = TempDir::new().unwrap();
    let directory = home.path().join("app");
    publish(&directory, "1", &content("1")).unwrap();
    edit_index(&directory, |index| {
        index["x-custom"] = json!(7);
        index["manifests"][0]["urls"] = json!(["https://example.com"]);
    });
    publish(&directory, "2", &content("2")).unwrap();
    let index: Value = serde_json::from_slice(&fs::read(directory.join("index.json")).unwrap()).unwrap();
    assert_eq!(
        (&index["x-custom"], &index["manifests"][0]["urls"][0]),
        (&json!(7), &json!("https://example.com"))
    );
}

#[test]
fn a_missing_tag_names_those_there_are() {
    let home = TempDir::new().unwrap();
    let directory = home.path().join("app");
    publish(&directory, "1.0", &content("1")).unwrap();
    publish(&directory, "1.1", &content("2")).unwrap();
    let error = images(&directory).resolve(&tag("latest")).unwrap_err();
    let expected = format!("`oci:{}:latest` does not exist; there are 1.0, 1.1", directory.display());
    assert_eq!(error.to_string(), expected);
}

#[test]
fn names_come_from_the_settings_the_layout_or_the_directory() {
    let home = TempDir::new().unwrap();
    let directory = home.path().join("app");
    publish(&directory, "1.2", &content("1")).unwrap();
    let name =
        |configured: Option<&str>| images_named(&directory, configured).resolve(&tag("1.2")).unwrap().name;
    assert_eq!(name(None), "app");
    edit_index(&directory, |index| {
        index["manifests"][0]["annotations"][REFERENCE_NAME] = json!("ghcr.io/org/app:1.2");
    });
    assert_eq!(name(None), "ghcr.io/org/app");
    edit_index(&directory, |index| {
        index["manifests"][0]["annotations"][CONTAINERD_NAME] = json!("docker.io/org/other:1.2");
    });
    assert_eq!(name(None), "docker.io/org/other");
    assert_eq!(name(Some("registry.example.com/app")), "registry.example.com/app");

    let spaced = home.path().join("My Images");
    publish(&spaced, "latest", &content("1")).unwrap();
    let error = images(&spaced).resolve(&tag("latest")).unwrap_err();
    assert!(error.to_string().contains("give the source another `name`"), "{error}");
}

#[test]
fn indexes_are_searched_through() {
    let home = TempDir::new().unwrap();
    let directory = home.path().join("app");
    let digest = publish(&directory, "1", &content("1")).unwrap();
    edit_index(&directory, |index| {
        let mut inner = index["manifests"][0].clone();
        inner.as_object_mut().unwrap().remove("annotations");
        inner["platform"] = json!({ "architecture": "amd64", "os": "linux" });
        let media_type = "application/vnd.oci.image.index.v1+json";
        let nested = json!({
            "schemaVersion": 2, "mediaType": media_type, "manifests": [inner],
            "annotations": { "from": "the index", "both": "the index" },
        });
        let nested = nested.to_string();
        let descriptor = Descriptor::of(media_type, nested.as_bytes());
        fs::write(blob_path(&directory, &descriptor.digest), nested).unwrap();
        let mut entry = json!(descriptor);
        entry["annotations"] = json!({ REFERENCE_NAME: "multi", "both": "the entry", "of": "the entry" });
        index["manifests"] = json!([entry]);
    });
    let images = images(&directory);
    let multi = images.resolve(&tag("multi")).unwrap();
    assert!(multi.manifest.is_none());
    assert_eq!(multi.index.as_ref().unwrap().manifests[0].digest, digest);
    let annotations = ["from", "both", "of"].map(|key| multi.annotation(key).unwrap());
    assert_eq!(annotations, ["the index", "the index", "the entry"]);
    assert_eq!(images.config(&multi).unwrap().unwrap().labels["team"], "platform");
    let child = images.resolve(&Selector::Digest(digest.clone())).unwrap();
    assert_eq!(child.digest, digest);
    assert!(child.manifest.is_some());
}

#[test]
fn changed_content_is_refused() {
    let home = TempDir::new().unwrap();
    let directory = home.path().join("app");
    let digest = publish(&directory, "latest", &content("1")).unwrap();
    let path = blob_path(&directory, &digest);
    let original = fs::read_to_string(&path).unwrap();
    fs::write(&path, original.replace("\"1\"", "\"2\"")).unwrap();
    let resolve = || images(&directory).resolve(&tag("latest")).unwrap_err();
    assert!(matches!(resolve(), OciError::DigestMismatch { .. }));
    fs::write(&path, vec![b' '; SIZE_LIMIT as usize + 1]).unwrap();
    assert!(matches!(resolve(), OciError::TooLarge { .. }));
    fs::remove_file(&path).unwrap();
    assert!(resolve().to_string().ends_with("it does not exist"));
}

#[test]
fn other_directories_and_versions_are_refused() {
    let home = TempDir::new().unwrap();
    let directory = home.path().join("app");
    assert!(images(&directory).tags().unwrap_err().to_string().contains("oci-layout"));
    publish(&directory, "latest", &content("1")).unwrap();
    fs::write(directory.join("oci-layout"), r#"{"imageLayoutVersion": "2.0.0"}"#).unwrap();
    assert!(images(&directory).tags().unwrap_err().to_string().contains("`2.0.0`"));
    assert!(publish(&directory, "latest", &content("1")).is_err());
}

#[test]
fn two_images_under_one_tag_are_refused() {
    let home = TempDir::new().unwrap();
    let directory = home.path().join("app");
    publish(&directory, "1", &content("1")).unwrap();
    publish(&directory, "2", &content("2")).unwrap();
    edit_index(&directory, |index| index["manifests"][0]["annotations"][REFERENCE_NAME] = json!("2"));
    let error = images(&directory).resolve(&tag("2")).unwrap_err();
    assert!(error.to_string().contains("two images `2`"), "{error}");
}

#[test]
fn unfit_tags_and_paths_are_refused() {
    let home = TempDir::new().unwrap();
    assert!(publish(home.path(), "a/b", &content("1")).is_err());
    let mut escaping = content("1");
    escaping.files.insert("../x".to_owned(), Vec::new());
    assert!(publish(home.path(), "a", &escaping).is_err());
}

/// The archive is read by the program that unpacks real layers.
#[test]
#[allow(clippy::disallowed_methods, reason = "a test asks another program to judge")]
fn a_layer_is_an_archive_that_tar_reads() {
    let home = TempDir::new().unwrap();
    let archive = home.path().join("layer.tar");
    fs::write(&archive, super::tar::archive(&content("1.0").files).unwrap()).unwrap();
    let output =
        std::process::Command::new("tar").arg("-xOf").arg(&archive).arg("etc/version").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout, b"1.0");
}
