//! What a ledger holds, and how two become one.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;

use super::Event;
use super::entry::{self, Decoded};

/// What a ledger holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    /// Events by identifier, which is by time.
    pub events: Vec<Event>,
    /// What is not as it should be, a sentence each: entries that were skipped as foreign, corrupt or of a newer version, and
    /// entries that went missing.
    pub skipped: Vec<String>,
}

/// So many sentences are enough to see what is wrong.
const MAX_SENTENCES: usize = 1000;

impl Contents {
    /// Both ledgers as one; which of them comes first makes no difference.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let mut union = Union::default();
        union.events(self.events);
        union.events(other.events);
        let mut skipped = self.skipped;
        skipped.extend(other.skipped);
        skipped.extend(union.conflicts());
        skipped.sort();
        skipped.dedup();
        Self { events: union.events.into_values().collect(), skipped }
    }
}

impl Contents {
    /// Those of some events that it lacks, each once, by identifier.
    pub(super) fn lacking(&self, events: &[Event]) -> Vec<Event> {
        let known = |event: &Event| self.events.binary_search_by(|known| known.id.cmp(&event.id)).is_ok();
        let mut lacking: Vec<Event> = events.iter().filter(|event| !known(event)).cloned().collect();
        lacking.sort_by(|left, right| left.id.cmp(&right.id));
        lacking.dedup_by(|later, earlier| later.id == earlier.id);
        lacking
    }
}

/// Events on their way to becoming contents.
#[derive(Default)]
pub(super) struct Union {
    events: BTreeMap<String, Event>,
    conflicts: Vec<String>,
    skipped: Vec<String>,
}

impl Union {
    /// Adds what was read of an entry.
    pub(super) fn add(&mut self, decoded: &Decoded) {
        self.events(decoded.events.iter().cloned());
        self.skipped.extend(decoded.skipped.iter().cloned());
    }

    /// Adds a sentence.
    pub(super) fn say(&mut self, sentence: String) {
        self.skipped.push(sentence);
    }

    /// The contents as of a time, without events from the future.
    pub(super) fn contents(mut self, now: Timestamp) -> Contents {
        let mut skipped = std::mem::take(&mut self.skipped);
        skipped.extend(self.conflicts());
        self.events.retain(|_, event| match entry::too_early(event, now) {
            Some(sentence) => {
                skipped.push(sentence);
                false
            }
            None => true,
        });
        if skipped.len() > MAX_SENTENCES {
            let more = skipped.len() - MAX_SENTENCES;
            skipped.truncate(MAX_SENTENCES);
            skipped.push(format!("and {more} more"));
        }
        Contents { events: self.events.into_values().collect(), skipped }
    }

    fn events(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            match self.events.entry(event.id.clone()) {
                Entry::Vacant(free) => drop(free.insert(event)),
                Entry::Occupied(taken) if *taken.get() == event => {}
                Entry::Occupied(mut taken) => {
                    self.conflicts.push(event.id.clone());
                    // Any rule will do that does not depend on the order of reading.
                    if entry::encode_one(&event) < entry::encode_one(taken.get()) {
                        taken.insert(event);
                    }
                }
            }
        }
    }

    fn conflicts(&mut self) -> Vec<String> {
        let mut conflicts = std::mem::take(&mut self.conflicts);
        conflicts.sort();
        conflicts.dedup();
        let sentence = |id: String| format!("event {id} is there in several versions, of which one counts");
        conflicts.into_iter().map(sentence).collect()
    }
}
