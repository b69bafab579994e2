//! A commit's files, read without a checkout.

use std::collections::{HashMap, hash_map};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use git2::{ObjectType, Oid};

use super::error::GitProblem;
use super::store::Store;
use crate::tree::{Tree, TreeError};

/// The files of one commit.
pub(super) struct CommitTree {
    store: Arc<Store>,
    root: Oid,
    crowded: Crowded,
}

impl CommitTree {
    pub(super) fn new(store: Arc<Store>, root: Oid) -> Self {
        Self { store, root, crowded: Crowded::default() }
    }

    fn read<T>(
        &self,
        path: &str,
        read: impl FnOnce(&git2::Repository) -> Result<T, Unreadable>,
    ) -> Result<T, TreeError> {
        let outcome = self.store.with(|handle| Ok(read(handle)));
        let failed = |reason: String| TreeError { path: path.to_owned(), reason };
        match outcome {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Unreadable(reason))) => Err(failed(reason)),
            Err(problem) => Err(failed(problem.to_string())),
        }
    }
}

impl Tree for CommitTree {
    fn file(&self, path: &str) -> Result<Option<Vec<u8>>, TreeError> {
        self.read(path, |handle| match self.crowded.find(handle, self.root, path)? {
            None => Ok(None),
            Some(entry) => {
                entry.must_be_file()?;
                Ok(Some(handle.find_blob(entry.id)?.content().to_owned()))
            }
        })
    }

    fn list(&self, path: &str) -> Result<Vec<String>, TreeError> {
        self.read(path, |handle| {
            let directory = match self.crowded.find(handle, self.root, path)? {
                Some(entry) if entry.kind == Some(ObjectType::Tree) => handle.find_tree(entry.id)?,
                Some(entry) => return Err(Unreadable(format!("is {}, no directory", entry.in_words()))),
                None => return Ok(Vec::new()),
            };
            let mut names: Vec<String> = directory
                .iter()
                .map(|entry| {
                    let name = String::from_utf8_lossy(entry.name_bytes());
                    let slash = if entry.kind() == Some(ObjectType::Tree) { "/" } else { "" };
                    format!("{name}{slash}")
                })
                .collect();
            names.sort();
            Ok(names)
        })
    }
}

/// Why a path cannot be read, as a lower-case fragment.
pub(super) struct Unreadable(pub(super) String);

impl From<git2::Error> for Unreadable {
    fn from(error: git2::Error) -> Self {
        Self(GitProblem::from(error).to_string())
    }
}

/// What a tree holds under a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) id: Oid,
    pub(super) kind: Option<ObjectType>,
    pub(super) mode: i32,
}

const LINK: i32 = 0o120_000;

impl Entry {
    fn of(entry: &git2::TreeEntry<'_>) -> Self {
        Self { id: entry.id(), kind: entry.kind(), mode: entry.filemode() }
    }

    /// Refuses what is no regular file.
    pub(super) fn must_be_file(&self) -> Result<(), Unreadable> {
        match self.kind {
            Some(ObjectType::Blob) if self.mode != LINK => Ok(()),
            _ => Err(Unreadable(format!("is {}, no file", self.in_words()))),
        }
    }

    fn in_words(&self) -> &'static str {
        match self.kind {
            Some(ObjectType::Tree) => "a directory",
            Some(ObjectType::Commit) => "a submodule",
            _ if self.mode == LINK => "a symbolic link",
            _ => "a file",
        }
    }
}

/// Finds what a path names, or nothing. A way through a link or a submodule leads out of this tree and is refused.
pub(super) fn find(handle: &git2::Repository, root: Oid, path: &str) -> Result<Option<Entry>, Unreadable> {
    Crowded::default().find(handle, root, path)
}

/// Directories of many entries that more than one path leads through. The library keeps small ones by itself, and unpacks these
/// anew for each path.
#[derive(Default)]
struct Crowded(Mutex<HashMap<Oid, Visited>>);

enum Visited {
    Once,
    Often(HashMap<Vec<u8>, Entry>),
}

/// The library keeps trees of up to 4 KiB.
const CROWD: usize = 64;

impl Crowded {
    fn find(&self, handle: &git2::Repository, root: Oid, path: &str) -> Result<Option<Entry>, Unreadable> {
        let mut entry = Entry { id: root, kind: Some(ObjectType::Tree), mode: 0o040_000 };
        let mut end = 0;
        for name in path.split('/') {
            let walked = path[..end].trim_end_matches('/');
            end += name.len() + 1;
            if name.is_empty() {
                continue;
            }
            match entry.kind {
                Some(ObjectType::Tree) => {}
                Some(ObjectType::Blob) if entry.mode != LINK => return Ok(None),
                _ => return Err(Unreadable(format!("`{walked}` is {}", entry.in_words()))),
            }
            let Some(next) = self.step(handle, entry.id, name)? else { return Ok(None) };
            entry = next;
        }
        Ok(Some(entry))
    }

    fn step(&self, handle: &git2::Repository, id: Oid, name: &str) -> Result<Option<Entry>, git2::Error> {
        if let Some(Visited::Often(entries)) = self.lock().get(&id) {
            return Ok(entries.get(name.as_bytes()).copied());
        }
        let tree = handle.find_tree(id)?;
        if tree.len() > CROWD && self.is_revisited(id) {
            let entries = tree.iter().map(|entry| (entry.name_bytes().to_vec(), Entry::of(&entry))).collect();
            self.lock().insert(id, Visited::Often(entries));
        }
        Ok(tree.get_name(name).map(|entry| Entry::of(&entry)))
    }

    fn is_revisited(&self, id: Oid) -> bool {
        match self.lock().entry(id) {
            hash_map::Entry::Occupied(_) => true,
            hash_map::Entry::Vacant(vacant) => {
                vacant.insert(Visited::Once);
                false
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Oid, Visited>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
