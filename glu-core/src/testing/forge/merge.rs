//! Merging in the bare repository, in each of the ways that forges offer.

use git2::{Commit, Index, MergeOptions, Oid, Repository, Signature, Time};
use jiff::Timestamp;

use super::state::Refused;

/// How a proposal is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By a commit with two parents.
    Commit,
    /// By one commit with all of its changes.
    Squash,
    /// By its commits, made again on top of the base.
    Rebase,
    /// By moving the base branch to its head, which has to stand on it.
    FastForward,
}

/// What is to be merged.
pub(super) struct Merge<'a> {
    pub(super) number: u64,
    pub(super) title: &'a str,
    pub(super) head: &'a str,
    pub(super) base: &'a str,
    pub(super) by: &'a str,
    pub(super) at: Timestamp,
}

/// Merges, and gives the commit that the base branch is at then.
pub(super) fn merge(repository: &Repository, merge: &Merge<'_>, way: Way) -> Result<String, Refused> {
    let (Some(head), Some(base)) = (tip(repository, merge.head), tip(repository, merge.base)) else {
        return Err(Refused::NotFound);
    };
    let signature = signature(merge.by, merge.at);
    let head = repository.find_commit(head).expect("a branch's commit is there");
    let base = repository.find_commit(base).expect("a branch's commit is there");
    let new = match way {
        Way::FastForward => {
            if !stands_on(repository, base.id(), head.id()) {
                return Err(Refused::Conflict("the base branch has moved on".to_owned()));
            }
            head.id()
        }
        Way::Commit => {
            let index = merged(repository, &base, &head)?;
            let message =
                format!("Merge pull request #{} from {}\n\n{}\n", merge.number, merge.head, merge.title);
            write(repository, index, &signature, &signature, &message, &[&base, &head])
        }
        Way::Squash => {
            let index = merged(repository, &base, &head)?;
            let commits = between(repository, base.id(), head.id());
            let message = squashed(repository, merge, &commits);
            write(repository, index, &head.author(), &signature, &message, &[&base])
        }
        Way::Rebase => {
            let mut onto = base.clone();
            for id in between(repository, base.id(), head.id()) {
                let commit = repository.find_commit(id).expect("the commit exists");
                let index =
                    repository.cherrypick_commit(&commit, &onto, 0, None).expect("a commit can be tried");
                let index = clean(index)?;
                let message = commit.message().unwrap_or_default().to_owned();
                let id = write(repository, index, &commit.author(), &signature, &message, &[&onto]);
                onto = repository.find_commit(id).expect("the commit was just written");
            }
            onto.id()
        }
    };
    repository.reference(&reference(merge.base), new, true, "merged").expect("a branch can be moved");
    Ok(new.to_string())
}

/// Whether one branch merges into another without conflicts.
pub(super) fn merges(repository: &Repository, head: &str, base: &str) -> bool {
    let commit = |branch| tip(repository, branch).and_then(|id| repository.find_commit(id).ok());
    match (commit(base), commit(head)) {
        (Some(base), Some(head)) => merged(repository, &base, &head).is_ok(),
        _ => false,
    }
}

/// The commits of `head` that `base` does not have, the oldest first.
pub(super) fn between(repository: &Repository, base: Oid, head: Oid) -> Vec<Oid> {
    let mut walk = repository.revwalk().expect("a repository can be walked");
    walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE).expect("a walk can be sorted");
    walk.push(head).expect("a commit can be walked from");
    walk.hide(base).expect("a commit can be hidden");
    walk.map(|id| id.expect("a commit's ancestors can be read")).collect()
}

pub(super) fn tip(repository: &Repository, branch: &str) -> Option<Oid> {
    repository.refname_to_id(&reference(branch)).ok()
}

pub(super) fn reference(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

/// Whether a commit is another or stands on it.
pub(super) fn stands_on(repository: &Repository, ancestor: Oid, descendant: Oid) -> bool {
    ancestor == descendant || repository.graph_descendant_of(descendant, ancestor).unwrap_or(false)
}

/// Somebody's name and address.
pub(super) fn signature(login: &str, at: Timestamp) -> Signature<'static> {
    let mut letters = login.chars();
    let name = letters
        .next()
        .map_or_else(String::new, |first| format!("{}{} Example", first.to_uppercase(), letters.as_str()));
    let time = Time::new(at.as_second(), 0);
    Signature::new(&name, &format!("{login}@example.com"), &time).expect("a name and an address")
}

fn merged(repository: &Repository, base: &Commit<'_>, head: &Commit<'_>) -> Result<Index, Refused> {
    let index = repository
        .merge_commits(base, head, Some(&MergeOptions::new()))
        .map_err(|_| Refused::Conflict("the branches share no history".to_owned()))?;
    clean(index)
}

fn clean(index: Index) -> Result<Index, Refused> {
    match index.has_conflicts() {
        true => Err(Refused::Conflict("the proposal has conflicts with its base branch".to_owned())),
        false => Ok(index),
    }
}

/// As GitHub words it: a single commit's own message, or the title and all messages.
fn squashed(repository: &Repository, merge: &Merge<'_>, commits: &[Oid]) -> String {
    let message = |id: &Oid| {
        let commit = repository.find_commit(*id).expect("the commit exists");
        commit.message().unwrap_or_default().to_owned()
    };
    match commits {
        [only] => {
            let message = message(only);
            let (subject, rest) = message.split_once('\n').unwrap_or((&message, ""));
            format!("{subject} (#{})\n{rest}", merge.number)
        }
        _ => {
            let bodies: Vec<String> = commits.iter().map(|id| format!("* {}", message(id))).collect();
            format!("{} (#{})\n\n{}", merge.title, merge.number, bodies.join("\n"))
        }
    }
}

fn write(
    repository: &Repository,
    mut index: Index,
    author: &Signature<'_>,
    committer: &Signature<'_>,
    message: &str,
    parents: &[&Commit<'_>],
) -> Oid {
    let tree = index.write_tree_to(repository).expect("a tree can be written");
    let tree = repository.find_tree(tree).expect("the tree was just written");
    repository.commit(None, author, committer, message, &tree, parents).expect("a commit can be written")
}
