//! Moving branches: all or none, and only from where they were seen.

use std::sync::PoisonError;
use std::time::Duration;

use super::commit::is_ancestor;
use super::error::{GitError, GitProblem};
use super::id::CommitId;
use super::repository::{Repository, Upstream, full_name};
use super::url::redact;

const PUSHING: Duration = Duration::from_secs(300);

/// A branch about to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// The branch, or a ref outside `refs/heads/` by its full name.
    pub branch: String,
    /// Where it was seen; `None` if it must not exist yet.
    pub expected: Option<CommitId>,
    /// Where it goes.
    pub new: CommitId,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Push {
    /// All branches moved.
    Done,
    /// No branch moved, because of these.
    Rejected(Vec<Rejection>),
}

/// A branch that would not move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The branch, as the update named it.
    pub branch: String,
    /// Why.
    pub reason: Reason,
}

impl Rejection {
    /// What the remote says against a push, where it is more than that somebody was faster.
    pub fn refusal(rejections: Vec<Self>) -> Option<String> {
        rejections.into_iter().find_map(|rejection| match rejection.reason {
            Reason::Refused(reason) => Some(reason),
            Reason::Stale => None,
        })
    }
}

/// Why a branch would not move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Somebody else moved it first: fetch, and do it again.
    Stale,
    /// The remote does not want it, in its own words: a protected branch, a hook.
    Refused(String),
}

impl Repository {
    /// Moves branches, all or none, if each still is where it was seen; history is only ever added to. Where local
    /// branches are the truth, it moves them, and a work tree that has one of them checked out moves along.
    ///
    /// The caller holds [`Repository::lock`].
    ///
    /// # Errors
    /// When the remote cannot be reached or refuses us, when a commit does not follow the expected one, or when local
    /// changes in a work tree are in the way. A branch that has moved is no error but a rejection.
    pub fn push(&self, updates: &[RefUpdate]) -> Result<Push, GitError> {
        if updates.is_empty() {
            return Ok(Push::Done);
        }
        *self.advertised.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let pushed = self.only_forward(updates).and_then(|()| match &self.remote {
            Some(upstream) => self.push_to(upstream, updates),
            None => self.move_local_branches(updates),
        });
        pushed.map_err(self.failed())
    }

    fn only_forward(&self, updates: &[RefUpdate]) -> Result<(), GitProblem> {
        for update in updates {
            let Some(old) = &update.expected else { continue };
            if !self.store.with(|handle| is_ancestor(handle, old, &update.new))? {
                return Err(GitProblem::NotForward { old: old.to_string(), new: update.new.to_string() });
            }
        }
        Ok(())
    }

    fn push_to(&self, upstream: &Upstream, updates: &[RefUpdate]) -> Result<Push, GitProblem> {
        let refs: Vec<Moved<'_>> = updates
            .iter()
            .map(|update| (update.branch.as_str(), update.expected.as_ref(), Some(&update.new)))
            .collect();
        self.push_refs(upstream, &refs)
    }

    /// Pushes refs with a lease each. What goes nowhere is deleted.
    pub(super) fn push_refs(&self, upstream: &Upstream, updates: &[Moved<'_>]) -> Result<Push, GitProblem> {
        let mut options: Vec<String> =
            ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"]
                .map(ToOwned::to_owned)
                .to_vec();
        // Not every server can, and one branch needs no promise.
        if updates.len() > 1 {
            options.push("--atomic".to_owned());
        }
        let mut refspecs = Vec::new();
        for (branch, expected, new) in updates {
            let name = full_name(branch);
            let expected = expected.map(CommitId::as_str).unwrap_or_default();
            options.push(format!("--force-with-lease={name}:{expected}"));
            refspecs.push(format!("{}:{name}", new.map(CommitId::as_str).unwrap_or_default()));
        }
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let refspecs: Vec<&str> = refspecs.iter().map(String::as_str).collect();
        let finished = self.run(upstream, "push", &options, &refspecs, PUSHING)?;
        if finished.code == 0 {
            return Ok(Push::Done);
        }
        let stdout = redact(&String::from_utf8_lossy(&finished.stdout));
        let branches: Vec<&str> = updates.iter().map(|(branch, ..)| *branch).collect();
        let rejections = rejections(&stdout, &redact(&finished.stderr), &branches);
        match rejections.is_empty() {
            true => Err(self.problem("push", upstream, &finished)),
            false => Ok(Push::Rejected(rejections)),
        }
    }
}

/// A ref by its name, where it was seen, and where it goes.
pub(super) type Moved<'a> = (&'a str, Option<&'a CommitId>, Option<&'a CommitId>);

/// Reads the lines `!<tab>from:to<tab>[kind] (reason)` of `git push --porcelain`.
fn rejections(stdout: &str, stderr: &str, branches: &[&str]) -> Vec<Rejection> {
    let mut culprits = Vec::new();
    let mut bystanders = Vec::new();
    for line in stdout.lines() {
        let mut fields = line.split('\t');
        let (Some("!"), Some(refs), Some(summary)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let name = refs.rsplit(':').next().unwrap_or(refs);
        let Some(branch) = branches.iter().find(|branch| full_name(branch) == name) else { continue };
        let reason = summary.split_once('(').map_or(summary, |(_, reason)| reason.trim_end_matches(')'));
        // Refused only because another branch of the same push was.
        let list = if reason.starts_with("atomic ") { &mut bystanders } else { &mut culprits };
        list.push(Rejection { branch: (*branch).to_owned(), reason: reason_of(reason, stderr) });
    }
    if culprits.is_empty() { bystanders } else { culprits }
}

fn reason_of(reason: &str, stderr: &str) -> Reason {
    const STALE: &[&str] = &[
        "stale info",
        "non-fast-forward",
        "fetch first",
        "but expected",
        "incorrect old value",
        "reference already exists",
        "failed to update ref",
        "failed to lock",
        "Unable to create",
    ];
    if STALE.iter().any(|text| reason.contains(text)) {
        return Reason::Stale;
    }
    let said: Vec<&str> = stderr
        .lines()
        .filter_map(|line| line.strip_prefix("remote:"))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    match said.is_empty() {
        true => Reason::Refused(reason.to_owned()),
        false => Reason::Refused(format!("{reason}: {}", said.join("; "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_branch_is_refused_in_the_servers_words() {
        let stdout = "To https://example.com/a\n!\tabc:refs/heads/main\t[remote rejected] (protected branch hook declined)\nDone\n";
        let stderr = "remote: error: GH006: Protected branch update failed for refs/heads/main.\nremote: \nerror: failed to push\n";
        let expected = Rejection {
            branch: "main".to_owned(),
            reason: Reason::Refused(
                "protected branch hook declined: error: GH006: Protected branch update failed for refs/heads/main.".to_owned(),
            ),
        };
        assert_eq!(rejections(stdout, stderr, &["main"]), [expected]);
    }

    #[test]
    fn those_that_only_went_down_with_others_are_left_out() {
        let stdout = "!\ta:refs/heads/one\t[rejected] (atomic push failed)\n!\ta:refs/heads/two\t[rejected] (stale info)\n";
        let expected = Rejection { branch: "two".to_owned(), reason: Reason::Stale };
        assert_eq!(rejections(stdout, "", &["one", "two"]), [expected]);
    }
}
