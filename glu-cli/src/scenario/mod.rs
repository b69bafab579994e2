//! Scenarios: what people write about a time to come, made into what the core simulates.

pub mod moment;
pub mod script;

use std::path::Path;
use std::time::Duration;

use glu_core::ledger::{self, FreezeScope, What};
use glu_core::model::{PhaseId, Selection, System};
use glu_core::simulate::{
    Answer, Answers, Expectation, Happening, Happens, Missed, Recorded, Scenario, SimulateError, Start,
    Timeline, simulate,
};
use jiff::{SignedDuration, Timestamp};

use crate::exit::{Code, Failure};
use crate::session::Session;
use moment::Moment;
use script::Script;

/// How long a simulation goes on where nobody says.
const LENGTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How far looks are apart where nobody says.
const INTERVAL: SignedDuration = SignedDuration::from_mins(1);

/// What came of a scenario.
pub struct Simulated {
    /// What changed, and where everything stands.
    pub timeline: Timeline,
    /// The time of the end.
    pub until: Timestamp,
    /// The time between two looks.
    pub every: SignedDuration,
    /// What was expected and did not come.
    pub missed: Vec<Missed>,
    /// Gates that the scenario has answers for and that nobody asked.
    pub unasked: Vec<String>,
}

impl Script {
    /// Reads a scenario from a file.
    ///
    /// # Errors
    /// When it cannot be read, or is not as it must be.
    pub fn load(file: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::new(Code::Usage, format!("{}: {error}", file.display())))?;
        Self::parse(&text)
            .map_err(|reason| Failure::new(Code::Usage, format!("{}: {reason}", file.display())))
    }

    /// Reads a scenario.
    ///
    /// # Errors
    /// Why it is not as it must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
    }

    /// Lets it happen in the world that a session is about.
    ///
    /// # Errors
    /// When the world cannot be read, or the script names what is not there.
    pub fn play(&self, session: &mut Session, selection: &Selection) -> Result<Simulated, Failure> {
        let usage = |reason: String| Failure::new(Code::Usage, reason);
        // Whatever is selected, what it is fed by has to be known.
        let snapshot = session.observe(selection);
        let now = snapshot.at;
        let (start, mut happenings, answers) = match self.since {
            None => {
                let facts = session.facts(&snapshot, selection)?;
                let remembered = self.rolled_back(&session.system)?;
                let start = Start::now(&session.system, &session.access, snapshot, facts, &remembered)?;
                (start, Vec::new(), Answers::default())
            }
            Some(since) => {
                let since = past(since, now)?;
                let events = ledger::open(&session.access).read()?.events;
                let recorded = Start::recorded(&session.system, &session.access, snapshot, &events, since)?;
                let Recorded { start, happenings, answers } = recorded;
                (start, happenings, answers)
            }
        };
        let began = start.at();
        let until = match (self.length, self.since) {
            (Some(length), _) => later(began, length).map_err(usage)?,
            (None, Some(_)) => now,
            (None, None) => later(began, LENGTH).map_err(usage)?,
        };
        let names = Names { system: &session.system, began };
        happenings.extend(self.happenings(&names)?);
        let told = self.answers(&names)?;
        let expected = self.expectations(&names)?;
        let every = self.every.unwrap_or(INTERVAL);
        let interval = Duration::try_from(every).map_err(|_| usage("time only goes forward".to_owned()))?;
        let scenario = Scenario { until, interval, happenings, answers: answers.telling(told.clone()) };
        let timeline = simulate(&session.system, selection, start, &scenario)?;
        let asked = |answer: &Answer| timeline.asked.keys().any(|(_, gate)| answer.names(gate));
        let unasked = told.iter().filter(|answer| !asked(answer)).map(|answer| answer.gate.clone()).collect();
        let missed = timeline.missed(&expected);
        Ok(Simulated { timeline, until, every, missed, unasked })
    }

    fn rolled_back(&self, system: &System) -> Result<Selection, Failure> {
        let names: Vec<String> = self.rollback.iter().map(|rollback| rollback.phase.clone()).collect();
        Ok(if names.is_empty() { Selection::default() } else { Selection::parse(system, &names)? })
    }

    fn happenings(&self, names: &Names<'_>) -> Result<Vec<Happening>, Failure> {
        let mut happenings = Vec::new();
        let mut add = |at: Moment, what: Vec<Happens>| -> Result<(), Failure> {
            let at = names.at(at)?;
            happenings.extend(what.into_iter().map(|what| Happening { at, what }));
            Ok(())
        };
        for publish in &self.publish {
            let origins = names.origins(&publish.phase)?.into_iter();
            add(
                publish.at,
                origins
                    .map(|origin| Happens::Published {
                        origin,
                        label: publish.state.clone(),
                        fields: publish.fields.clone(),
                    })
                    .collect(),
            )?;
        }
        for freeze in &self.freeze {
            let until = freeze.until(names)?;
            let frozen = names
                .scopes(freeze.phase.as_deref())?
                .into_iter()
                .map(|scope| told(&freeze.by, What::Frozen { scope, reason: freeze.reason.clone(), until }));
            add(freeze.at, frozen.collect())?;
        }
        for end in &self.unfreeze {
            let unfrozen = names
                .scopes(end.phase.as_deref())?
                .into_iter()
                .map(|scope| told(&end.by, What::Unfrozen { scope, reason: end.reason.clone() }));
            add(end.at, unfrozen.collect())?;
        }
        for pin in &self.pin {
            let until = pin.until(names)?;
            let pinned = names.phases(pin.named("pin")?)?.into_iter().map(|phase| Happens::Pinned {
                phase,
                actor: pin.by.clone(),
                reason: pin.reason.clone(),
                until,
            });
            add(pin.at, pinned.collect())?;
        }
        for end in &self.unpin {
            let unpinned = names
                .phases(end.named("unpin")?)?
                .into_iter()
                .map(|phase| told(&end.by, What::Unpinned { phase, reason: end.reason.clone() }));
            add(end.at, unpinned.collect())?;
        }
        for quarantine in &self.quarantine {
            let quarantined =
                names.phases(&quarantine.phase)?.into_iter().map(|phase| Happens::Quarantined {
                    phase,
                    state: quarantine.state.clone(),
                    actor: quarantine.by.clone(),
                    reason: quarantine.reason.clone(),
                });
            add(quarantine.at, quarantined.collect())?;
        }
        for approve in &self.approve {
            let approved = names.phases(&approve.phase)?.into_iter().map(|phase| Happens::Approved {
                phase,
                state: approve.state.clone(),
                actor: approve.by.clone(),
            });
            add(approve.at, approved.collect())?;
        }
        for promote in &self.promote {
            let phases = names.phases(&promote.phase)?.into_iter();
            let promoted = phases.map(|phase| Happens::Promoted { phase, forced: promote.force.clone() });
            add(promote.at, promoted.collect())?;
        }
        for rollback in &self.rollback {
            let rolled_back = names.phases(&rollback.phase)?.into_iter().map(|phase| Happens::RolledBack {
                phase,
                to: rollback.to.clone(),
                actor: rollback.by.clone(),
            });
            add(rollback.at, rolled_back.collect())?;
        }
        Ok(happenings)
    }

    fn answers(&self, names: &Names<'_>) -> Result<Vec<Answer>, Failure> {
        let mut answers = Vec::new();
        for says in &self.answer {
            let phases = match &says.phase {
                Some(phase) => names.phases(phase)?.into_iter().map(Some).collect(),
                None => vec![None],
            };
            let (from, until) = (names.maybe_at(says.from)?, names.maybe_at(says.until)?);
            let sample = says.says.sample(says.reason.as_deref());
            answers.extend(phases.into_iter().map(|phase| Answer {
                gate: says.gate.clone(),
                phase,
                from,
                until,
                sample: sample.clone(),
            }));
        }
        Ok(answers)
    }

    fn expectations(&self, names: &Names<'_>) -> Result<Vec<Expectation>, Failure> {
        let mut expectations = Vec::new();
        for expect in &self.expect {
            let by = names.maybe_at(expect.by)?;
            expectations.extend(names.phases(&expect.phase)?.into_iter().map(|phase| Expectation {
                phase,
                state: expect.state.clone(),
                by,
            }));
        }
        Ok(expectations)
    }
}

