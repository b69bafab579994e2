//! Random pipelines, and what happens to them.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use proptest::prelude::*;

use super::line::{Line, Text};
use super::minute;
use super::oracle::name;
use crate::author::{GitPhase, Pipeline, git};
use crate::gate::rule::{approval, cron_window, soak};
use crate::gate::{Asked, Check, Gate, Verdict, any_of, check};
use crate::ledger::{FreezeScope, Sample, Subject, What};
use crate::model::{Join, PhaseId, StateDigest};

/// Phases, each fed by some of those before it, and events.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub phases: Vec<PhaseSpec>,
    /// By the minute.
    pub events: Vec<(i64, Happening)>,
}

#[derive(Debug, Clone)]
pub struct PhaseSpec {
    /// A bit for each phase before it.
    feeds: u8,
    join: u8,
    queue: bool,
    pub trigger: TriggerSpec,
    pub gates: Vec<GateSpec>,
    pub verify: Option<Probe>,
}

#[derive(Debug, Clone, Copy)]
pub enum TriggerSpec {
    None,
    Change,
    /// So many minutes.
    Every(i64),
    /// In every hour, the minutes that this divides.
    Cron(i64),
}

#[derive(Debug, Clone)]
pub enum GateSpec {
    Soak(i64),
    Approval,
    /// Open in the first twenty minutes of every hour.
    Window,
    Probe(Probe),
    Any(Vec<GateSpec>),
}

/// A check with a script: what it sees of a state in a minute. Times are minutes.
#[derive(Debug, Clone)]
pub struct Probe {
    pub name: String,
    seed: u8,
    pub samples: u32,
    pub every: i64,
    pub after: i64,
    pub tolerated: u32,
}

/// What happens in the world; phases and states by number.
#[derive(Debug, Clone)]
pub enum Happening {
    Version,
    ByHand(usize),
    Back(usize, usize),
    Pin(usize, Option<i64>),
    Unpin(usize),
    /// Everything, where no phase is named.
    Freeze(Option<usize>, Option<i64>),
    Unfreeze(Option<usize>),
    /// A version; in all phases, where none is named.
    Quarantine(usize, Option<usize>),
    Release(usize, Option<usize>),
    Approve(usize, usize),
}

impl Scenario {
    pub fn upstreams(&self, phase: usize) -> Vec<usize> {
        let fed: Vec<usize> =
            (0..phase).filter(|before| self.phases[phase].feeds >> before & 1 == 1).collect();
        match phase {
            0 => Vec::new(),
            _ if fed.is_empty() => vec![phase - 1],
            _ => fed,
        }
    }

    pub fn join(&self, phase: usize) -> Join {
        match self.phases[phase].join {
            0 => Join::Any,
            1 => Join::AtLeast(self.upstreams(phase).len().div_ceil(2)),
            _ => Join::All,
        }
    }

    pub fn queues(&self, phase: usize) -> bool {
        self.phases[phase].queue && self.upstreams(phase).len() == 1
    }

    /// The pipeline, every phase in state `0`.
    pub fn line(&self) -> Line {
        let verified = |phase: GitPhase, spec: &PhaseSpec| match &spec.verify {
            Some(probe) => phase.verify(probe.gate()),
            None => phase,
        };
        let mut pipeline: Pipeline<Text> = Pipeline::from(verified(git(name(0)), &self.phases[0]));
        for (index, spec) in self.phases.iter().enumerate().skip(1) {
            let mut phase = git(name(index)).join(self.join(index));
            phase = match spec.trigger {
                TriggerSpec::None => phase,
                TriggerSpec::Change => phase.automatic(),
                TriggerSpec::Every(minutes) => phase.every(length(minutes)),
                TriggerSpec::Cron(step) => phase.cron(&format!("*/{step} * * * *"), "UTC"),
            };
            if self.queues(index) {
                phase = phase.queue();
            }
            for gate in &spec.gates {
                phase = phase.gate(gate.gate());
            }
            pipeline =
                pipeline.after(self.upstreams(index).into_iter().map(name)).then(verified(phase, spec));
        }
        Line::of(pipeline)
    }

