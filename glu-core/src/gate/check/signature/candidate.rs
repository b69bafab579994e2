//! Where cosign puts signatures: under a tag made of the image's digest, and in what refers to the image.

use super::MOST;
use super::claim::Claim;
use crate::source::oci::{Descriptor, Digest, Image, Images, OciError, Selector};

/// The kind of a layer that is a payload, whose signature is in an annotation.
const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// The kinds of a layer that is a bundle of everything begin so.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";

/// Something that may be a signature of an image.
pub(super) struct Candidate {
    /// Where it was found.
    pub(super) place: String,
    pub(super) claim: Claim,
}

/// Everything that may be a signature of an image. What could not be read is among it.
pub(super) fn candidates(
    images: &dyn Images,
    digest: &Digest,
) -> Result<Vec<Result<Candidate, OciError>>, OciError> {
    let mut found = Vec::new();
    let tag = format!("{}-{}.sig", digest.algorithm(), digest.hex());
    match images.resolve(&Selector::Tag(tag)) {
        Ok(signatures) => read(images, &signatures, &mut found),
        Err(OciError::NotFound { .. }) => {}
        Err(error) => return Err(error),
    }
    for referrer in images.referrers(digest)? {
        if found.len() >= MOST {
            break;
        }
        // Lists kept by hand name the kinds wrongly, so it is the manifest that is asked.
        match images.resolve(&Selector::Digest(referrer.digest.clone())) {
            Ok(manifest) => read(images, &manifest, &mut found),
            Err(error) => found.push(Err(error)),
        }
    }
    Ok(found)
}

/// The signatures in one manifest; of any other manifest, none.
fn read(images: &dyn Images, manifest: &Image, found: &mut Vec<Result<Candidate, OciError>>) {
    let place = manifest.tag.clone().unwrap_or_else(|| manifest.digest.to_string());
    let layers = manifest.manifest.as_ref().map(|manifest| manifest.layers.as_slice()).unwrap_or_default();
    for layer in layers {
        if found.len() >= MOST {
            return;
        }
        let Some(read) = kind(layer) else { continue };
        found.push(
            images.blob(layer).map(|content| Candidate { place: place.clone(), claim: read(layer, content) }),
        );
    }
}

/// How a layer is read as a signature.
fn kind(layer: &Descriptor) -> Option<fn(&Descriptor, Vec<u8>) -> Claim> {
    if layer.media_type == PAYLOAD {
        return Some(|layer, payload| {
            let signature = layer.annotations.get(SIGNATURE).map(String::as_str).unwrap_or_default();
            Claim::payload(payload, signature)
        });
    }
    layer.media_type.starts_with(BUNDLE).then_some(|_, bundle| Claim::bundle(&bundle))
}
