//! The way to the world: opened repositories and registries, the clock, and what this run has fetched already.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, Identifiers, Random, SystemClock, SystemRandom};
#[cfg(feature = "registry")]
use crate::credential::Credential;
use crate::forge::{self, Forge, ForgeError};
use crate::observe::Problem;
use crate::progress::{Progress, Silent};
use crate::settings::Settings;
#[cfg(feature = "registry")]
use crate::source::git::GitProblem;
use crate::source::git::{CommitId, GitError, Repository};

/// What observing and promoting need besides the system itself. One for each run: what it has fetched it does not fetch again.
pub struct Access {
    settings: Settings,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    progress: Arc<dyn Progress>,
    run: Option<String>,
    actor: Option<String>,
    identifiers: Identifiers,
    tasks: AtomicU64,
    repositories: Mutex<BTreeMap<String, Arc<Repository>>>,
    forges: Mutex<BTreeMap<String, Arc<dyn Forge>>>,
    /// Shared by all of them: two repositories on one forge have one limit.
    #[cfg(feature = "registry")]
    limits: forge::client::Limits,
    tips: Mutex<BTreeMap<String, BTreeMap<String, Option<CommitId>>>>,
}

impl Access {
    /// Access by these settings, with the machine's clock, heard by nobody.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            progress: Arc::new(Silent),
            run: None,
            actor: None,
            identifiers: Identifiers::default(),
            tasks: AtomicU64::new(0),
            repositories: Mutex::default(),
            forges: Mutex::default(),
            #[cfg(feature = "registry")]
            limits: forge::client::Limits::default(),
            tips: Mutex::default(),
        }
    }

    /// Goes by another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Takes chance from elsewhere.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Reports long work.
    #[must_use]
    pub fn progress(mut self, progress: Arc<dyn Progress>) -> Self {
        self.progress = progress;
        self
    }

    /// Leaves the address of the CI run that this is part of in what it writes.
    #[must_use]
    pub fn run(mut self, address: Option<String>) -> Self {
        self.run = address;
        self
    }

    /// Acts for this person or program, such as `github:octocat`; without, for whoever git knows.
    #[must_use]
    pub fn actor(mut self, actor: Option<String>) -> Self {
        self.actor = actor;
        self
    }

    /// For whom it acts, where somebody said so.
    pub fn claimed_actor(&self) -> Option<&str> {
        self.actor.as_deref()
    }

    /// The address of the CI run that this is part of.
    pub fn run_address(&self) -> Option<&str> {
        self.run.as_deref()
    }

    /// Takes this as the forge of a git source.
    #[must_use]
    pub fn forge(self, source: &str, forge: Arc<dyn Forge>) -> Self {
        self.forges.lock().unwrap_or_else(PoisonError::into_inner).insert(source.to_owned(), forge);
        self
    }

    /// What it was told about the world.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The time.
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// The clock, for what outlives a call.
    pub(crate) fn clock_handle(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// A new identifier that sorts by time.
    pub fn identifier(&self) -> String {
        self.identifiers.next(&*self.clock, &*self.random)
    }

    /// Waits.
    pub fn wait(&self, time: std::time::Duration) {
        self.clock.sleep(time);
    }

    /// Waits for up to `most`, at least half of it, so that those who collided once do not collide again.
    pub fn back_off(&self, most: std::time::Duration) {
        let half = most / 2;
        let share = u32::try_from(self.random.next() % 1000).unwrap_or(0);
        self.clock.sleep(half + half * share / 1000);
    }

    /// Does some work, and lets it be heard.
    pub fn step<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        let task = self.tasks.fetch_add(1, Ordering::Relaxed);
        self.progress.began(task, what);
        let result = work();
        self.progress.ended(task);
        result
    }

    /// The repository of a configured git source, opened once.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn repository(&self, source: &str) -> Result<Arc<Repository>, GitError> {
        let mut repositories = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(repository) = repositories.get(source) {
            return Ok(repository.clone());
        }
        let settings = self.settings.git.get(source).cloned().unwrap_or_default();
        let repository = Repository::open(source, &settings, &self.settings.cache)?;
        let repository = Arc::new(self.with_tokens(source, repository)?);
        repositories.insert(source.to_owned(), repository.clone());
        Ok(repository)
    }

    /// Lets git sign in as the GitHub App that is configured for a source.
    #[cfg(feature = "registry")]
    fn with_tokens(&self, source: &str, repository: Repository) -> Result<Repository, GitError> {
        let remote = self.settings.git.get(source).and_then(|git| git.remote.as_ref());
        let Some(app @ Credential::GithubApp { .. }) = remote.and_then(|remote| remote.credential.clone())
        else {
            return Ok(repository);
        };
        let place = forge::Place::of(source, &self.settings, repository.remote_address(), self.clock.clone());
        let tokens = place.and_then(|place| {
            forge::tokens(forge::Place { credential: app, limits: self.limits.clone(), ..place })
        });
        match tokens {
            Ok(tokens) => Ok(repository.with_tokens(tokens)),
            Err(error) => Err(GitError {
                repository: source.to_owned(),
                place: repository.describe(),
                problem: Box::new(GitProblem::NoToken {
                    reason: error.wanted_for(forge::Purpose::SignIn).to_string(),
                }),
            }),
        }
    }

    /// What signs in to a forge is not part of this program, and what needs it was refused already.
    #[cfg(not(feature = "registry"))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "it does more with the feature")]
    fn with_tokens(&self, _source: &str, repository: Repository) -> Result<Repository, GitError> {
        Ok(repository)
    }

    /// The forge of a configured git source, on which something is to be proposed; opened once.
    ///
    /// # Errors
    /// When it is not known which it is, or nothing is known to sign in with.
    pub fn forge_of(&self, source: &str) -> Result<Arc<dyn Forge>, Problem> {
        self.forge_for(source, forge::Purpose::Propose)
    }

    /// The same for something else: where there is no forge, that is what is missed.
    ///
    /// # Errors
    /// As [`Access::forge_of`].
    pub fn forge_for(&self, source: &str, purpose: forge::Purpose) -> Result<Arc<dyn Forge>, Problem> {
        if let Some(forge) = self.forges.lock().unwrap_or_else(PoisonError::into_inner).get(source) {
            return Ok(forge.clone());
        }
        let repository = self.repository(source)?;
        let place = forge::Place::of(source, &self.settings, repository.remote_address(), self.clock.clone())
            .map_err(|error| error.wanted_for(purpose))?;
        #[cfg(feature = "registry")]
        let place = forge::Place { limits: self.limits.clone(), ..place };
        let opened = forge::open(place)?;
        let mut forges = self.forges.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(forges.entry(source.to_owned()).or_insert(opened).clone())
    }

    /// Whether the forge of a configured git source is asked over plain HTTP on another machine.
    #[cfg(feature = "registry")]
    pub fn is_exposed(&self, source: &str) -> bool {
        let Ok(repository) = self.repository(source) else { return false };
        let place = forge::Place::of(source, &self.settings, repository.remote_address(), self.clock.clone());
        place.is_ok_and(|place| place.is_exposed())
    }

    /// Without HTTP no forge is asked.
    #[cfg(not(feature = "registry"))]
    pub fn is_exposed(&self, _source: &str) -> bool {
        false
    }

    /// The forge of a repository that may be no source, by its address; of one that is a source, the source's own.
    ///
    /// # Errors
    /// When it is not known which it is, or there is no token for it in the usual variables.
    pub fn forge_at(
        &self,
        address: &str,
        kind: Option<forge::Kind>,
        url: Option<String>,
    ) -> Result<Arc<dyn Forge>, ForgeError> {
        let is_there = |source: &&String| {
            let repository = self.repository(source).ok();
            let remote = repository.as_ref().and_then(|repository| repository.remote_address());
            remote.is_some_and(|remote| forge::Place::is_same(remote, address))
        };
        let source = self.settings.git.keys().find(is_there);
        if let Some(forge) = source.and_then(|source| self.forge_of(source).ok()) {
            return Ok(forge);
        }
        let place = forge::Place::elsewhere(address, kind, url, &self.settings, self.clock.clone())?;
        #[cfg(feature = "registry")]
        let place = forge::Place { limits: self.limits.clone(), ..place };
        forge::open(place)
    }

    /// The tips of some branches; those not fetched in this run are fetched, all at once. The ledger's ref comes along, so that reading
    /// the ledger afterwards costs no connection.
    ///
    /// # Errors
    /// When the remote cannot be read.
    pub fn tips(
        &self,
        source: &str,
        branches: &[&str],
    ) -> Result<BTreeMap<String, Option<CommitId>>, GitError> {
        let repository = self.repository(source)?;
        let mut known = {
            let tips = self.tips.lock().unwrap_or_else(PoisonError::into_inner);
            tips.get(source).cloned().unwrap_or_default()
        };
        let missing: Vec<&str> =
            branches.iter().copied().filter(|branch| !known.contains_key(*branch)).collect();
        if !missing.is_empty() {
            let ledger = self.settings.ledger_ref().filter(|(home, _)| *home == source);
            let along: Vec<&str> =
                ledger.map(|(_, name)| name).into_iter().filter(|name| !known.contains_key(*name)).collect();
            let fetched = self.step(&format!("fetching {}", repository.describe()), || {
                let _lock = repository.lock()?;
                fetch(&repository, &missing, &along)
            })?;
            self.remember(source, &fetched);
            known.extend(fetched);
        }
        known.retain(|branch, _| branches.contains(&branch.as_str()));
        Ok(known)
    }

    /// Fetches these branches again, whatever was fetched before. The caller holds the repository's lock.
    ///
    /// # Errors
    /// When the remote cannot be read.
    pub fn refetch(
        &self,
        source: &str,
        branches: &[&str],
    ) -> Result<BTreeMap<String, Option<CommitId>>, GitError> {
        let repository = self.repository(source)?;
        let ledger = self.settings.ledger_ref().filter(|(home, _)| *home == source);
        let along: Vec<&str> =
            ledger.map(|(_, name)| name).into_iter().filter(|name| branches.contains(name)).collect();
        let fetched = self
            .step(&format!("fetching {}", repository.describe()), || fetch(&repository, branches, &along))?;
        self.remember(source, &fetched);
        Ok(fetched)
    }

    /// Forgets what was fetched, so that the next observation looks again.
    pub fn forget(&self) {
        self.tips.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Where a branch was when this run last looked; none where it has not looked.
    pub(crate) fn known_tip(&self, source: &str, branch: &str) -> Option<Option<CommitId>> {
        let tips = self.tips.lock().unwrap_or_else(PoisonError::into_inner);
        tips.get(source)?.get(branch).cloned()
    }

    pub(crate) fn remember(&self, source: &str, fetched: &BTreeMap<String, Option<CommitId>>) {
        let mut tips = self.tips.lock().unwrap_or_else(PoisonError::into_inner);
        tips.entry(source.to_owned()).or_default().extend(fetched.clone());
    }
}

/// Fetches branches, and what comes along, which may be among them.
fn fetch(
    repository: &Repository,
    branches: &[&str],
    along: &[&str],
) -> Result<BTreeMap<String, Option<CommitId>>, GitError> {
    let branches: Vec<&str> = branches.iter().copied().filter(|branch| !along.contains(branch)).collect();
    repository.fetch_along(&branches, along)
}
