//! Docker's and Podman's own login files, and the programs they name.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::Deserialize;

use super::super::OciError;
use super::helper;
use super::login::Account;
use crate::credential::Secret;
use crate::image::is_docker_hub;

/// What Docker Hub is called in Docker's files, for historical reasons.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";
const FILE_LIMIT: u64 = 1024 * 1024;

/// Where Docker's configuration is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DockerLocation {
    /// Files to look into, the first that knows a registry wins. Those that do not exist know none.
    pub files: Vec<PathBuf>,
    /// The directory of the credential helpers. None: they are on the `PATH`.
    pub helpers: Option<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Configuration {
    auths: Option<BTreeMap<String, Login>>,
    creds_store: Option<String>,
    cred_helpers: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Login {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

impl DockerLocation {
    /// The places that Docker and Podman use: `REGISTRY_AUTH_FILE`, `config.json` in `DOCKER_CONFIG` or `~/.docker`, and
    /// `containers/auth.json` in `XDG_RUNTIME_DIR` and `XDG_CONFIG_HOME` or `~/.config`.
    pub fn from_env() -> Self {
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = std::env::home_dir();
        let in_home = |directory: &str| home.as_ref().map(|home| home.join(directory));
        let docker = variable("DOCKER_CONFIG").or_else(|| in_home(".docker"));
        let config = variable("XDG_CONFIG_HOME").or_else(|| in_home(".config"));
        let containers = |directory: PathBuf| directory.join("containers").join("auth.json");
        let files = [
            variable("REGISTRY_AUTH_FILE"),
            docker.map(|directory| directory.join("config.json")),
            variable("XDG_RUNTIME_DIR").map(containers),
            config.map(containers),
        ];
        Self { files: files.into_iter().flatten().collect(), helpers: None }
    }

    /// Looks a login up. A file or a helper that cannot be used is an error only if no other knows the registry.
    pub(super) fn find(&self, registry: &str, repository: &str) -> Result<Option<Account>, OciError> {
        let registry = if is_docker_hub(registry) { "docker.io" } else { registry };
        let mut failure = None;
        for path in &self.files {
            let fail = |reason: String| OciError::DockerConfiguration { path: path.clone(), reason };
            let configuration = match read(path) {
                Ok(Some(configuration)) => configuration,
                Ok(None) => continue,
                Err(reason) => {
                    failure.get_or_insert(fail(reason));
                    continue;
                }
            };
            match self.ask_helper(&configuration, registry) {
                Ok(Some(account)) => return Ok(Some(account)),
                Ok(None) => {}
                Err(reason) => {
                    failure.get_or_insert(fail(reason));
                }
            }
            match configuration.stored(registry, repository) {
                Ok(Some(account)) => return Ok(Some(account)),
                Ok(None) => {}
                Err(reason) => {
                    failure.get_or_insert(fail(reason));
                }
            }
        }
        failure.map_or(Ok(None), Err)
    }

    fn ask_helper(&self, configuration: &Configuration, registry: &str) -> Result<Option<Account>, String> {
        let special = configuration
            .cred_helpers
            .iter()
            .flatten()
            .find(|(key, _)| normalize(key) == registry)
            .map(|(_, name)| name);
        let Some(name) = special.or(configuration.creds_store.as_ref()).filter(|name| !name.is_empty())
        else {
            return Ok(None);
        };
        let server = if registry == "docker.io" { DOCKER_HUB } else { registry };
        helper::get(name, server, self.helpers.as_deref())
    }
}

impl Configuration {
    /// The login written in the file itself, for the longest prefix of the repository.
    fn stored(&self, registry: &str, repository: &str) -> Result<Option<Account>, String> {
        let mut prefix = format!("{registry}/{repository}");
        loop {
            for (key, login) in self.auths.iter().flatten().filter(|(key, _)| normalize(key) == prefix) {
                // Entries are empty where a helper holds the login.
                if let Some(account) =
                    login.account().map_err(|reason| format!("the login `{key}` {reason}"))?
                {
                    return Ok(Some(account));
                }
            }
            match prefix.rfind('/') {
                Some(slash) => prefix.truncate(slash),
                None => return Ok(None),
            }
        }
    }
}

impl Login {
    fn account(&self) -> Result<Option<Account>, &'static str> {
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        if let Some(token) = given(&self.identitytoken) {
            return Ok(Some(Account::Identity(Secret::new(token))));
        }
        if let (Some(username), Some(password)) = (given(&self.username), given(&self.password)) {
            return Ok(Some(Account::Password { username, password: Secret::new(password) }));
        }
        let Some(auth) = given(&self.auth) else { return Ok(None) };
        let decoded = STANDARD.decode(auth.trim()).or_else(|_| STANDARD_NO_PAD.decode(auth.trim()));
        let text = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or("is not base64")?;
        let (username, password) = text.split_once(':').ok_or("has no colon in it")?;
        // Docker itself pads with zero bytes.
        let password = Secret::new(password.trim_end_matches('\0'));
        Ok(Some(Account::Password { username: username.to_owned(), password }))
    }
}

fn read(path: &Path) -> Result<Option<Configuration>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut content = Vec::new();
    file.take(FILE_LIMIT + 1).read_to_end(&mut content).map_err(|error| error.to_string())?;
    if content.len() as u64 > FILE_LIMIT {
        return Err(format!("it is larger than {FILE_LIMIT} bytes"));
    }
    if content.trim_ascii().is_empty() {
        return Ok(None);
    }
    // The parser's own message may quote the file, secrets and all.
    serde_json::from_slice(&content).map(Some).map_err(|error| {
        format!("line {}, column {} is not what Docker writes", error.line(), error.column())
    })
}

