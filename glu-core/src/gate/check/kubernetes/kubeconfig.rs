//! Kubeconfigs: which cluster a context names, and who we are there. Several files are one configuration, as `kubectl` reads them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::connection::ConnectionError;
use crate::credential::Secret;
use crate::document::{self, Format};

/// Several files, merged: what is said first holds.
#[derive(Default)]
pub(super) struct Kubeconfig {
    current: Option<String>,
    contexts: BTreeMap<String, ContextEntry>,
    clusters: BTreeMap<String, Placed<ClusterEntry>>,
    users: BTreeMap<String, Placed<UserEntry>>,
    /// The files that were there.
    files: Vec<PathBuf>,
}

/// What a context comes to.
pub(super) struct Selected<'a> {
    pub(super) context: String,
    pub(super) namespace: Option<String>,
    pub(super) cluster: &'a Placed<ClusterEntry>,
    /// None where the context names no user: it asks as nobody.
    pub(super) user: Option<&'a Placed<UserEntry>>,
}

/// An entry, and the directory of its file, which its paths are relative to.
pub(super) struct Placed<T> {
    pub(super) entry: T,
    pub(super) directory: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    current_context: Option<String>,
    contexts: Option<Vec<NamedContext>>,
    clusters: Option<Vec<NamedCluster>>,
    users: Option<Vec<NamedUser>>,
}

#[derive(Deserialize)]
struct NamedContext {
    name: String,
    context: Option<ContextEntry>,
}

#[derive(Deserialize)]
struct NamedCluster {
    name: String,
    cluster: Option<ClusterEntry>,
}

#[derive(Deserialize)]
struct NamedUser {
    name: String,
    user: Option<UserEntry>,
}

#[derive(Default, Deserialize)]
struct ContextEntry {
    cluster: Option<String>,
    user: Option<String>,
    namespace: Option<String>,
}

/// Where a cluster is, and whom to believe that it is it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct ClusterEntry {
    pub(super) server: Option<String>,
    pub(super) tls_server_name: Option<String>,
    #[serde(default)]
    pub(super) insecure_skip_tls_verify: bool,
    pub(super) certificate_authority: Option<PathBuf>,
    pub(super) certificate_authority_data: Option<String>,
    pub(super) proxy_url: Option<String>,
}

/// How to show who we are.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct UserEntry {
    pub(super) token: Option<Hidden>,
    #[serde(rename = "tokenFile")]
    pub(super) token_file: Option<PathBuf>,
    pub(super) client_certificate: Option<PathBuf>,
    pub(super) client_certificate_data: Option<String>,
    pub(super) client_key: Option<PathBuf>,
    pub(super) client_key_data: Option<Hidden>,
    pub(super) exec: Option<ExecEntry>,
    username: Option<serde::de::IgnoredAny>,
    password: Option<serde::de::IgnoredAny>,
    auth_provider: Option<serde::de::IgnoredAny>,
    #[serde(rename = "as")]
    impersonate: Option<serde::de::IgnoredAny>,
}

/// A program that gives credentials.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExecEntry {
    pub(super) api_version: String,
    pub(super) command: String,
    pub(super) args: Option<Vec<String>>,
    pub(super) env: Option<Vec<Variable>>,
    pub(super) install_hint: Option<String>,
    #[serde(default)]
    pub(super) provide_cluster_info: bool,
    pub(super) interactive_mode: Option<String>,
}

/// A variable that the program gets.
#[derive(Deserialize)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: Hidden,
}

/// A string that no error shows.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub(super) struct Hidden(pub(super) Secret);

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}

impl Kubeconfig {
    /// Reads and merges files; those that are not there are left out, as `kubectl` does.
    pub(super) fn load(files: &[PathBuf]) -> Result<Self, ConnectionError> {
        let mut merged = Self::default();
        for path in files {
            let text = match std::fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(ConnectionError::kubeconfig(path, error.to_string())),
            };
            merged.files.push(path.clone());
            merged.merge(read(path, &text)?, path);
        }
        Ok(merged)
    }

    /// Whether there was nothing in the files, or no file.
    pub(super) fn is_empty(&self) -> bool {
        self.clusters.is_empty() && self.contexts.is_empty() && self.users.is_empty()
    }

    /// What a context comes to; without a name, the current one.
    pub(super) fn select(&self, name: Option<&str>) -> Result<Selected<'_>, ConnectionError> {
        let known = || self.contexts.keys().cloned().collect::<Vec<_>>().join(", ");
        let name = name
            .or(self.current.as_deref())
            .ok_or_else(|| ConnectionError::NoCurrentContext { files: self.describe(), known: known() })?;
        let missing = |kind, name: &str| ConnectionError::Missing {
            kind,
            name: name.to_owned(),
            files: self.describe(),
            known: known(),
        };
        let context = self.contexts.get(name).ok_or_else(|| missing("context", name))?;
        let cluster = context.cluster.as_deref().unwrap_or_default();
        let user = match context.user.as_deref().filter(|user| !user.is_empty()) {
            Some(user) => Some(self.users.get(user).ok_or_else(|| missing("user", user))?),
            None => None,
        };
        Ok(Selected {
            context: name.to_owned(),
            namespace: context.namespace.clone().filter(|namespace| !namespace.is_empty()),
            cluster: self.clusters.get(cluster).ok_or_else(|| missing("cluster", cluster))?,
            user,
        })
    }

    fn merge(&mut self, file: File, path: &Path) {
        let directory = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let directory = directory.parent().unwrap_or(Path::new("")).to_owned();
        if self.current.is_none() {
            self.current = file.current_context.filter(|name| !name.is_empty());
        }
        for named in file.contexts.unwrap_or_default() {
            self.contexts.entry(named.name).or_insert(named.context.unwrap_or_default());
        }
        for named in file.clusters.unwrap_or_default() {
            let entry = named.cluster.unwrap_or_default();
            self.clusters.entry(named.name).or_insert(Placed { entry, directory: directory.clone() });
        }
        for named in file.users.unwrap_or_default() {
            let entry = named.user.unwrap_or_default();
            self.users.entry(named.name).or_insert(Placed { entry, directory: directory.clone() });
        }
    }

    fn describe(&self) -> String {
        let files: Vec<_> = self.files.iter().map(|file| format!("`{}`", file.display())).collect();
        if files.is_empty() { "the kubeconfig".to_owned() } else { files.join(" and ") }
    }
}

