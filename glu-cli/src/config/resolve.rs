//! From keys to what the core is told: names looked up, paths made absolute, what is absent filled in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use glu_core::credential::{Credential, PrivateKey, Secret};
use glu_core::forge::{self, TOKENS};
use glu_core::settings::{Author, CommitSettings, ForgeSettings, GitSettings, OciSettings, Remote, Settings};

use super::discover::enclosing_repository;
use super::error::Problem;
use glu_core::nearest::nearest;

use super::keys::{join, quoted};
use super::model::{Config, CredentialConfig, CredentialType, GitSource, OciSource, RemoteConfig};
use super::origin::Origins;

/// The name of the git source that exists without any configuration.
pub(super) const DEFAULT_SOURCE: &str = "default";
const DEFAULT_REMOTE: &str = "origin";

pub(super) fn resolve(
    config: &Config,
    root: &Path,
    environment: &BTreeMap<String, String>,
    origins: &Origins,
    problems: &mut Vec<Problem>,
) -> Settings {
    let already = problems.len();
    let mut resolver = Resolver { root, origins, problems, already, credentials: BTreeMap::new() };
    resolver.credentials = config
        .credentials
        .iter()
        .map(|(name, credential)| (name.clone(), resolver.credential(name, credential)))
        .collect();
    let mut settings = Settings {
        cache: resolver.cache(config, environment),
        author: resolver.author(config),
        commit: resolver.commit(config),
        ..Settings::default()
    };
    for (name, source) in &config.sources.git {
        let at = join("sources.git", name);
        if let Some(git) = resolver.git(&at, source) {
            settings.git.insert(name.clone(), git);
        }
        settings.forges.insert(name.clone(), resolver.forge(&at, source));
    }
    if config.sources.git.is_empty()
        && let Some(git) = enclosing(root)
    {
        settings.git.insert(DEFAULT_SOURCE.to_owned(), git);
    }
    for (name, source) in &config.sources.oci {
        if let Some(oci) = resolver.oci(&join("sources.oci", name), source) {
            settings.oci.insert(name.clone(), oci);
        }
    }
    settings.ledger = resolver.ledger(config, &settings.git, environment);
    settings.notifications = resolver.notifications(config);
    settings.tokens = tokens(environment);
    settings
}

/// The tokens for forges in the usual variables.
fn tokens(environment: &BTreeMap<String, String>) -> BTreeMap<String, Secret> {
    let token =
        |name: &&str| environment.get(*name).map(|token| token.trim()).filter(|token| !token.is_empty());
    TOKENS.iter().filter_map(|name| Some(((*name).to_owned(), Secret::new(token(name)?)))).collect()
}

/// A remote's address: a relative path is relative to the configuration, whoever runs it from wherever; URLs and scp-like addresses stay.
fn address(url: &str, root: &Path) -> String {
    let scp = url.find(':').is_some_and(|colon| !url[..colon].contains('/'));
    if scp || url.contains("://") { url.to_owned() } else { root.join(url).to_string_lossy().into_owned() }
}

/// The enclosing repository as a source, with its `origin` where it has one.
fn enclosing(root: &Path) -> Option<GitSettings> {
    let repository = enclosing_repository(root)?;
    let remote = repository.remote_url(DEFAULT_REMOTE).map(|_| Remote {
        name: DEFAULT_REMOTE.to_owned(),
        url: None,
        credential: None,
        ca_cert_path: None,
        insecure_skip_tls: false,
    });
    Some(GitSettings { path: Some(repository.root), remote, default_branch: None })
}

pub(super) struct Resolver<'a> {
    pub(super) root: &'a Path,
    origins: &'a Origins,
    problems: &'a mut Vec<Problem>,
    /// How many of the problems came from validation.
    already: usize,
    /// None: it is configured, and wrong in a way that has been reported.
    credentials: BTreeMap<String, Option<Credential>>,
}

