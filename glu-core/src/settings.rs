//! What the core is told about the world: which repositories and registries there are, and how to reach them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::credential::Credential;
use crate::notify::TargetSettings;

/// Everything the sources need to know, already resolved from wherever the user wrote it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Git repositories by source name.
    pub git: BTreeMap<String, GitSettings>,
    /// OCI repositories by source name.
    pub oci: BTreeMap<String, OciSettings>,
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
    /// Who else takes part, each as `Name <address>`.
    pub co_authors: Vec<String>,
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
