//! A ledger on a ref of a git repository: each append is one commit that adds one file, so that whatever writers do at the same
//! time merges by union.
//!
//! An entry is `events/<yyyy-mm>/<dd>/<id>.json`, named after its first event: directories stay small however many events there
//! are, since every append writes the ones on its way anew. Entries are never changed and never removed. Where the ref was rewritten
//! and has lost some, those that were seen here before still count, are told of, and come back with the next append: what this
//! repository has seen is kept on a ref of its own, `refs/glu-seen/...`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;

use super::contents::Union;
use super::entry::{self, Decoded, MAX_ENTRY};
use super::{Contents, Event, Ledger, LedgerError, ulid};
use crate::access::Access;
use crate::source::git::{
    BlobId, CommitId, Content, GitError, Listed, Push, RefUpdate, Rejection, Repository, Signature,
};
use crate::tree::FileChange;

/// Where entries are in the ref's tree; files elsewhere are somebody else's.
const DIRECTORY: &str = "events";

/// How often a lost race is run again: with the waits between, about two minutes.
const ATTEMPTS: u32 = 64;

/// More entries are not read; the newest are.
const MAX_ENTRIES: usize = 1_000_000;

/// Events on a ref.
pub struct GitLedger {
    access: Arc<Access>,
    source: String,
    reference: String,
    known: Mutex<Known>,
}

/// What was read before: entries do not change.
#[derive(Default)]
struct Known {
    tip: Option<CommitId>,
    contents: Contents,
    entries: BTreeMap<BlobId, Decoded>,
}

/// The ledger at a tip, with what it should have besides.
struct Loaded {
    contents: Contents,
    /// What was there before and is no more.
    lost: Vec<Listed>,
}

impl GitLedger {
    /// The ledger on a branch of a git source, or on a ref outside `refs/heads/` by its full name. Nothing is read or written yet.
    pub fn new(access: Arc<Access>, source: impl Into<String>, reference: impl Into<String>) -> Self {
        Self { access, source: source.into(), reference: reference.into(), known: Mutex::default() }
    }

    fn tip(&self) -> Result<Option<CommitId>, GitError> {
        let mut tips = self.access.tips(&self.source, &[&self.reference])?;
        Ok(tips.remove(&self.reference).flatten())
    }

    /// Looks again. The caller holds the repository's lock.
    fn newest_tip(&self) -> Result<Option<CommitId>, GitError> {
        let mut tips = self.access.refetch(&self.source, &[&self.reference])?;
        Ok(tips.remove(&self.reference).flatten())
    }

    /// The ref that keeps what was seen of the ledger. It tells sources apart that share a repository.
    fn seen_reference(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
        let source: String = self.source.chars().map(plain).collect();
        format!("refs/glu-seen/{source}/{}", self.reference.trim_start_matches("refs/"))
    }

    fn load(&self, repository: &Repository, tip: Option<&CommitId>) -> Result<Loaded, GitError> {
        let seen = repository.kept(&self.seen_reference()).unwrap_or_default();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.tip.as_ref() == tip && seen.as_ref() == tip {
            return Ok(Loaded { contents: known.contents.clone(), lost: Vec::new() });
        }
        let listed = match tip {
            Some(tip) => repository.files_below(tip, DIRECTORY)?,
            None => Vec::new(),
        };
        let mut lost = Vec::new();
        let mut changed = Vec::new();
        if let Some(seen) = seen.as_ref().filter(|seen| Some(*seen) != tip) {
            // A clone that was made anew may have the ref and not the objects.
            for file in repository.files_below(seen, DIRECTORY).unwrap_or_default() {
                match listed.binary_search_by(|known| known.path.cmp(&file.path)) {
                    Ok(found) if listed[found].blob == file.blob => {}
                    Ok(_) => changed.push(file),
                    Err(_) => lost.push(file),
                }
            }
        }
        let mut union = Union::default();
        for file in &changed {
            union.say(format!("{} was changed after it was written", file.path));
        }
        if !lost.is_empty() {
            union.say(missing(&lost));
        }
        known.add(repository, &mut union, listed.iter().chain(&lost))?;
        let contents = union.contents(self.access.now());
        if lost.is_empty() && changed.is_empty() {
            // What is wrong today, such as a time in the future, may be right tomorrow.
            known.tip = tip.filter(|_| contents.skipped.is_empty()).cloned();
            known.contents = contents.clone();
            if let Some(tip) = tip.filter(|tip| seen.as_ref() != Some(*tip)) {
                // Where nothing can be written, what goes missing cannot be told, and all else is as well.
                let _ = repository.keep(&self.seen_reference(), tip);
            }
        } else {
            known.tip = None;
            self.keep_union(repository, tip, &[lost.as_slice(), &changed].concat());
        }
        Ok(Loaded { contents, lost })
    }