impl UserEntry {
    /// What it asks for that is not done here, by its key.
    pub(super) fn unsupported(&self) -> Option<&'static str> {
        let asked = [
            ("username", self.username.is_some() || self.password.is_some()),
            ("auth-provider", self.auth_provider.is_some()),
            ("as", self.impersonate.is_some()),
        ];
        asked.into_iter().find_map(|(key, is_there)| is_there.then_some(key))
    }
}

impl<T> Placed<T> {
    /// A path as the file means it.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        self.directory.join(path)
    }
}

fn read(path: &Path, text: &str) -> Result<File, ConnectionError> {
    // What is wrong is told by its place alone: a message that quotes a kubeconfig may quote a token.
    let value = document::to_value(Format::Yaml, text).map_err(|error| {
        let line = error.line.map_or(String::new(), |line| format!(" (line {line})"));
        ConnectionError::kubeconfig(path, format!("it is no YAML document{line}"))
    })?;
    if value.is_null() {
        return Ok(File { current_context: None, contexts: None, clusters: None, users: None });
    }
    serde_json::from_value(value)
        .map_err(|_| ConnectionError::kubeconfig(path, "it is not built as a kubeconfig is"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Directory;

    fn load(files: &[(&str, &str)]) -> (Directory, Result<Kubeconfig, ConnectionError>) {
        let directory = Directory::new();
        let paths = files.iter().map(|(name, text)| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        });
        let mut paths: Vec<PathBuf> = paths.collect();
        paths.insert(0, directory.path().join("absent"));
        let loaded = Kubeconfig::load(&paths);
        (directory, loaded)
    }

    const FIRST: &str = "current-context: a\ncontexts:\n- name: a\n  context: {cluster: one, user: me, namespace: shop}\n\
                         clusters:\n- name: one\n  cluster: {server: 'https://one', certificate-authority: ca.pem}\n";
    const SECOND: &str = "current-context: b\nclusters:\n- name: one\n  cluster: {server: 'https://other'}\n\
                          - name: two\n  cluster: {server: 'https://two'}\nusers:\n- name: me\n  user: {token: t0ken}\n\
                          contexts:\n- name: b\n  context: {cluster: two}\n- name: c\n  context: {cluster: three}\n";

    #[test]
    fn what_is_said_first_holds_and_files_complete_each_other() {
        let (directory, loaded) = load(&[("first", FIRST), ("second", SECOND)]);
        let config = loaded.unwrap();
        let selected = config.select(None).unwrap();
        assert_eq!((selected.context.as_str(), selected.namespace.as_deref()), ("a", Some("shop")));
        assert_eq!(selected.cluster.entry.server.as_deref(), Some("https://one"));
        let authority = selected.cluster.entry.certificate_authority.as_ref().unwrap();
        assert_eq!(selected.cluster.path(authority), directory.path().join("ca.pem"));
        assert_eq!(selected.user.unwrap().entry.token.as_ref().unwrap().0.expose(), "t0ken");
        let other = config.select(Some("b")).unwrap();
        assert_eq!(other.cluster.entry.server.as_deref(), Some("https://two"));
        assert!(other.user.is_none());
    }

    #[test]
    fn what_is_missing_is_named_with_what_there_is() {
        let (_directory, loaded) = load(&[("first", FIRST), ("second", SECOND)]);
        let config = loaded.unwrap();
        let says = |name| config.select(Some(name)).err().unwrap().to_string();
        assert!(says("d").starts_with("there is no context `d` in `"), "{}", says("d"));
        assert!(says("d").ends_with("there are the contexts a, b, c"), "{}", says("d"));
        assert!(says("c").contains("no cluster `three`"), "{}", says("c"));
        assert!(Kubeconfig::load(&[]).unwrap().is_empty());
    }

    #[test]
    fn no_error_quotes_a_file() {
        for text in ["users: [{name: s3cret", "users: s3cret", "users:\n- name: [s3cret]\n", "a: *s3cret\n"] {
            let (_directory, loaded) = load(&[("config", text)]);
            let error = loaded.err().unwrap().to_string();
            assert!(!error.contains("s3cret") && error.contains("config"), "{error}");
        }
    }
}
