//! A git source: which repository it is, and where its truth lies.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use super::access::Access;
use super::advertised::Advertised;
use super::clone;
use super::error::{GitError, GitProblem};
use super::store::Store;
use super::url::RemoteUrl;
use crate::credential::Tokens;
use crate::settings::{GitSettings, Remote};

/// A git repository that phases live in. Any number of threads may use it at once.
///
/// There are three kinds. With a remote alone, a bare clone in the cache keeps the objects. With a path and a remote, the
/// repository at the path keeps them, and neither its work tree nor its local branches are touched. With a path alone,
/// its local branches are the truth.
#[derive(Debug)]
pub struct Repository {
    pub(super) name: String,
    /// For messages: the address without any user, or the path.
    pub(super) place: String,
    pub(super) store: Arc<Store>,
    /// How to reach the remote that holds the truth, if there is one.
    pub(super) remote: Option<Upstream>,
    pub(super) lock_file: PathBuf,
    /// What its branches' commits changed is kept there.
    pub(super) chains: PathBuf,
    pub(super) default_branch: OnceLock<String>,
    pub(super) advertised: Mutex<Option<Advertised>>,
}

/// The remote that holds the truth.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) access: Access,
    /// Its name in the repository; what was fetched lies in `refs/remotes/NAME/`.
    pub(super) name: String,
    /// Whether the repository is a clone of ours, which may be thrown away and made anew.
    pub(super) ours: bool,
}

impl Repository {
    /// Opens the repository of a source; a clone in the cache is made if there is none, without talking to the remote.
    ///
    /// # Errors
    /// When there is no repository at the path, it cannot be read, the cache cannot be written, or the credential
    /// cannot sign in to this kind of remote.
    pub fn open(name: &str, settings: &GitSettings, cache: &Path) -> Result<Self, GitError> {
        let place = place(settings);
        let cache =
            cache.canonicalize().or_else(|_| std::path::absolute(cache)).unwrap_or_else(|_| cache.to_owned());
        let failed = |problem| GitError {
            repository: name.to_owned(),
            place: place.clone(),
            problem: Box::new(problem),
        };
        let (store, remote) = match (&settings.path, &settings.remote) {
            (None, Some(remote)) => open_clone(name, remote, &cache),
            (Some(path), Some(remote)) => open_checkout(path, remote, &cache),
            (Some(path), None) => Store::discover(path).map(|store| (store, None)),
            (None, None) => Err(GitProblem::NotConfigured),
        }
        .map_err(failed)?;
        let default_branch = OnceLock::new();
        if let Some(branch) = &settings.default_branch {
            // A fresh cell takes its first value.
            let _ = default_branch.set(branch.clone());
        }
        let place = remote.as_ref().map_or(place, |remote| remote.access.url.shown());
        let directory = store.shared_directory();
        Ok(Self {
            name: name.to_owned(),
            place,
            store: Arc::new(store),
            remote,
            lock_file: clone::lock_file(&directory, &cache),
            chains: clone::chains_directory(&directory, &cache),
            default_branch,
            advertised: Mutex::default(),
        })
    }

    /// Signs in to the remote with these tokens, where its credential is an App's.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Arc<dyn Tokens>) -> Self {
        if let Some(upstream) = &mut self.remote {
            upstream.access.tokens = Some(tokens);
        }
        self
    }

    /// The remote's address without any user, or the local path: for messages.
    pub fn describe(&self) -> String {
        self.place.clone()
    }

    /// The remote's address without any user or password; none where local branches are the truth.
    pub fn remote_address(&self) -> Option<&str> {
        self.remote.as_ref().map(|_| self.place.as_str())
    }

    /// Whether history is cut off, as in the checkouts of most CI jobs.
    pub fn is_shallow(&self) -> bool {
        self.store.is_shallow()
    }

    /// The branch phases live on unless they name another: the settings', else the one HEAD names at the remote, or in
    /// the local repository where that is the truth. The remote is asked once.
    ///
    /// # Errors
    /// When the remote cannot be asked, is empty, or its HEAD names no branch.
    pub fn default_branch(&self) -> Result<String, GitError> {
        if let Some(branch) = self.default_branch.get() {
            return Ok(branch.clone());
        }
        let found = match &self.remote {
            Some(upstream) => self.remote_head(upstream),
            None => self.local_head(),
        };
        let branch = found.map_err(self.failed())?;
        Ok(self.default_branch.get_or_init(|| branch).clone())
    }

    /// Puts this source's name and place to a problem.
    pub(super) fn failed(&self) -> impl Fn(GitProblem) -> GitError + '_ {
        |problem| GitError {
            repository: self.name.clone(),
            place: self.place.clone(),
            problem: Box::new(problem),
        }
    }

    pub(super) fn local_head(&self) -> Result<String, GitProblem> {
        self.store.with(|handle| {
            let head = handle.find_reference("HEAD")?;
            let target = head.symbolic_target().ok().flatten();
            let branch = target.and_then(|target| target.strip_prefix("refs/heads/"));
            branch.map(ToOwned::to_owned).ok_or(GitProblem::NoDefaultBranch)
        })
    }
}