    /// Keeps what is there together with what was there. It is a safeguard, so it never fails.
    fn keep_union(&self, repository: &Repository, tip: Option<&CommitId>, missed: &[Listed]) {
        let Some(tip) = tip else { return };
        let Ok(changes) = bring_back(repository, tip, missed) else { return };
        let nobody =
            Signature { name: "glu".to_owned(), email: "glu@localhost".to_owned(), time: self.access.now() };
        if let Ok(union) =
            repository.commit(tip, &changes, "glu: what the ledger had before", &nobody, &nobody)
        {
            let _ = repository.keep(&self.seen_reference(), &union);
        }
    }

    fn append_to(&self, repository: &Repository, events: &[Event]) -> Result<(), Failure> {
        let _lock = self.access.step("waiting for the repository", || repository.lock())?;
        let signature = repository.signature(self.access.settings().author.as_ref(), self.access.now())?;
        let mut tip = match self.access.known_tip(&self.source, &self.reference) {
            Some(tip) => tip,
            None => self.newest_tip()?,
        };
        for attempt in 1..=ATTEMPTS {
            let loaded = self.load(repository, tip.as_ref())?;
            let new = loaded.contents.lacking(events);
            let Some(first) = new.first() else { return Ok(()) };
            let now = self.access.now();
            let text = entry::encode(&new, "\n", now).map_err(Failure::Refused)? + "\n";
            let path = path_of(&first.id).expect("an identifier that was encoded is a good one");
            let entry = FileChange { path, before: None, after: Some(text.into_bytes()) };
            let message = message(&new);
            let commit = match &tip {
                Some(tip) => {
                    let mut changes = bring_back(repository, tip, &loaded.lost)?;
                    changes.push(entry);
                    repository.commit(tip, &changes, &message, &signature, &signature)?
                }
                None => {
                    let mut changes = Vec::new();
                    for (file, content) in with_contents(repository, &loaded.lost)? {
                        changes.push(FileChange {
                            path: file.path.clone(),
                            before: None,
                            after: Some(content),
                        });
                    }
                    changes.push(entry);
                    repository.first_commit(&changes, &message, &signature, &signature)?
                }
            };
            let update =
                RefUpdate { branch: self.reference.clone(), expected: tip.clone(), new: commit.clone() };
            let what = format!("writing to the ledger of {}", repository.describe());
            match self.access.step(&what, || repository.push(&[update])) {
                Ok(Push::Done) => {
                    self.arrived(Some(commit));
                    return Ok(());
                }
                Ok(Push::Rejected(rejections)) => {
                    if let Some(reason) = Rejection::refusal(rejections) {
                        return Err(Failure::Refused(self.refused(&reason)));
                    }
                    self.access.back_off(Duration::from_millis(u64::from(attempt.min(20)) * 100));
                    tip = self.newest_tip()?;
                }
                // The remote may have taken the push before the connection broke.
                Err(error) => {
                    let tip = self.newest_tip().ok().flatten();
                    let there = tip.filter(|tip| repository.is_ancestor(&commit, tip).unwrap_or(false));
                    return there.map(|_| ()).ok_or(Failure::Git(error));
                }
            }
        }
        Err(Failure::Refused(format!("others kept writing: {ATTEMPTS} pushes lost the race")))
    }

    fn arrived(&self, tip: Option<CommitId>) {
        self.access.remember(&self.source, &BTreeMap::from([(self.reference.clone(), tip)]));
    }

    fn refused(&self, reason: &str) -> String {
        let hint = match self.reference.starts_with("refs/") && !self.reference.starts_with("refs/heads/") {
            true => "; where a forge takes nothing but branches, name one with `ledger.git.ref`",
            false => "",
        };
        format!("the remote refuses the push: {reason}{hint}")
    }

    fn failed(&self) -> impl Fn(Failure) -> LedgerError + '_ {
        |failure| LedgerError {
            place: self.describe(),
            reason: match failure {
                Failure::Git(error) => error.problem.to_string(),
                Failure::Refused(reason) => reason,
            },
        }
    }
}

impl Ledger for GitLedger {
    fn read(&self) -> Result<Contents, LedgerError> {
        let read = || {
            let tip = self.tip()?;
            let repository = self.access.repository(&self.source)?;
            Ok::<_, Failure>(self.load(&repository, tip.as_ref())?.contents)
        };
        read().map_err(self.failed())
    }

