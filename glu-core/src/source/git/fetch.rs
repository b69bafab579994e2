//! Asking the remote: where its branches are, and what they hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Duration;
use std::{fs, thread};

use super::advertised::{self, Advertised};
use super::error::{GitError, GitProblem};
use super::id::CommitId;
use super::repository::{Repository, Upstream, full_name};
use super::{clone, failure, program};
use crate::process::Finished;

/// Asking for names alone.
const ASKING: Duration = Duration::from_secs(60);

/// The first fetch of a large repository.
const FETCHING: Duration = Duration::from_secs(600);

/// Longer than git holds a lock on a ref.
const MOMENT: Duration = Duration::from_secs(1);

impl Repository {
    /// Brings in what the branches hold, in one fetch, and tells their tips: `None` where there is no such branch. A ref
    /// outside `refs/heads/` is named in full. Where local branches are the truth, it reads them.
    ///
    /// The caller holds [`Repository::lock`].
    ///
    /// # Errors
    /// When the remote cannot be reached or refuses us, or the objects cannot be stored.
    pub fn fetch(&self, branches: &[&str]) -> Result<BTreeMap<String, Option<CommitId>>, GitError> {
        self.fetch_along(branches, &[])
    }

    /// As [`Repository::fetch`], and in the same connection what may well not be there: a missing branch costs a second one, a ref
    /// of `along` that is missing costs nothing. Refs whose names begin alike may be brought in too.
    ///
    /// The caller holds [`Repository::lock`].
    ///
    /// # Errors
    /// As [`Repository::fetch`].
    pub fn fetch_along(
        &self,
        branches: &[&str],
        along: &[&str],
    ) -> Result<BTreeMap<String, Option<CommitId>>, GitError> {
        let tips = match &self.remote {
            Some(upstream) => self.fetch_from(upstream, branches, along),
            None => branches
                .iter()
                .chain(along)
                .map(|branch| Ok(((*branch).to_owned(), self.store.tip(&full_name(branch))?)))
                .collect(),
        };
        tips.map_err(self.failed())
    }

    /// The error for a branch that is not there: it lists those that are, the nearest names first.
    pub fn missing_branch(&self, branch: &str) -> GitError {
        let problem = match self.branches() {
            Ok(branches) if branches.is_empty() => GitProblem::Empty,
            Ok(branches) => {
                GitProblem::MissingBranch { branch: branch.to_owned(), nearest: nearest(branch, branches) }
            }
            Err(_) => GitProblem::MissingBranch { branch: branch.to_owned(), nearest: Vec::new() },
        };
        self.failed()(problem)
    }

    /// The branch that the remote's HEAD names.
    pub(super) fn remote_head(&self, upstream: &Upstream) -> Result<String, GitProblem> {
        let along = format!("{}*", advertised::ALONG);
        let listed = self.ask(upstream, &["--symref"], &["HEAD", &along])?;
        let target =
            listed.lines().find_map(|line| line.strip_prefix("ref: refs/heads/")?.strip_suffix("\tHEAD"));
        let nothing = !listed.lines().any(|line| line.ends_with("\tHEAD"));
        match target {
            Some(branch) => {
                let advertised = Advertised::read(&listed, branch);
                *self.advertised.lock().unwrap_or_else(PoisonError::into_inner) = Some(advertised);
                Ok(branch.to_owned())
            }
            None if nothing && !upstream.ours => self.local_head().map_err(|_| GitProblem::Empty),
            None if nothing => Err(GitProblem::Empty),
            None => Err(GitProblem::NoDefaultBranch),
        }
    }

    fn fetch_from(
        &self,
        upstream: &Upstream,
        branches: &[&str],
        along: &[&str],
    ) -> Result<BTreeMap<String, Option<CommitId>>, GitProblem> {
        if let Some(tips) = self.unmoved(upstream, branches, along) {
            return Ok(tips);
        }
        let mut names: Vec<String> = branches.iter().map(|branch| full_name(branch)).collect();
        names.extend(along.iter().map(|name| pattern(name)));
        names.sort();
        names.dedup();
        // Nearly always all branches are there, and asking first would cost a second connection.
        if !names.is_empty() && !self.fetch_all(upstream, &names)? {
            let patterns: Vec<&str> = names.iter().map(String::as_str).collect();
            let listed = self.ask(upstream, &[], &patterns)?;
            let there: Vec<&str> = listed.lines().filter_map(|line| line.split('\t').nth(1)).collect();
            names.retain(|name| is_pattern(name) || there.contains(&name.as_str()));
            if !names.is_empty() && !self.fetch_all(upstream, &names)? {
                return Err(GitProblem::Unreachable {
                    detail: "its branches come and go while we read them".to_owned(),
                });
            }
        }
        let tip = |branch: &&str| {
            let name = full_name(branch);
            let tip = match names.contains(&name) {
                true => self.store.tip(&upstream.tracking_name(&name))?,
                false => None,
            };
            Ok(((*branch).to_owned(), tip))
        };
        let tip_along =
            |name: &&str| Ok(((*name).to_owned(), self.store.tip(&upstream.along_name(&full_name(name)))?));
        branches.iter().map(tip).chain(along.iter().map(tip_along)).collect()
    }

