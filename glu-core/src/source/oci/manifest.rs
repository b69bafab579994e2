//! Manifests and indexes, of OCI and of Docker, which differ in their media types alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::error::shorten;
use super::{Digest, OciError};

/// The largest manifest, index or configuration that is read, in bytes. Registries refuse to store larger ones.
pub const SIZE_LIMIT: u64 = 4 * 1024 * 1024;

pub(super) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";

/// A pointer to content: what kind it is, its digest and its size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// The kind of content.
    pub media_type: String,
    /// The content's digest.
    pub digest: Digest,
    /// The content's size in bytes.
    pub size: u64,
    /// The machine that the content is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The kind of artifact, where it is no image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Whatever else is said about the content.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// A machine that an image runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// The processor, such as `amd64`.
    pub architecture: String,
    /// The operating system, such as `linux`.
    pub os: String,
    /// The processor's variant, such as `v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

/// One image: its configuration and its layers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// The manifest's own media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The kind of artifact, where it is no image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Where the configuration is.
    pub config: Descriptor,
    /// Where the layers are, the lowest first.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub layers: Vec<Descriptor>,
    /// What this is about, for signatures and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Whatever else is said about the image.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// Several manifests under one name, usually one a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    /// The index's own media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The kind of artifact, where it is no image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Where the manifests are.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub manifests: Vec<Descriptor>,
    /// What this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Whatever else is said about the image.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// Either of the two things that a tag can point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Document {
    Manifest(Manifest),
    Index(Index),
}

impl Document {
    /// What to ask a registry for.
    #[cfg(feature = "registry")]
    pub(super) fn accept() -> String {
        [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST].join(", ")
    }

    /// Reads content of a media type that somebody else announced. Content that could be read as the other kind, too, is
    /// refused: two readers of one digest must not see two images.
    pub(super) fn parse(subject: &str, media_type: &str, content: &[u8]) -> Result<Self, OciError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Shape {
            media_type: Option<String>,
            config: Option<serde::de::IgnoredAny>,
            layers: Option<serde::de::IgnoredAny>,
            manifests: Option<serde::de::IgnoredAny>,
        }
        let malformed = |reason: &str| OciError::malformed(subject, reason);
        let unreadable = |error: serde_json::Error| OciError::malformed(subject, error);

        let is_index = is_index(media_type);
        if !is_index && !is_manifest(media_type) {
            let media_type = shorten(media_type);
            return Err(OciError::UnsupportedMediaType { subject: subject.to_owned(), media_type });
        }
        let shape: Shape = serde_json::from_slice(content).map_err(unreadable)?;
        if shape.media_type.as_ref().is_some_and(|own| own != media_type) {
            return Err(malformed(&format!("it is announced as `{media_type}`, and says otherwise itself")));
        }
        let (schema_version, document) = if is_index {
            if shape.config.is_some() || shape.layers.is_some() {
                return Err(malformed("it is an index, and has a manifest's fields"));
            }
            let index: Index = serde_json::from_slice(content).map_err(unreadable)?;
            (index.schema_version, Self::Index(index))
        } else {
            if shape.manifests.is_some() {
                return Err(malformed("it is a manifest, and has an index's fields"));
            }
            let manifest: Manifest = serde_json::from_slice(content).map_err(unreadable)?;
            (manifest.schema_version, Self::Manifest(manifest))
        };
        if schema_version != 2 {
            return Err(malformed(&format!("its schema version is {schema_version}, not 2")));
        }
        Ok(document)
    }

    pub(super) fn annotations(&self) -> &BTreeMap<String, String> {
        match self {
            Self::Manifest(manifest) => &manifest.annotations,
            Self::Index(index) => &index.annotations,
        }
    }
}

impl Descriptor {
    /// Describes content that is at hand.
    pub(super) fn of(media_type: &str, content: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::sha256_of(content),
            size: content.len() as u64,
            platform: None,
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }

    /// Whether it points at an image's configuration.
    pub(super) fn is_config(&self) -> bool {
        matches!(self.media_type.as_str(), OCI_CONFIG | DOCKER_CONFIG)
    }

    /// Whether it points at an index.
    pub(super) fn is_index(&self) -> bool {
        is_index(&self.media_type)
    }

    /// Refuses content that is not the one described.
    pub(super) fn verify(&self, subject: &str, content: &[u8]) -> Result<(), OciError> {
        if self.size != content.len() as u64 {
            let reason = format!("it has {} bytes where {} were announced", content.len(), self.size);
            return Err(OciError::malformed(subject, reason));
        }
        verify(subject, &self.digest, content)
    }
}

