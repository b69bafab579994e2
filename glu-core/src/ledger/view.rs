//! What events mean together at a time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Event, FreezeScope, GateId, Sample, Subject, What};
use crate::model::{PhaseId, StateDigest};

/// The ledger as of a time: a pure function of its events, in whatever order they were read.
#[derive(Debug, Clone, Default)]
pub struct View {
    pins: BTreeMap<PhaseId, Pin>,
    freezes: BTreeMap<FreezeScope, Freeze>,
    quarantines: BTreeMap<Subject, Quarantine>,
    approvals: BTreeMap<Subject, BTreeMap<String, Approval>>,
    samples: BTreeMap<(GateId, Subject), Vec<(Timestamp, Sample)>>,
    retries: BTreeMap<(GateId, Subject), u32>,
    sightings: BTreeMap<Subject, Timestamp>,
    notices: BTreeMap<(String, PhaseId), Notice>,
    merges: BTreeMap<(String, PhaseId), Notice>,
    pauses: BTreeMap<(PhaseId, String), Pause>,
    skips: BTreeMap<Subject, Skip>,
}

/// A phase held in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The state.
    pub state: StateDigest,
    /// Who pinned it.
    pub actor: String,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// A stopped line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// Where.
    pub scope: FreezeScope,
    /// Who stopped it.
    pub actor: String,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// A bad state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    /// Who said so.
    pub actor: String,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A rollout held at its step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Who paused it.
    pub actor: String,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A rollout's step cut short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// Who skipped it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// The step that follows, where it is not the next one.
    pub to: Option<u32>,
}

/// Somebody's yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Whose.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// What they said.
    pub comment: Option<String>,
}

/// What somebody was last told of how a phase stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The event's name.
    pub told: String,
    /// What makes it differ from the next time.
    pub digest: String,
}

/// What a notice of a state that came is called.
const PROMOTED: &str = "promoted";

impl View {
    /// What these events mean.
    pub fn of(events: &[Event]) -> Self {
        let mut ordered: Vec<&Event> = events.iter().collect();
        ordered.sort_by(|left, right| left.id.cmp(&right.id));
        ordered.dedup_by(|left, right| left.id == right.id);
        let mut view = Self::default();
        for event in ordered {
            view.take(event);
        }
        view
    }

    /// Takes one more event, which is later than all that were taken before.
    pub(crate) fn take(&mut self, event: &Event) {
        let (actor, at) = (event.actor.clone(), event.at);
        match &event.what {
            What::Sampled { gate, subject, sample, attempt } => {
                // A sample that was under way when its attempt was set aside comes too late to count.
                if *attempt >= self.attempt(gate, subject) {
                    self.samples
                        .entry((gate.clone(), subject.clone()))
                        .or_default()
                        .push((at, sample.clone()));
                }
            }
            What::Retried { gate, subject, .. } => {
                self.samples.remove(&(gate.clone(), subject.clone()));
                *self.retries.entry((gate.clone(), subject.clone())).or_default() += 1;
            }
            What::Approved { subject, comment } => {
                let approval = Approval { actor: actor.clone(), at, comment: comment.clone() };
                self.approvals.entry(subject.clone()).or_default().insert(person(&approval.actor), approval);
            }
            What::Disapproved { subject, .. } => {
                self.approvals.entry(subject.clone()).or_default().remove(&person(&actor));
            }
            What::Pinned { subject, reason, until } => {
                let pin =
                    Pin { state: subject.state.clone(), actor, at, reason: reason.clone(), until: *until };
                self.pins.insert(subject.phase.clone(), pin);
            }
            What::Unpinned { phase, .. } => {
                self.pins.remove(phase);
            }
            What::Frozen { scope, reason, until } => {
                let freeze =
                    Freeze { scope: scope.clone(), actor, at, reason: reason.clone(), until: *until };
                self.freezes.insert(scope.clone(), freeze);
            }
            What::Unfrozen { scope, .. } => {
                self.freezes.remove(scope);
            }
            What::Quarantined { subject, reason } => {
                self.quarantines.insert(subject.clone(), Quarantine { actor, at, reason: reason.clone() });
            }
            What::Released { subject, .. } => {
                self.quarantines.remove(subject);
            }
            What::Sighted { subject } => {
                // Several may have seen it before they heard of each other.
                self.sightings.entry(subject.clone()).or_insert(at);
            }
            What::Forced { .. } => {}
            What::Notified { target, phase, told, digest } => {
                let notice = Notice { told: told.clone(), digest: digest.clone() };
                // What came is another matter than how it stands since.
                let kept = if told == PROMOTED { &mut self.merges } else { &mut self.notices };
                kept.insert((target.clone(), phase.clone()), notice);
            }
            What::Paused { subject, reason } => {
                if let Some(rollout) = &subject.rollout {
                    let pause = Pause { actor, at, reason: reason.clone() };
                    self.pauses.insert((subject.phase.clone(), rollout.id.clone()), pause);
                }
            }
            What::Resumed { subject, .. } => {
                if let Some(rollout) = &subject.rollout {
                    self.pauses.remove(&(subject.phase.clone(), rollout.id.clone()));
                }
            }
            What::Skipped { subject, to, reason } => {
                let skip = Skip { actor, at, reason: reason.clone(), to: *to };
                self.skips.insert(subject.clone(), skip);
            }
        }
    }