impl script::Hold {
    fn until(&self, names: &Names<'_>) -> Result<Option<Timestamp>, Failure> {
        match self.length {
            Some(length) => {
                let until = later(names.at(self.at)?, length);
                until.map(Some).map_err(|reason| Failure::new(Code::Usage, reason))
            }
            None => names.maybe_at(self.until),
        }
    }

    fn named(&self, verb: &str) -> Result<&str, Failure> {
        self.phase
            .as_deref()
            .ok_or_else(|| Failure::new(Code::Usage, format!("a `{verb}` of the scenario names no phase")))
    }
}

/// What names and times of a scenario mean.
struct Names<'a> {
    system: &'a System,
    began: Timestamp,
}

impl Names<'_> {
    fn at(&self, moment: Moment) -> Result<Timestamp, Failure> {
        moment.since(self.began).map_err(|reason| Failure::new(Code::Usage, reason))
    }

    fn maybe_at(&self, moment: Option<Moment>) -> Result<Option<Timestamp>, Failure> {
        moment.map(|moment| self.at(moment)).transpose()
    }

    fn phases(&self, name: &str) -> Result<Vec<PhaseId>, Failure> {
        Ok(Selection::parse(self.system, &[name.to_owned()])?.iter().cloned().collect())
    }

    /// The origins among the phases of this name.
    fn origins(&self, name: &str) -> Result<Vec<PhaseId>, Failure> {
        let mut phases = self.phases(name)?;
        let fed = |id: &PhaseId| {
            self.system
                .pipeline(&id.pipeline)
                .is_some_and(|pipeline| pipeline.upstreams(&id.phase).next().is_some())
        };
        phases.retain(|id| !fed(id));
        if phases.is_empty() {
            return Err(Failure::new(
                Code::Usage,
                format!("nothing can be published to `{name}`: it is fed by others"),
            )
            .hint("name a phase that pipelines begin with; `glu graph` shows them"));
        }
        Ok(phases)
    }

    /// As `glu freeze`: a pipeline's name stands for the pipeline itself.
    fn scopes(&self, name: Option<&str>) -> Result<Vec<FreezeScope>, Failure> {
        let Some(name) = name else { return Ok(vec![FreezeScope::Everything]) };
        let phases = self.phases(name)?;
        match self.system.pipeline(name.trim_end_matches('/')) {
            Some(pipeline) if phases.iter().all(|id| id.pipeline == pipeline.name) => {
                Ok(vec![FreezeScope::Pipeline(pipeline.name.clone())])
            }
            _ => Ok(phases.into_iter().map(FreezeScope::Phase).collect()),
        }
    }
}

fn told(actor: &str, what: What) -> Happens {
    Happens::Told { actor: actor.to_owned(), what }
}

fn later(time: Timestamp, length: SignedDuration) -> Result<Timestamp, String> {
    time.checked_add(length).map_err(|error| error.to_string())
}

/// The time that `--since` means: a length of time is one that has passed.
fn past(since: Moment, now: Timestamp) -> Result<Timestamp, Failure> {
    let since = match since {
        Moment::After(ago) => now.checked_sub(ago).map_err(|error| error.to_string()),
        Moment::At(at) => Ok(at),
        Moment::Day(..) => {
            Err("a past begins at a time such as 2026-09-01, or so long ago, such as 30d".to_owned())
        }
    };
    match since {
        Ok(since) if since < now => Ok(since),
        Ok(since) => Err(Failure::new(Code::Usage, format!("{since} is not in the past"))),
        Err(reason) => Err(Failure::new(Code::Usage, reason)),
    }
}

impl From<SimulateError> for Failure {
    fn from(error: SimulateError) -> Self {
        let code = match error {
            SimulateError::Problem(_) => Code::Failed,
            SimulateError::Invent(_) | SimulateError::Interval => Code::Usage,
        };
        Self::new(code, error)
    }
}
