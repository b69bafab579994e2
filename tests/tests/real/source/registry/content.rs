//! What a real registry holds, as read through its HTTP interface.

use std::collections::BTreeMap;

use glu::core::settings::OciSettings;
use glu::core::source::oci::{Descriptor, Digest, DockerLocation, OciError, Selector, open_with};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::open;
use glu_tests::server::certificates;
use glu_tests::server::docker_registry::{DockerRegistry, INDEX, MANIFEST};
use glu_tests::server::scripted::{Answer, ScriptedServer};

fn tag(tag: &str) -> Selector {
    Selector::Tag(tag.to_owned())
}

#[test]
fn an_image_is_found_by_tag_and_by_digest() {
    let storage = TempDir::new().unwrap();
    let registry = DockerRegistry::start(storage.path());
    let pushed =
        registry.push_image("org/app", "1.0", &json!({ "org.opencontainers.image.revision": "abc" }));
    let name = format!("{}/org/app", registry.host());

    let images = open(&format!("{name}:1.0"));
    let image = images.resolve(images.selector()).unwrap();
    assert_eq!((&image.digest, image.tag.as_deref()), (&pushed.digest, Some("1.0")));
    assert_eq!(image.descriptor.size, pushed.size as u64);
    assert_eq!(image.reference().to_string(), format!("{name}@{}", pushed.digest));
    assert_eq!(image.annotation("org.opencontainers.image.revision"), Some("abc"));
    let config = images.config(&image).unwrap().unwrap();
    assert_eq!(config.created.as_deref(), Some("2026-01-02T03:04:05Z"));
    assert_eq!(config.labels, BTreeMap::from([("team".to_owned(), "platform".to_owned())]));

    let images = open(&format!("{name}@{}", pushed.digest));
    let image = images.resolve(images.selector()).unwrap();
    assert_eq!((image.digest, image.tag), (pushed.digest, None));
}

#[test]
fn a_tag_that_moves_is_followed() {
    let storage = TempDir::new().unwrap();
    let registry = DockerRegistry::start(storage.path());
    let first = registry.push_image("app", "latest", &json!({ "version": "1" }));
    let images = open(&format!("{}/app", registry.host()));
    assert_eq!(images.resolve(images.selector()).unwrap().digest, first.digest);
    assert_eq!(images.resolve(images.selector()).unwrap().digest, first.digest);
    let second = registry.push_image("app", "latest", &json!({ "version": "2" }));
    let image = images.resolve(images.selector()).unwrap();
    assert_eq!((image.digest.clone(), image.annotation("version")), (second.digest, Some("2")));
    assert_ne!(image.digest, first.digest);
}

#[test]
fn an_index_holds_an_image_for_each_platform() {
    let storage = TempDir::new().unwrap();
    let registry = DockerRegistry::start(storage.path());
    let architectures = ["amd64", "arm64"];
    let children = architectures.map(|name| registry.push_image("app", name, &json!({ "for": name })));
    let entry = |number: usize| {
        json!({
            "mediaType": MANIFEST, "digest": children[number].digest, "size": children[number].size,
            "platform": { "architecture": architectures[number], "os": "linux" },
        })
    };
    let index = json!({
        "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry(0), entry(1)],
        "annotations": { "of": "the index" },
    });
    let pushed = registry.push_manifest("app", "latest", INDEX, &index);

    let images = open(&format!("{}/app", registry.host()));
    let image = images.resolve(images.selector()).unwrap();
    assert_eq!((&image.digest, image.annotation("of")), (&pushed.digest, Some("the index")));
    assert!(image.manifest.is_none());
    let platforms = image.index.as_ref().unwrap().manifests.iter();
    let platforms: Vec<_> = platforms.map(|entry| entry.platform.clone().unwrap().architecture).collect();
    assert_eq!(platforms, architectures);
    assert_eq!(images.config(&image).unwrap().unwrap().labels["team"], "platform");
    let child = images.resolve(&Selector::Digest(children[1].digest.clone())).unwrap();
    assert_eq!(child.annotation("for"), Some("arm64"));
    assert_eq!(images.tags().unwrap(), ["amd64", "arm64", "latest"]);
}

