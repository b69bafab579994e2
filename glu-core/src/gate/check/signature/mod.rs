//! Signatures of images, as cosign makes them: `signed_by(key(include_str!("../cosign.pub")))`.
//!
//! An image is pinned by its digest, and a signature is believed only for that digest. Signatures are verified with a public key alone:
//! there is no keyless verification, which needs a transparency log and Sigstore's roots to be honest.

mod candidate;
mod claim;
mod key;

use serde_json::json;

use self::candidate::{Candidate, candidates};
use self::claim::Claim;
use super::evidence::Evidence;
use super::placeholder::{expand, plain};
use crate::access::Access;
use crate::gate::{Asked, Check};
use crate::image::ImageRef;
use crate::ledger::Sample;
use crate::settings::{OciSettings, Settings};
use crate::source::oci::{Digest, Images, OciError, Reference, open};

pub use key::{Key, key};

/// How many signatures of one image are looked at.
const MOST: usize = 100;

/// Verifies that an image is signed; made by [`signed_by`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Signed {
    keys: Vec<Key>,
    images: Vec<String>,
}

/// A check that the state's images are signed by a key.
///
/// Every field of the state that names an image by its digest is one of them. A signature that is bad or is not there fails; a registry
/// that cannot be read is an error.
pub fn signed_by(key: Key) -> Signed {
    Signed { keys: vec![key], images: Vec::new() }
}

impl Signed {
    /// Another key that will do, such as the next one.
    pub fn or(mut self, key: Key) -> Self {
        self.keys.push(key);
        self
    }

    /// An image that has to be signed, with placeholders, such as `{repository}@{image-digest}`; without, those that fields name in full.
    pub fn image(mut self, reference: impl Into<String>) -> Self {
        self.images.push(reference.into());
        self
    }

    /// The images that are meant, by their digests.
    fn wanted(&self, asked: &Asked<'_>) -> Result<Vec<(ImageRef, Digest)>, String> {
        let pinned = |reference: ImageRef| reference.digest.clone().map(|digest| (reference, digest));
        if self.images.is_empty() {
            let fields = asked.state.fields.iter();
            let found: Vec<_> =
                fields.filter_map(|(_, text)| text.parse::<ImageRef>().ok()).filter_map(pinned).collect();
            if found.is_empty() {
                return Err(
                    "no field of the state names an image by its digest; say which with `.image(...)`"
                        .to_owned(),
                );
            }
            return Ok(found);
        }
        let wanted = self.images.iter().map(|template| {
            let text = expand(template, asked, &[], &plain).map_err(|error| error.to_string())?;
            let reference: ImageRef = text.parse().map_err(|error| format!("{error}"))?;
            pinned(reference)
                .ok_or_else(|| format!("`{text}` is not pinned to a digest, so nothing can be said of it"))
        });
        wanted.collect()
    }
}

impl Check for Signed {
    fn kind(&self) -> &'static str {
        "signed_by"
    }

    fn specification(&self) -> String {
        let keys: Vec<_> = self.keys.iter().map(Key::specification).collect();
        json!({"keys": keys, "images": self.images}).to_string()
    }

    fn mistakes(&self) -> Vec<String> {
        self.keys.iter().filter_map(Key::mistake).collect()
    }

    fn sample(&self, asked: &Asked<'_>) -> Sample {
        let mut evidence = Evidence::default();
        if let Some(mistake) = self.mistakes().into_iter().next() {
            return evidence.mistake(mistake);
        }
        let keys: Vec<_> = match self.keys.iter().map(Key::read).collect() {
            Ok(keys) => keys,
            Err(error) => return evidence.error(error),
        };
        let wanted = match self.wanted(asked) {
            Ok(wanted) => wanted,
            Err(reason) => return evidence.mistake(reason),
        };
        let references: Vec<_> = wanted.iter().map(|(reference, _)| reference.to_string()).collect();
        evidence.note("images", references);
        let mut seen = Vec::new();
        for (reference, digest) in &wanted {
            let candidates = match look(asked.access, reference, digest) {
                Ok(candidates) => candidates,
                Err(error) => return evidence.error(error),
            };
            let judged = judge(&candidates, digest, &keys);
            seen.extend(judged.seen);
            evidence.note("signatures", seen.clone());
            match judged.outcome {
                Outcome::Signed => {}
                Outcome::Unreadable(error) => return evidence.error(error),
                Outcome::Unsigned(reason) => return evidence.fail(format!("{reference} {reason}")),
            }
        }
        let what = match wanted.as_slice() {
            [(reference, _)] => format!("{reference} is signed"),
            several => format!("{} images are signed", several.len()),
        };
        evidence.pass(what)
    }
}