impl Resolver<'_> {
    fn git(&mut self, at: &str, source: &GitSource) -> Option<GitSettings> {
        let remote = source.remote.as_ref().map(|remote| self.remote(&format!("{at}.remote"), remote));
        let path = source.path.as_ref().map(|path| self.root.join(path));
        let remote_has_url = remote.as_ref().is_some_and(|remote| remote.url.is_some());
        if path.is_some() || remote_has_url {
            return Some(GitSettings { path, remote, default_branch: source.default_branch.clone() });
        }
        let Some(default) = enclosing(self.root) else {
            self.complain(
                at,
                format!(
                    "`{at}` needs `path` or `remote.url`, as no git repository encloses {}",
                    self.root.display()
                ),
            );
            return None;
        };
        Some(GitSettings {
            remote: remote.or(default.remote),
            default_branch: source.default_branch.clone(),
            ..default
        })
    }

    fn forge(&mut self, at: &str, source: &GitSource) -> ForgeSettings {
        let proposals = &source.proposals;
        let is_http = |url: &String| {
            let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
            matches!(scheme.as_deref(), Some("http" | "https"))
        };
        if proposals.url.as_ref().is_some_and(|url| !is_http(url)) {
            let key = format!("{at}.proposals.url");
            let message = format!("`{key}` is no address of an API, which begins with `https://`");
            self.complain(&key, message);
        }
        ForgeSettings {
            // Validation has taken out every other word.
            kind: proposals
                .kind
                .as_deref()
                .and_then(|wanted| forge::Kind::ALL.iter().find(|(name, _)| *name == wanted))
                .map(|(_, kind)| *kind),
            url: proposals.url.clone(),
            credential: self.lookup(&format!("{at}.proposals.credential"), proposals.credential.as_deref()),
        }
    }

    fn remote(&mut self, at: &str, remote: &RemoteConfig) -> Remote {
        Remote {
            name: remote.name.clone().unwrap_or_else(|| DEFAULT_REMOTE.to_owned()),
            url: remote.url.as_deref().map(|url| address(url, self.root)),
            credential: self.lookup(&format!("{at}.credential"), remote.credential.as_deref()),
            ca_cert_path: remote.ca_cert_path.as_ref().map(|path| self.root.join(path)),
            insecure_skip_tls: remote.insecure_skip_tls.unwrap_or_default(),
        }
    }

    fn oci(&mut self, at: &str, source: &OciSource) -> Option<OciSettings> {
        let credential = self.lookup(&format!("{at}.credential"), source.credential.as_deref());
        let reference = self.required(at, "reference", source.reference.clone())?;
        Some(OciSettings {
            reference,
            name: source.name.clone(),
            base: self.root.to_owned(),
            credential,
            insecure_http: source.insecure_http.unwrap_or_default(),
            ca_cert_path: source.ca_cert_path.as_ref().map(|path| self.root.join(path)),
        })
    }

    /// The credential that the key at `at` names.
    fn lookup(&mut self, at: &str, name: Option<&str>) -> Option<Credential> {
        let name = name?;
        if let Some(credential) = self.credentials.get(name) {
            return credential.clone();
        }
        let known: Vec<&str> = self.credentials.keys().map(String::as_str).collect();
        let rest = match (nearest(name, known.iter().copied()), known.is_empty()) {
            (Some(near), _) => format!("did you mean `{near}`? known: {}", quoted(&known)),
            (None, false) => format!("known: {}", quoted(&known)),
            (None, true) => "none are configured".to_owned(),
        };
        self.complain(at, format!("`{at}` names the unknown credential `{name}`; {rest}"));
        None
    }

    fn credential(&mut self, name: &str, credential: &CredentialConfig) -> Option<Credential> {
        let at = join("credentials", name);
        match self.credential_type(&at, credential)? {
            CredentialType::Basic => {
                let basic = credential.basic.clone().unwrap_or_default();
                let username = self.required(&at, "basic.username", basic.username);
                let password = self.required(&at, "basic.password", basic.password);
                Some(Credential::Basic { username: username?, password: password? })
            }
            CredentialType::Ssh => {
                let ssh = credential.ssh.clone().unwrap_or_default();
                Some(Credential::Ssh {
                    user: ssh.user,
                    key: self.private_key(&format!("{at}.ssh"), ssh.private_key_bytes, ssh.private_key_path),
                    password: ssh.password,
                    insecure_ignore_host_key: ssh.insecure_ignore_host_key.unwrap_or_default(),
                })
            }
            CredentialType::AccessToken => {
                let token = self.required(&at, "access_token", credential.access_token.clone())?;
                Some(Credential::AccessToken(token.0))
            }
            CredentialType::GithubApp => {
                let app = credential.github_app.clone().unwrap_or_default();
                let app_id = self.required(&at, "github_app.app_id", app.app_id);
                let installation_id = self.required(&at, "github_app.installation_id", app.installation_id);
                let key = self.private_key(
                    &format!("{at}.github_app"),
                    app.private_key_bytes,
                    app.private_key_path,
                );
                let key = self.required(&at, "github_app.private_key_path", key);
                Some(Credential::GithubApp { app_id: app_id?, installation_id: installation_id?, key: key? })
            }
            CredentialType::DockerLocal => Some(Credential::DockerLocal),
        }
    }

    fn credential_type(&mut self, at: &str, credential: &CredentialConfig) -> Option<CredentialType> {
        if credential.kind.is_some() {
            return credential.kind;
        }
        let present: Vec<CredentialType> = [
            credential.basic.as_ref().map(|_| CredentialType::Basic),
            credential.ssh.as_ref().map(|_| CredentialType::Ssh),
            credential.access_token.as_ref().map(|_| CredentialType::AccessToken),
            credential.github_app.as_ref().map(|_| CredentialType::GithubApp),
        ]
        .into_iter()
        .flatten()
        .collect();
        match present.as_slice() {
            [one] => Some(*one),
            _ => self.required(at, "type", None),
        }
    }

    fn private_key(&mut self, at: &str, text: Option<Secret>, path: Option<PathBuf>) -> Option<PrivateKey> {
        match (text, path) {
            (Some(_), Some(_)) => {
                let key = format!("{at}.private_key_path");
                self.complain(
                    &key,
                    format!("`{at}` has both `private_key_bytes` and `private_key_path`; keep one"),
                );
                None
            }
            (Some(text), None) => Some(PrivateKey::Text(text)),
            (None, Some(path)) => Some(PrivateKey::Path(self.root.join(path))),
            (None, None) => None,
        }
    }

    fn author(&mut self, config: &Config) -> Option<Author> {
        match (config.commit.name.clone(), config.commit.email.clone()) {
            (None, None) => None,
            (name, email) => {
                let name = self.required("commit", "name", name);
                let email = self.required("commit", "email", email);
                Some(Author { name: name?, email: email? })
            }
        }
    }

    fn commit(&mut self, config: &Config) -> CommitSettings {
        let commit = &config.commit;
        let through_forge = commit.through_forge.unwrap_or_default();
        if through_forge && commit.sign == Some(true) {
            let message = "`commit.sign` and `commit.through_forge` are both on; a commit that the forge makes is signed by it alone, so keep one";
            self.complain("commit.through_forge", message.to_owned());
        }
        let mut co_authors = Vec::new();
        for person in commit.co_authors.iter().flatten() {
            match Author::parse(person) {
                Some(author) => co_authors.push(author),
                None => self.complain(
                    "commit.co_authors",
                    format!("`commit.co_authors` has {person:?}, which is not `Name <address>`"),
                ),
            }
        }
        let sign_off = commit.sign_off.unwrap_or_default();
        CommitSettings { sign: commit.sign, sign_off, co_authors, through_forge }
    }

    fn cache(&self, config: &Config, environment: &BTreeMap<String, String>) -> PathBuf {
        let variable =
            |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        match &config.cache {
            Some(path) => self.root.join(path),
            None => variable("XDG_CACHE_HOME")
                .or_else(|| variable("HOME").map(|home| home.join(".cache")))
                .map_or_else(|| self.root.join(".glu/cache"), |caches| caches.join("glu")),
        }
    }

    /// The value, or a problem that says the key is missing, unless a mistake inside the same table already explains that.
    pub(super) fn required<T>(&mut self, at: &str, key: &str, value: Option<T>) -> Option<T> {
        let inside = format!("{at}.");
        if value.is_none()
            && !self.problems[..self.already].iter().any(|problem| problem.key.starts_with(&inside))
        {
            self.complain(at, format!("`{at}.{key}` is missing"));
        }
        value
    }

    pub(super) fn complain(&mut self, at: &str, message: String) {
        self.problems.push(Problem { origin: self.origins.of(at), key: at.to_owned(), message });
    }
}
