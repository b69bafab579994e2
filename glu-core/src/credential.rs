//! Credentials as values: who reads a configuration file makes them, the sources use them, nobody prints them.

use std::fmt;
use std::path::PathBuf;

/// A string that never shows itself: `Debug` and `Display` print `***`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Wraps a string.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The string itself, for the one place that must send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// How to prove who we are to a git remote, a registry or a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A user name and a password.
    Basic {
        /// The user name.
        username: String,
        /// The password, or a token used as one.
        password: Secret,
    },
    /// An ssh key; without one, the agent and the user's own ssh configuration decide.
    Ssh {
        /// The user at the remote, when the URL names none.
        user: Option<String>,
        /// The private key.
        key: Option<PrivateKey>,
        /// What unlocks the private key.
        password: Option<Secret>,
        /// Accepts any host key. For throw-away machines only.
        insecure_ignore_host_key: bool,
    },
    /// A bearer token: a forge's personal or job token.
    AccessToken(Secret),
    /// A GitHub App installation.
    GithubApp {
        /// The App's number.
        app_id: u64,
        /// The installation's number.
        installation_id: u64,
        /// The App's private key, PEM.
        key: PrivateKey,
    },
    /// Whatever `docker login` left in Docker's configuration, credential helpers included.
    DockerLocal,
}

/// Gives tokens that run out, each for a while.
pub trait Tokens: fmt::Debug + Send + Sync {
    /// A token that lasts for some minutes at least.
    ///
    /// # Errors
    /// When there is none, with the reason as a lower-case fragment.
    fn token(&self) -> Result<Secret, String>;
}

/// Where a private key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivateKey {
    /// A file.
    Path(PathBuf),
    /// The key's text itself.
    Text(Secret),
}
