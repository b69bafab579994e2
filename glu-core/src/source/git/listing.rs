//! What a commit holds, by identifier: for readers that know most of it already.

use git2::ObjectType;

use super::error::{GitError, GitProblem};
use super::id::{BlobId, CommitId};
use super::repository::{Repository, full_name};
use super::store::find_commit;
use super::tree::{Entry, Unreadable, find};

/// Something in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its path from the root.
    pub path: String,
    /// Its content, or `None` where it is a link or a submodule.
    pub blob: Option<BlobId>,
}

/// A file's content, read with a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// All of it.
    Whole(Vec<u8>),
    /// It is this long, which is too long.
    TooLong(usize),
}

impl Repository {
    /// All files below a directory of a commit, by path; none where there is no such directory.
    ///
    /// # Errors
    /// When there is no such commit here, or its trees cannot be read.
    pub fn files_below(&self, commit: &CommitId, directory: &str) -> Result<Vec<Listed>, GitError> {
        let listed = self.store.with(|handle| {
            let root = find_commit(handle, commit)?.tree_id();
            let mut files = Vec::new();
            let found = find(handle, root, directory)
                .map_err(|Unreadable(detail)| GitProblem::Unreadable { detail })?;
            if let Some(Entry { id, kind: Some(ObjectType::Tree), .. }) = found {
                let mut open = vec![(directory.to_owned(), id)];
                while let Some((path, id)) = open.pop() {
                    for entry in &handle.find_tree(id)? {
                        let path = format!("{path}/{}", String::from_utf8_lossy(entry.name_bytes()));
                        let entry = Entry { id: entry.id(), kind: entry.kind(), mode: entry.filemode() };
                        match entry.kind {
                            Some(ObjectType::Tree) => open.push((path, entry.id)),
                            _ => {
                                let blob = entry.must_be_file().is_ok().then(|| entry.id.into());
                                files.push(Listed { path, blob });
                            }
                        }
                    }
                }
            }
            files.sort_by(|left, right| left.path.cmp(&right.path));
            Ok(files)
        });
        listed.map_err(self.failed())
    }

    /// The contents of files by their identifiers, in order, as long as they are within a limit of bytes.
    ///
    /// # Errors
    /// When one is not here or cannot be read.
    pub fn contents<'a>(
        &self,
        blobs: impl IntoIterator<Item = &'a BlobId>,
        limit: usize,
    ) -> Result<Vec<Content>, GitError> {
        let contents = self.store.with(|handle| {
            let objects = handle.odb()?;
            let content = |blob: &BlobId| {
                let (length, _) = objects.read_header(blob.oid()?)?;
                match length > limit {
                    true => Ok(Content::TooLong(length)),
                    false => Ok(Content::Whole(objects.read(blob.oid()?)?.data().to_owned())),
                }
            };
            blobs.into_iter().map(content).collect()
        });
        contents.map_err(self.failed())
    }

    /// The commit that a ref here points to, whatever the remote has; none where there is no such ref.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn kept(&self, name: &str) -> Result<Option<CommitId>, GitError> {
        self.store.tip(&full_name(name)).map_err(self.failed())
    }

    /// Points a ref here to a commit, so that the commit stays; the remote learns nothing of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, name: &str, commit: &CommitId) -> Result<(), GitError> {
        let kept = self.store.with(|handle| {
            handle.reference(&full_name(name), commit.oid()?, true, "glu: keep")?;
            Ok(())
        });
        kept.map_err(self.failed())
    }
}