    /// The pin that holds a phase at a time.
    pub fn pin(&self, phase: &PhaseId, now: Timestamp) -> Option<&Pin> {
        self.pins.get(phase).filter(|pin| pin.until.is_none_or(|until| now < until))
    }

    /// The freezes that hold a phase at a time, the widest first.
    pub fn freezes(&self, phase: &PhaseId, now: Timestamp) -> Vec<&Freeze> {
        let scopes = [
            FreezeScope::Everything,
            FreezeScope::Pipeline(phase.pipeline.clone()),
            FreezeScope::Phase(phase.clone()),
        ];
        scopes
            .iter()
            .filter_map(|scope| self.freezes.get(scope))
            .filter(|freeze| freeze.until.is_none_or(|until| now < until))
            .collect()
    }

    /// Whether the line is stopped in exactly this scope at a time.
    pub fn is_frozen(&self, scope: &FreezeScope, now: Timestamp) -> bool {
        self.freezes.get(scope).is_some_and(|freeze| freeze.until.is_none_or(|until| now < until))
    }

    /// The freezes of wider scopes that hold these as well at a time.
    pub fn freezes_of<'a>(
        &self,
        scopes: impl IntoIterator<Item = &'a FreezeScope>,
        now: Timestamp,
    ) -> Vec<&Freeze> {
        let mut wider: Vec<FreezeScope> = Vec::new();
        for scope in scopes {
            match scope {
                FreezeScope::Everything => {}
                FreezeScope::Pipeline(_) => wider.push(FreezeScope::Everything),
                FreezeScope::Phase(phase) => {
                    wider.extend([FreezeScope::Everything, FreezeScope::Pipeline(phase.pipeline.clone())]);
                }
            }
        }
        wider.sort();
        wider.dedup();
        wider
            .iter()
            .filter(|scope| self.is_frozen(scope, now))
            .filter_map(|scope| self.freezes.get(scope))
            .collect()
    }

    /// Whether a state may not come into a phase, and why.
    pub fn quarantine(&self, phase: &PhaseId, state: &StateDigest) -> Option<&Quarantine> {
        let everywhere = PhaseId::new(&phase.pipeline, "*");
        [phase.clone(), everywhere]
            .into_iter()
            .find_map(|phase| self.quarantines.get(&Subject::new(phase, state.clone())))
    }

    /// What holds a rollout at its step.
    pub fn pause(&self, phase: &PhaseId, rollout: &str) -> Option<&Pause> {
        self.pauses.get(&(phase.clone(), rollout.to_owned()))
    }

    /// Whether the rest of a rollout's step is skipped.
    pub fn skip(&self, subject: &Subject) -> Option<&Skip> {
        self.skips.get(subject)
    }

    /// When a state was first seen in a phase of which no history is kept.
    pub fn sighted(&self, subject: &Subject) -> Option<Timestamp> {
        self.sightings.get(subject).copied()
    }

    /// The approvals of exactly this state for this phase, by approver.
    pub fn approvals(&self, subject: &Subject) -> impl Iterator<Item = &Approval> {
        self.approvals.get(subject).into_iter().flat_map(BTreeMap::values)
    }

    /// What somebody was last told of how a phase stands.
    pub fn notice(&self, target: &str, phase: &PhaseId) -> Option<&Notice> {
        self.notices.get(&(target.to_owned(), phase.clone()))
    }

    /// What somebody was last told of what came to a phase without glu's own push.
    pub fn merge(&self, target: &str, phase: &PhaseId) -> Option<&Notice> {
        self.merges.get(&(target.to_owned(), phase.clone()))
    }

    /// The number of the attempt that a gate is at with a subject: one more than it was retried.
    pub fn attempt(&self, gate: &GateId, subject: &Subject) -> u32 {
        self.retries.get(&(gate.clone(), subject.clone())).map_or(1, |retries| retries + 1)
    }

    /// What a gate saw of a subject since it was last retried, oldest first.
    pub fn samples(&self, gate: &GateId, subject: &Subject) -> &[(Timestamp, Sample)] {
        self.samples.get(&(gate.clone(), subject.clone())).map_or(&[], Vec::as_slice)
    }
}

