//! Signatures by the Standard Webhooks scheme (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac_sha256::HMAC;

use crate::credential::Secret;

/// What a webhook is signed with.
pub(super) struct Key(Vec<u8>);

/// The beginning of a key that is written as the scheme says.
const PREFIX: &str = "whsec_";

impl Key {
    /// `whsec_` and base64, or any other text, whose bytes are the key.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(secret: &Secret) -> Result<Self, &'static str> {
        let text = secret.expose().trim();
        let key = match text.strip_prefix(PREFIX) {
            Some(encoded) => STANDARD
                .decode(encoded)
                .map_err(|_| "what stands after `whsec_` is not base64 with padding")?,
            None => text.as_bytes().to_vec(),
        };
        if key.is_empty() { Err("it is empty") } else { Ok(Self(key)) }
    }

    /// The value of `webhook-signature`.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
        format!("v1,{}", STANDARD.encode(HMAC::mac(signed, &self.0)))
    }
}
