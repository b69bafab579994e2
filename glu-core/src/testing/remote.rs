//! A git remote on disk, written to without a work tree and without the user's git configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use git2::{Oid, Repository, Signature, Time};

use crate::clock::Clock;

const MAIN: &str = "main";

/// A bare repository that tests push to and look into. Its default branch is `main`.
#[derive(Clone)]
pub struct Remote {
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

/// A commit, as a test wants to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its identifier.
    pub id: String,
    /// The whole message.
    pub message: String,
    /// The author's name.
    pub author: String,
    /// How many parents it has.
    pub parents: usize,
}

impl Remote {
    /// Makes an empty one.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn create(path: &Path, clock: Arc<dyn Clock>) -> Self {
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(true).initial_head(MAIN).external_template(false);
        Repository::init_opts(path, &options).expect("a bare repository can be made");
        Self { path: path.to_owned(), clock }
    }

    /// Where it is; also its URL.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The clock its commits go by.
    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// Commits files to `main` as an engineer would, and gives the commit's identifier.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn commit<'a>(&self, message: &str, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        self.commit_to(MAIN, "Ada Example", message, files)
    }

    /// Commits files to a branch in somebody's name. A branch that does not exist begins at `main`, or with this commit.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn commit_to<'a>(
        &self,
        branch: &str,
        author: &str,
        message: &str,
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> String {
        let repository = self.open();
        let parent = tip(&repository, branch).or_else(|| tip(&repository, MAIN));
        let mut index = git2::Index::new().expect("an index in memory");
        if let Some(parent) = parent {
            let tree =
                repository.find_commit(parent).and_then(|commit| commit.tree()).expect("a commit has a tree");
            index.read_tree(&tree).expect("a tree can be read");
        }
        for (path, content) in files {
            let id = repository.blob(content.as_bytes()).expect("a blob can be written");
            index.add(&entry(path, id)).expect("a file can be added");
        }
        let tree = index.write_tree_to(&repository).expect("a tree can be written");
        let tree = repository.find_tree(tree).expect("the tree was just written");
        let time = Time::new(self.clock.now().as_second(), 0);
        let email = format!("{}@example.com", author.to_lowercase().replace(' ', "."));
        let signature = Signature::new(author, &email, &time).expect("a name and an address");
        let parents: Vec<_> =
            parent.into_iter().map(|id| repository.find_commit(id).expect("the parent exists")).collect();
        let id = repository
            .commit(None, &signature, &signature, message, &tree, &parents.iter().collect::<Vec<_>>())
            .expect("a commit can be written");
        repository.reference(&reference(branch), id, true, message).expect("a branch can be moved");
        id.to_string()
    }

    /// A file's text on `main`.
    ///
    /// # Panics
    /// When there is none.
    pub fn read(&self, path: &str) -> String {
        self.read_on(MAIN, path)
    }

    /// A file's text on a branch.
    ///
    /// # Panics
    /// When there is none.
    pub fn read_on(&self, branch: &str, path: &str) -> String {
        let repository = self.open();
        let tip = tip(&repository, branch).unwrap_or_else(|| panic!("there is no branch {branch}"));
        let tree = repository.find_commit(tip).and_then(|commit| commit.tree()).expect("a commit has a tree");
        let entry =
            tree.get_path(Path::new(path)).unwrap_or_else(|_| panic!("there is no {path} on {branch}"));
        let blob = repository.find_blob(entry.id()).unwrap_or_else(|_| panic!("{path} is no file"));
        String::from_utf8(blob.content().to_vec()).unwrap_or_else(|_| panic!("{path} is no text"))
    }

    /// The commits of `main`, newest first, along first parents.
    ///
    /// # Panics
    /// When they cannot be read.
    pub fn log(&self) -> Vec<Commit> {
        let repository = self.open();
        let mut commits = Vec::new();
        let mut next = tip(&repository, MAIN);
        while let Some(id) = next {
            let commit = repository.find_commit(id).expect("the commit exists");
            commits.push(Commit {
                id: id.to_string(),
                message: commit.message().unwrap_or_default().to_owned(),
                author: commit.author().name().unwrap_or_default().to_owned(),
                parents: commit.parent_count(),
            });
            next = commit.parent_id(0).ok();
        }
        commits
    }

    fn open(&self) -> Repository {
        Repository::open_bare(&self.path).expect("the remote can be opened")
    }
}

fn tip(repository: &Repository, branch: &str) -> Option<Oid> {
    repository.refname_to_id(&reference(branch)).ok()
}

fn reference(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

pub(super) fn entry(path: &str, id: Oid) -> git2::IndexEntry {
    let zero = git2::IndexTime::new(0, 0);
    git2::IndexEntry {
        ctime: zero,
        mtime: zero,
        dev: 0,
        ino: 0,
        mode: 0o100_644,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}
