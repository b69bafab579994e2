//! Who changed what: `git log`, which has filters that tell at once which commits touch a path; libgit2 has none.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::error::{GitError, GitProblem};
use super::failure;
use super::id::{BlobId, CommitId};
use super::program;
use super::repository::Repository;
use crate::process::{Process, Streamed};

/// A commit that touched one of the paths asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The commit.
    pub id: CommitId,
    /// What it stands on; two or more make it a merge.
    pub parents: Vec<CommitId>,
    /// Who wrote it.
    pub author_name: String,
    /// Their address.
    pub author_email: String,
    /// Who recorded it.
    pub committer_name: String,
    /// When it was written.
    pub authored_at: Timestamp,
    /// When it was recorded.
    pub committed_at: Timestamp,
    /// The whole message.
    pub message: String,
    /// The trailers of its last paragraph, as git understands them.
    pub trailers: Vec<(String, String)>,
    /// What it changed against its first parent, among the paths asked for.
    pub changes: Vec<PathChange>,
}

/// A file as a commit changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathChange {
    /// The file.
    pub path: String,
    /// Its content before, or `None` where it is new.
    pub before: Option<BlobId>,
    /// Its content after, or `None` where it is removed.
    pub after: Option<BlobId>,
}

/// With more paths than these it is faster to read every commit's changes and choose here.
pub(super) const PATHSPECS: usize = 8;

impl Repository {
    /// Visits the commits that changed one of the paths (files or directories; none means all), newest first, along
    /// first parents: what a merge brought in counts at the merge. It ends when `visit` breaks.
    ///
    /// In a shallow clone the commit at the edge seems to have made everything: see [`Repository::is_shallow`].
    ///
    /// # Errors
    /// When there is no such commit here, or git fails.
    pub fn log(
        &self,
        tip: &CommitId,
        paths: &[String],
        visit: &mut dyn FnMut(LogEntry) -> ControlFlow<()>,
    ) -> Result<(), GitError> {
        self.read_log(&["--first-parent"], &[tip.as_str()], paths, visit).map_err(self.failed())
    }

    /// The commits that a merge brought in and that touched the paths, newest first; none for a commit that is no merge.
    ///
    /// # Errors
    /// As [`Repository::log`].
    pub fn merged(&self, merge: &CommitId, paths: &[String]) -> Result<Vec<LogEntry>, GitError> {
        let mut entries = Vec::new();
        let before = format!("^{merge}^1");
        // Asked of a commit without a parent, git would not understand the question.
        let is_merge = self
            .store
            .with(|handle| Ok(super::store::find_commit(handle, merge)?.parent_count() > 1))
            .map_err(self.failed())?;
        if is_merge {
            let options = ["--no-merges", "--full-history"];
            self.read_log(&options, &[merge.as_str(), &before], paths, &mut |entry| {
                entries.push(entry);
                ControlFlow::Continue(())
            })
            .map_err(self.failed())?;
        }
        Ok(entries)
    }

    /// Writes the filters which tell what commits touch. It pays from the second fetch of a clone on: a machine that is
    /// thrown away after one job never asks often enough. It is never needed, so it never fails.
    pub(super) fn index_history(&self) {
        let directory = self.store.directory();
        let existing = directory.join("objects/info/commit-graphs/commit-graph-chain").exists();
        let mut arguments = vec!["commit-graph", "write", "--reachable", "--changed-paths", "--no-progress"];
        arguments.push(if existing { "--split" } else { "--split=replace" });
        if let Ok(process) = program::git_in(directory) {
            let _ = process.arguments(arguments).timeout(std::time::Duration::from_secs(300)).run();
        }
    }

    /// Those commits, whatever they changed.
    ///
    /// # Errors
    /// As [`Repository::log`].
    pub fn commits(&self, ids: &BTreeSet<CommitId>) -> Result<BTreeMap<CommitId, LogEntry>, GitError> {
        let mut entries = BTreeMap::new();
        if ids.is_empty() {
            return Ok(entries);
        }
        let asked: String = ids.iter().map(|id| format!("{id}\n")).collect();
        let process = log_process(self, FORMAT)
            .map(|process| process.arguments(["--no-patch", "--no-walk=unsorted", "--stdin"]).input(asked));
        let read = process.and_then(|process| {
            self.read_records(process, FIELDS, &mut |record| {
                let entry = record.into_entry()?;
                entries.insert(entry.id.clone(), entry);
                Ok(ControlFlow::Continue(()))
            })
        });
        read.map_err(self.failed())?;
        Ok(entries)
    }

