//! What a signature claims, and what it is worth: two layouts, cosign's own payload and Sigstore's bundle.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::key::PublicKey;
use crate::image::Digest;
use crate::source::oci::OciError;

/// A signed statement about an image.
pub(super) enum Claim {
    /// What was signed, its signatures, and the digests that it is about.
    Signed { message: Vec<u8>, signatures: Vec<Vec<u8>>, about: Vec<String> },
    /// It cannot be read, and why.
    Unreadable(String),
    /// It says something else than that the image is signed, such as how it was built.
    Other(String),
}

/// What a claim is worth; the best first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    Good,
    /// The key made it, for another image.
    OtherImage(String),
    /// Another key made it, or somebody changed it.
    BadSignature,
    OtherClaim(String),
    Unreadable(String),
}

impl Claim {
    /// Cosign's own layout: a payload, and its signature beside it.
    pub(super) fn payload(payload: Vec<u8>, signature: &str) -> Self {
        #[derive(Deserialize)]
        struct Payload {
            critical: Critical,
        }
        #[derive(Deserialize)]
        struct Critical {
            #[serde(rename = "type")]
            kind: String,
            image: Image,
        }
        #[derive(Deserialize)]
        struct Image {
            #[serde(rename = "docker-manifest-digest")]
            digest: String,
        }
        let Ok(signature) = STANDARD.decode(signature.trim()) else {
            return Self::Unreadable("its signature is not base64".to_owned());
        };
        let critical = match serde_json::from_slice::<Payload>(&payload) {
            Ok(payload) => payload.critical,
            Err(error) => return Self::Unreadable(format!("its payload is malformed: {error}")),
        };
        if critical.kind != "cosign container image signature" {
            return Self::Other(critical.kind);
        }
        Self::Signed { message: payload, signatures: vec![signature], about: vec![critical.image.digest] }
    }

    /// Sigstore's bundle: a statement in an envelope (DSSE).
    pub(super) fn bundle(content: &[u8]) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Bundle {
            dsse_envelope: Option<Envelope>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Envelope {
            payload: String,
            payload_type: String,
            signatures: Vec<Signature>,
        }
        #[derive(Deserialize)]
        struct Signature {
            sig: String,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Statement {
            #[serde(rename = "_type")]
            kind: String,
            subject: Vec<Subject>,
            predicate_type: String,
        }
        #[derive(Deserialize)]
        struct Subject {
            digest: std::collections::BTreeMap<String, String>,
        }
        let unreadable = |reason: String| Self::Unreadable(reason);
        let bundle = match serde_json::from_slice::<Bundle>(content) {
            Ok(bundle) => bundle,
            Err(error) => return unreadable(format!("its bundle is malformed: {error}")),
        };
        let Some(envelope) = bundle.dsse_envelope else {
            return unreadable("its bundle has no statement in an envelope".to_owned());
        };
        let decoded: Result<Vec<_>, _> =
            envelope.signatures.iter().map(|signature| STANDARD.decode(&signature.sig)).collect();
        let (Ok(payload), Ok(signatures)) = (STANDARD.decode(&envelope.payload), decoded) else {
            return unreadable("its envelope is not base64".to_owned());
        };
        if envelope.payload_type != "application/vnd.in-toto+json" {
            return Self::Other(envelope.payload_type);
        }
        let statement = match serde_json::from_slice::<Statement>(&payload) {
            Ok(statement) => statement,
            Err(error) => return unreadable(format!("its statement is malformed: {error}")),
        };
        if !statement.kind.starts_with("https://in-toto.io/Statement/") {
            return Self::Other(statement.kind);
        }
        if statement.predicate_type != "https://sigstore.dev/cosign/sign/v1" {
            return Self::Other(statement.predicate_type);
        }
        let digests = statement.subject.into_iter().flat_map(|subject| subject.digest);
        let about = digests.map(|(algorithm, hex)| format!("{algorithm}:{hex}")).collect();
        Self::Signed { message: encode(&envelope.payload_type, &payload), signatures, about }
    }

    /// What it is worth for an image.
    pub(super) fn verify(&self, digest: &Digest, keys: &[PublicKey]) -> Worth {
        match self {
            Self::Unreadable(reason) => Worth::Unreadable(reason.clone()),
            Self::Other(claim) => Worth::OtherClaim(claim.clone()),
            Self::Signed { message, signatures, about } => {
                let is_ours = signatures
                    .iter()
                    .any(|signature| keys.iter().any(|key| key.verifies(message, signature)));
                if !is_ours {
                    Worth::BadSignature
                } else if about.iter().any(|about| about == digest.as_str()) {
                    Worth::Good
                } else {
                    Worth::OtherImage(about.join(", "))
                }
            }
        }
    }

    /// What something is worth that did not come whole out of the registry.
    pub(super) fn unreadable(error: &OciError) -> Worth {
        Worth::Unreadable(error.to_string())
    }
}

/// What is signed of an envelope (DSSE's pre-authentication encoding).
fn encode(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut encoded = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    encoded.extend_from_slice(payload);
    encoded
}

impl fmt::Display for Worth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => formatter.write_str("it is good"),
            Self::OtherImage(about) => write!(formatter, "it is by the key, but of {about}"),
            Self::BadSignature => formatter.write_str("it is not by the key, or was tampered with"),
            Self::OtherClaim(claim) => write!(formatter, "it is no signature of an image, but `{claim}`"),
            Self::Unreadable(reason) => formatter.write_str(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_encoded_as_the_specification_does() {
        // The protocol's own example.
        let encoded = encode("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn what_is_best_comes_first() {
        let other = Worth::OtherImage("x".to_owned());
        assert!(Worth::Good < other && other < Worth::BadSignature);
        assert!(Worth::BadSignature < Worth::OtherClaim("x".to_owned()));
    }
}
