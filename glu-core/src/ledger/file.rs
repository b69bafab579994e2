//! A ledger in a file on this machine: one entry a line.
//!
//! A line is written whole and flushed to the disk under the file's lock. What a crash leaves of one is skipped, and the next line
//! begins on its own.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::contents::Union;
use super::entry::{self, Decoded};
use super::{Contents, Event, Ledger, LedgerError};
use crate::clock::Clock;

/// Writers hold the lock for the length of one write.
const PATIENCE: Duration = Duration::from_secs(60);

/// Events in a file.
pub struct FileLedger {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

/// What was read before: only what comes after it is new.
#[derive(Default)]
struct Known {
    text: Vec<u8>,
    lines: usize,
    entries: Vec<Decoded>,
}

impl FileLedger {
    /// The ledger at a path. The file is made by the first event.
    pub fn new(path: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self { path: path.into(), clock, known: Mutex::default() }
    }

    fn contents(&self, text: &[u8]) -> Contents {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !text.starts_with(&known.text) {
            *known = Known::default();
        }
        let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let known_end = known.text.len();
        for line in text[known_end..end].split_inclusive(|byte| *byte == b'\n') {
            known.lines += 1;
            let line = &line[..line.len() - 1];
            if !line.is_empty() {
                let decoded = entry::decode(line, &format!("line {}", known.lines));
                known.entries.push(decoded);
            }
        }
        known.text.extend_from_slice(&text[known_end..end]);
        let mut union = Union::default();
        known.entries.iter().for_each(|decoded| union.add(decoded));
        if end < text.len() {
            union.add(&entry::decode(&text[end..], &format!("the last line, {},", known.lines + 1)));
        }
        union.contents(self.clock.now())
    }

    fn append_to(&self, events: &[Event]) -> io::Result<Result<(), String>> {
        let made = !self.path.exists();
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Some(directory) = directory {
            fs::create_dir_all(directory)?;
        }
        let mut file = File::options().create(true).read(true).append(true).open(&self.path)?;
        wait_for(|| file.try_lock())?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let new = self.contents(&text).lacking(events);
        if new.is_empty() {
            return Ok(Ok(()));
        }
        let line = match entry::encode(&new, " ", self.clock.now()) {
            Ok(line) => line,
            Err(reason) => return Ok(Err(reason)),
        };
        let torn = text.last().is_some_and(|last| *last != b'\n');
        let line = format!("{}{line}\n", if torn { "\n" } else { "" });
        let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_all());
        if written.is_err() {
            // Whatever was written of it is nobody's yet.
            let _ = file.set_len(text.len() as u64);
        }
        written?;
        if let Some(directory) = directory.filter(|_| made) {
            // The file's name has to reach the disk as well.
            File::open(directory)?.sync_all()?;
        }
        Ok(Ok(()))
    }

    fn failed(&self) -> impl Fn(String) -> LedgerError + '_ {
        |reason| LedgerError { place: self.describe(), reason }
    }
}

impl Ledger for FileLedger {
    fn read(&self) -> Result<Contents, LedgerError> {
        match read(&self.path) {
            Ok(text) => Ok(self.contents(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Contents::default()),
            Err(error) => Err(self.failed()(error.to_string())),
        }
    }

    fn append(&self, events: &[Event]) -> Result<(), LedgerError> {
        if events.is_empty() {
            return Ok(());
        }
        let appended = self.append_to(events).map_err(|error| error.to_string());
        appended.and_then(|written| written).map_err(self.failed())
    }

    fn describe(&self) -> String {
        self.path.display().to_string()
    }
}

/// Reads the file while nobody writes to it.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    wait_for(|| file.try_lock_shared())?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(text)
}

fn wait_for(mut lock: impl FnMut() -> Result<(), TryLockError>) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => {
                let reason = format!("another process has held its lock for {} seconds", PATIENCE.as_secs());
                return Err(io::Error::new(io::ErrorKind::WouldBlock, reason));
            }
        }
    }
}