/// Who an actor is, however they spell their name: the address, where there is one.
fn person(actor: &str) -> String {
    let address = actor.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>'));
    address.unwrap_or(actor).trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Verdict;

    fn event(second: i64, actor: &str, what: What) -> Event {
        let at = Timestamp::from_second(second).unwrap();
        Event { id: format!("{second:026}"), at, actor: actor.to_owned(), run: None, what }
    }

    fn subject() -> Subject {
        Subject::new(PhaseId::new("shop", "production"), StateDigest::new("sha256:aa"))
    }

    fn gate() -> GateId {
        GateId { name: "smoke".into(), specification: "s".into() }
    }

    #[test]
    fn an_approval_is_taken_back_by_the_same_person_under_another_spelling() {
        let approved =
            event(1, "Grace <grace@example.com>", What::Approved { subject: subject(), comment: None });
        let back = What::Disapproved { subject: subject(), reason: "no".into() };
        let by_another = View::of(&[approved.clone(), event(2, "Ada <ada@example.com>", back.clone())]);
        assert_eq!(by_another.approvals(&subject()).count(), 1);
        let by_the_same = View::of(&[approved, event(2, "grace@example.com", back)]);
        assert_eq!(by_the_same.approvals(&subject()).count(), 0);
    }

    #[test]
    fn what_was_seen_in_a_step_is_of_that_step_of_that_rollout_alone() {
        let in_step = |rollout: &str, step| subject().in_step(rollout, step);
        let sampled = What::Sampled {
            gate: gate(),
            subject: in_step("one", 1),
            attempt: 1,
            sample: Sample::new(Verdict::Pass, "well"),
        };
        let view = View::of(&[event(1, "a", sampled)]);
        assert_eq!(view.samples(&gate(), &in_step("one", 1)).len(), 1);
        for other in [in_step("one", 2), in_step("two", 1), subject()] {
            assert!(view.samples(&gate(), &other).is_empty(), "{other:?}");
        }
    }

    #[test]
    fn a_pause_is_of_a_rollout_and_a_skip_of_its_step() {
        let (one, two) = (subject().in_step("one", 1), subject().in_step("one", 2));
        let paused = event(1, "a", What::Paused { subject: one.clone(), reason: "lunch".into() });
        let skipped =
            event(2, "a", What::Skipped { subject: one.clone(), to: Some(3), reason: "seen".into() });
        let resumed = event(3, "a", What::Resumed { subject: two.clone(), reason: "back".into() });
        let phase = &subject().phase;
        let view = View::of(&[paused.clone(), skipped.clone()]);
        assert_eq!(view.pause(phase, "one").map(|pause| pause.reason.as_str()), Some("lunch"));
        assert!(view.pause(phase, "two").is_none());
        assert_eq!(view.skip(&one).and_then(|skip| skip.to), Some(3));
        assert!(view.skip(&two).is_none());
        assert!(View::of(&[paused, skipped, resumed]).pause(phase, "one").is_none());
    }

    #[test]
    fn a_late_sample_of_an_attempt_that_was_set_aside_does_not_count() {
        let sampled = |attempt| What::Sampled {
            gate: gate(),
            subject: subject(),
            attempt,
            sample: Sample::new(Verdict::Fail, "it smokes"),
        };
        let retried = What::Retried { gate: gate(), subject: subject(), reason: "mended".into() };
        let events = [
            event(1, "a", sampled(1)),
            event(2, "a", retried),
            event(3, "a", sampled(1)),
            event(4, "a", sampled(2)),
        ];
        let view = View::of(&events);
        let times: Vec<i64> =
            view.samples(&gate(), &subject()).iter().map(|(at, _)| at.as_second()).collect();
        assert_eq!(times, [4]);
        assert_eq!(view.attempt(&gate(), &subject()), 2);
    }
}
