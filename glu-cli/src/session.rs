//! One run of a verb: the configuration, the system, the way to the world, and the output.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use glu_core::access::Access;
use glu_core::announce::{Announcer, Sight};
use glu_core::author::Draft;
use glu_core::clock::{Clock, Random, SystemClock, SystemRandom};
use glu_core::facts::{Facts, FactsError};
use glu_core::forge::Forge;
use glu_core::ledger::actor::actor_here;
use glu_core::ledger::{self, Event, Subject, What};
use glu_core::model::{PhaseId, Selection, State, System};
use glu_core::observe::{Snapshot, observe};
use glu_core::plan::{Hold, Move, Plan, Standing};
use glu_core::promote::{Outcome, Races, promote};

use crate::ci::{self, Place};
use crate::cli::{Global, Output, Targets};
use crate::config;
use crate::discovery::Discovery;
use crate::exit::{Code, Failure};
use crate::notify::Notices;
use crate::registration::{self, CollectError};
use crate::shell::Shell;
use crate::view::View;

/// What surrounds a run; the process's own, or a test's.
pub struct Surroundings {
    /// The environment variables.
    pub env: BTreeMap<String, String>,
    /// The working directory.
    pub directory: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Declares the pipelines.
    pub pipelines: Rc<Declare>,
    /// Forges by git source, where others than the configured ones are to be asked.
    pub forges: Vec<(String, Arc<dyn Forge>)>,
}

/// Where pipelines come from: the program's registered functions, or a test's own.
pub type Declare = dyn Fn(&Discovery) -> Result<Vec<Draft>, CollectError>;

impl Surroundings {
    /// The process's own.
    ///
    /// # Errors
    /// When the working directory is gone.
    pub fn process() -> std::io::Result<Self> {
        Ok(Self {
            // Variables that are no text are none of ours.
            env: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            directory: std::env::current_dir()?,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            pipelines: Rc::new(registration::collect),
            forges: Vec::new(),
        })
    }
}

/// A run of one verb.
pub struct Session {
    /// The pipelines.
    pub system: System,
    /// The way to the world.
    pub access: Arc<Access>,
    /// The output.
    pub shell: Shell,
    /// Whom to tell, and what they were told.
    pub notices: Notices,
    /// What the forges were told.
    pub announcer: Announcer,
    /// The environment variables.
    pub env: BTreeMap<String, String>,
    /// The directory that relative file names on the command line are relative to.
    pub directory: PathBuf,
    output: Output,
}

impl Session {
    /// Reads the configuration and collects the pipelines.
    ///
    /// # Errors
    /// When either is not as it must be.
    pub fn open(
        global: &Global,
        surroundings: &Surroundings,
        mut shell: Shell,
    ) -> Result<Self, Box<(Shell, Failure)>> {
        match Self::parts(surroundings, &mut shell) {
            Ok((system, access)) => Ok(Self {
                system,
                access,
                shell,
                notices: Notices::default(),
                announcer: Announcer::default(),
                env: surroundings.env.clone(),
                directory: surroundings.directory.clone(),
                output: global.output,
            }),
            Err(failure) => Err(Box::new((shell, failure))),
        }
    }

    fn parts(surroundings: &Surroundings, shell: &mut Shell) -> Result<(System, Arc<Access>), Failure> {
        let loaded = config::load(&surroundings.directory, &surroundings.env)?;
        shell.mask(&loaded.secrets());
        let access = Access::new(loaded.settings.clone())
            .clock(surroundings.clock.clone())
            .random(surroundings.random.clone())
            .run(ci::run_address(&surroundings.env))
            .actor(ci::actor(&surroundings.env))
            .progress(shell.progress());
        let forges = surroundings.forges.iter();
        let access = forges.fold(access, |access, (source, forge)| access.forge(source, forge.clone()));
        let access = Arc::new(access);
        let drafts = (surroundings.pipelines)(&Discovery::new(access.clone()))?;
        let system = System::new(drafts)?;
        system.check_sources(&loaded.settings)?;
        Ok((system, access))
    }

    /// The phases that were named, of pipelines with the labels that were named.
    ///
    /// # Errors
    /// When a name means nothing, or nothing is left.
    pub fn select(&self, targets: &Targets) -> Result<Selection, Failure> {
        let selection = Selection::parse(&self.system, &targets.phases)?.only(&self.system, |pipeline| {
            targets.labels.iter().all(|(name, value)| pipeline.labels.get(name) == Some(value))
        });
        if selection.is_empty() && !targets.labels.is_empty() {
            return Err(
                Failure::new(Code::Usage, "no pipeline has these labels").hint("`glu list` shows the labels")
            );
        }
        Ok(selection)
    }

    /// Observes the pipelines of the selected phases.
    pub fn observe(&self, selection: &Selection) -> Snapshot {
        observe(&self.system, &self.access, |pipeline| selection.touches(&pipeline.name))
    }

    /// What the ledger and the history say of these phases. Ask after observing: what was fetched for that is not fetched again.
    ///
    /// # Errors
    /// When either cannot be read.
    pub fn facts(&mut self, snapshot: &Snapshot, selection: &Selection) -> Result<Facts, Failure> {
        let ledger = ledger::open(&self.access);
        let facts = match Facts::gather(&self.system, &self.access, &*ledger, snapshot, selection) {
            // Where no phase can be written to, nothing can be moved against the ledger's word, and each says itself what is wrong.
            Err(FactsError::Ledger(_)) if !self.writable(snapshot) => Facts::default(),
            facts => facts?,
        };
        if !facts.skipped.is_empty() {
            let count = facts.skipped.len();
            self.shell.warn(&format!(
                "{count} entries of the ledger are not believed; `glu ledger verify` tells which"
            ));
        }
        Ok(facts)
    }