#[test]
fn what_does_not_exist_is_named() {
    let storage = TempDir::new().unwrap();
    let registry = DockerRegistry::start(storage.path());
    registry.push_image("app", "1.0", &json!({}));
    let name = format!("{}/app", registry.host());
    let images = open(&name);
    let error = images.resolve(images.selector()).unwrap_err();
    assert_eq!(error.to_string(), format!("`{name}:latest` does not exist"));
    let error = open(&format!("{}/other", registry.host())).tags().unwrap_err();
    assert!(matches!(error, OciError::NotFound { .. }), "{error}");
    assert!(matches!(images.resolve(&tag("../../x")), Err(OciError::Reference(_))));
}

#[test]
fn a_registry_with_a_certificate_needs_its_authority() {
    let storage = TempDir::new().unwrap();
    let home = TempDir::new().unwrap();
    let pushed = DockerRegistry::start(storage.path()).push_image("app", "latest", &json!({}));
    let authority = certificates::authority(home.path(), "authority");
    let stranger = certificates::authority(home.path(), "stranger");
    let server = certificates::localhost(home.path(), &authority);
    let tls = json!({ "tls": { "certificate": server.certificate, "key": server.key } });
    let registry = DockerRegistry::start_with(storage.path(), &tls, &json!({}));

    let resolve = |authority: &certificates::Pair| {
        let settings = OciSettings {
            reference: format!("{}/app", registry.host()),
            ca_cert_path: Some(authority.certificate.clone()),
            ..OciSettings::default()
        };
        let images = open_with(&settings, DockerLocation::default()).unwrap();
        images.resolve(images.selector())
    };
    assert_eq!(resolve(&authority).unwrap().digest, pushed.digest);
    let error = resolve(&stranger).unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    let missing = certificates::Pair { certificate: home.path().join("none.pem"), ..stranger };
    assert!(matches!(resolve(&missing), Err(OciError::Certificates { .. })));
}

#[test]
fn what_refers_to_an_image_is_listed_by_the_registry_or_under_a_tag() {
    let entry = |number: usize| json!({"mediaType": MANIFEST, "digest": format!("sha256:{number:064}"), "size": 7, "artifactType": "text/plain"});
    let index = |entries: Value| json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries});
    let digests =
        |found: Vec<Descriptor>| found.iter().map(|entry| entry.digest.to_string()).collect::<Vec<_>>();
    let digest = Digest::sha256_of(b"an image");

    // A registry of the specification's version 1.1, which pages.
    let pages = [index(json!([entry(1)])).to_string(), index(json!([entry(2)])).to_string()];
    let next = format!("/v2/app/referrers/{digest}?page=2");
    let server = ScriptedServer::start(move |number, _| {
        let answer = Answer::new(200, pages[number].clone()).header("content-type", INDEX);
        if number == 0 { answer.header("link", format!("<{next}>; rel=\"next\"")) } else { answer }
    });
    let found = open(&format!("{}/app", server.host())).referrers(&digest).unwrap();
    assert_eq!(digests(found), [format!("sha256:{:064}", 1), format!("sha256:{:064}", 2)]);
    let asked: Vec<_> = server.asked().into_iter().map(|asked| asked.target).collect();
    let path = format!("/v2/app/referrers/{digest}");
    assert_eq!(asked, [path.clone(), format!("{path}?page=2")]);

    // Debian's, which is of an earlier one.
    let storage = TempDir::new().unwrap();
    let registry = DockerRegistry::start(storage.path());
    let image = registry.push_image("app", "latest", &json!({}));
    let images = open(&format!("{}/app", registry.host()));
    assert!(images.referrers(&image.digest).unwrap().is_empty());
    let referrer = registry.push_image("app", "referrer", &json!({"refers": "to it"}));
    let list = index(json!([{"mediaType": MANIFEST, "digest": referrer.digest, "size": referrer.size}]));
    registry.push_manifest("app", &image.digest.to_string().replace(':', "-"), INDEX, &list);
    assert_eq!(digests(images.referrers(&image.digest).unwrap()), [referrer.digest.to_string()]);
}