    /// Lets something happen at the line's time.
    pub fn happen(&self, happening: &Happening, line: &mut Line) {
        let phase = |number: &usize| name(number % self.phases.len());
        let fresh = |letter: char, line: &Line| {
            format!("{letter}{}", line.came.values().map(Vec::len).sum::<usize>())
        };
        let reason = String::new();
        let until =
            |minutes: &Option<i64>| minutes.map(|minutes| line.now.checked_add(length(minutes)).unwrap());
        let scope = |number: &Option<usize>| match number {
            Some(number) => FreezeScope::Phase(Line::id(&phase(number))),
            None => FreezeScope::Everything,
        };
        let subject = |version: &usize, number: &Option<usize>| {
            let phase = number.as_ref().map_or(PhaseId::new("p", "*"), |number| Line::id(&phase(number)));
            Subject::new(phase, version_of(line, *version))
        };
        match happening {
            Happening::Version => {
                let version = fresh('v', line);
                line.arrive(&name(0), &version);
            }
            Happening::ByHand(number) => {
                let state = fresh('h', line);
                line.arrive(&phase(number), &state);
            }
            Happening::Back(number, steps) => {
                let came = &line.came[&phase(number)];
                let state = came[came.len() - 1 - steps % came.len()].0.clone();
                line.arrive(&phase(number), &state);
            }
            Happening::Pin(number, minutes) => {
                let state = StateDigest::new(line.state(&phase(number)).0.clone());
                let subject = Subject::new(Line::id(&phase(number)), state);
                line.record(What::Pinned { subject, reason, until: until(minutes) });
            }
            Happening::Unpin(number) => {
                line.record(What::Unpinned { phase: Line::id(&phase(number)), reason });
            }
            Happening::Freeze(number, minutes) => {
                line.record(What::Frozen { scope: scope(number), reason, until: until(minutes) });
            }
            Happening::Unfreeze(number) => line.record(What::Unfrozen { scope: scope(number), reason }),
            Happening::Quarantine(version, number) => {
                line.record(What::Quarantined { subject: subject(version, number), reason });
            }
            Happening::Release(version, number) => {
                line.record(What::Released { subject: subject(version, number), reason });
            }
            Happening::Approve(version, number) => {
                let subject = subject(version, &Some(*number));
                line.record_as("grace@example.com", What::Approved { subject, comment: None });
            }
        }
    }
}

/// One of the newest versions there are.
fn version_of(line: &Line, number: usize) -> StateDigest {
    let came = &line.came[&name(0)];
    StateDigest::new(came[came.len() - 1 - number % came.len().min(3)].0.clone())
}

impl GateSpec {
    fn gate(&self) -> Gate {
        match self {
            Self::Soak(minutes) => soak(length(*minutes)),
            Self::Approval => approval(1),
            Self::Window => cron_window("0 * * * *", length(20), "UTC"),
            Self::Probe(probe) => probe.gate(),
            Self::Any(gates) => any_of(gates.iter().map(Self::gate)),
        }
    }
}

impl Probe {
    fn gate(&self) -> Gate {
        let gate = check(self.clone()).named(&self.name).samples(self.samples).tolerate(self.tolerated);
        gate.every(length(self.every)).after(length(self.after))
    }
}

impl Check for Probe {
    fn kind(&self) -> &'static str {
        "probe"
    }

    fn specification(&self) -> String {
        self.seed.to_string()
    }

    fn sample(&self, asked: &Asked<'_>) -> Sample {
        let mut hasher = DefaultHasher::new();
        (self.seed, asked.state.digest.as_str(), asked.now.as_second() / 60).hash(&mut hasher);
        let verdict = match hasher.finish() % 10 {
            0 => Verdict::Fail,
            1 => Verdict::Inconclusive,
            2 | 3 => Verdict::Error { retryable: true },
            _ => Verdict::Pass,
        };
        Sample::new(verdict, "as the script says")
    }
}