    fn read_log(
        &self,
        options: &[&str],
        revisions: &[&str],
        paths: &[String],
        visit: &mut dyn FnMut(LogEntry) -> ControlFlow<()>,
    ) -> Result<(), GitProblem> {
        let process = log_process(self, FORMAT)?
            .arguments(options.iter().copied())
            .arguments(revisions.iter().copied())
            .argument("--");
        let wanted = Wanted::new(paths);
        self.read_records(within(process, paths), FIELDS, &mut |record| {
            Ok(match wanted.of(record.into_entry()?) {
                Some(entry) => visit(entry),
                None => ControlFlow::Continue(()),
            })
        })
    }

    /// Visits what commits changed and nothing else of them, in the order of [`Repository::log`].
    pub(super) fn read_changes(
        &self,
        revisions: &[&str],
        paths: &[String],
        visit: &mut dyn FnMut(Record) -> Result<ControlFlow<()>, String>,
    ) -> Result<(), GitProblem> {
        let process = log_process(self, "--format=%H%x00%P%x00")?
            .argument("--first-parent")
            .arguments(revisions.iter().copied())
            .argument("--");
        self.read_records(within(process, paths), 2, visit)
    }

    fn read_records(
        &self,
        process: Process,
        fields: usize,
        visit: &mut dyn FnMut(Record) -> Result<ControlFlow<()>, String>,
    ) -> Result<(), GitProblem> {
        let mut reader = Reader { wanted: fields, ..Reader::default() };
        let mut misread = None;
        let streamed = process.stream(0, &mut |piece| {
            let visited = reader.take(piece).and_then(|record| match record {
                Some(record) => visit(record),
                None => Ok(ControlFlow::Continue(())),
            });
            visited.unwrap_or_else(|detail| {
                misread = Some(detail);
                ControlFlow::Break(())
            })
        })?;
        let wrong = |detail| GitProblem::Output { command: "log", detail };
        if let Some(detail) = misread {
            return Err(wrong(detail));
        }
        match streamed {
            Streamed::Stopped => Ok(()),
            Streamed::Finished(finished) if finished.code == 0 => match reader.finish() {
                // It was the last one anyway.
                Some(record) => visit(record).map(drop).map_err(wrong),
                None => Ok(()),
            },
            Streamed::Finished(finished) if finished.stderr.contains("bad object") && self.is_shallow() => {
                let id = finished.stderr.split_whitespace().last().unwrap_or_default().to_owned();
                Err(GitProblem::MissingObject { kind: "commit", id, shallow: true })
            }
            Streamed::Finished(finished) => Err(failure::problem("log", &finished, "")),
        }
    }
}

/// Leaves the choice of few paths to git.
fn within(process: Process, paths: &[String]) -> Process {
    match paths.len() <= PATHSPECS {
        true => process.arguments(paths.iter().map(String::as_str)),
        false => process,
    }
}

/// The fields of one commit, each ended by a zero byte. Git allows none inside them.
const FORMAT: &str =
    "--format=%H%x00%P%x00%an%x00%ae%x00%cn%x00%at%x00%ct%x00%(trailers:only,unfold)%x00%B%x00";
const FIELDS: usize = 9;

fn log_process(repository: &Repository, format: &str) -> Result<Process, GitProblem> {
    // Whatever the user has configured for their own eyes is overruled.
    let process = program::git_in(repository.store.directory())?
        .argument("--literal-pathspecs")
        .arguments([
            "-c",
            "trailer.separators=:",
            "log",
            "-z",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--root",
        ])
        .arguments(["--diff-merges=first-parent", "--no-show-signature", "--no-color", "--no-relative"])
        .arguments(["--no-ext-diff", "--no-mailmap", "--encoding=UTF-8", "-O/dev/null", format]);
    Ok(process.timeout(std::time::Duration::from_secs(300)))
}

/// The paths asked for: files or directories; none means all.
struct Wanted<'a>(HashSet<&'a str>);

impl<'a> Wanted<'a> {
    fn new(paths: &'a [String]) -> Self {
        Self(paths.iter().map(|path| path.trim_end_matches('/')).collect())
    }

    /// Keeps the changes of the paths asked for; a commit without any is none of ours.
    fn of(&self, mut entry: LogEntry) -> Option<LogEntry> {
        if self.0.is_empty() {
            return Some(entry);
        }
        entry.changes.retain(|change| self.holds(&change.path));
        (!entry.changes.is_empty()).then_some(entry)
    }

