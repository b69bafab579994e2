//! The table of all keys: validation, the environment and the reference are checked against this one list.

use glu_core::nearest::nearest;
use glu_core::notify::Event;

/// A key and what it takes. `*` in the path stands for a name that the user chooses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) path: &'static str,
    pub(super) kind: Kind,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any string.
    Text,
    /// A path; relative ones are relative to the file's directory.
    Path,
    /// `true` or `false`.
    Boolean,
    /// A whole number up to a limit.
    Number(u64),
    /// One of a few words.
    OneOf(&'static [&'static str]),
    /// A list of strings.
    List,
    /// A list of some of a few words.
    ListOf(&'static [&'static str]),
}

impl Kind {
    /// The kind in words, for "expected ...".
    pub(super) fn describe(self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::Path => "a path as a string".to_owned(),
            Self::Boolean => "`true` or `false`".to_owned(),
            Self::Number(u64::MAX) => "a whole number".to_owned(),
            Self::Number(limit) => format!("a whole number up to {limit}"),
            Self::OneOf(words) => format!("one of {}", quoted(words)),
            Self::List => "a list of strings".to_owned(),
            Self::ListOf(words) => format!("a list of {}", quoted(words)),
        }
    }
}

/// What is said of a word at a key that takes a few others. Where a secret may stand at the wrong key, what is there is not shown.
pub(super) fn none_of(key: &str, word: &str, words: &[&str]) -> String {
    let hint = nearest(word, words.iter().copied());
    let hint = hint.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let is_near_secrets = ["credentials.", "notifications."].iter().any(|table| key.starts_with(table));
    if is_near_secrets || word.len() > LONGEST_WORD || !word.chars().all(is_plain) {
        return format!("`{key}` is another string, expected one of {}{hint}", quoted(words));
    }
    format!("`{key}`: `{word}` is none of {}{hint}", quoted(words))
}

/// What else is said of a key that was given words.
pub(super) fn advice(key: &str) -> Option<&'static str> {
    let is_app = key.starts_with("credentials.") && key.ends_with(".github_app.app_id");
    is_app.then_some(
        "; it is the App's number, which GitHub's settings of the App call \"App ID\", right beside the client ID",
    )
}

/// Words of the configuration are no longer; tokens are.
const LONGEST_WORD: usize = 24;

