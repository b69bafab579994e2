//! Digests: what content is called when its name must not lie.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The digest of some content: an algorithm, a colon and lower-case hexadecimal, such as `sha256:2c26...`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// A text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{digest}` is no digest: {reason}")]
pub struct DigestError {
    /// The text.
    pub digest: String,
    /// Why, as a lower-case fragment.
    pub reason: &'static str,
}

impl Digest {
    /// Computes the SHA-256 digest of some bytes.
    pub fn sha256_of(content: &[u8]) -> Self {
        use std::fmt::Write;
        let mut text = String::with_capacity("sha256:".len() + 64);
        text.push_str("sha256:");
        for byte in hmac_sha256::Hash::hash(content) {
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        }
        Self(text)
    }

    /// The algorithm: `sha256` or `sha512`.
    pub fn algorithm(&self) -> &str {
        self.parts().0
    }

    /// The hexadecimal part.
    pub fn hex(&self) -> &str {
        self.parts().1
    }

    /// The first twelve hexadecimal digits, for people.
    pub fn short(&self) -> &str {
        &self.hex()[..12]
    }

    /// The whole digest, as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parts(&self) -> (&str, &str) {
        self.0.split_once(':').expect("a digest has a colon")
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let refuse = |reason| DigestError { digest: text.chars().take(200).collect(), reason };
        let (algorithm, hex) = text.split_once(':').ok_or_else(|| refuse("it names no algorithm"))?;
        let length = match algorithm {
            "sha256" => 64,
            "sha512" => 128,
            _ => return Err(refuse("the algorithm is neither sha256 nor sha512")),
        };
        if hex.len() != length {
            return Err(refuse("it has the wrong length"));
        }
        if !hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(refuse("it is not lower-case hexadecimal"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value is FIPS 180-2's own example for `abc`.
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn hashes_the_standards_own_example() {
        let digest = Digest::sha256_of(b"abc");
        assert_eq!(digest.as_str(), ABC);
        assert_eq!((digest.algorithm(), digest.short()), ("sha256", "ba7816bf8f01"));
    }

    #[test]
    fn accepts_both_algorithms_and_refuses_everything_else() {
        assert!(ABC.parse::<Digest>().is_ok());
        assert!(format!("sha512:{}", "0f".repeat(64)).parse::<Digest>().is_ok());
        for (text, reason) in [
            (&ABC[7..], "it names no algorithm"),
            ("md5:900150983cd24fb0d6963f7d28e17f72", "the algorithm is neither sha256 nor sha512"),
            (&ABC[..70], "it has the wrong length"),
            (&ABC.replace("ba", "BA"), "it is not lower-case hexadecimal"),
            (&ABC.replace("ba", "/."), "it is not lower-case hexadecimal"),
        ] {
            assert_eq!(text.parse::<Digest>().unwrap_err().reason, reason, "{text}");
        }
    }

    #[test]
    fn is_checked_when_it_is_read_from_json() {
        assert!(serde_json::from_str::<Digest>(&format!("\"{ABC}\"")).is_ok());
        assert!(serde_json::from_str::<Digest>("\"sha256:../../etc/passwd\"").is_err());
    }
}
