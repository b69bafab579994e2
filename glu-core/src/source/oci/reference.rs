//! Where a source's images are: a repository in a registry, or an image layout on disk.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{Digest, OciError};
use crate::image::{ImageRef, ReferenceError, is_tag};
use crate::settings::OciSettings;

/// What a source's settings point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A repository in a registry.
    Registry {
        /// The repository as the user wrote it; images are named so.
        name: String,
        /// The registry, `docker.io` where none was written.
        registry: String,
        /// The path below the registry.
        repository: String,
        /// Which of its images is meant.
        selector: Selector,
    },
    /// An image layout.
    Layout {
        /// The directory, relative to nothing else.
        directory: PathBuf,
        /// Which of its images is meant.
        selector: Selector,
    },
}

/// Which image of a repository is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selector {
    /// Whatever a tag points at now.
    Tag(String),
    /// Exactly this one.
    Digest(Digest),
}

impl Reference {
    /// Reads the reference in a source's settings. A digest outranks a tag; without either, the tag is `latest`.
    ///
    /// # Errors
    /// When it is neither `repository[:tag][@digest]` nor `oci:DIRECTORY[:TAG][@digest]`.
    pub fn parse(settings: &OciSettings) -> Result<Self, ReferenceError> {
        match settings.reference.strip_prefix("oci:") {
            Some(layout) => parse_layout(layout, settings),
            None => {
                let reference: ImageRef = settings.reference.parse()?;
                let (registry, repository) = reference.registry_and_path();
                Ok(Self::Registry {
                    registry: registry.to_owned(),
                    repository,
                    selector: Selector::of(reference.tag, reference.digest),
                    name: reference.repository,
                })
            }
        }
    }

    /// The image that the settings name.
    pub fn selector(&self) -> &Selector {
        match self {
            Self::Registry { selector, .. } | Self::Layout { selector, .. } => selector,
        }
    }
}

impl Selector {
    fn of(tag: Option<String>, digest: Option<Digest>) -> Self {
        match digest {
            Some(digest) => Self::Digest(digest),
            None => Self::Tag(tag.unwrap_or_else(|| "latest".to_owned())),
        }
    }

    /// Refuses a tag that no registry could have and a digest that cannot be computed here.
    pub(super) fn check(&self) -> Result<(), OciError> {
        match self {
            Self::Tag(tag) if !is_tag(tag) => Err(ReferenceError::new(tag, "it cannot be a tag").into()),
            Self::Digest(digest) if digest.algorithm() != "sha256" => {
                Err(OciError::UnsupportedDigest { digest: digest.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The selector behind a repository's name: `app:1` or `app@sha256:...`.
    pub(super) fn after(&self, name: &str) -> String {
        match self {
            Self::Tag(tag) => format!("{name}:{tag}"),
            Self::Digest(digest) => format!("{name}@{digest}"),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => formatter.write_str(tag),
            Self::Digest(digest) => digest.fmt(formatter),
        }
    }
}

fn parse_layout(text: &str, settings: &OciSettings) -> Result<Reference, ReferenceError> {
    let refuse = |reason: &str| ReferenceError::new(&settings.reference, reason);
    let (rest, digest) = match text.rsplit_once("@sha") {
        Some((rest, digest)) => {
            let digest = format!("sha{digest}").parse::<Digest>().map_err(|error| refuse(error.reason))?;
            (rest, Some(digest))
        }
        None => (text, None),
    };
    // A colon before something that cannot be a tag belongs to the directory, as in `oci:C:\images`.
    let (directory, tag) = match rest.rsplit_once(':') {
        Some((directory, tag)) if is_tag(tag) => (directory, Some(tag.to_owned())),
        _ => (rest, None),
    };
    if directory.is_empty() {
        return Err(refuse("it names no directory"));
    }
    Ok(Reference::Layout {
        directory: settings.base.join(Path::new(directory)),
        selector: Selector::of(tag, digest),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn parse(reference: &str) -> Result<Reference, ReferenceError> {
        Reference::parse(&OciSettings {
            reference: reference.to_owned(),
            base: PathBuf::from("/home/user/repository"),
            ..OciSettings::default()
        })
    }

    #[test]
    fn registries_keep_the_name_as_written() {
        assert_eq!(
            parse("alpine").unwrap(),
            Reference::Registry {
                name: "alpine".to_owned(),
                registry: "docker.io".to_owned(),
                repository: "library/alpine".to_owned(),
                selector: Selector::Tag("latest".to_owned()),
            }
        );
        let both = parse(&format!("ghcr.io/org/app:1@{DIGEST}")).unwrap();
        assert_eq!(both.selector(), &Selector::Digest(DIGEST.parse().unwrap()));
    }

    #[test]
    fn layouts_are_relative_to_the_base() {
        let layout = |directory: &str, selector: Selector| Reference::Layout {
            directory: PathBuf::from(directory),
            selector,
        };
        let tag = |tag: &str| Selector::Tag(tag.to_owned());
        assert_eq!(parse("oci:images").unwrap(), layout("/home/user/repository/images", tag("latest")));
        assert_eq!(
            parse("oci:images/app:1.2").unwrap(),
            layout("/home/user/repository/images/app", tag("1.2"))
        );
        assert_eq!(parse("oci:/srv/x:y/app").unwrap(), layout("/srv/x:y/app", tag("latest")));
        let digest = Selector::Digest(DIGEST.parse().unwrap());
        assert_eq!(parse(&format!("oci:/srv/app:1@{DIGEST}")).unwrap(), layout("/srv/app", digest));
        assert!(parse("oci:").is_err());
        assert!(parse("oci::v1").is_err());
    }
}