    fn append(&self, events: &[Event]) -> Result<(), LedgerError> {
        if events.is_empty() {
            return Ok(());
        }
        let repository = self.access.repository(&self.source).map_err(Failure::from);
        repository.and_then(|repository| self.append_to(&repository, events)).map_err(self.failed())
    }

    fn describe(&self) -> String {
        let repository = self.access.repository(&self.source);
        let place =
            repository.map_or_else(|_| format!("git source `{}`", self.source), |found| found.describe());
        format!("`{}` of {place}", self.reference)
    }
}

impl Known {
    /// Adds entries, of which only those are read that were not read before.
    fn add<'a>(
        &mut self,
        repository: &Repository,
        union: &mut Union,
        files: impl Iterator<Item = &'a Listed> + Clone,
    ) -> Result<(), GitError> {
        let total = files.clone().count();
        if total > MAX_ENTRIES {
            union.say(format!("{} of {total} entries are not read, the oldest", total - MAX_ENTRIES));
        }
        let files = files.skip(total.saturating_sub(MAX_ENTRIES));
        let mut wanted: Vec<(&Listed, &BlobId)> = Vec::new();
        for file in files.clone() {
            match (&file.blob, path_of(stem(&file.path)).as_deref() == Some(&file.path)) {
                (Some(blob), true) if !self.entries.contains_key(blob) => wanted.push((file, blob)),
                (Some(_), true) => {}
                _ => union.say(format!("{} is no entry of a ledger", file.path)),
            }
        }
        let contents = repository.contents(wanted.iter().map(|(_, blob)| *blob), MAX_ENTRY)?;
        for ((file, blob), content) in wanted.into_iter().zip(contents) {
            let decoded = match content {
                Content::Whole(text) => entry::decode(&text, &file.path),
                Content::TooLong(length) => {
                    Decoded { skipped: vec![entry::too_long(&file.path, length)], ..Decoded::default() }
                }
            };
            self.entries.insert(blob.clone(), decoded);
        }
        for file in files {
            let Some(decoded) = file.blob.as_ref().and_then(|blob| self.entries.get(blob)) else { continue };
            match &decoded.first {
                Some(first) if first != stem(&file.path) => {
                    union.say(format!("{} holds event {first}, after which it is not named", file.path));
                }
                _ => union.add(decoded),
            }
        }
        Ok(())
    }
}

/// Why an append fails.
enum Failure {
    Git(GitError),
    Refused(String),
}

impl From<GitError> for Failure {
    fn from(error: GitError) -> Self {
        Self::Git(error)
    }
}

/// Where the entry is whose first event has this identifier.
fn path_of(id: &str) -> Option<String> {
    let date = ulid::time(id)?.to_zoned(TimeZone::UTC).date();
    Some(format!("{DIRECTORY}/{:04}-{:02}/{:02}/{id}.json", date.year(), date.month(), date.day()))
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".json").unwrap_or(name)
}

fn with_contents<'a>(
    repository: &Repository,
    files: &'a [Listed],
) -> Result<Vec<(&'a Listed, Vec<u8>)>, GitError> {
    let files: Vec<(&Listed, &BlobId)> =
        files.iter().filter_map(|file| Some((file, file.blob.as_ref()?))).collect();
    let contents = repository.contents(files.iter().map(|(_, blob)| *blob), MAX_ENTRY)?;
    let whole = files.into_iter().zip(contents).filter_map(|((file, _), content)| match content {
        Content::Whole(text) => Some((file, text)),
        Content::TooLong(_) => None,
    });
    Ok(whole.collect())
}

/// The changes that put files back as they were.
fn bring_back(
    repository: &Repository,
    tip: &CommitId,
    files: &[Listed],
) -> Result<Vec<FileChange>, GitError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let tree = repository.tree(tip)?;
    let with_contents = with_contents(repository, files)?;
    // What stands in a file's place and is no file stays.
    let change = |(file, content): (&Listed, Vec<u8>)| {
        let before = tree.file(&file.path).ok()?;
        Some(FileChange { path: file.path.clone(), before, after: Some(content) })
    };
    Ok(with_contents.into_iter().filter_map(change).collect())
}

fn missing(lost: &[Listed]) -> String {
    let what = match lost {
        [only] => format!("1 entry that was there before is gone, {}; it still counts", only.path),
        _ => format!(
            "{} entries that were there before are gone, {} the first; they still count",
            lost.len(),
            lost[0].path
        ),
    };
    format!("{what} here, and the next event brings back what is gone")
}

fn message(events: &[Event]) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events {
        *kinds.entry(event.what.kind()).or_default() += 1;
    }
    let kinds: Vec<String> = kinds.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("glu ledger: {}", kinds.join(", "))
}
