//! What the core is told about the world: which repositories and registries there are, and how to reach them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::credential::{Credential, Secret};
use crate::forge::Kind;
use crate::notify::TargetSettings;

/// Everything the sources need to know, already resolved from wherever the user wrote it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Git repositories by source name.
    pub git: BTreeMap<String, GitSettings>,
    /// OCI repositories by source name.
    pub oci: BTreeMap<String, OciSettings>,
    /// The forges of git sources, by source name, as far as they are configured.
    pub forges: BTreeMap<String, ForgeSettings>,
    /// Tokens for forges by the names of the usual variables, for when no credential is configured.
    pub tokens: BTreeMap<String, Secret>,
    /// Where bare clones are kept.
    pub cache: PathBuf,
    /// Who writes commits; git's own configuration answers when this does not.
    pub author: Option<Author>,
    /// What commits carry besides.
    pub commit: CommitSettings,
    /// Where the ledger is kept.
    pub ledger: LedgerSettings,
    /// Whom to tell what happened, by name.
    pub notifications: BTreeMap<String, TargetSettings>,
}

/// What commits carry besides their message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitSettings {
    /// Whether they are signed; none: as git's own configuration says.
    pub sign: Option<bool>,
    /// Whether the committer signs off (the Developer Certificate of Origin).
    pub sign_off: bool,
    /// Who else takes part.
    pub co_authors: Vec<Author>,
    /// Whether the forge makes them, and signs them for the App or the user whose token it is.
    pub through_forge: bool,
}

/// Where the ledger is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerSettings {
    /// On a ref of a git source.
    Git {
        /// The source. None: the one that phases use when they name none.
        source: Option<String>,
        /// A branch, or a ref outside `refs/heads/` by its full name.
        reference: String,
    },
    /// In a file on this machine.
    File {
        /// The file.
        path: PathBuf,
    },
    /// Nowhere: it ends with the process.
    Memory,
}

impl LedgerSettings {
    /// The ref of a ledger unless another is configured. Forges show it nowhere and protect it from nobody who may push.
    pub const REFERENCE: &str = "refs/glu/ledger";
}

impl Default for LedgerSettings {
    fn default() -> Self {
        Self::Git { source: None, reference: Self::REFERENCE.to_owned() }
    }
}

/// One git repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GitSettings {
    /// A repository on this machine. With no `remote`, its branches are the truth; with one, it is where objects are kept.
    pub path: Option<PathBuf>,
    /// The remote that holds the truth.
    pub remote: Option<Remote>,
    /// The branch phases live on unless they name another. None: the remote's HEAD.
    pub default_branch: Option<String>,
}

/// The forge of a git source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForgeSettings {
    /// Which kind it is. None: the remote's address tells.
    pub kind: Option<Kind>,
    /// Where its API is. None: where it is by convention.
    pub url: Option<String>,
    /// How to sign in. None: with a token from the usual variables.
    pub credential: Option<Credential>,
}

/// A git remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name, `origin` by convention.
    pub name: String,
    /// Where it is. None: what the repository at `path` has configured under `name`.
    pub url: Option<String>,
    /// How to sign in. None: as the user's git does.
    pub credential: Option<Credential>,
    /// Extra certificate authorities, PEM.
    pub ca_cert_path: Option<PathBuf>,
    /// Skips certificate checks. For throw-away machines only.
    pub insecure_skip_tls: bool,
}

/// One OCI repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OciSettings {
    /// `registry/repository:tag`, `registry/repository@sha256:...`, or `oci:DIRECTORY[:TAG]` for an image layout on disk.
    pub reference: String,
    /// The directory that a relative image layout is relative to.
    pub base: PathBuf,
    /// The name images have in manifests, for an image layout. None: what the layout says, else the directory's own name.
    pub name: Option<String>,
    /// How to sign in. None: Docker's own configuration if it knows the registry, else anonymous.
    pub credential: Option<Credential>,
    /// Speaks plain HTTP. Loopback registries get it without asking, unless `ca_cert_path` is there.
    pub insecure_http: bool,
    /// Extra certificate authorities, PEM.
    pub ca_cert_path: Option<PathBuf>,
}

/// The name and address on a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

impl Author {
    /// Reads `Name <address>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, email) = text.trim().strip_suffix('>')?.split_once('<')?;
        let name = name.trim();
        let odd = |character: char| matches!(character, '<' | '>') || character.is_control();
        let (mailbox, host) = email.split_once('@')?;
        let is_address = !mailbox.is_empty() && !host.is_empty() && !email.contains(char::is_whitespace);
        let is_fit = is_address && !name.is_empty() && !name.contains(odd) && !email.contains(odd);
        is_fit.then(|| Self { name: name.to_owned(), email: email.to_owned() })
    }
}

impl fmt::Display for Author {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} <{}>", self.name, self.email)
    }
}

impl Settings {
    /// The git source of phases that name none: the only one, or the one called `default`.
    pub fn default_git(&self) -> Option<&str> {
        let mut names = self.git.keys().map(String::as_str);
        match (names.next(), names.next()) {
            (Some(only), None) => Some(only),
            _ => self.git.keys().map(String::as_str).find(|name| *name == "default"),
        }
    }

    /// The git source and the ref that hold the ledger, where git holds it.
    pub fn ledger_ref(&self) -> Option<(&str, &str)> {
        match &self.ledger {
            LedgerSettings::Git { source, reference } => {
                Some((source.as_deref().or_else(|| self.default_git())?, reference))
            }
            LedgerSettings::File { .. } | LedgerSettings::Memory => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_a_name_and_an_address() {
        let ada = Author { name: "Ada Example".to_owned(), email: "ada@example.com".to_owned() };
        assert_eq!(Author::parse(" Ada Example  <ada@example.com> "), Some(ada.clone()));
        assert_eq!(ada.to_string(), "Ada Example <ada@example.com>");
        for wrong in [
            "",
            "Ada Example",
            "ada@example.com",
            "<ada@example.com>",
            "Ada <ada>",
            "Ada <@example.com>",
            "Ada <ada@example.com> and Grace",
            "Ada <ada@example.com>, Grace <grace@example.com>",
            "Ada\nGlu-Promotion: forged <ada@example.com>",
            "Ada <ada@example.com\nGlu-Promotion: forged>",
        ] {
            assert_eq!(Author::parse(wrong), None, "{wrong:?}");
        }
    }
}