/// A key of the file as `registry` or `registry/prefix`: `https://r.io/v2/` and `r.io` are the same, and so are Docker Hub's names.
fn normalize(key: &str) -> String {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://"));
    let rest = match bare {
        Some(rest) => rest.split('/').next().unwrap_or_default(),
        None => {
            let rest = key.trim_end_matches('/');
            rest.strip_suffix("/v1").or_else(|| rest.strip_suffix("/v2")).unwrap_or(rest)
        }
    };
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = if is_docker_hub(host) { "docker.io" } else { host };
    path.map_or(host.to_owned(), |path| format!("{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn find_in(files: &[&str], registry: &str, repository: &str) -> Result<Option<Account>, OciError> {
        let home = TempDir::new().unwrap();
        let write = |(number, content): (usize, &&str)| {
            let path = home.path().join(format!("{number}.json"));
            std::fs::write(&path, content).unwrap();
            path
        };
        let mut files: Vec<PathBuf> = files.iter().enumerate().map(write).collect();
        files.insert(0, home.path().join("absent.json"));
        DockerLocation { files, helpers: Some(home.path().to_owned()) }.find(registry, repository)
    }

    fn user(files: &[&str], registry: &str, repository: &str) -> String {
        match find_in(files, registry, repository).unwrap() {
            Some(Account::Password { username, password }) => format!("{username}:{}", password.expose()),
            Some(Account::Identity(token)) => format!("identity {}", token.expose()),
            _ => "nobody".to_owned(),
        }
    }

    #[test]
    fn every_form_of_a_key_is_known() {
        // The values were encoded by coreutils' base64.
        let file = r#"{"auths": {
            "https://index.docker.io/v1/": {"auth": "aHViOnB3"},
            "https://quay.io/v2/": {"username": "quay", "password": "p:w"},
            "ghcr.io": {"auth": "Z2g6cDp3"},
            "ghcr.io/org": {"auth": "b3JnOnB3"},
            "ghcr.io/org/app/": {"auth": "YXBwOnB3"},
            "localhost:5000": {"identitytoken": "t", "auth": "aHViOnB3"},
            "empty.io": {}
        }}"#;
        let user = |registry: &str, repository: &str| user(&[file], registry, repository);
        for hub in ["docker.io", "index.docker.io", "registry-1.docker.io"] {
            assert_eq!(user(hub, "library/alpine"), "hub:pw");
        }
        assert_eq!(user("quay.io", "x"), "quay:p:w");
        assert_eq!(user("ghcr.io", "other/app"), "gh:p:w");
        assert_eq!(user("ghcr.io", "org/other"), "org:pw");
        assert_eq!(user("ghcr.io", "org/app"), "app:pw");
        assert_eq!(user("ghcr.io", "org/app/sub"), "app:pw");
        assert_eq!(user("ghcr.io", "organisation/app"), "gh:p:w");
        assert_eq!(user("localhost:5000", "x"), "identity t");
        assert_eq!(user("empty.io", "x"), "nobody");
        assert_eq!(user("evil-ghcr.io", "x"), "nobody");
    }

    #[test]
    fn the_first_file_that_knows_wins() {
        let one = r#"{"auths": {"a.io": {"username": "one", "password": "1"}}}"#;
        let two = r#"{"auths": {"a.io": {"username": "two", "password": "2"}, "b.io": {"username": "two", "password": "2"}}}"#;
        assert_eq!(user(&[one, two], "a.io", "x"), "one:1");
        assert_eq!(user(&[one, two], "b.io", "x"), "two:2");
        assert_eq!(user(&["", two], "b.io", "x"), "two:2");
        assert_eq!(user(&["{", two], "b.io", "x"), "two:2");
    }

    #[test]
    fn errors_show_no_secret() {
        for file in [r#"{"auths": {"a.io": "hunter2"}}"#, r#"{"auths": {"a.io": {"auth": "hunter2!"}}}"#] {
            let error = find_in(&[file], "a.io", "x").err().expect("the file is wrong");
            assert!(!error.to_string().contains("hunter2"), "{error}");
            assert!(error.to_string().contains("0.json"), "{error}");
        }
    }

    #[test]
    fn a_helper_that_is_missing_is_named_unless_the_file_knows() {
        let missing = r#"{"credsStore": "absent"}"#;
        let error = find_in(&[missing], "a.io", "x").err().expect("there is no such helper");
        assert!(error.to_string().contains("docker-credential-absent"), "{error}");
        let both = r#"{"credsStore": "absent", "auths": {"a.io": {"username": "file", "password": "1"}}}"#;
        assert_eq!(user(&[both], "a.io", "x"), "file:1");
    }
}