/// The full name of a ref: a branch by its short name, anything else by its full one.
pub(super) fn full_name(branch: &str) -> String {
    if branch.starts_with("refs/") { branch.to_owned() } else { format!("refs/heads/{branch}") }
}

impl Upstream {
    /// Where a fetched ref is kept: branches where git keeps them, refs outside `refs/heads/` beside them.
    pub(super) fn tracking_name(&self, full_name: &str) -> String {
        match full_name.strip_prefix("refs/heads/") {
            Some(branch) => format!("refs/remotes/{}/{branch}", self.name),
            None => self.along_name(full_name),
        }
    }

    /// Where a ref that came along is kept, branches too: outside the names that the user's own git looks after.
    pub(super) fn along_name(&self, full_name: &str) -> String {
        format!("refs/glu-remotes/{}/{}", self.name, full_name.trim_start_matches("refs/"))
    }
}

fn open_clone(name: &str, remote: &Remote, cache: &Path) -> Result<(Store, Option<Upstream>), GitProblem> {
    let url = RemoteUrl::parse(remote.url.as_deref().ok_or(GitProblem::NotConfigured)?);
    let access = access(url, None, remote, cache);
    access.check()?;
    let store = clone::open(name, &access.url.address, cache)?;
    Ok((store, Some(Upstream { access, name: clone::REMOTE.to_owned(), ours: true })))
}

fn open_checkout(
    path: &Path,
    remote: &Remote,
    cache: &Path,
) -> Result<(Store, Option<Upstream>), GitProblem> {
    let store = Store::discover(path)?;
    let (url, known_as) = match &remote.url {
        Some(url) => (RemoteUrl::parse(url), None),
        None => {
            let url = store.with(|handle| {
                let found = handle.find_remote(&remote.name);
                let url = found.ok().and_then(|found| found.url().ok().map(ToOwned::to_owned));
                url.ok_or_else(|| GitProblem::NoSuchRemote { remote: remote.name.clone() })
            })?;
            let url = RemoteUrl::parse(&url);
            // By its name git would pass a URL with its password on to its helper, as an argument.
            let known_as = url.credential.is_none().then(|| remote.name.clone());
            (url, known_as)
        }
    };
    let access = access(url, known_as, remote, cache);
    access.check()?;
    Ok((store, Some(Upstream { access, name: remote.name.clone(), ours: false })))
}

fn access(url: RemoteUrl, known_as: Option<String>, remote: &Remote, cache: &Path) -> Access {
    Access {
        target: known_as.unwrap_or_else(|| url.address.clone()),
        url,
        credential: remote.credential.clone(),
        tokens: None,
        ca_cert_path: remote.ca_cert_path.clone(),
        insecure_skip_tls: remote.insecure_skip_tls,
        cache: cache.to_owned(),
    }
}

fn place(settings: &GitSettings) -> String {
    let url = settings.remote.as_ref().and_then(|remote| remote.url.as_deref());
    match (url, &settings.path) {
        (Some(url), _) => RemoteUrl::parse(url).shown(),
        (None, Some(path)) => path.display().to_string(),
        (None, None) => "nowhere".to_owned(),
    }
}