    /// Fetches exactly these refs; `false` if one of them is not there, in which case nothing is fetched.
    fn fetch_all(&self, upstream: &Upstream, names: &[String]) -> Result<bool, GitProblem> {
        let had_commits = upstream.ours && self.has_commits();
        let mut finished = self.fetch_once(upstream, names)?;
        if finished.code != 0 && upstream.ours {
            if let Some(lock) = lock_in_the_way(&finished.stderr, self.store.directory()) {
                // A git process that was killed left it behind; one that has merely outlived its parent ends within a moment.
                thread::sleep(MOMENT);
                // It may be gone by itself.
                let _ = fs::remove_file(lock);
                finished = self.fetch_once(upstream, names)?;
            } else if finished.stderr.contains("cannot lock ref") {
                // A branch `a` that is gone at the remote is in the way of `a/b` here.
                self.run(upstream, "remote prune", &["remote", "prune"], &[], FETCHING)?;
                finished = self.fetch_once(upstream, names)?;
            } else if matches!(self.problem("fetch", upstream, &finished), GitProblem::Damaged { .. }) {
                self.store.close();
                clone::replace(self.store.directory(), &upstream.access.url.address)?;
                finished = self.fetch_once(upstream, names)?;
            }
        }
        if finished.code == 0 {
            if had_commits {
                clone::sweep(self.store.directory());
                self.index_history();
            }
            return Ok(true);
        }
        if finished.stderr.contains("couldn't find remote ref") {
            return Ok(false);
        }
        Err(self.problem("fetch", upstream, &finished))
    }

    fn fetch_once(&self, upstream: &Upstream, names: &[String]) -> Result<Finished, GitProblem> {
        let options = [
            "fetch",
            "--quiet",
            "--no-tags",
            // What was brought along and is gone at the remote goes here too; branches that are gone stop the fetch.
            if names.iter().any(|name| is_pattern(name)) { "--prune" } else { "--no-prune" },
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--no-show-forced-updates",
            "--refmap=",
            // Somebody else's repository is theirs to clean up.
            if upstream.ours { "--auto-maintenance" } else { "--no-auto-maintenance" },
        ];
        let kept_as = |name: &str| match is_pattern(name) {
            true => upstream.along_name(name),
            false => upstream.tracking_name(name),
        };
        let refspecs: Vec<String> = names.iter().map(|name| format!("+{name}:{}", kept_as(name))).collect();
        let refspecs: Vec<&str> = refspecs.iter().map(String::as_str).collect();
        self.run(upstream, "fetch", &options, &refspecs, FETCHING)
    }

    fn has_commits(&self) -> bool {
        let any = self.store.with(|handle| Ok(handle.references_glob("refs/remotes/*")?.next().is_some()));
        any.unwrap_or(false)
    }

    /// The branches there are.
    fn branches(&self) -> Result<Vec<String>, GitProblem> {
        if let Some(upstream) = &self.remote {
            let listed = self.ask(upstream, &["--heads"], &[])?;
            let branches = listed.lines().filter_map(|line| line.split_once("\trefs/heads/"));
            return Ok(branches.map(|(_, branch)| branch.to_owned()).collect());
        }
        self.store.with(|handle| {
            let names = handle.branches(Some(git2::BranchType::Local))?.flatten();
            Ok(names.filter_map(|(branch, _)| branch.name().ok().flatten().map(ToOwned::to_owned)).collect())
        })
    }

    fn ask(&self, upstream: &Upstream, options: &[&str], patterns: &[&str]) -> Result<String, GitProblem> {
        let command: Vec<&str> = ["ls-remote", "--quiet"].iter().chain(options).copied().collect();
        let finished = self.run(upstream, "ls-remote", &command, patterns, ASKING)?;
        if finished.code != 0 {
            return Err(self.problem("ls-remote", upstream, &finished));
        }
        Ok(String::from_utf8_lossy(&finished.stdout).into_owned())
    }

    /// Runs a git command against the remote.
    pub(super) fn run(
        &self,
        upstream: &Upstream,
        command: &'static str,
        options: &[&str],
        refs: &[&str],
        timeout: Duration,
    ) -> Result<Finished, GitProblem> {
        let directory = self.store.directory();
        let (process, _files) = upstream.access.apply(directory, program::git_in(directory)?)?;
        // `git remote` knows remotes by their names only.
        let target = if command == "remote prune" { upstream.name.as_str() } else { &upstream.access.target };
        let process =
            process.arguments(options).argument("--").argument(target).arguments(refs.iter().copied());
        process.timeout(timeout).run().map_err(failure::network_problem)
    }

    pub(super) fn problem(&self, command: &str, upstream: &Upstream, finished: &Finished) -> GitProblem {
        failure::problem(command, finished, &upstream.access.credential_in_words())
    }
}

/// A refspec that no remote fails, unlike the ref's own name.
fn pattern(name: &str) -> String {
    format!("{}*", full_name(name))
}

fn is_pattern(name: &str) -> bool {
    name.ends_with('*')
}

/// The lock file below a directory that git could not take because it exists.
fn lock_in_the_way(stderr: &str, directory: &Path) -> Option<PathBuf> {
    let (_, rest) = stderr.split_once("Unable to create '")?;
    let (path, _) = rest.split_once("': File exists")?;
    let path = Path::new(path);
    let is_lock = path.extension().is_some_and(|extension| extension == "lock");
    (is_lock && path.starts_with(directory)).then(|| path.to_owned())
}

/// The five nearest names, by how much they have in common with the one that was asked for.
fn nearest(asked: &str, mut branches: Vec<String>) -> Vec<String> {
    let likeness =
        |branch: &String| (similar::TextDiff::from_chars(asked, branch.as_str()).ratio() * 1000.0) as u32;
    branches.sort_by_cached_key(|branch| (std::cmp::Reverse(likeness(branch)), branch.clone()));
    branches.truncate(5);
    branches
}
