//! Images as plain data: digests and references, as people and manifests write them, and what a registry says of one.

mod digest;
mod reference;
mod value;

pub use digest::{Digest, DigestError};
#[cfg(feature = "registry")]
#[cfg(feature = "registry")]
pub(crate) use reference::is_docker_hub;
pub(crate) use reference::is_tag;
pub use reference::{ImageRef, ReferenceError};

pub use crate::source::oci::{Descriptor, Image, ImageConfig, Index, Manifest, Platform};
