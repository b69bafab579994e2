//! What a plan goes by besides the snapshot: the ledger, and since when phases are in their states. Plain data, so that planning stays pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::access::Access;
use crate::gate::{Landing, Word};
use crate::history::{Depth, histories};
use crate::ledger::{Ledger, LedgerError, View};
use crate::model::{Intake, PhaseId, Selection, State, StateDigest, System, Trigger};
use crate::observe::{Problem, Seen, Snapshot};
use crate::propose::{self, Proposed};
use crate::queue::{DEEPEST, Queue, knows};
use crate::rollout::{Progress, Retreat, progress, retreats};

/// The facts.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// What the ledger says.
    pub ledger: View,
    /// Since when phases are in their states, and who brought them there, where gates need to know.
    pub arrivals: BTreeMap<PhaseId, Arrived>,
    /// What waits for the phases that take one state after another, or why that is not known.
    pub queues: BTreeMap<PhaseId, Result<Queue, Problem>>,
    /// The rollouts that are under way.
    pub rollouts: BTreeMap<PhaseId, Progress>,
    /// Where phases whose verification has failed can go back to, if they are to.
    pub retreats: BTreeMap<PhaseId, Retreat>,
    /// The proposals of phases that propose.
    pub proposals: BTreeMap<PhaseId, Result<Proposed, Problem>>,
    /// What forges say of the changes that phases would let in, where gates ask.
    pub words: BTreeMap<PhaseId, Word>,
    /// What forges say of the commits that brought states to where they run, where verifications ask; with the state's digest.
    pub own_words: BTreeMap<PhaseId, (StateDigest, Word)>,
    /// What forges say of the commits of rollouts' steps, where gates ask.
    pub step_words: BTreeMap<PhaseId, Word>,
    /// Entries of the ledger that were not believed, a sentence each.
    pub skipped: Vec<String>,
}

/// How a phase came into its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// When.
    pub at: Timestamp,
    /// Who wrote the change, and who is behind it where that was a bot, with their addresses as far as they are known.
    pub authors: Vec<String>,
    /// The commit that brought it, where it is known in which source.
    pub landing: Option<Landing>,
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
                let seen = snapshot.phases.get(id).map(|observation| &observation.seen);
                if let (Some(arrival), Some(Seen::Files { branch, .. })) = (histories.of(id).first(), seen) {
                    let authors = arrival.authors();
                    let landing = Landing {
                        phase: id.phase.clone(),
                        source: branch.source.clone(),
                        commit: arrival.commit.clone(),
                    };
                    arrivals.insert(id.clone(), Arrived { at: arrival.at, authors, landing: Some(landing) });
                }
            }
        }
        let queues = queues(system, access, snapshot, selection)?;
        let around = selection.clone().with_upstreams(system);
        let rollouts = progress(system, access, snapshot, &around)?;
        let ledger = View::of(&contents.events);
        let proposals = propose::look(system, access, snapshot, selection);
        let words = propose::word(system, access, snapshot, selection, &proposals, &arrivals);
        let own_words = propose::own_words(system, access, snapshot, &around, &arrivals);
        let step_words = propose::step_words(system, access, snapshot, selection, &rollouts);
        let facts = Self {
            ledger,
            arrivals,
            queues,
            rollouts,
            proposals,
            words,
            own_words,
            step_words,
            skipped: contents.skipped,
            ..Self::default()
        };
        let retreats = retreats(system, access, snapshot, selection, &facts)?;
        Ok(Self { retreats, ..facts })
    }
}

/// The phases whose arrivals matter: those with a verification or a trigger that counts from them, and the upstreams of those with gates
/// or such a trigger.
fn asked(system: &System, selection: &Selection) -> Selection {
    let mut asked = Vec::new();
    for id in selection.clone().with_upstreams(system).iter() {
        let Some((pipeline, phase)) = system.phase(id) else { continue };
        if !phase.verification.is_empty() {
            asked.push(id.clone());
        }
        if selection.contains(id) && phase.trigger.as_ref().is_some_and(Trigger::counts_from_arrival) {
            asked.push(id.clone());
        }
        let of_upstreams = phase.trigger.as_ref().is_some_and(Trigger::counts_from_upstreams);
        if selection.contains(id) && (of_upstreams || !phase.gates.is_empty()) {
            asked.extend(pipeline.upstreams(&phase.name).map(|upstream| pipeline.id(upstream)));
        }
    }
    Selection::of(asked)
}

/// What waits for those of the selected phases that take one state after another.
fn queues(
    system: &System,
    access: &Access,
    snapshot: &Snapshot,
    selection: &Selection,
) -> Result<BTreeMap<PhaseId, Result<Queue, Problem>>, Problem> {
    let mut asked = Vec::new();
    for id in selection.iter() {
        let Some((pipeline, phase)) = system.phase(id).filter(|(_, phase)| phase.intake == Intake::Queue)
        else {
            continue;
        };
        let state = snapshot.phases.get(id).and_then(|observation| observation.state.as_ref().ok());
        if let (Some(state), Some(upstream)) = (state, pipeline.upstreams(&phase.name).next()) {
            asked.push((id, pipeline.id(upstream), state));
        }
    }
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let upstreams = Selection::of(asked.iter().map(|(_, upstream, _)| upstream.clone()));
    let upstreams = histories(system, access, snapshot, &upstreams, Depth::Behind(DEEPEST))?;
    // Who is in a state of their own had one of the upstream's before it.
    let strayed = asked.iter().filter(|(_, upstream, state)| !knows(upstreams.of(upstream), &state.digest));
    let strayed = Selection::of(strayed.map(|(id, ..)| (*id).clone()));
    let own = histories(system, access, snapshot, &strayed, Depth::States(DEEPEST))?;
    let queue = |(id, upstream, state): (&PhaseId, PhaseId, &State)| {
        let before = own.of(id).iter().filter_map(|arrival| arrival.state.as_ref());
        let mut had = [state].into_iter().chain(before).map(|state| &state.digest);
        let came = upstreams.of(&upstream);
        let placed = had.clone().any(|digest| knows(came, digest));
        // Its place may be in what a shallow clone does not have; to begin with the newest would skip what waits.
        let shallow = [&upstream, id].into_iter().filter_map(|id| snapshot.phases.get(id)?.branch());
        let mut shallow = shallow
            .filter(|branch| upstreams.shallow().chain(own.shallow()).any(|shallow| shallow == *branch));
        let shallow = shallow.next().filter(|_| !placed);
        let queue = match shallow {
            Some(branch) => Err(Problem::Shallow(branch.clone())),
            None => Ok(Queue::new(came, &mut had)),
        };
        (id.clone(), queue)
    };
    Ok(asked.into_iter().map(queue).collect())
}
