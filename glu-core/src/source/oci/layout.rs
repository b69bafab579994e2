//! Image layouts: a repository of images in a directory, as skopeo, buildah and BuildKit write them.

mod publish;
mod tar;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use publish::{ImageContent, publish};

use super::manifest::{Descriptor, Document, Index, SIZE_LIMIT};
use super::{Digest, Image, Images, OciError, Selector};
use crate::image::ReferenceError;
use crate::image::{ImageRef, is_tag};

/// The annotation that names an image in a layout's index.
pub const REFERENCE_NAME: &str = "org.opencontainers.image.ref.name";
const CONTAINERD_NAME: &str = "io.containerd.image.name";
const VERSION: &str = "1.0.0";

/// How deep indexes may lie in indexes. Builders write two levels.
const DEPTH_LIMIT: usize = 4;
/// How many nested indexes are read in search of a digest.
const INDEX_LIMIT: usize = 256;

/// An image layout on disk.
#[derive(Debug)]
pub struct Layout {
    directory: PathBuf,
    selector: Selector,
    /// The name given in the settings, which overrules all others.
    configured_name: Option<String>,
}

impl Layout {
    /// Points at a layout. Images are named `name` if there is one, else as the layout names them in full, else like the
    /// directory.
    ///
    /// # Errors
    /// When the selector or the name cannot be one.
    pub fn new(directory: PathBuf, selector: Selector, name: Option<String>) -> Result<Self, OciError> {
        selector.check()?;
        if let Some(name) = &name {
            check_name(name)?;
        }
        Ok(Self { directory, selector, configured_name: name })
    }

    fn index(&self) -> Result<Index, OciError> {
        check_version(&self.directory)?;
        let path = self.directory.join("index.json");
        let content = read(&path, SIZE_LIMIT)?;
        serde_json::from_slice(&content)
            .map_err(|error| OciError::malformed(&path.display().to_string(), error))
    }

    fn find_tag(&self, index: &Index, tag: &str) -> Result<Descriptor, OciError> {
        let mut found: Option<&Descriptor> = None;
        for descriptor in index.manifests.iter().filter(|descriptor| tag_of(descriptor) == Some(tag)) {
            if found.is_some_and(|found| found.digest != descriptor.digest) {
                let reason = format!("it names two images `{tag}`");
                return Err(OciError::malformed(&self.directory.display().to_string(), reason));
            }
            found = Some(descriptor);
        }
        found.cloned().ok_or_else(|| self.not_found(index, &Selector::Tag(tag.to_owned())))
    }

    /// Looks for a digest level by level, so that what `index.json` itself says about an image wins.
    fn find_digest(&self, index: &Index, digest: &Digest) -> Result<Descriptor, OciError> {
        let mut level = index.manifests.clone();
        let mut read = BTreeSet::new();
        for _ in 0..DEPTH_LIMIT {
            if let Some(found) = level.iter().find(|descriptor| &descriptor.digest == digest) {
                return Ok(found.clone());
            }
            let mut next = Vec::new();
            for nested in level.into_iter().filter(Descriptor::is_index) {
                if read.len() < INDEX_LIMIT
                    && read.insert(nested.digest.clone())
                    && let Document::Index(inner) = self.document(&nested)?
                {
                    next.extend(inner.manifests);
                }
            }
            level = next;
        }
        Err(self.not_found(index, &Selector::Digest(digest.clone())))
    }

    fn document(&self, descriptor: &Descriptor) -> Result<Document, OciError> {
        Document::parse(&self.subject(&descriptor.digest), &descriptor.media_type, &self.blob(descriptor)?)
    }

    fn not_found(&self, index: &Index, selector: &Selector) -> OciError {
        let reference = selector.after(&format!("oci:{}", self.directory.display()));
        OciError::NotFound { reference, known: tags_of(index) }
    }

    fn subject(&self, digest: &Digest) -> String {
        format!("oci:{}@{digest}", self.directory.display())
    }