/// Refuses content that has another digest.
pub(super) fn verify(subject: &str, expected: &Digest, content: &[u8]) -> Result<(), OciError> {
    if expected.algorithm() != "sha256" {
        return Err(OciError::UnsupportedDigest { digest: expected.clone() });
    }
    let actual = Digest::sha256_of(content);
    if &actual != expected {
        return Err(OciError::DigestMismatch {
            subject: subject.to_owned(),
            expected: expected.clone(),
            actual,
        });
    }
    Ok(())
}

fn is_index(media_type: &str) -> bool {
    matches!(media_type, OCI_INDEX | DOCKER_LIST)
}

fn is_manifest(media_type: &str) -> bool {
    matches!(media_type, OCI_MANIFEST | DOCKER_MANIFEST)
}

/// Some builders write `null` where the specification wants nothing or an empty value.
fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn manifest(extra: &str) -> String {
        format!(
            r#"{{"schemaVersion": 2, "config": {{"mediaType": "{OCI_CONFIG}", "digest": "{DIGEST}", "size": 3}}, "layers": null{extra}}}"#
        )
    }

    fn parse(media_type: &str, content: &str) -> Result<Document, OciError> {
        Document::parse("app:1", media_type, content.as_bytes())
    }

    #[test]
    fn reads_manifests_and_indexes_of_both_families() {
        for media_type in [OCI_MANIFEST, DOCKER_MANIFEST] {
            let Document::Manifest(manifest) =
                parse(media_type, &manifest(r#", "annotations": null"#)).unwrap()
            else {
                panic!("a manifest was taken for an index")
            };
            assert_eq!((manifest.config.digest.as_str(), manifest.layers.len()), (DIGEST, 0));
        }
        for media_type in [OCI_INDEX, DOCKER_LIST] {
            let content = format!(
                r#"{{"schemaVersion": 2, "mediaType": "{media_type}", "annotations": {{"a": "b"}}, "manifests": [
                    {{"mediaType": "{OCI_MANIFEST}", "digest": "{DIGEST}", "size": 7,
                      "platform": {{"architecture": "arm", "os": "linux", "variant": "v7"}}}}]}}"#
            );
            let Document::Index(index) = parse(media_type, &content).unwrap() else {
                panic!("an index was taken for a manifest")
            };
            assert_eq!(index.annotations["a"], "b");
            assert_eq!(index.manifests[0].platform.as_ref().unwrap().variant.as_deref(), Some("v7"));
        }
    }

    #[test]
    fn refuses_what_could_be_read_in_two_ways() {
        let says = |media_type: &str, content: &str| parse(media_type, content).unwrap_err().to_string();
        assert!(says(OCI_MANIFEST, &manifest(r#", "manifests": []"#)).contains("an index's fields"));
        let index = r#"{"schemaVersion": 2, "manifests": [], "layers": []}"#;
        assert!(says(OCI_INDEX, index).contains("a manifest's fields"));
        let other = manifest(&format!(r#", "mediaType": "{DOCKER_MANIFEST}""#));
        assert!(says(OCI_MANIFEST, &other).contains("says otherwise itself"));
    }

    #[test]
    fn refuses_other_content() {
        let legacy = "application/vnd.docker.distribution.manifest.v1+prettyjws";
        assert!(matches!(parse(legacy, "{}"), Err(OciError::UnsupportedMediaType { .. })));
        assert!(matches!(parse(OCI_MANIFEST, "<html>"), Err(OciError::Malformed { .. })));
        let old = manifest("").replace("\"schemaVersion\": 2", "\"schemaVersion\": 1");
        assert!(parse(OCI_MANIFEST, &old).unwrap_err().to_string().contains("schema version is 1"));
        let traversal = manifest("").replace(DIGEST, "sha256:../../x");
        assert!(matches!(parse(OCI_MANIFEST, &traversal), Err(OciError::Malformed { .. })));
    }

    #[test]
    fn content_is_compared_with_its_descriptor() {
        let descriptor = Descriptor::of(OCI_CONFIG, b"abc");
        assert_eq!(descriptor.digest.as_str(), DIGEST);
        assert!(descriptor.verify("x", b"abc").is_ok());
        assert!(matches!(descriptor.verify("x", b"abd"), Err(OciError::DigestMismatch { .. })));
        assert!(matches!(descriptor.verify("x", b"ab"), Err(OciError::Malformed { .. })));
    }
}
