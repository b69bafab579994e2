//! Local branches as the truth: compare and swap, and a work tree that follows when its branch moves.

use std::path::{Path, PathBuf};

use super::error::GitProblem;
use super::failure;
use super::id::CommitId;
use super::program;
use super::push::{Push, Reason, RefUpdate, Rejection};
use super::repository::{Repository, full_name};
use crate::process::{Finished, Process};

/// The tree without any file, which git knows without storing it.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

const NOTHING: &str = "0000000000000000000000000000000000000000";

impl Repository {
    /// Moves local branches, all or none. Where one is checked out, its work tree is tried first and moved last, so that
    /// a refusal leaves everything as it was.
    pub(super) fn move_local_branches(&self, updates: &[RefUpdate]) -> Result<Push, GitProblem> {
        let stale = self.moved_meanwhile(updates)?;
        if !stale.is_empty() {
            return Ok(Push::Rejected(stale));
        }
        let followers = self.followers(updates)?;
        for follower in &followers {
            follower.refresh()?;
            follower.follow(&["-n"])?;
        }
        if self.swap(updates, |update| (update.expected.as_ref(), Some(&update.new)))?.code != 0 {
            // The winner of a race is seen by now; anything else has its own words.
            let stale = self.moved_meanwhile(updates)?;
            return match stale.is_empty() {
                true => Ok(Push::Rejected(self.locked(updates))),
                false => Ok(Push::Rejected(stale)),
            };
        }
        for follower in &followers {
            if let Err(problem) = follower.follow(&[]) {
                self.swap(updates, |update| (Some(&update.new), update.expected.as_ref()))?;
                return Err(problem);
            }
        }
        Ok(Push::Done)
    }

    fn moved_meanwhile(&self, updates: &[RefUpdate]) -> Result<Vec<Rejection>, GitProblem> {
        let mut stale = Vec::new();
        for update in updates {
            if self.store.tip(&full_name(&update.branch))? != update.expected {
                stale.push(Rejection { branch: update.branch.clone(), reason: Reason::Stale });
            }
        }
        Ok(stale)
    }

    /// All branches are where they were, yet could not be moved: somebody is at it this moment.
    fn locked(&self, updates: &[RefUpdate]) -> Vec<Rejection> {
        let rejected =
            |update: &RefUpdate| Rejection { branch: update.branch.clone(), reason: Reason::Stale };
        updates.iter().map(rejected).collect()
    }

    /// One transaction over all refs.
    fn swap<'a>(
        &self,
        updates: &'a [RefUpdate],
        direction: impl Fn(&'a RefUpdate) -> (Option<&'a CommitId>, Option<&'a CommitId>),
    ) -> Result<Finished, GitProblem> {
        let mut commands = String::new();
        for update in updates {
            let (old, new) = direction(update);
            let digits = |id: Option<&'a CommitId>| id.map_or(NOTHING, CommitId::as_str);
            let name = full_name(&update.branch);
            commands.push_str(&format!("update {name}\0{}\0{}\0", digits(new), digits(old)));
        }
        let process = program::git_in(self.store.directory())?
            .arguments(["update-ref", "-z", "-m", "glu: promote", "--stdin"])
            .input(commands);
        Ok(process.run()?)
    }

    /// The work trees that have one of the branches checked out.
    fn followers(&self, updates: &[RefUpdate]) -> Result<Vec<Follower>, GitProblem> {
        let process =
            program::git_in(self.store.directory())?.arguments(["worktree", "list", "--porcelain", "-z"]);
        let listed = program::succeed("worktree list", process)?.stdout;
        let listed = String::from_utf8_lossy(&listed);
        let mut followers = Vec::new();
        for work_tree in listed.split("\0\0") {
            let attribute = |name: &str| work_tree.split('\0').find_map(|line| line.strip_prefix(name));
            let (Some(path), Some(branch)) = (attribute("worktree "), attribute("branch ")) else { continue };
            let Some(update) = updates.iter().find(|update| full_name(&update.branch) == branch) else {
                continue;
            };
            let path = self.work_tree_path(Path::new(path));
            if path.is_dir() {
                followers.push(Follower { path, update: update.clone() });
            }
        }
        Ok(followers)
    }

    /// `git worktree list` shows the git directory in the place of a main work tree when it is asked from there.
    fn work_tree_path(&self, listed: &Path) -> PathBuf {
        if listed.file_name().is_some_and(|name| name == ".git") {
            return listed.parent().unwrap_or(listed).to_owned();
        }
        listed.to_owned()
    }
}

/// A work tree whose branch moves.
struct Follower {
    path: PathBuf,
    update: RefUpdate,
}

impl Follower {
    /// Lets git see which files only look changed.
    fn refresh(&self) -> Result<(), GitProblem> {
        self.git()?.arguments(["update-index", "-q", "--refresh"]).run()?;
        Ok(())
    }

    /// Moves index and work tree from the old commit to the new one, keeping local changes that are not in the way.
    fn follow(&self, options: &[&str]) -> Result<(), GitProblem> {
        let old = self.update.expected.as_ref().map_or(EMPTY_TREE, CommitId::as_str);
        let process = self
            .git()?
            .arguments(["read-tree", "-m", "-u"])
            .arguments(options.iter().copied())
            .arguments([old, self.update.new.as_str()]);
        let finished = process.run()?;
        if finished.code == 0 {
            return Ok(());
        }
        Err(GitProblem::LocalChanges {
            branch: self.update.branch.clone(),
            path: self.path.clone(),
            detail: failure::last_words(&finished.stderr),
        })
    }

    fn git(&self) -> Result<Process, GitProblem> {
        Ok(program::git()?.directory(&self.path))
    }
}
