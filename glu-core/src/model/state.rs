//! What a phase runs, as plain data.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Fields;

/// One state of a resource. Two states are the same when their digests are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What identifies the state.
    pub digest: StateDigest,
    /// What people call it: a tag, a version, a short digest.
    pub label: String,
    /// The resource's fields.
    pub fields: Fields,
    /// Places that ought to agree with the fields and do not, one sentence each. A promotion mends them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<String>,
}

impl State {
    /// Whether both are the same state.
    pub fn same(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = self.digest.short();
        if self.label == short || self.label.is_empty() {
            formatter.write_str(short)
        } else {
            write!(formatter, "{} ({short})", self.label)
        }
    }
}

/// A state's identity: `sha256:` and 64 hexadecimal digits, or whatever a resource of one's own calls its digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StateDigest(String);

impl StateDigest {
    /// Takes an existing digest, such as an image's.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The SHA-256 of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use std::fmt::Write as _;
        let mut text = String::from("sha256:");
        for byte in hmac_sha256::Hash::hash(bytes) {
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        }
        Self(text)
    }

    /// One digest for several named ones, dependent on their order; a single one stands for itself.
    pub fn of_parts(parts: &[(&str, StateDigest)]) -> Self {
        match parts {
            [(_, only)] => only.clone(),
            _ => {
                let lines: String =
                    parts.iter().map(|(name, digest)| format!("{name}={}\n", digest.0)).collect();
                Self::of(lines.as_bytes())
            }
        }
    }

    /// The whole digest.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits after the algorithm: enough for people.
    pub fn short(&self) -> &str {
        let digits = self.0.split_once(':').map_or(self.0.as_str(), |(_, digits)| digits);
        digits.char_indices().nth(12).map_or(digits, |(end, _)| &digits[..end])
    }
}

impl fmt::Display for StateDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_part_keeps_its_digest_and_several_make_a_new_one() {
        let image = StateDigest::new("sha256:aa");
        let tag = StateDigest::of(b"1.0");
        assert_eq!(StateDigest::of_parts(&[("image", image.clone())]), image);
        let both = StateDigest::of_parts(&[("image", image.clone()), ("tag", tag.clone())]);
        let swapped = StateDigest::of_parts(&[("tag", tag), ("image", image)]);
        assert_ne!(both, swapped);
    }

    #[test]
    fn the_digest_of_bytes_is_their_sha256() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            StateDigest::of(b"abc").as_str(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn short_takes_digits_and_never_splits_a_character() {
        assert_eq!(StateDigest::new("sha256:0123456789abcdef").short(), "0123456789ab");
        assert_eq!(StateDigest::new("v1").short(), "v1");
        assert_eq!(StateDigest::new("ääääääääääääää").short(), "ääääääääääää");
    }
}
