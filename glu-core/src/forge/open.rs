//! Which forge a repository is on, and how to sign in there.

use std::path::PathBuf;
use std::sync::Arc;

#[cfg(feature = "registry")]
use super::client::Limits;
use super::{Forge, ForgeError, ForgeProblem, Purpose};
#[cfg(feature = "registry")]
use super::{azure, bitbucket, gitea, github, gitlab};
use crate::clock::Clock;
use crate::credential::Credential;
#[cfg(feature = "registry")]
use crate::credential::Tokens;
#[cfg(feature = "registry")]
use crate::http::is_loopback;
use crate::settings::{ForgeSettings, Settings};

/// The kinds of forges there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// GitHub, in the cloud or of an enterprise.
    Github,
    /// GitLab, in the cloud or self-managed.
    Gitlab,
    /// Gitea.
    Gitea,
    /// Forgejo.
    Forgejo,
    /// Bitbucket Cloud.
    Bitbucket,
    /// Bitbucket Data Center.
    BitbucketDataCenter,
    /// Azure DevOps.
    Azure,
}

impl Kind {
    /// All of them, by the names that they have in the configuration.
    pub const ALL: &[(&str, Self)] = &[
        ("github", Self::Github),
        ("gitlab", Self::Gitlab),
        ("gitea", Self::Gitea),
        ("forgejo", Self::Forgejo),
        ("bitbucket", Self::Bitbucket),
        ("bitbucket_data_center", Self::BitbucketDataCenter),
        ("azure", Self::Azure),
    ];

    /// The name that it has in the configuration.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("forge", |(name, _)| name)
    }

    /// The kind that a host is of, where its name tells.
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let host = host.split(':').next().unwrap_or_default();
        let labels: Vec<&str> = host.split('.').collect();
        let is_in = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
        let named = |word: &str| labels.iter().any(|label| label.split('-').any(|part| part == word));
        let kinds = [
            (is_in("github.com") || is_in("ghe.com"), Self::Github),
            (is_in("bitbucket.org"), Self::Bitbucket),
            (is_in("dev.azure.com") || is_in("visualstudio.com"), Self::Azure),
            (is_in("codeberg.org"), Self::Forgejo),
            (named("gitlab"), Self::Gitlab),
            (named("github"), Self::Github),
            (named("gitea"), Self::Gitea),
            (named("forgejo"), Self::Forgejo),
            (named("bitbucket"), Self::BitbucketDataCenter),
        ];
        kinds.into_iter().find_map(|(is_it, kind)| is_it.then_some(kind))
    }

    /// The kind that a path is of, where no other forge has such: `/_git/` is Azure DevOps', wherever it runs.
    pub fn of_path(path: &str) -> Option<Self> {
        path.split('/').any(|piece| piece == "_git").then_some(Self::Azure)
    }

    /// The variables that usually hold a token for it, the best first.
    pub fn token_variables(self) -> &'static [&'static str] {
        match self {
            Self::Github => &["GITHUB_TOKEN", "GH_TOKEN"],
            Self::Gitlab => &["GITLAB_TOKEN", "CI_JOB_TOKEN"],
            Self::Gitea => &["GITEA_TOKEN", "FORGEJO_TOKEN"],
            Self::Forgejo => &["FORGEJO_TOKEN", "GITEA_TOKEN"],
            Self::Bitbucket | Self::BitbucketDataCenter => &["BITBUCKET_TOKEN"],
            Self::Azure => &["AZURE_DEVOPS_TOKEN", "SYSTEM_ACCESSTOKEN"],
        }
    }
}

impl Kind {
    /// The variables to set where there is no token, for messages. A GitLab job's own token may do next to nothing, so nobody is sent for one.
    pub(super) fn wanted_variables(self) -> String {
        let variables = self.token_variables().iter().copied().filter(|name| *name != "CI_JOB_TOKEN");
        variables.collect::<Vec<_>>().join(" or ")
    }
}

/// Every variable that may hold a token for a forge.
pub const TOKENS: &[&str] = &[
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GITLAB_TOKEN",
    "CI_JOB_TOKEN",
    "GITEA_TOKEN",
    "FORGEJO_TOKEN",
    "BITBUCKET_TOKEN",
    "AZURE_DEVOPS_TOKEN",
    "SYSTEM_ACCESSTOKEN",
];

