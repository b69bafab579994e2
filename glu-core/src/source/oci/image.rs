//! An image as a phase's state sees it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::manifest::{Descriptor, Document, Index, Manifest};
use super::{Digest, ImageRef, OciError};

/// An image that was resolved: its name, its digest and what its publisher says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The repository as manifests write it.
    pub name: String,
    /// The tag it was found by.
    pub tag: Option<String>,
    /// The digest, verified.
    pub digest: Digest,
    /// Kind, digest and size.
    pub descriptor: Descriptor,
    /// The manifest, when this is one image.
    pub manifest: Option<Manifest>,
    /// The index, when these are images for several platforms.
    pub index: Option<Index>,
    /// What is said about it: in a layout's index first, overruled by the image's own annotations.
    pub annotations: BTreeMap<String, String>,
}

/// What an image's configuration says about its build.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageConfig {
    /// When it was built, RFC 3339.
    pub created: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

impl Image {
    /// Puts an image together. The descriptor's annotations count, and the document's own overrule them.
    pub(super) fn new(name: String, tag: Option<String>, descriptor: Descriptor, document: Document) -> Self {
        let mut annotations = descriptor.annotations.clone();
        annotations.extend(document.annotations().clone());
        let (manifest, index) = match document {
            Document::Manifest(manifest) => (Some(manifest), None),
            Document::Index(index) => (None, Some(index)),
        };
        Self { name, tag, digest: descriptor.digest.clone(), descriptor, manifest, index, annotations }
    }

    /// The reference to write down: the name with the digest, without the tag, which may move.
    pub fn reference(&self) -> ImageRef {
        ImageRef { repository: self.name.clone(), tag: None, digest: Some(self.digest.clone()) }
    }

    /// The reference with the tag as well, for people to read; the digest decides.
    pub fn tagged(&self) -> ImageRef {
        ImageRef { tag: self.tag.clone(), ..self.reference() }
    }

    /// One annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }
}

impl ImageConfig {
    pub(super) fn parse(subject: &str, content: &[u8]) -> Result<Self, OciError> {
        #[derive(Deserialize)]
        struct Outer {
            created: Option<String>,
            config: Option<Inner>,
        }
        #[derive(Deserialize)]
        struct Inner {
            #[serde(rename = "Labels")]
            labels: Option<BTreeMap<String, String>>,
        }
        let outer: Outer =
            serde_json::from_slice(content).map_err(|error| OciError::malformed(subject, error))?;
        let labels = outer.config.and_then(|inner| inner.labels).unwrap_or_default();
        Ok(Self { created: outer.created, labels })
    }
}