/// What the signatures of one image come to.
struct Judged {
    outcome: Outcome,
    /// Where they were found and what they are worth.
    seen: Vec<serde_json::Value>,
}

enum Outcome {
    Signed,
    Unsigned(String),
    Unreadable(OciError),
}

/// One good signature will do. One that could not be read might have been it.
fn judge(candidates: &[Result<Candidate, OciError>], digest: &Digest, keys: &[key::PublicKey]) -> Judged {
    let mut seen = Vec::new();
    let mut worth = Vec::new();
    let mut unreadable = None;
    for candidate in candidates {
        let (place, found) = match candidate {
            Ok(candidate) => (candidate.place.clone(), candidate.claim.verify(digest, keys)),
            Err(error) if is_about_content(error) => ("-".to_owned(), Claim::unreadable(error)),
            Err(error) => {
                unreadable = Some(error.clone());
                continue;
            }
        };
        seen.push(json!({"at": place, "worth": found.to_string()}));
        worth.push(found);
    }
    let outcome = match (worth.iter().min(), unreadable) {
        (Some(claim::Worth::Good), _) => Outcome::Signed,
        (_, Some(error)) => Outcome::Unreadable(error),
        (None, None) => Outcome::Unsigned("has no signature".to_owned()),
        (Some(best), None) if worth.len() == 1 => Outcome::Unsigned(format!("has one signature, and {best}")),
        (Some(best), None) => Outcome::Unsigned(format!(
            "has {} signatures, and none is good; the nearest: {best}",
            worth.len()
        )),
    };
    Judged { outcome, seen }
}

/// Whether what is in the registry is bad, and the registry is not.
fn is_about_content(error: &OciError) -> bool {
    matches!(
        error,
        OciError::DigestMismatch { .. }
            | OciError::UnsupportedDigest { .. }
            | OciError::Malformed { .. }
            | OciError::UnsupportedMediaType { .. }
            | OciError::TooLarge { .. }
            | OciError::NotFound { .. }
    )
}

/// Reads the signatures of an image, signed in as the source whose repository it is from.
fn look(
    access: &Access,
    reference: &ImageRef,
    digest: &Digest,
) -> Result<Vec<Result<Candidate, OciError>>, OciError> {
    let images = open(&source(access.settings(), reference))?;
    candidates(&*images, digest)
}

/// The settings of the source that an image is from; without one, what its own reference says.
fn source(settings: &Settings, reference: &ImageRef) -> OciSettings {
    let known = settings.oci.values().find(|source| match Reference::parse(source) {
        Ok(Reference::Registry { name, .. }) => {
            name.parse::<ImageRef>().is_ok_and(|own| own.registry_and_path() == reference.registry_and_path())
        }
        Ok(Reference::Layout { selector, .. }) => {
            let named = open(source).and_then(|images: Box<dyn Images>| images.resolve(&selector));
            named.is_ok_and(|image| image.name == reference.repository)
        }
        Err(_) => false,
    });
    match known {
        Some(source) => source.clone(),
        None => OciSettings { reference: reference.repository.clone(), ..OciSettings::default() },
    }
}
