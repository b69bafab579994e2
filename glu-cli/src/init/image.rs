//! Image references as manifests have them.

/// An image's registry, repository and tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    /// Registry and repository, such as `ghcr.io/acme/app`. None: a bare name, which Kustomize and local builds use as a placeholder.
    pub(super) repository: Option<String>,
    /// The tag.
    pub(super) tag: Option<String>,
}

impl Image {
    /// Reads a reference; `None` for what is none, such as a template's placeholder.
    pub(super) fn read(text: &str) -> Option<Self> {
        let clean =
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:@".contains(c));
        let unpinned = text.split('@').next().filter(|name| clean && !name.is_empty())?;
        // A colon before the last slash belongs to the registry's port.
        let (name, tag) = match unpinned.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (unpinned, None),
        };
        let repository = match name.split_once('/') {
            None => None,
            Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => Some(name.to_owned()),
            Some(_) => Some(format!("docker.io/{name}")),
        };
        Some(Self { repository, tag })
    }
}

/// Whether a tag is one that moves, such as `latest` or a branch; one with digits is taken for a version or a build.
pub(super) fn moves(tag: &str) -> bool {
    !tag.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let read = |text: &str| {
            Image::read(text)
                .map(|image| (image.repository.unwrap_or_default(), image.tag.unwrap_or_default()))
        };
        let pair = |repository: &str, tag: &str| Some((repository.to_owned(), tag.to_owned()));
        assert_eq!(read("ghcr.io/acme/app:v1@sha256:0a"), pair("ghcr.io/acme/app", "v1"));
        assert_eq!(read("localhost:5000/app"), pair("localhost:5000/app", ""));
        assert_eq!(read("acme/app:main"), pair("docker.io/acme/app", "main"));
        assert_eq!(read("app:1"), pair("", "1"));
        assert_eq!(read("{{ .Values.image }}"), None);
        assert_eq!(read("$(IMAGE)"), None);
        assert_eq!(read("a\"/b"), None);
    }

    #[test]
    fn versions_stand_still() {
        assert!(moves("latest") && moves("main"));
        assert!(!moves("v1.2.3") && !moves("build-77"));
    }
}
