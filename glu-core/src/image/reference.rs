//! References to images, as manifests and people write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Digest;

/// A reference to an image: `repository[:tag][@digest]`. It keeps the repository as it was written, `app` or `ghcr.io/org/app`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageRef {
    /// The registry, where one was written, and the path.
    pub repository: String,
    /// The tag.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<Digest>,
}

/// A text that is no reference to an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{reference}` is no image reference: {reason}")]
pub struct ReferenceError {
    /// The text.
    pub reference: String,
    /// Why, as a lower-case fragment.
    pub reason: String,
}

impl ReferenceError {
    pub(crate) fn new(reference: &str, reason: impl Into<String>) -> Self {
        Self { reference: reference.chars().take(400).collect(), reason: reason.into() }
    }
}

impl ImageRef {
    /// The registry and the path below it, apart: `("ghcr.io", "org/app")`. An unqualified name belongs to `docker.io`, where
    /// a single word stands for `library/WORD`.
    pub fn registry_and_path(&self) -> (&str, String) {
        let (registry, path) = split_registry(&self.repository);
        match registry {
            Some(registry) if !is_docker_hub(registry) => (registry, path.to_owned()),
            _ if path.contains('/') => ("docker.io", path.to_owned()),
            _ => ("docker.io", format!("library/{path}")),
        }
    }
}

impl FromStr for ImageRef {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let refuse = |reason: &str| ReferenceError::new(text, reason);
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                let digest = digest.parse::<Digest>().map_err(|error| refuse(error.reason))?;
                (rest, Some(digest))
            }
            None => (text, None),
        };
        let last_component = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match rest[last_component..].find(':') {
            Some(colon) => {
                (&rest[..last_component + colon], Some(rest[last_component + colon + 1..].to_owned()))
            }
            None => (rest, None),
        };
        if tag.as_deref().is_some_and(|tag| !is_tag(tag)) {
            return Err(refuse(
                "the tag may have 128 letters, digits, `_`, `.` and `-`, and starts with none of the last two",
            ));
        }
        check_repository(repository).map_err(refuse)?;
        Ok(Self { repository: repository.to_owned(), tag, digest })
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(formatter, "@{digest}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for ImageRef {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        text.parse()
    }
}

impl From<ImageRef> for String {
    fn from(reference: ImageRef) -> Self {
        reference.to_string()
    }
}

/// Whether a text can be a tag, by the distribution specification.
pub(crate) fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&text.len())
        && word(text.as_bytes()[0])
        && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

/// Whether a registry goes by one of Docker Hub's names.
pub(crate) fn is_docker_hub(registry: &str) -> bool {
    matches!(registry, "docker.io" | "index.docker.io" | "registry-1.docker.io")
}

/// The first component is a registry if it could not be a path's: it has a dot, a port or capitals, or is `localhost`.
fn split_registry(repository: &str) -> (Option<&str>, &str) {
    match repository.split_once('/') {
        Some((first, path))
            if first == "localhost"
                || first.contains(['.', ':'])
                || first.bytes().any(|byte| byte.is_ascii_uppercase()) =>
        {
            (Some(first), path)
        }
        _ => (None, repository),
    }
}

fn check_repository(repository: &str) -> Result<(), &'static str> {
    if repository.is_empty() {
        return Err("it names no repository");
    }
    if repository.len() > 255 {
        return Err("the repository is longer than 255 characters");
    }
    let (registry, path) = split_registry(repository);
    if !registry.is_none_or(is_registry) {
        return Err("the registry is no host name with an optional port");
    }
    if !path.split('/').all(is_path_component) {
        return Err(
            "the path has components that are not lower-case letters and digits, joined by `.`, `_`, `__` or dashes",
        );
    }
    Ok(())
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let numeric = |port: &str| port.parse::<u16>().is_ok_and(|port| port != 0);
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let address = || {
        host.strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok())
    };
    port.is_none_or(numeric) && (host.split('.').all(label) || address())
}

fn is_path_component(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends_are_words = bytes.first().copied().is_some_and(word) && bytes.last().copied().is_some_and(word);
    ends_are_words
        && text
            .split(|letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit())
            .all(|joint| matches!(joint, "" | "." | "_" | "__") || joint.bytes().all(|byte| byte == b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn parts_are_told_apart() {
        let parse = |text: &str| {
            let reference: ImageRef = text.parse().unwrap();
            assert_eq!(reference.to_string(), text);
            (reference.repository, reference.tag, reference.digest.map(String::from))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parse("app"), ("app".to_owned(), None, None));
        assert_eq!(parse("app:1"), ("app".to_owned(), some("1"), None));
        assert_eq!(parse("localhost:5000/app"), ("localhost:5000/app".to_owned(), None, None));
        assert_eq!(parse("[::1]:5000/app:v1"), ("[::1]:5000/app".to_owned(), some("v1"), None));
        assert_eq!(
            parse(&format!("ghcr.io/org/app:1.2@{DIGEST}")),
            ("ghcr.io/org/app".to_owned(), some("1.2"), some(DIGEST))
        );
        assert_eq!(parse(&format!("a/b__c.d--e@{DIGEST}")).0, "a/b__c.d--e");
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in [
            "",
            ":1",
            "App",
            "app:",
            "app:-1",
            "app:a b",
            "app@sha256:1",
            "app@",
            "/app",
            "app/",
            "a//b",
            "a..b",
            "a___b",
            "../app",
            "ghcr.io/",
            "-x.io/app",
            "host:port/app",
            "host.io:0/app",
            "https://ghcr.io/app",
            "user:pass@host.io/app",
            "app?x=1",
            "{{ .image }}",
            &"a".repeat(256),
            &format!("app:{}", "a".repeat(129)),
        ] {
            assert!(text.parse::<ImageRef>().is_err(), "{text}");
        }
    }

    #[test]
    fn short_names_belong_to_docker_hub() {
        let resolve = |text: &str| {
            let reference: ImageRef = text.parse().unwrap();
            let (registry, path) = reference.registry_and_path();
            format!("{registry} {path}")
        };
        assert_eq!(resolve("alpine:3"), "docker.io library/alpine");
        assert_eq!(resolve("grafana/grafana"), "docker.io grafana/grafana");
        assert_eq!(resolve("docker.io/alpine"), "docker.io library/alpine");
        assert_eq!(resolve("index.docker.io/library/alpine"), "docker.io library/alpine");
        assert_eq!(resolve("localhost/alpine"), "localhost alpine");
        assert_eq!(resolve("registry:5000/alpine"), "registry:5000 alpine");
    }

    proptest! {
        #[test]
        fn any_text_parses_or_not_and_what_parses_comes_back(text in "[a-zA-Z0-9:/@._ -]{0,40}") {
            if let Ok(reference) = text.parse::<ImageRef>() {
                prop_assert_eq!(reference.to_string(), text);
            }
        }

        #[test]
        fn whatever_is_written_by_the_grammar_parses(
            registry in prop::option::of("[a-z]{1,5}\\.[a-z]{2,3}(:[1-9][0-9]{1,3})?"),
            path in "[a-z0-9]{1,5}([._-][a-z0-9]{1,4})?(/[a-z0-9]{1,6}){0,3}",
            tag in prop::option::of("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}"),
        ) {
            let repository = registry.map_or(path.clone(), |registry| format!("{registry}/{path}"));
            let reference = ImageRef { repository, tag, digest: None };
            prop_assert_eq!(reference.to_string().parse::<ImageRef>(), Ok(reference));
        }
    }
}
