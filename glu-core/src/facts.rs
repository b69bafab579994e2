//! What a plan goes by besides the snapshot: the ledger, and since when phases are in their states. Plain data, so that planning stays pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::access::Access;
use crate::history::{Depth, histories};
use crate::ledger::{Ledger, LedgerError, View};
use crate::model::{PhaseId, Selection, System};
use crate::observe::{Problem, Snapshot};

/// The facts.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// What the ledger says.
    pub ledger: View,
    /// Since when phases are in their states, and who brought them there, where gates need to know.
    pub arrivals: BTreeMap<PhaseId, Arrived>,
    /// Entries of the ledger that were not believed, a sentence each.
    pub skipped: Vec<String>,
}

/// How a phase came into its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// When.
    pub at: Timestamp,
    /// Who wrote the change, with their address.
    pub author: String,
}

/// Why the facts cannot be told.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FactsError {
    /// The ledger cannot be read; without it nobody knows what is pinned or frozen.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The history cannot be read.
    #[error(transparent)]
    History(#[from] Problem),
}

impl Facts {
    /// Reads the ledger, and the arrivals that the gates of the selected phases ask about.
    ///
    /// # Errors
    /// When either cannot be read.
    pub fn gather(
        system: &System,
        access: &Access,
        ledger: &dyn Ledger,
        snapshot: &Snapshot,
        selection: &Selection,
    ) -> Result<Self, FactsError> {
        let contents = access.step(&format!("reading {}", ledger.describe()), || ledger.read())?;
        let asked = asked(system, selection);
        let mut arrivals = BTreeMap::new();
        if !asked.is_empty() {
            let histories = histories(system, access, snapshot, &asked, Depth::States(1))?;
            for id in asked.iter() {
                if let Some(arrival) = histories.of(id).first() {
                    let author = format!("{} <{}>", arrival.author, arrival.email);
                    arrivals.insert(id.clone(), Arrived { at: arrival.at, author });
                }
            }
        }
        Ok(Self { ledger: View::of(&contents.events), arrivals, skipped: contents.skipped })
    }
}

/// The phases whose arrivals matter: those with a verification, and the upstreams of those with gates.
fn asked(system: &System, selection: &Selection) -> Selection {
    let mut asked = Vec::new();
    for id in selection.clone().with_upstreams(system).iter() {
        let Some((pipeline, phase)) = system.phase(id) else { continue };
        if !phase.verification.is_empty() {
            asked.push(id.clone());
        }
        if selection.contains(id) && !phase.gates.is_empty() {
            asked.extend(pipeline.upstreams(&phase.name).map(|upstream| pipeline.id(upstream)));
        }
    }
    Selection::of(asked)
}