/// One repository on a forge, and how to get there.
#[derive(Clone)]
pub struct Place {
    /// Which kind of forge it is.
    pub kind: Kind,
    /// The host in the remote's address, with its port where it names one and speaks HTTP.
    pub host: String,
    /// `https`, or `http` where the remote's address says so.
    pub scheme: &'static str,
    /// The path in the remote's address, without a slash around it and without `.git`.
    pub path: String,
    /// Where the API is, if not where it is by convention.
    pub url: Option<String>,
    /// How to sign in.
    pub credential: Credential,
    /// The variable that the credential came from, where none was configured.
    pub variable: Option<&'static str>,
    /// Where the credential came from, in words: the variable, or the key of the configuration.
    pub credential_place: String,
    /// Extra certificate authorities, PEM.
    pub ca_cert_path: Option<PathBuf>,
    /// Skips certificate checks. For throw-away machines only.
    pub insecure_skip_tls: bool,
    /// The time, and how to wait.
    pub clock: Arc<dyn Clock>,
    /// What is known of the forge's limits, for whoever else asks it.
    #[cfg(feature = "registry")]
    pub limits: Limits,
}

impl Place {
    /// The place of a git source, by the settings and the address of its remote, which has no credential in it.
    ///
    /// # Errors
    /// When the address does not tell what it is and nobody said so, or nothing is known to sign in with.
    pub fn of(
        source: &str,
        settings: &Settings,
        address: Option<&str>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ForgeError> {
        let failed = |forge: &str, problem| ForgeError { forge: forge.to_owned(), problem };
        let at = format!("git source `{source}`");
        let unknown = |reason: String| failed(&at, ForgeProblem::Unknown(reason));
        let ForgeSettings { kind, url, credential } =
            settings.forges.get(source).cloned().unwrap_or_default();
        let Some((scheme, host, path)) = address.and_then(parts) else {
            let at = address.map_or_else(|| at.clone(), |address| format!("{at} ({address})"));
            let is_configured = kind.is_some() || url.is_some();
            let source_name = source.to_owned();
            let problem = ForgeProblem::NotHosted { source_name, purpose: Purpose::Propose, is_configured };
            return Err(failed(&at, problem));
        };
        let remote = settings.git.get(source).and_then(|git| git.remote.as_ref());
        let own = credential.is_some();
        let configured = credential.or_else(|| usable(remote.and_then(|remote| remote.credential.clone())?));
        // Nobody else has such Apps.
        let of_app = matches!(configured, Some(Credential::GithubApp { .. })).then_some(Kind::Github);
        let told = kind.or_else(|| Kind::of_host(&host)).or_else(|| Kind::of_path(&path));
        let Some(kind) = told.or(of_app) else {
            return Err(unknown(format!(
                "what kind of forge {host} is cannot be told from its name; say it with `sources.git.{source}.proposals.type`"
            )));
        };
        let table = if own { "proposals" } else { "remote" };
        let key = format!("`sources.git.{source}.{table}.credential`");
        let (credential, variable) = match configured {
            Some(credential) => (credential, None),
            None => {
                let Some((name, token)) = usual_token(kind, settings) else {
                    let place = format!("{} at {host}/{path}", kind.name());
                    let wanted = format!(
                        "{}, or `sources.git.{source}.proposals.credential`",
                        kind.wanted_variables()
                    );
                    return Err(failed(&place, ForgeProblem::NoCredential(wanted)));
                };
                (token, Some(name))
            }
        };
        Ok(Self {
            kind,
            host,
            scheme,
            path,
            url,
            credential,
            variable,
            credential_place: variable.map_or(key, ToOwned::to_owned),
            ca_cert_path: remote.and_then(|remote| remote.ca_cert_path.clone()),
            insecure_skip_tls: remote.is_some_and(|remote| remote.insecure_skip_tls),
            clock,
            #[cfg(feature = "registry")]
            limits: Limits::default(),
        })
    }

    /// Whether its API is asked over plain HTTP on another machine, so that whoever is on the way can read the credential.
    #[cfg(feature = "registry")]
    pub fn is_exposed(&self) -> bool {
        let address = match &self.url {
            Some(url) => url.to_ascii_lowercase(),
            None => format!("{}://{}", self.scheme, self.host),
        };
        let Some(rest) = address.strip_prefix("http://") else { return false };
        let authority = rest.split('/').next().unwrap_or(rest);
        !is_loopback(authority.rsplit('@').next().unwrap_or(authority))
    }

    /// What it is called in messages.
    pub fn describe(&self) -> String {
        format!("{} at {}/{}", self.kind.name(), self.host, self.path)
    }
}

/// Opens a repository on its forge. Nothing is asked yet.
///
/// # Errors
/// When the place does not name a repository as that forge does, or the credential is not one for it.
#[cfg(feature = "registry")]
pub fn open(place: Place) -> Result<Arc<dyn Forge>, ForgeError> {
    let from = place.credential_place.clone();
    Ok(match place.kind {
        Kind::Github => {
            Arc::new(github::GitHub::connect(&github::Connection::of(place))?.with_credential_of(&from))
        }
        Kind::Gitlab => {
            Arc::new(gitlab::GitLab::connect(&gitlab::Connection::of(place))?.with_credential_of(&from))
        }
        Kind::Bitbucket => Arc::new(bitbucket::Cloud::connect(&place)?.with_credential_of(&from)),
        Kind::BitbucketDataCenter => {
            Arc::new(bitbucket::DataCenter::connect(&place)?.with_credential_of(&from))
        }
        Kind::Gitea | Kind::Forgejo => {
            Arc::new(gitea::Gitea::connect(&gitea::Connection::of(place))?.with_credential_of(&from))
        }
        Kind::Azure => {
            Arc::new(azure::AzureDevOps::connect(&azure::Connection::of(place)?)?.with_credential_of(&from))
        }
    })
}

/// The tokens of a GitHub App, for a program that signs in to the repository in its name. Nothing is asked yet.
///
/// # Errors
/// When the place is not on GitHub, or the App's key cannot be used.
#[cfg(feature = "registry")]
pub fn tokens(place: Place) -> Result<Arc<dyn Tokens>, ForgeError> {
    if place.kind != Kind::Github {
        let problem = ForgeProblem::Unsupported("signing in as a GitHub App".to_owned());
        return Err(ForgeError { forge: place.describe(), problem });
    }
    github::tokens(&github::Connection::of(place))
}

/// Says that no forge can be asked without HTTP.
///
/// # Errors
/// Always.
#[cfg(not(feature = "registry"))]
#[expect(clippy::needless_pass_by_value, reason = "it is called as the one that opens a forge is")]
pub fn open(place: Place) -> Result<Arc<dyn Forge>, ForgeError> {
    let problem = ForgeProblem::Unsupported("being asked without the feature `registry`".to_owned());
    Err(ForgeError { forge: place.describe(), problem })
}

/// The token in the best of the usual variables.
pub(super) fn usual_token(kind: Kind, settings: &Settings) -> Option<(&'static str, Credential)> {
    let token =
        |name: &&'static str| Some((*name, Credential::AccessToken(settings.tokens.get(*name)?.clone())));
    kind.token_variables().iter().find_map(token)
}

/// What signs in to a git remote over HTTP signs in to its forge as well.
fn usable(credential: Credential) -> Option<Credential> {
    match credential {
        Credential::AccessToken(_) | Credential::GithubApp { .. } => Some(credential),
        Credential::Basic { .. } | Credential::Ssh { .. } | Credential::DockerLocal => None,
    }
}

/// The scheme, host and path of a remote's address; none where it is on this machine.
pub(super) fn parts(address: &str) -> Option<(&'static str, String, String)> {
    let path = |path: &str| path.trim_matches('/').trim_end_matches(".git").trim_end_matches('/').to_owned();
    let (scheme, host, rest) = match address.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, rest) = rest.split_once('/')?;
            let host = authority.rsplit('@').next().unwrap_or(authority);
            match scheme.to_ascii_lowercase().as_str() {
                "https" => ("https", host, rest),
                "http" => ("http", host, rest),
                // A port of ssh is none of HTTP's.
                "ssh" | "git+ssh" | "ssh+git" => ("https", host.split(':').next().unwrap_or(host), rest),
                _ => return None,
            }
        }
        None => {
            let (authority, rest) = address.split_once(':').filter(|(host, _)| !host.contains('/'))?;
            ("https", authority.rsplit('@').next().unwrap_or(authority), rest)
        }
    };
    let is_whole = !host.is_empty() && !path(rest).is_empty();
    is_whole.then(|| (scheme, host.to_owned(), path(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::credential::{PrivateKey, Secret};

    #[test]
    fn a_hosts_name_tells_what_it_is() {
        let cases = [
            ("github.com", Some(Kind::Github)),
            ("github.example.com", Some(Kind::Github)),
            ("acme.ghe.com", Some(Kind::Github)),
            ("gitlab.com", Some(Kind::Gitlab)),
            ("GitLab.example.com:8443", Some(Kind::Gitlab)),
            ("bitbucket.org", Some(Kind::Bitbucket)),
            ("bitbucket.example.com", Some(Kind::BitbucketDataCenter)),
            ("codeberg.org", Some(Kind::Forgejo)),
            ("gitea.example.com", Some(Kind::Gitea)),
            ("ssh.dev.azure.com", Some(Kind::Azure)),
            ("acme.visualstudio.com", Some(Kind::Azure)),
            ("git.example.com", None),
            ("notgithub.com", None),
        ];
        for (host, kind) in cases {
            assert_eq!(Kind::of_host(host), kind, "{host}");
        }
        assert_eq!(Kind::of_path("tfs/Main/shop/_git/env"), Some(Kind::Azure));
        assert_eq!(Kind::of_path("a/my_git/env"), None);
    }

    #[test]
    fn an_address_has_a_host_and_a_path() {
        let part = |address| parts(address).map(|(scheme, host, path)| format!("{scheme} {host} {path}"));
        assert_eq!(part("https://github.com/acme/env.git").as_deref(), Some("https github.com acme/env"));
        assert_eq!(part("git@github.com:acme/env.git").as_deref(), Some("https github.com acme/env"));
        assert_eq!(part("ssh://git@host:2222/a/b/c").as_deref(), Some("https host a/b/c"));
        assert_eq!(part("http://localhost:3000/a/b/").as_deref(), Some("http localhost:3000 a/b"));
        assert_eq!(part("/srv/env.git"), None);
        assert_eq!(part("file:///srv/env.git"), None);
    }

    fn place(settings: &Settings, address: &str) -> Result<Place, String> {
        Place::of("env", settings, Some(address), Arc::new(SystemClock)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_token_comes_from_the_usual_variable_unless_a_credential_is_configured() {
        let token = |text: &str| Secret::new(text);
        let tokens = [("GH_TOKEN", "a"), ("GITLAB_TOKEN", "b")];
        let tokens = tokens.map(|(name, text)| (name.to_owned(), token(text))).into();
        let mut settings = Settings { tokens, ..Settings::default() };
        let found = place(&settings, "https://github.com/acme/env").unwrap();
        assert_eq!(
            (found.credential, found.variable),
            (Credential::AccessToken(token("a")), Some("GH_TOKEN"))
        );
        let error = place(&settings, "https://codeberg.org/acme/env").err().unwrap();
        assert!(error.contains("set FORGEJO_TOKEN or GITEA_TOKEN"), "{error}");
        let configured = Credential::AccessToken(token("c"));
        let own = ForgeSettings {
            kind: Some(Kind::Gitea),
            credential: Some(configured.clone()),
            ..ForgeSettings::default()
        };
        settings.forges.insert("env".to_owned(), own);
        let found = place(&settings, "https://git.example.com/acme/env").unwrap();
        assert_eq!((found.kind, found.credential), (Kind::Gitea, configured));
    }

    #[test]
    fn a_github_app_tells_what_kind_of_forge_it_is() {
        let key = PrivateKey::Text(Secret::new("key"));
        let app = Credential::GithubApp { app_id: 1, installation_id: 2, key };
        let mut settings = Settings::default();
        let forge = ForgeSettings { credential: Some(app), ..ForgeSettings::default() };
        settings.forges.insert("env".to_owned(), forge);
        assert_eq!(place(&settings, "https://git.example.com/acme/env").unwrap().kind, Kind::Github);
        assert_eq!(place(&settings, "https://gitlab.com/acme/env").unwrap().kind, Kind::Gitlab);
    }

    #[cfg(feature = "registry")]
    #[test]
    fn a_credential_is_exposed_on_the_way_to_another_machine_over_plain_http() {
        let tokens = [("GITHUB_TOKEN".to_owned(), Secret::new("t"))].into();
        let mut settings = Settings { tokens, ..Settings::default() };
        let exposed = |settings: &Settings, address: &str| place(settings, address).unwrap().is_exposed();
        assert!(exposed(&settings, "http://github.example.com/acme/env"));
        assert!(!exposed(&settings, "https://github.example.com/acme/env"));
        for (url, expected) in [
            ("HTTP://ada@forge.example.com:3000/api", true),
            ("http://127.0.0.1:3000/api", false),
            ("http://[::1]:3000/api", false),
            ("https://forge.example.com", false),
        ] {
            let forge = ForgeSettings { url: Some(url.to_owned()), ..ForgeSettings::default() };
            settings.forges.insert("env".to_owned(), forge);
            assert_eq!(exposed(&settings, "http://github.example.com/acme/env"), expected, "{url}");
        }
    }

    #[test]
    fn a_forge_that_nobody_named_is_asked_for() {
        let error = place(&Settings::default(), "https://git.example.com/acme/env").err().unwrap();
        assert!(error.contains("`sources.git.env.proposals.type`"), "{error}");
        let error = place(&Settings::default(), "/srv/env.git").err().unwrap();
        assert!(
            error.contains("(/srv/env.git): its repository is on no forge, so nothing can be proposed there"),
            "{error}"
        );
    }
}