fn length(minutes: i64) -> Duration {
    Duration::from_secs(minutes.unsigned_abs() * 60)
}

pub fn scenarios() -> impl Strategy<Value = Scenario> {
    let events = prop::collection::vec((1_i64..300, happening()), 5..50);
    (prop::collection::vec(phase(), 2..6), events).prop_map(|(mut phases, mut events)| {
        events.sort_by_key(|(minute, _)| *minute);
        // A gate's samples are known by its name in its phase.
        for (index, phase) in phases.iter_mut().enumerate() {
            let mut probes: Vec<&mut Probe> = phase.verify.iter_mut().collect();
            for gate in &mut phase.gates {
                match gate {
                    GateSpec::Probe(probe) => probes.push(probe),
                    GateSpec::Any(gates) => probes.extend(gates.iter_mut().filter_map(|gate| match gate {
                        GateSpec::Probe(probe) => Some(probe),
                        _ => None,
                    })),
                    _ => {}
                }
            }
            for (number, probe) in probes.into_iter().enumerate() {
                probe.name = format!("probe-{index}-{number}");
            }
        }
        Scenario { phases, events }
    })
}

fn phase() -> impl Strategy<Value = PhaseSpec> {
    let trigger = prop_oneof![
        1 => Just(TriggerSpec::None),
        4 => Just(TriggerSpec::Change),
        2 => (1_i64..60).prop_map(TriggerSpec::Every),
        2 => (2_i64..40).prop_map(TriggerSpec::Cron),
    ];
    let gates = prop::collection::vec(gate(), 0..3);
    let verify = prop::option::weighted(0.3, probe());
    (any::<u8>(), 0_u8..4, any::<bool>(), trigger, gates, verify).prop_map(
        |(feeds, join, queue, trigger, gates, verify)| {
            // Half of the phases follow the one before them, so that chains and queues are frequent.
            let feeds = if feeds & 0x80 == 0 { 0 } else { feeds };
            PhaseSpec { feeds, join, queue, trigger, gates, verify }
        },
    )
}

fn gate() -> impl Strategy<Value = GateSpec> {
    let leaf = || {
        prop_oneof![
            (1_i64..50).prop_map(GateSpec::Soak),
            Just(GateSpec::Approval),
            Just(GateSpec::Window),
            probe().prop_map(GateSpec::Probe),
        ]
    };
    prop_oneof![3 => leaf(), 1 => prop::collection::vec(leaf(), 2..4).prop_map(GateSpec::Any)]
}

fn probe() -> impl Strategy<Value = Probe> {
    (any::<u8>(), 1_u32..4, 1_i64..7, 0_i64..10, 0_u32..3).prop_map(
        |(seed, samples, every, after, tolerated)| Probe {
            name: String::new(),
            seed,
            samples,
            every,
            after,
            tolerated,
        },
    )
}

fn happening() -> impl Strategy<Value = Happening> {
    let until = || prop::option::weighted(0.8, 1_i64..90);
    let phase = || 1_usize..6;
    let anywhere = || prop::option::of(0_usize..6);
    prop_oneof![
        8 => Just(Happening::Version),
        1 => phase().prop_map(Happening::ByHand),
        1 => (phase(), 1_usize..4).prop_map(|(phase, steps)| Happening::Back(phase, steps)),
        2 => (phase(), until()).prop_map(|(phase, until)| Happening::Pin(phase, until)),
        2 => phase().prop_map(Happening::Unpin),
        1 => (anywhere(), until()).prop_map(|(phase, until)| Happening::Freeze(phase, until)),
        1 => anywhere().prop_map(Happening::Unfreeze),
        2 => (0_usize..3, anywhere()).prop_map(|(version, phase)| Happening::Quarantine(version, phase)),
        1 => (0_usize..3, anywhere()).prop_map(|(version, phase)| Happening::Release(version, phase)),
        3 => (0_usize..3, phase()).prop_map(|(version, phase)| Happening::Approve(version, phase)),
    ]
}

/// The last minute of a simulation.
pub fn end() -> jiff::Timestamp {
    minute(400)
}
