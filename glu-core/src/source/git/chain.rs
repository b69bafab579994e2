//! A branch's newest commits along first parents, without a gap, each with the files it changed; and the file they are kept in. The
//! file is only ever replaced as a whole, carries a checksum, and is never needed: one that cannot be read is as good as none.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use git2::Oid;

use super::touches::Before;

/// Commits, newest first.
#[derive(Debug, Default)]
pub(super) struct Chain {
    paths: Vec<String>,
    /// The places of paths, where some have been added.
    known: HashMap<String, usize>,
    commits: Vec<Commit>,
    /// The first parent of the oldest commit; none where it has none. With no commits, the one that comes first.
    next: Option<Oid>,
}

#[derive(Debug)]
struct Commit {
    id: Oid,
    touched: Vec<Touched>,
}

/// A file that a commit changed.
#[derive(Debug)]
pub(super) struct Touched {
    /// Its place among the paths.
    pub(super) path: usize,
    pub(super) before: Before,
}

/// What was known before a chain was begun anew.
pub(super) struct Older {
    commits: Vec<Commit>,
    next: Option<Oid>,
}

impl Chain {
    pub(super) fn top(&self) -> Option<Oid> {
        self.commits.first().map(|commit| commit.id)
    }

    pub(super) fn next(&self) -> Option<Oid> {
        self.next
    }

    pub(super) fn position(&self, id: Oid) -> Option<usize> {
        self.commits.iter().position(|commit| commit.id == id)
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    pub(super) fn commits(&self) -> impl Iterator<Item = (Oid, &[Touched])> {
        self.commits.iter().map(|commit| (commit.id, commit.touched.as_slice()))
    }

    /// Begins anew at a commit.
    pub(super) fn restart(&mut self, tip: Oid) -> Older {
        Older { commits: std::mem::take(&mut self.commits), next: self.next.replace(tip) }
    }

    /// Goes on with what was known, if it has the commit that comes next.
    pub(super) fn join(&mut self, mut older: Older) {
        let Some(position) = older.commits.iter().position(|commit| Some(commit.id) == self.next) else {
            return;
        };
        self.commits.extend(older.commits.drain(position..));
        self.next = older.next;
    }

    /// Adds the commit that comes next.
    ///
    /// # Errors
    /// When it is another one.
    pub(super) fn push<'a>(
        &mut self,
        id: Oid,
        parent: Option<Oid>,
        changes: impl Iterator<Item = (&'a str, Before)>,
    ) -> Result<(), String> {
        if self.next != Some(id) {
            return Err(format!("the commit {id}, which does not come next"));
        }
        if self.known.is_empty() {
            self.known = self.paths.iter().cloned().zip(0..).collect();
        }
        let mut touched = Vec::new();
        for (path, before) in changes {
            let path = match self.known.get(path) {
                Some(place) => *place,
                None => {
                    self.paths.push(path.to_owned());
                    self.known.insert(path.to_owned(), self.paths.len() - 1);
                    self.paths.len() - 1
                }
            };
            touched.push(Touched { path, before });
        }
        self.commits.push(Commit { id, touched });
        self.next = parent;
        Ok(())
    }
}

const MAGIC: &[u8] = b"glu touches 1\n";
const ID: usize = 20;

/// How much is kept: the newest.
const MOST_COMMITS: usize = 50_000;
const MOST_TOUCHED: usize = 500_000;
const LARGEST_FILE: u64 = 64 << 20;

/// Branches that nobody has added to for so long are read anew, should anybody ask.
const FORGOTTEN: Duration = Duration::from_secs(90 * 24 * 3600);

impl Chain {
    /// Reads what was kept, if it is whole.
    pub(super) fn load(file: &Path) -> Option<Self> {
        if fs::metadata(file).ok()?.len() > LARGEST_FILE {
            return None;
        }
        decode(&fs::read(file).ok()?)
    }

    /// How many commits are kept.
    pub(super) fn kept(&self) -> usize {
        let mut touched = 0;
        let fits = |commit: &&Commit| {
            touched += commit.touched.len();
            touched <= MOST_TOUCHED
        };
        self.commits.iter().take(MOST_COMMITS).take_while(fits).count()
    }

