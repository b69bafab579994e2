//! What a pipeline function may look at: the repositories, so that there can be a pipeline for each directory in one.

use std::sync::Arc;

use glu_core::access::Access;
use glu_core::settings::Settings;
use glu_core::source::git::{CommitId, GitError, Repository};
use glu_core::tree::{Tree, TreeError};

/// A look into the configured git repositories, at the tips of their branches. What is fetched for it is not fetched again by the run.
#[derive(Clone)]
pub struct Discovery {
    access: Arc<Access>,
    source: Option<String>,
    branch: Option<String>,
}

/// Why a repository could not be looked into.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// It is not clear which source is meant.
    #[error("there is no git source to look into, or several: name one with `.source(\"NAME\")`")]
    NoSource,
    /// The branch does not exist.
    #[error("git source `{source_name}` has no branch `{branch}`")]
    NoBranch {
        /// The source.
        source_name: String,
        /// The branch.
        branch: String,
    },
    /// The repository cannot be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The tree cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The file is no text.
    #[error("{path}: not UTF-8")]
    NotText {
        /// The file.
        path: String,
    },
}

/// A look at a world without sources, for calling pipeline functions outside a run.
impl Default for Discovery {
    fn default() -> Self {
        Self::new(Arc::new(Access::new(Settings::default())))
    }
}

impl Discovery {
    pub(crate) fn new(access: Arc<Access>) -> Self {
        Self { access, source: None, branch: None }
    }

    /// Looks into this git source instead of the default one.
    #[must_use]
    pub fn source(&self, name: &str) -> Self {
        Self { source: Some(name.to_owned()), ..self.clone() }
    }

    /// Looks at this branch instead of the source's default one.
    #[must_use]
    pub fn branch(&self, name: &str) -> Self {
        Self { branch: Some(name.to_owned()), ..self.clone() }
    }

    /// The names of the directories in a directory, sorted; of none where there is no such directory.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn directories(&self, path: &str) -> Result<Vec<String>, DiscoveryError> {
        let names = self.tree()?.list(path)?;
        Ok(names.iter().filter_map(|name| name.strip_suffix('/')).map(str::to_owned).collect())
    }

    /// The names of the files in a directory, sorted; of none where there is no such directory.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn files(&self, path: &str) -> Result<Vec<String>, DiscoveryError> {
        Ok(self.tree()?.list(path)?.into_iter().filter(|name| !name.ends_with('/')).collect())
    }

    /// A file's text, where there is such a file.
    ///
    /// # Errors
    /// When the repository cannot be read, or the file is no text.
    pub fn read(&self, path: &str) -> Result<Option<String>, DiscoveryError> {
        let bytes = self.tree()?.file(path)?;
        bytes
            .map(String::from_utf8)
            .transpose()
            .map_err(|_| DiscoveryError::NotText { path: path.to_owned() })
    }

    fn tree(&self) -> Result<Arc<dyn Tree>, DiscoveryError> {
        let source = match &self.source {
            Some(name) => name.clone(),
            None => self.access.settings().default_git().ok_or(DiscoveryError::NoSource)?.to_owned(),
        };
        let repository: Arc<Repository> = self.access.repository(&source)?;
        let branch = match &self.branch {
            Some(branch) => branch.clone(),
            None => repository.default_branch()?,
        };
        let mut tips = self.access.tips(&source, &[&branch])?;
        let tip: Option<CommitId> = tips.remove(&branch).flatten();
        let tip = tip.ok_or(DiscoveryError::NoBranch { source_name: source, branch })?;
        Ok(repository.tree(&tip)?)
    }
}
