//! Public keys, as `cosign generate-key-pair` and `openssl` write them.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use crate::image::Digest;

/// A public key that signatures are verified with; made by [`key`].
#[derive(Debug, Clone)]
pub struct Key(Source);

#[derive(Debug, Clone)]
enum Source {
    Text(String),
    File(PathBuf),
}

/// A public key: PEM, such as `include_str!("../cosign.pub")` gives it, or the path of a file, from the directory that glu runs in.
///
/// It is of the curve P-256, as `cosign generate-key-pair` makes it.
pub fn key(pem_or_path: impl Into<String>) -> Key {
    let text = pem_or_path.into();
    Key(if text.contains("-----BEGIN") { Source::Text(text) } else { Source::File(text.into()) })
}

/// Why a key cannot be used. What is in it is not shown: people mistake their private keys for it.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyError {
    #[error("the key `{}` cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("the key{place} is {reason}")]
    Unusable { place: String, reason: &'static str },
}

impl Key {
    /// What it is, so that another key is another question.
    pub(super) fn specification(&self) -> String {
        match &self.0 {
            Source::Text(text) => Digest::sha256_of(text.trim().as_bytes()).to_string(),
            Source::File(path) => path.display().to_string(),
        }
    }

    /// What is wrong with it, as far as that is known at start.
    pub(super) fn mistake(&self) -> Option<String> {
        match &self.0 {
            Source::Text(_) => self.read().err().map(|error| error.to_string()),
            Source::File(path) if path.as_os_str().is_empty() => Some("the key names no file".to_owned()),
            Source::File(_) => None,
        }
    }

    pub(super) fn read(&self) -> Result<PublicKey, KeyError> {
        match &self.0 {
            Source::Text(text) => {
                parse(text).map_err(|reason| KeyError::Unusable { place: String::new(), reason })
            }
            Source::File(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| KeyError::Unreadable { path: path.clone(), error })?;
                let place = format!(" `{}`", path.display());
                parse(&text).map_err(|reason| KeyError::Unusable { place, reason })
            }
        }
    }
}

/// A key that was read: an uncompressed point of P-256. Signatures by it are over SHA-256, in ASN.1.
#[derive(Debug)]
pub(super) struct PublicKey([u8; 65]);

impl PublicKey {
    /// Whether a signature of a message is by this key.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.0).verify(message, signature).is_ok()
    }
}

/// What stands before the point in a `SubjectPublicKeyInfo` (RFC 5480); DER leaves no other way to write it.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The same of an Ed25519 key (RFC 8410).
const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

fn parse(text: &str) -> Result<PublicKey, &'static str> {
    const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
    const END: &str = "-----END PUBLIC KEY-----";
    if text.contains("PRIVATE KEY") {
        return Err("a private key; signatures are verified with the public one, which may be known");
    }
    let mut parts = text.split(BEGIN).skip(1);
    let (Some(body), None) = (parts.next(), parts.next()) else {
        return Err("not one `PUBLIC KEY` in PEM");
    };
    let (body, _) = body.split_once(END).ok_or("not a whole `PUBLIC KEY` in PEM")?;
    let compact: String = body.split_whitespace().collect();
    let info = STANDARD.decode(compact).map_err(|_| "not base64 between its marks")?;
    if let Some(point) = info.strip_prefix(&P256) {
        return point.try_into().map(PublicKey).map_err(|_| "of the wrong length");
    }
    if info.starts_with(&ED25519) {
        // Cosign signs with these by way of a hash (Ed25519ph), which ring does not know.
        return Err("an Ed25519 key, which cannot be used here; cosign's own kind, of the curve P-256, can");
    }
    Err("not of the curve P-256, the one kind that can be used here")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSIGN: &str = include_str!("../../../../../tests/fixtures/cosign/p256.pub");
    const EDWARDS: &str = include_str!("../../../../../tests/fixtures/cosign/ed25519.pub");

    #[test]
    fn a_key_of_cosigns_own_kind_is_read() {
        assert!(key(COSIGN).read().is_ok() && key(COSIGN).mistake().is_none());
    }

    #[test]
    fn what_is_no_key_is_refused_at_start_and_shown_nowhere() {
        let rsa =
            "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMO8\n-----END PUBLIC KEY-----\n";
        for (text, says) in [
            ("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\ns3cret\n-----END", "a private key"),
            ("-----BEGIN CERTIFICATE-----\ns3cret\n-----END CERTIFICATE-----", "not one `PUBLIC KEY`"),
            ("-----BEGIN PUBLIC KEY-----\ns3cret", "not a whole"),
            ("-----BEGIN PUBLIC KEY-----\n%s3cret\n-----END PUBLIC KEY-----", "not base64"),
            (rsa, "not of the curve P-256"),
            (EDWARDS, "an Ed25519 key, which cannot be used here"),
            (&COSIGN.replace("pA==", ""), "of the wrong length"),
            (&format!("{COSIGN}{COSIGN}"), "not one"),
        ] {
            let mistake = key(text).mistake().unwrap();
            assert!(mistake.contains(says) && !mistake.contains("s3cret"), "{mistake}");
        }
        assert!(key("no/such.pub").read().unwrap_err().to_string().contains("no/such.pub"));
        assert!(key("").mistake().is_some());
    }
}