    /// Whether the path, or a directory above it, was asked for. There may be thousands, so each is looked up.
    fn holds(&self, path: &str) -> bool {
        let above = path.match_indices('/').map(|(end, _)| &path[..end]);
        self.0.contains(path) || self.0.contains("") || above.into_iter().any(|path| self.0.contains(path))
    }
}

/// Puts commits together from zero-terminated pieces: so many fields, then for each file a piece of modes and identifiers, which
/// starts with a colon, and one of its path. A commit's identifier starts with no colon.
#[derive(Default)]
struct Reader {
    wanted: usize,
    fields: Vec<String>,
    changes: Vec<Change>,
    /// A file whose path comes next.
    file: Option<Change>,
}

/// A commit as git writes it.
pub(super) struct Record {
    fields: Vec<String>,
    pub(super) changes: Vec<Change>,
}

/// One file of it.
pub(super) struct Change {
    pub(super) path: String,
    pub(super) before: Option<BlobId>,
    after: Option<BlobId>,
    /// Whether it was a regular file before.
    pub(super) was_file: bool,
}

impl Reader {
    /// Takes a piece, and gives the commit before it if this one starts another.
    fn take(&mut self, piece: &[u8]) -> Result<Option<Record>, String> {
        let text = String::from_utf8_lossy(piece);
        if let Some(file) = self.file.take() {
            self.changes.push(Change { path: text.into_owned(), ..file });
            return Ok(None);
        }
        if self.fields.len() < self.wanted {
            let text = if self.fields.is_empty() { text.trim_start_matches('\n') } else { &text };
            self.fields.push(text.to_owned());
            return Ok(None);
        }
        let text = text.trim_start_matches('\n');
        if text.is_empty() {
            return Ok(None);
        }
        if let Some(file) = text.strip_prefix(':') {
            self.file = Some(Change::parse(file).ok_or_else(|| format!("the line `:{file}`"))?);
            return Ok(None);
        }
        let record = self.finish();
        self.fields.push(text.to_owned());
        Ok(record)
    }

    /// The commit whose pieces are complete.
    fn finish(&mut self) -> Option<Record> {
        let fields = std::mem::take(&mut self.fields);
        let changes = std::mem::take(&mut self.changes);
        (!fields.is_empty()).then_some(Record { fields, changes })
    }
}

impl Record {
    pub(super) fn id(&self) -> Result<CommitId, String> {
        CommitId::parse(self.field(0)?).ok_or_else(|| self.wrong())
    }

    pub(super) fn parents(&self) -> Result<Vec<CommitId>, String> {
        Ok(self.field(1)?.split(' ').filter_map(CommitId::parse).collect())
    }

    fn into_entry(self) -> Result<LogEntry, String> {
        let time = |number: usize| {
            let seconds = self.field(number)?.parse().map_err(|_| self.wrong())?;
            // A time that no calendar holds is as good as none.
            Ok::<_, String>(Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH))
        };
        Ok(LogEntry {
            id: self.id()?,
            parents: self.parents()?,
            author_name: self.field(2)?.to_owned(),
            author_email: self.field(3)?.to_owned(),
            committer_name: self.field(4)?.to_owned(),
            authored_at: time(5)?,
            committed_at: time(6)?,
            trailers: trailers(self.field(7)?),
            message: self.field(8)?.trim_end().to_owned(),
            changes: self
                .changes
                .into_iter()
                .map(|Change { path, before, after, .. }| PathChange { path, before, after })
                .collect(),
        })
    }

    fn field(&self, number: usize) -> Result<&str, String> {
        self.fields.get(number).map(String::as_str).ok_or_else(|| self.wrong())
    }

    fn wrong(&self) -> String {
        format!("a commit of {} fields: {:?}", self.fields.len(), self.fields.first())
    }
}

impl Change {
    /// Reads `100644 100644 <before> <after> M`; the path comes later.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let was_file = words.next()?.starts_with("100");
        words.next()?;
        let mut id = || {
            let id = BlobId::parse(words.next()?)?;
            Some((id.as_str().bytes().any(|digit| digit != b'0')).then_some(id))
        };
        Some(Self { path: String::new(), before: id()?, after: id()?, was_file })
    }
}

fn trailers(text: &str) -> Vec<(String, String)> {
    let pair =
        |line: &str| line.split_once(": ").map(|(key, value)| (key.to_owned(), value.trim().to_owned()));
    text.lines().filter_map(pair).collect()
}
