//! OCI images: where they are published is where most pipelines begin.
//!
//! [`open`] gives the images of one repository, in a registry over HTTP or in an image layout on disk; both answer through
//! [`Images`]. Content is believed only when its digest is right and its size within limits.

mod error;
mod image;
pub mod layout;
mod manifest;
mod reference;
#[cfg(feature = "registry")]
mod registry;

pub use error::OciError;
pub use image::{Image, ImageConfig};
pub use manifest::{Descriptor, Index, Manifest, Platform, SIZE_LIMIT};
pub use reference::{Reference, Selector};
#[cfg(feature = "registry")]
pub use registry::DockerLocation;

pub use crate::image::{Digest, ImageRef};
use crate::settings::OciSettings;

/// The images of one repository.
pub trait Images: Send + Sync {
    /// The image that the settings name.
    fn selector(&self) -> &Selector;

    /// Finds an image.
    ///
    /// # Errors
    /// When it does not exist, may not be read, or is not what it claims to be.
    fn resolve(&self, selector: &Selector) -> Result<Image, OciError>;

    /// The tags of the repository, sorted.
    ///
    /// # Errors
    /// When the repository does not exist or may not be read.
    fn tags(&self) -> Result<Vec<String>, OciError>;

    /// Reads a blob of at most [`SIZE_LIMIT`] bytes and verifies it.
    ///
    /// # Errors
    /// When it does not exist, may not be read, or is not the one described.
    fn blob(&self, descriptor: &Descriptor) -> Result<Vec<u8>, OciError>;

    /// What is attached to an image, such as signatures: the manifests whose subject it is.
    ///
    /// # Errors
    /// When the repository may not be read, or what is there is not what it claims to be.
    fn referrers(&self, digest: &Digest) -> Result<Vec<Descriptor>, OciError> {
        referrers_by_tag(self, digest)
    }

    /// Reads an image's configuration. Of an index, the first image with a platform speaks for all; an artifact that is no
    /// image has none.
    ///
    /// # Errors
    /// As [`Images::blob`].
    fn config(&self, image: &Image) -> Result<Option<ImageConfig>, OciError> {
        if let Some(index) = &image.index {
            // Attestations come as manifests for the platform `unknown`.
            let has_platform = |descriptor: &&Descriptor| {
                descriptor.platform.as_ref().is_some_and(|platform| platform.os != "unknown")
            };
            let Some(descriptor) =
                index.manifests.iter().find(has_platform).filter(|found| !found.is_index())
            else {
                return Ok(None);
            };
            return self.config(&self.resolve(&Selector::Digest(descriptor.digest.clone()))?);
        }
        match &image.manifest {
            Some(manifest) if manifest.config.is_config() => {
                let subject = format!("configuration of {}", image.reference());
                ImageConfig::parse(&subject, &self.blob(&manifest.config)?).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// Where nobody keeps lists of what refers to an image, they are kept by hand, under a tag that is made of its digest.
fn referrers_by_tag<I: Images + ?Sized>(images: &I, digest: &Digest) -> Result<Vec<Descriptor>, OciError> {
    let tag = format!("{}-{}", digest.algorithm(), digest.hex());
    match images.resolve(&Selector::Tag(tag)) {
        Ok(list) => Ok(list.index.map(|index| index.manifests).unwrap_or_default()),
        Err(OciError::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Opens the repository that a source's settings name. Nothing is read yet.
///
/// # Errors
/// When the reference cannot be one, or its credential cannot be used.
pub fn open(settings: &OciSettings) -> Result<Box<dyn Images>, OciError> {
    #[cfg(feature = "registry")]
    return open_with(settings, DockerLocation::from_env());
    #[cfg(not(feature = "registry"))]
    match Reference::parse(settings)? {
        Reference::Layout { directory, selector } => {
            Ok(Box::new(layout::Layout::new(directory, selector, settings.name.clone())?))
        }
        Reference::Registry { registry, .. } => Err(OciError::NoRegistrySupport { registry }),
    }
}

/// Opens a repository, with Docker's configuration at another place than the environment says.
///
/// # Errors
/// As [`open`].
#[cfg(feature = "registry")]
pub fn open_with(settings: &OciSettings, docker: DockerLocation) -> Result<Box<dyn Images>, OciError> {
    match Reference::parse(settings)? {
        Reference::Layout { directory, selector } => {
            Ok(Box::new(layout::Layout::new(directory, selector, settings.name.clone())?))
        }
        Reference::Registry { name, registry, repository, selector } => {
            selector.check()?;
            Ok(Box::new(registry::Registry::new(name, &registry, repository, selector, settings, docker)?))
        }
    }
}
