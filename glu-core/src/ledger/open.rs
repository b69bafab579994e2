//! Which ledger it is.

use std::sync::Arc;

use super::{Contents, Event, FileLedger, GitLedger, Ledger, LedgerError, MemoryLedger};
use crate::access::Access;
use crate::settings::LedgerSettings;

/// Opens the ledger that the settings name. Nothing is read, written or connected to yet.
pub fn open(access: &Arc<Access>) -> Arc<dyn Ledger> {
    let settings = access.settings();
    match (&settings.ledger, settings.ledger_ref()) {
        (LedgerSettings::Git { .. }, Some((source, reference))) => {
            Arc::new(GitLedger::new(access.clone(), source, reference))
        }
        (LedgerSettings::Git { .. }, None) => Arc::new(Homeless),
        (LedgerSettings::File { path }, _) => Arc::new(FileLedger::new(path, access.clock_handle())),
        (LedgerSettings::Memory, _) => Arc::new(MemoryLedger::default()),
    }
}

/// A ledger that nobody could have written to yet, since nobody said where it is. Who needs none is not bothered.
struct Homeless;

impl Ledger for Homeless {
    fn read(&self) -> Result<Contents, LedgerError> {
        Ok(Contents::default())
    }

    fn append(&self, events: &[Event]) -> Result<(), LedgerError> {
        if events.is_empty() {
            return Ok(());
        }
        let reason = "no git source is called `default` and there is not exactly one, so say which keeps the ledger: \
                      `ledger.git.source`";
        Err(LedgerError { place: self.describe(), reason: reason.to_owned() })
    }

    fn describe(&self) -> String {
        "nowhere".to_owned()
    }
}