    fn name_of(&self, descriptor: &Descriptor) -> Result<String, OciError> {
        if let Some(name) = &self.configured_name {
            return Ok(name.clone());
        }
        let full = [CONTAINERD_NAME, REFERENCE_NAME]
            .iter()
            .filter_map(|key| descriptor.annotations.get(*key))
            .filter(|name| name.contains('/'))
            .find_map(|name| name.parse::<ImageRef>().ok());
        if let Some(reference) = full {
            return Ok(reference.repository);
        }
        let directory = self.directory.canonicalize().unwrap_or_else(|_| self.directory.clone());
        let name = directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        check_name(&name)?;
        Ok(name)
    }
}

impl Images for Layout {
    fn selector(&self) -> &Selector {
        &self.selector
    }

    fn resolve(&self, selector: &Selector) -> Result<Image, OciError> {
        selector.check()?;
        let index = self.index()?;
        let (descriptor, tag) = match selector {
            Selector::Tag(tag) => (self.find_tag(&index, tag)?, Some(tag.clone())),
            Selector::Digest(digest) => (self.find_digest(&index, digest)?, None),
        };
        let document = self.document(&descriptor)?;
        Ok(Image::new(self.name_of(&descriptor)?, tag, descriptor, document))
    }

    fn tags(&self) -> Result<Vec<String>, OciError> {
        Ok(tags_of(&self.index()?))
    }

    fn blob(&self, descriptor: &Descriptor) -> Result<Vec<u8>, OciError> {
        let subject = self.subject(&descriptor.digest);
        if descriptor.size > SIZE_LIMIT {
            return Err(OciError::TooLarge { subject, limit: SIZE_LIMIT });
        }
        let content = read(&blob_path(&self.directory, &descriptor.digest), SIZE_LIMIT)?;
        descriptor.verify(&subject, &content)?;
        Ok(content)
    }
}

fn blob_path(directory: &Path, digest: &Digest) -> PathBuf {
    directory.join("blobs").join(digest.algorithm()).join(digest.hex())
}

/// The tag under which a descriptor stands in `index.json`: written alone, or at the end of a full reference.
fn tag_of(descriptor: &Descriptor) -> Option<&str> {
    let name = descriptor.annotations.get(REFERENCE_NAME)?;
    let tag = if is_tag(name) {
        name
    } else {
        let (repository, tag) = name.rsplit_once(':')?;
        if repository.contains('@') {
            return None;
        }
        tag
    };
    is_tag(tag).then_some(tag)
}

fn tags_of(index: &Index) -> Vec<String> {
    let tags: BTreeSet<&str> = index.manifests.iter().filter_map(tag_of).collect();
    tags.into_iter().map(str::to_owned).collect()
}

fn check_name(name: &str) -> Result<(), ReferenceError> {
    let reference: ImageRef = name.parse().map_err(|error: ReferenceError| {
        ReferenceError::new(name, format!("{}; give the source another `name`", error.reason))
    })?;
    if reference.tag.is_some() || reference.digest.is_some() {
        return Err(ReferenceError::new(name, "a name has neither tag nor digest"));
    }
    Ok(())
}

fn check_version(directory: &Path) -> Result<(), OciError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Marker {
        image_layout_version: String,
    }
    let path = directory.join("oci-layout");
    let malformed = |reason: String| OciError::malformed(&path.display().to_string(), reason);
    let marker: Marker =
        serde_json::from_slice(&read(&path, 4096)?).map_err(|error| malformed(error.to_string()))?;
    if marker.image_layout_version != VERSION {
        let version: String = marker.image_layout_version.chars().take(40).collect();
        return Err(malformed(format!("its version is `{version}`, not {VERSION}")));
    }
    Ok(())
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, OciError> {
    let failed = |error: std::io::Error| OciError::Layout {
        action: "read",
        path: path.to_owned(),
        reason: reason(&error),
    };
    let mut content = Vec::new();
    File::open(path).map_err(failed)?.take(limit + 1).read_to_end(&mut content).map_err(failed)?;
    if content.len() as u64 > limit {
        return Err(OciError::TooLarge { subject: path.display().to_string(), limit });
    }
    Ok(content)
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
