//! What goes wrong on the way to an image.

use std::path::PathBuf;
use std::time::Duration;

use super::Digest;
use crate::image::ReferenceError;

/// Why an image could not be read. No variant carries a secret.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OciError {
    /// The reference cannot be one.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// Nothing has this name.
    #[error("`{reference}` does not exist{}", known_tags(.known))]
    NotFound {
        /// What was asked for.
        reference: String,
        /// The tags there are, where that is known.
        known: Vec<String>,
    },
    /// The registry wants another login.
    #[error(
        "`{reference}`: the registry refused {tried}; run `docker login {registry}` or give the source a `credential`"
    )]
    Unauthorized {
        /// What was asked for.
        reference: String,
        /// The registry.
        registry: String,
        /// Who we claimed to be.
        tried: String,
    },
    /// The registry knows us, and refuses.
    #[error("`{reference}`: the registry forbids {tried}{}", because(.reason))]
    Forbidden {
        /// What was asked for.
        reference: String,
        /// Who we claimed to be.
        tried: String,
        /// What the registry said, shortened.
        reason: String,
    },
    /// The registry wants fewer requests.
    #[error("`{registry}` limits the rate of requests{}", try_again(.retry_after))]
    RateLimited {
        /// The registry.
        registry: String,
        /// How long it asks us to wait.
        retry_after: Option<Duration>,
    },
    /// No conversation came about.
    #[error("cannot reach `{address}`: {reason}")]
    Unreachable {
        /// Scheme, host and path.
        address: String,
        /// Why, as a lower-case fragment.
        reason: String,
    },
    /// An answer nobody expects.
    #[error("`{address}` answered with status {status}{}", because(.reason))]
    Status {
        /// Scheme, host and path.
        address: String,
        /// The HTTP status.
        status: u16,
        /// What the server said, shortened.
        reason: String,
    },
    /// The content is not what its digest says.
    #[error("`{subject}` should have the digest {expected}, but has {actual}")]
    DigestMismatch {
        /// What was read.
        subject: String,
        /// The digest that was asked for or announced.
        expected: Digest,
        /// The digest of what came.
        actual: Digest,
    },
    /// The digest's algorithm is not built in.
    #[error("`{digest}` cannot be verified: only sha256 is supported")]
    UnsupportedDigest {
        /// The digest.
        digest: Digest,
    },
    /// The content breaks the specification.
    #[error("`{subject}` is malformed: {reason}")]
    Malformed {
        /// What was read.
        subject: String,
        /// Why, as a lower-case fragment.
        reason: String,
    },
    /// The content is of another kind.
    #[error(
        "`{subject}` has the media type `{media_type}`, which is neither an image manifest nor an image index"
    )]
    UnsupportedMediaType {
        /// What was read.
        subject: String,
        /// Its media type, shortened.
        media_type: String,
    },
    /// The content is larger than such content has reason to be.
    #[error("`{subject}` is larger than {limit} bytes")]
    TooLarge {
        /// What was read.
        subject: String,
        /// The limit.
        limit: u64,
    },
    /// The registry sends us, unencrypted, to somebody else for a token.
    #[error("`{registry}` wants us to sign in at `{realm}`, which is not encrypted")]
    InsecureRealm {
        /// The registry.
        registry: String,
        /// Where it sends us.
        realm: String,
    },
    /// The credential cannot be used with a registry.
    #[error("cannot sign in to `{registry}`: {reason}")]
    Credential {
        /// The registry.
        registry: String,
        /// Why, as a lower-case fragment.
        reason: String,
    },
    /// Docker's configuration cannot be used.
    #[error("cannot use Docker's configuration `{}`: {reason}", .path.display())]
    DockerConfiguration {
        /// The file.
        path: PathBuf,
        /// Why, as a lower-case fragment.
        reason: String,
    },
    /// Certificate authorities cannot be read.
    #[error("cannot load certificate authorities: {reason}")]
    Certificates {
        /// Why, as a lower-case fragment.
        reason: String,
    },
    /// A file of an image layout cannot be read or written.
    #[error("image layout: cannot {action} `{}`: {reason}", .path.display())]
    Layout {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why, as a lower-case fragment.
        reason: String,
    },
    /// This build reads no registries.
    #[error("cannot read from `{registry}`: this program was built without the feature `registry`")]
    NoRegistrySupport {
        /// The registry.
        registry: String,
    },
}

impl OciError {
    /// Somebody else's content is wrong; what is quoted of it is cut short.
    pub(super) fn malformed(subject: &str, reason: impl std::fmt::Display) -> Self {
        let reason = shorten(&reason.to_string());
        Self::Malformed { subject: subject.to_owned(), reason }
    }
}

/// Somebody else's words, cut to what a message can carry.
pub(super) fn shorten(text: &str) -> String {
    let printable = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().map(printable).take(200).collect()
}

fn known_tags(known: &[String]) -> String {
    const SHOWN: usize = 10;
    match known.len() {
        0 => String::new(),
        count if count > SHOWN => {
            format!("; there are {}, and {} more", known[..SHOWN].join(", "), count - SHOWN)
        }
        1 => format!("; there is {}", known[0]),
        _ => format!("; there are {}", known.join(", ")),
    }
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

fn try_again(retry_after: &Option<Duration>) -> String {
    retry_after.map_or(String::new(), |wait| format!("; it asks to wait {} seconds", wait.as_secs()))
}
