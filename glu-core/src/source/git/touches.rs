//! Which commits of a branch changed which files. Git tells it for one path in no time, but for a thousand it has to compare the
//! trees of every commit, so what was learnt once is kept, and only what is new is asked for.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use git2::Oid;

use super::chain::Chain;
use super::clone;
use super::error::{GitError, GitProblem};
use super::history::{PATHSPECS, Record};
use super::id::{BlobId, CommitId};
use super::repository::Repository;

/// A commit that changed some of the files asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The commit.
    pub commit: CommitId,
    /// The files, by their places in the list of those asked for, and what they were before.
    pub files: Vec<(usize, Before)>,
}

/// What was in a file's place before a commit changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Nothing.
    Nothing,
    /// A regular file with this content.
    File(Oid),
    /// A link or a submodule.
    Other,
}

/// How many commits are handed over at first; each time it is twice as many, since whoever wants more will want many.
const FIRST_BATCH: usize = 64;
const LARGEST_BATCH: usize = 4096;

impl Repository {
    /// Visits the commits that changed one of the files, as [`Repository::log`] does, some at a time, until `visit` breaks.
    /// What a branch's commits changed is kept in the cache under the branch's name.
    ///
    /// # Errors
    /// As [`Repository::log`].
    pub fn touches(
        &self,
        branch: &str,
        tip: &CommitId,
        files: &[String],
        visit: &mut dyn FnMut(Vec<Touch>) -> ControlFlow<()>,
    ) -> Result<(), GitError> {
        let mut batches = Batches::new(visit);
        let walked = if files.len() <= PATHSPECS {
            let wanted = places(files);
            self.read_changes(&[tip.as_str()], files, &mut |record| {
                let files = record.changes.iter().filter_map(|change| {
                    wanted.get(change.path.as_str()).map(|place| (*place, before(change)))
                });
                Ok(batches.add(record.id()?, files.collect()))
            })
        } else {
            self.walk_chain(branch, tip, files, &mut batches)
        };
        walked.map_err(self.failed())?;
        batches.finish();
        Ok(())
    }

    fn walk_chain(
        &self,
        branch: &str,
        tip: &CommitId,
        files: &[String],
        batches: &mut Batches<'_>,
    ) -> Result<(), GitProblem> {
        // In a shallow clone the commit at the edge seems to have made everything, and one day it no longer will.
        let kept = (!self.is_shallow()).then(|| self.chain_file(branch));
        let mut chain = kept.as_ref().and_then(|file| Chain::load(file)).unwrap_or_default();
        let loaded = (chain.top(), chain.kept());
        let tip_id = tip.oid()?;
        let start = match chain.position(tip_id) {
            Some(position) => position,
            None => {
                self.catch_up(&mut chain, tip, tip_id)?;
                0
            }
        };
        let wanted = places(files);
        let in_chain: Vec<Option<usize>> = chain.paths().map(|path| wanted.get(path).copied()).collect();
        let mut enough = false;
        for (commit, touched) in chain.commits().skip(start) {
            let files = touched.iter().filter_map(|touched| Some((in_chain[touched.path]?, touched.before)));
            if batches.add(commit.into(), files.collect()).is_break() {
                enough = true;
                break;
            }
        }
        if let Some(next) = chain.next().filter(|_| !enough) {
            self.read_changes(&[&next.to_string()], &[], &mut |record| {
                let touched = |path: &str| wanted.get(path).copied();
                let files = record
                    .changes
                    .iter()
                    .filter_map(|change| Some((touched(&change.path)?, before(change))))
                    .collect();
                let id = record.id()?;
                append(&mut chain, &record)?;
                Ok(batches.add(id, files))
            })?;
        }
        if let Some(file) = kept.filter(|_| loaded != (chain.top(), chain.kept())) {
            chain.save(&file);
        }
        Ok(())
    }

    /// Puts the commits that have come since in front. Where the branch was moved elsewhere, what both have in common stays.
    fn catch_up(&self, chain: &mut Chain, tip: &CommitId, tip_id: Oid) -> Result<(), GitProblem> {
        let top = chain.top();
        let older = chain.restart(tip_id);
        // After a forced push the old tip may have been cleared away.
        let Some(top) = top.map(CommitId::from).filter(|top| self.contains(top).unwrap_or(false)) else {
            return Ok(());
        };
        self.read_changes(&[tip.as_str(), &format!("^{top}")], &[], &mut |record| {
            append(chain, &record)?;
            Ok(ControlFlow::Continue(()))
        })?;
        chain.join(older);
        Ok(())
    }

    fn chain_file(&self, branch: &str) -> PathBuf {
        self.chains.join(clone::file_name(branch, branch))
    }
}

fn append(chain: &mut Chain, record: &Record) -> Result<(), String> {
    let oid = |id: &CommitId| id.oid().map_err(|problem| problem.to_string());
    let parent = record.parents()?.first().map(oid).transpose()?;
    let changes = record.changes.iter().map(|change| (change.path.as_str(), before(change)));
    chain.push(oid(&record.id()?)?, parent, changes)
}

fn before(change: &super::history::Change) -> Before {
    match &change.before {
        None => Before::Nothing,
        Some(id) if change.was_file => id.oid().map_or(Before::Other, Before::File),
        Some(_) => Before::Other,
    }
}

fn places(files: &[String]) -> HashMap<&str, usize> {
    files.iter().enumerate().map(|(place, file)| (file.as_str(), place)).collect()
}

impl Before {
    /// The content, where it was a file.
    pub fn blob(self) -> Option<BlobId> {
        match self {
            Self::File(id) => Some(id.into()),
            Self::Nothing | Self::Other => None,
        }
    }
}

/// Hands touches over, some at a time.
struct Batches<'a> {
    visit: &'a mut dyn FnMut(Vec<Touch>) -> ControlFlow<()>,
    waiting: Vec<Touch>,
    size: usize,
    stopped: bool,
}

impl<'a> Batches<'a> {
    fn new(visit: &'a mut dyn FnMut(Vec<Touch>) -> ControlFlow<()>) -> Self {
        Self { visit, waiting: Vec::new(), size: FIRST_BATCH, stopped: false }
    }

    fn add(&mut self, commit: CommitId, files: Vec<(usize, Before)>) -> ControlFlow<()> {
        if !files.is_empty() {
            self.waiting.push(Touch { commit, files });
        }
        if self.waiting.len() < self.size {
            return ControlFlow::Continue(());
        }
        self.size = (self.size * 2).min(LARGEST_BATCH);
        self.hand_over()
    }

    fn finish(&mut self) {
        if !self.stopped && !self.waiting.is_empty() {
            // It was the last one anyway.
            let _ = self.hand_over();
        }
    }

    fn hand_over(&mut self) -> ControlFlow<()> {
        let visited = (self.visit)(std::mem::take(&mut self.waiting));
        self.stopped = visited.is_break();
        visited
    }
}
