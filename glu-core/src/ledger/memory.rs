//! A ledger that ends with its process: for tests and simulations.

use std::sync::{Mutex, PoisonError};

use super::{Contents, Event, Ledger, LedgerError};

/// Events in memory. It trusts whoever appends to it.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<Contents>);

impl MemoryLedger {
    /// A ledger that has these events.
    pub fn of(events: impl IntoIterator<Item = Event>) -> Self {
        let events = Contents { events: events.into_iter().collect(), skipped: Vec::new() };
        Self(Mutex::new(events.union(Contents::default())))
    }
}

impl Ledger for MemoryLedger {
    fn read(&self) -> Result<Contents, LedgerError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn append(&self, events: &[Event]) -> Result<(), LedgerError> {
        let mut contents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            // Nearly always the new one is the last.
            let place = contents.events.partition_point(|known| known.id < event.id);
            if contents.events.get(place).is_none_or(|known| known.id != event.id) {
                contents.events.insert(place, event.clone());
            }
        }
        Ok(())
    }

    fn describe(&self) -> String {
        "in memory".to_owned()
    }
}