    /// Whether any phase that can be written to is in a known state.
    fn writable(&self, snapshot: &Snapshot) -> bool {
        snapshot.phases.iter().any(|(id, observation)| {
            observation.state.is_ok()
                && self.system.phase(id).is_some_and(|(_, phase)| phase.source.accepts())
        })
    }

    /// What the ledger says.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn ledger(&self) -> Result<ledger::View, Failure> {
        Ok(ledger::View::of(&ledger::open(&self.access).read()?.events))
    }

    /// Writes events into the ledger, in the name of whoever runs this.
    ///
    /// # Errors
    /// When they cannot all be kept.
    pub fn record(&self, what: impl IntoIterator<Item = What>) -> Result<(), Failure> {
        let what: Vec<What> = what.into_iter().collect();
        if what.is_empty() {
            return Ok(());
        }
        Ok(ledger::open(&self.access).append(&self.events(what))?)
    }

    /// Events, in the name of whoever runs this.
    pub fn events(&self, what: impl IntoIterator<Item = What>) -> Vec<Event> {
        let actor = actor_here(ci::actor(&self.env).as_deref(), &self.access);
        let run = self.access.run_address().map(str::to_owned);
        let event = |what| Event {
            id: self.access.identifier(),
            at: self.access.now(),
            actor: actor.clone(),
            run: run.clone(),
            what,
        };
        what.into_iter().map(event).collect()
    }

    /// Makes moves. What they take away because it is bad is quarantined first: whoever is interrupted between the two leaves the word behind,
    /// and the next run goes on by it.
    ///
    /// # Errors
    /// When a quarantine cannot be kept; then nothing is moved.
    pub fn promote(&self, moves: &[Move], races: Races) -> Result<Outcome, Failure> {
        let bad = moves.iter().filter_map(|planned| {
            let (state, reason) = planned.bad()?;
            let subject = Subject::new(planned.id.clone(), state.digest.clone());
            Some(What::Quarantined { subject, reason: reason.to_owned() })
        });
        self.record(bad)?;
        Ok(promote(&self.system, &self.access, moves, races))
    }

    /// Tells the forges of what was found and made, where phases want it. Whatever goes wrong is a warning: what was done is done.
    pub fn announce(&mut self, plan: &Plan, sight: Option<Sight<'_>>, outcome: &Outcome) {
        for warning in self.announcer.announce(&self.system, &self.access, plan, sight, outcome) {
            self.shell.warn(&warning);
        }
    }

    /// The one phase that a name means.
    ///
    /// # Errors
    /// When it means none or several.
    pub fn the_phase(&self, name: &str) -> Result<PhaseId, Failure> {
        let selection = Selection::parse(&self.system, &[name.to_owned()])?;
        let mut ids = selection.iter();
        match (ids.next(), ids.next()) {
            (Some(only), None) => Ok(only.clone()),
            _ => {
                let all: Vec<String> = selection.iter().take(20).map(|id| format!("`{id}`")).collect();
                let count = selection.iter().count();
                Err(Failure::new(Code::Usage, format!("`{name}` names {count} phases, and one is needed"))
                    .hint(format!("name one of {}", all.join(", "))))
            }
        }
    }

    /// The one phase that a name means, and the state it is in.
    ///
    /// # Errors
    /// When the name means none or several, or the state is not known.
    pub fn current(&self, name: &str) -> Result<(PhaseId, State), Failure> {
        let id = self.the_phase(name)?;
        let snapshot = self.observe(&Selection::of([id.clone()]));
        match snapshot.phases.get(&id).map(|observation| observation.state.clone()) {
            Some(state) => Ok((id, state?)),
            None => Err(Failure::new(Code::Failed, format!("{id} was not observed"))),
        }
    }

    /// Writes a view in the form that was asked for.
    ///
    /// # Errors
    /// When standard output is gone.
    pub fn show(&mut self, view: &impl View) -> Result<(), Failure> {
        self.shell.show(view, self.output)
    }

    /// Writes a view whose bytes matter, such as a patch.
    ///
    /// # Errors
    /// When standard output is gone.
    pub fn show_exactly(&mut self, view: &impl View) -> Result<(), Failure> {
        self.shell.show_exactly(view, self.output)
    }

    /// Shows what is broken at its places in the manifests, where a CI system can.
    pub fn annotate(&mut self, plan: &Plan) {
        let broken = |pipeline: &str, phase: &str| {
            plan.entries.iter().any(|entry| {
                (entry.id.pipeline.as_str(), entry.id.phase.as_str()) == (pipeline, phase)
                    && matches!(entry.standing, Standing::Broken(_))
            })
        };
        for entry in &plan.entries {
            let problem = match &entry.standing {
                Standing::Broken(problem) => problem,
                Standing::Held { holds, .. } => match holds.as_slice() {
                    // One that the plan does not show itself.
                    [Hold::Upstream { phase, problem }, ..] if !broken(&entry.id.pipeline, phase) => problem,
                    _ => continue,
                },
                _ => continue,
            };
            let message = format!("{}: {problem}", entry.id);
            self.shell.annotate(&message, Place::of_problem(problem).as_ref());
        }
    }
}