    /// Keeps it. Where that cannot be done, it will be read anew.
    pub(super) fn save(&self, file: &Path) {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let Some(directory) = file.parent() else { return };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let fresh = file.with_extension(format!("new-{}-{number}", std::process::id()));
        let written = fs::create_dir_all(directory)
            .and_then(|()| fs::write(&fresh, encode(self)))
            .and_then(|()| fs::rename(&fresh, file));
        if written.is_err() {
            let _ = fs::remove_file(&fresh);
        }
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let age =
                entry.metadata().and_then(|metadata| metadata.modified()).map(|modified| modified.elapsed());
            if matches!(age, Ok(Ok(age)) if age > FORGOTTEN) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Numbers are 32 bits, little end first: the counts of commits, paths and bytes of paths; the identifier that comes next or zeros; for
/// each commit its identifier, the count of its files, and for each file its path, what it was before and an identifier; the paths,
/// each ended by a zero byte; the checksum.
fn encode(chain: &Chain) -> Vec<u8> {
    let kept = chain.kept();
    let next = chain.commits.get(kept).map(|commit| commit.id).or(chain.next);
    let paths: Vec<u8> = chain.paths.iter().flat_map(|path| path.bytes().chain(std::iter::once(0))).collect();
    let mut bytes = MAGIC.to_vec();
    for count in [kept, chain.paths.len(), paths.len()] {
        bytes.extend(number(count));
    }
    bytes.extend_from_slice(next.unwrap_or(Oid::ZERO_SHA1).as_bytes());
    for commit in &chain.commits[..kept] {
        bytes.extend_from_slice(commit.id.as_bytes());
        bytes.extend(number(commit.touched.len()));
        for touched in &commit.touched {
            bytes.extend(number(touched.path));
            let (kind, id) = match touched.before {
                Before::Nothing => (0, Oid::ZERO_SHA1),
                Before::File(id) => (1, id),
                Before::Other => (2, Oid::ZERO_SHA1),
            };
            bytes.push(kind);
            bytes.extend_from_slice(id.as_bytes());
        }
    }
    bytes.extend(paths);
    bytes.extend(checksum(&bytes).to_le_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<Chain> {
    let (body, sum) = bytes.split_last_chunk::<8>()?;
    if checksum(body) != u64::from_le_bytes(*sum) {
        return None;
    }
    let mut rest = Rest(body.strip_prefix(MAGIC)?);
    let (commits, paths, length) = (rest.number()?, rest.number()?, rest.number()?);
    let next = Some(rest.id()?).filter(|id| !id.is_zero());
    let mut chain = Chain { next, ..Chain::default() };
    for _ in 0..commits {
        let (id, count) = (rest.id()?, rest.number()?);
        let mut touched = Vec::with_capacity(count.min(MOST_TOUCHED));
        for _ in 0..count {
            let path = rest.number().filter(|path| *path < paths)?;
            let (kind, id) = (rest.take::<1>()?[0], rest.id()?);
            let before = match kind {
                0 => Before::Nothing,
                1 => Before::File(id),
                2 => Before::Other,
                _ => return None,
            };
            touched.push(Touched { path, before });
        }
        chain.commits.push(Commit { id, touched });
    }
    let text = std::str::from_utf8(rest.0.get(..length)?).ok()?;
    chain.paths = text.split_terminator('\0').map(str::to_owned).collect();
    (chain.paths.len() == paths && rest.0.len() == length).then_some(chain)
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.take()?)).ok()
    }

    fn id(&mut self) -> Option<Oid> {
        Oid::from_bytes(&self.take::<ID>()?).ok()
    }
}

fn number(count: usize) -> [u8; 4] {
    u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes()
}

/// FNV-1a over words of eight bytes: against accidents, not against anybody.
fn checksum(bytes: &[u8]) -> u64 {
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    for word in bytes.chunks(8) {
        let mut padded = [0; 8];
        padded[..word.len()].copy_from_slice(word);
        sum = (sum ^ u64::from_le_bytes(padded)).wrapping_mul(0x0000_0100_0000_01b3);
        sum ^= sum >> 32;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> Oid {
        Oid::from_bytes(&[number; ID]).unwrap()
    }

    fn chain() -> Chain {
        let mut chain = Chain::default();
        let _ = chain.restart(id(3));
        chain
            .push(id(3), Some(id(2)), [("a", Before::File(id(9))), ("b", Before::Nothing)].into_iter())
            .unwrap();
        chain.push(id(2), Some(id(1)), [("b", Before::Other)].into_iter()).unwrap();
        chain
    }

    #[test]
    fn what_is_kept_comes_back() {
        let back = decode(&encode(&chain())).unwrap();
        assert_eq!(format!("{:?}", back.commits), format!("{:?}", chain().commits));
        assert_eq!((back.paths, back.next), (vec!["a".to_owned(), "b".to_owned()], Some(id(1))));
    }

    #[test]
    fn what_is_damaged_is_not_believed() {
        let whole = encode(&chain());
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            assert!(decode(&damaged).is_none(), "at {place}");
            assert!(decode(&whole[..place]).is_none(), "cut at {place}");
        }
    }

    #[test]
    fn there_are_no_gaps() {
        assert!(chain().push(id(7), None, std::iter::empty()).is_err());
    }

    #[test]
    fn new_commits_are_put_in_front_of_what_they_stand_on() {
        let mut moved = chain();
        let older = moved.restart(id(5));
        moved.push(id(5), Some(id(2)), std::iter::empty()).unwrap();
        moved.join(older);
        assert_eq!(moved.commits().map(|(id, _)| id).collect::<Vec<_>>(), [id(5), id(2)]);
        assert_eq!(moved.next(), Some(id(1)));
    }

    #[test]
    fn what_has_nothing_in_common_is_forgotten() {
        let mut moved = chain();
        let older = moved.restart(id(5));
        moved.push(id(5), None, std::iter::empty()).unwrap();
        moved.join(older);
        assert_eq!(moved.kept(), 1);
        assert_eq!(moved.next(), None);
    }
}