pub(super) const KEYS: &[Key] = &[
    key("cache", Kind::Path),
    key("commit.co_authors", Kind::List),
    key("commit.email", Kind::Text),
    key("commit.name", Kind::Text),
    key("commit.sign", Kind::Boolean),
    key("commit.sign_off", Kind::Boolean),
    key("commit.through_forge", Kind::Boolean),
    key("credentials.*.access_token", Kind::Text),
    key("credentials.*.basic.password", Kind::Text),
    key("credentials.*.basic.username", Kind::Text),
    key("credentials.*.github_app.app_id", Kind::Number(u64::MAX)),
    key("credentials.*.github_app.installation_id", Kind::Number(u64::MAX)),
    key("credentials.*.github_app.private_key_bytes", Kind::Text),
    key("credentials.*.github_app.private_key_path", Kind::Path),
    key("credentials.*.ssh.insecure_ignore_host_key", Kind::Boolean),
    key("credentials.*.ssh.password", Kind::Text),
    key("credentials.*.ssh.private_key_bytes", Kind::Text),
    key("credentials.*.ssh.private_key_path", Kind::Path),
    key("credentials.*.ssh.user", Kind::Text),
    key("credentials.*.type", Kind::OneOf(&["basic", "ssh", "access_token", "github_app", "docker_local"])),
    key("history.file.path", Kind::Path),
    key("history.type", Kind::OneOf(&["file"])),
    key("ledger.file.path", Kind::Path),
    key("ledger.git.ref", Kind::Text),
    key("ledger.git.source", Kind::Text),
    key("ledger.type", Kind::OneOf(&["git", "file", "memory"])),
    key("log.encoding", Kind::OneOf(&["console", "text", "json"])),
    key("log.level", Kind::OneOf(&["debug", "info", "warn", "error"])),
    key("metrics.enabled", Kind::Boolean),
    key("metrics.exporter", Kind::OneOf(&["prometheus", "otlp"])),
    key("notifications.*.command", Kind::List),
    key("notifications.*.events", Kind::ListOf(Event::NAMES)),
    key("notifications.*.headers", Kind::List),
    key("notifications.*.phases", Kind::List),
    key("notifications.*.secret", Kind::Text),
    key("notifications.*.type", Kind::OneOf(&["slack", "webhook", "command"])),
    key("notifications.*.url", Kind::Text),
    key("program.binary", Kind::Path),
    key("program.package", Kind::Path),
    key("server.cert_file", Kind::Path),
    key("server.host", Kind::Text),
    key("server.key_file", Kind::Path),
    key("server.port", Kind::Number(65_535)),
    key("server.protocol", Kind::OneOf(&["http", "https"])),
    key("sources.git.*.default_branch", Kind::Text),
    key("sources.git.*.path", Kind::Path),
    key("sources.git.*.proposals.credential", Kind::Text),
    key(
        "sources.git.*.proposals.type",
        Kind::OneOf(&["github", "gitlab", "gitea", "forgejo", "bitbucket", "bitbucket_data_center", "azure"]),
    ),
    key("sources.git.*.proposals.url", Kind::Text),
    key("sources.git.*.remote.ca_cert_path", Kind::Path),
    key("sources.git.*.remote.credential", Kind::Text),
    key("sources.git.*.remote.insecure_skip_tls", Kind::Boolean),
    key("sources.git.*.remote.name", Kind::Text),
    key("sources.git.*.remote.url", Kind::Text),
    key("sources.oci.*.ca_cert_path", Kind::Path),
    key("sources.oci.*.credential", Kind::Text),
    key("sources.oci.*.insecure_http", Kind::Boolean),
    key("sources.oci.*.name", Kind::Text),
    key("sources.oci.*.reference", Kind::Text),
];

const fn key(path: &'static str, kind: Kind) -> Key {
    Key { path, kind }
}

/// What stands at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A key with a value.
    Leaf(Kind),
    /// A table of further keys.
    Table,
    /// Nothing that is known.
    Unknown,
}

pub(super) fn place(path: &[&str]) -> Place {
    let mut found = Place::Unknown;
    for key in KEYS {
        let mut pattern = key.path.split('.');
        if !path
            .iter()
            .all(|segment| pattern.next().is_some_and(|expected| expected == "*" || expected == *segment))
        {
            continue;
        }
        match pattern.next() {
            None => return Place::Leaf(key.kind),
            Some(_) => found = Place::Table,
        }
    }
    found
}

/// The keys that a table may hold, in order. Empty for one whose names the user chooses.
pub(super) fn children(path: &[&str]) -> Vec<&'static str> {
    let mut names: Vec<&str> = KEYS
        .iter()
        .filter_map(|key| {
            let mut pattern = key.path.split('.');
            let inside = path.iter().all(|segment| {
                pattern.next().is_some_and(|expected| expected == "*" || expected == *segment)
            });
            pattern.next().filter(|name| inside && *name != "*")
        })
        .collect();
    names.dedup();
    names
}

/// A key path with dots; a name that TOML could not write bare is quoted.
pub(super) fn join(parent: &str, name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let name = if bare { name.to_owned() } else { format!("{name:?}") };
    if parent.is_empty() { name } else { format!("{parent}.{name}") }
}

/// Words in backticks with commas.
pub(super) fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_follow_the_table() {
        assert_eq!(place(&["server", "port"]), Place::Leaf(Kind::Number(65_535)));
        assert_eq!(place(&["sources", "git"]), Place::Table);
        assert_eq!(place(&["sources", "git", "any name", "remote"]), Place::Table);
        assert_eq!(place(&["sources", "svn"]), Place::Unknown);
        assert_eq!(place(&["server", "port", "deeper"]), Place::Unknown);
        assert_eq!(
            children(&["sources", "git", "x", "remote"]),
            ["ca_cert_path", "credential", "insecure_skip_tls", "name", "url"]
        );
        assert!(children(&["credentials"]).is_empty());
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(KEYS.is_sorted_by(|left, right| left.path < right.path));
    }
}
