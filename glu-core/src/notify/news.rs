//! What there is to tell: a plan, and what became of its moves, as notifications.

use jiff::Timestamp;

use super::{Event, Made, Notification, ProposalLink};
use crate::access::Access;
use crate::facts::Facts;
use crate::forge::Fate;
use crate::gate::{Report, Verdict};
use crate::model::{PhaseId, StateDigest};
use crate::plan::{Entry, Hold, Move, Plan, Standing};
use crate::promote::{Failure, Outcome, Promotion};
use crate::propose::{Offered, Step};

/// What a run has to tell.
#[derive(Debug, Default)]
pub struct News {
    /// In the plan's order.
    pub notifications: Vec<Notification>,
    /// The phases that nothing is wrong with.
    pub(super) well: Vec<PhaseId>,
}

impl News {
    /// Nothing but this.
    pub fn of(notification: Notification) -> Self {
        Self { notifications: vec![notification], well: Vec::new() }
    }

    /// What a plan and the outcome of its moves have to tell. `words` says why holds hold, in the words of everything else that says so.
    ///
    /// What somebody else was faster with, and what could not be made because something moved, is no news: the next look tells how it stands.
    pub fn gather(
        plan: &Plan,
        outcome: &Outcome,
        access: &Access,
        actor: &str,
        words: &dyn Fn(&[Hold]) -> String,
    ) -> Self {
        let gatherer = Gatherer { outcome, access, actor, words };
        let mut news = Self::default();
        for entry in &plan.entries {
            let notification = gatherer.notification(entry);
            let moved = matches!(gatherer.result(&entry.id), Some(Err(Failure::Moved(_))));
            if !moved && notification.as_ref().is_none_or(|notification| notification.event != Event::Failed)
            {
                news.well.push(entry.id.clone());
            }
            news.notifications.extend(notification);
        }
        news
    }

    /// And what was merged of proposals: by whomever, so it is found, and told once.
    #[must_use]
    pub fn with_merges(mut self, plan: &Plan, facts: &Facts, access: &Access, actor: &str) -> Self {
        let outcome = Outcome { results: Vec::new() };
        let gatherer = Gatherer { outcome: &outcome, access, actor, words: &|_| String::new() };
        self.notifications.extend(plan.entries.iter().filter_map(|entry| gatherer.merged(entry, facts)));
        self
    }

    /// Whether the ledger has to be asked what was told already.
    pub fn asks_the_ledger(&self) -> bool {
        !self.well.is_empty() || self.notifications.iter().any(|notification| notification.standing.is_some())
    }

    /// Without what would be told at every look where nobody knows what was told already.
    #[must_use]
    pub fn without_ledger(mut self) -> Self {
        self.well.clear();
        self.notifications.retain(|notification| notification.standing.is_none());
        self
    }
}

struct Gatherer<'a> {
    outcome: &'a Outcome,
    access: &'a Access,
    actor: &'a str,
    words: &'a dyn Fn(&[Hold]) -> String,
}

impl Gatherer<'_> {
    fn result(&self, id: &PhaseId) -> Option<&Result<Promotion, Failure>> {
        self.outcome.results.iter().find(|(moved, _)| moved == id).map(|(_, result)| result)
    }

    fn notification(&self, entry: &Entry) -> Option<Notification> {
        match &entry.standing {
            Standing::Origin(_) | Standing::Current(_) | Standing::Proposed { .. } => None,
            Standing::Moves(planned) => match self.result(&entry.id)? {
                Ok(promotion) => self.made(entry, planned, promotion),
                Err(Failure::Moved(_)) => None,
                Err(failure) => Some(self.failed(entry, failure.to_string(), Some(planned))),
            },
            Standing::Broken(problem) => Some(self.failed(entry, problem.to_string(), None)),
            Standing::Held { holds, held, .. } if entry.standing.is_broken() => {
                Some(self.failed(entry, (self.words)(holds), held.as_deref()))
            }
            Standing::Held { state, holds, held } => {
                let event = if approval_alone(holds) { Event::ApprovalNeeded } else { Event::Held };
                let states = (&state.digest, held.as_ref().map(|planned| &planned.to.digest));
                let holding: Vec<String> = holds.iter().map(|hold| self.identity(hold)).collect();
                Some(Notification {
                    from: Some(state.clone()),
                    to: held.as_ref().map(|planned| planned.to.clone()),
                    upstreams: held.as_ref().map_or_else(Vec::new, |planned| planned.upstreams.clone()),
                    reason: Some((self.words)(holds)),
                    until: until(holds),
                    standing: Some(digest(&format!("{states:?} {holding:?}"))),
                    ..self.notice(event, entry)
                })
            }
        }
    }

    fn notice(&self, event: Event, entry: &Entry) -> Notification {
        Notification {
            id: self.access.identifier(),
            at: self.access.now(),
            event,
            phase: entry.id.clone(),
            from: None,
            to: None,
            upstreams: Vec::new(),
            actor: self.actor.to_owned(),
            reason: None,
            until: None,
            made: None,
            proposal: None,
            standing: None,
        }
    }

    fn made(&self, entry: &Entry, planned: &Move, promotion: &Promotion) -> Option<Notification> {
        let made = Made {
            promotion: promotion.promotion.clone()?,
            source: promotion.branch.source.clone(),
            branch: promotion.branch.branch.clone(),
            commit: promotion.commit.clone(),
        };
        let event = match &promotion.proposal {
            Some(offered) if !is_another(planned, offered) => return None,
            Some(_) => Event::Proposed,
            None => Event::of(promotion.cause),
        };
        let bad = planned.bad().map(|(_, reason)| reason.to_owned());
        let why = planned.forced.as_ref().map(|reason| format!("forced: {reason}"));
        Some(Notification {
            from: Some(planned.from.clone()),
            to: Some(promotion.state.clone()),
            upstreams: planned.upstreams.clone(),
            reason: why.or_else(|| bad.filter(|_| event == Event::Proposed)),
            made: Some(made),
            proposal: promotion.proposal.as_ref().map(|offered| ProposalLink::from(&offered.proposal)),
            ..self.notice(event, entry)
        })
    }

    fn merged(&self, entry: &Entry, facts: &Facts) -> Option<Notification> {
        let proposed = facts.proposals.get(&entry.id)?.as_ref().ok()?;
        let proposal = proposed.proposal.as_ref()?;
        let Fate::Merged { by, .. } = &proposal.fate else { return None };
        let state = entry.standing.state()?;
        proposed.mark.as_ref().filter(|mark| mark.state == state.digest)?;
        Some(Notification {
            to: Some(state.clone()),
            reason: by.as_ref().map(|by| format!("merged by {by}")),
            proposal: Some(ProposalLink::from(proposal)),
            standing: Some(digest(&format!("merged {} {}", proposal.url, state.digest))),
            ..self.notice(Event::Promoted, entry)
        })
    }

    fn failed(&self, entry: &Entry, reason: String, planned: Option<&Move>) -> Notification {
        Notification {
            from: planned.map(|planned| planned.from.clone()),
            to: planned.map(|planned| planned.to.clone()),
            upstreams: planned.map_or_else(Vec::new, |planned| planned.upstreams.clone()),
            standing: Some(digest(&steady(&reason))),
            reason: Some(reason),
            ..self.notice(Event::Failed, entry)
        }
    }

    /// What makes a hold another one. How far a gate has come does not: people are told what is in the way, not how it gets on.
    fn identity(&self, hold: &Hold) -> String {
        match hold {
            Hold::Join { upstreams, .. } => {
                let states =
                    upstreams.iter().map(|(name, state)| (name, state.as_ref().map(|state| &state.digest)));
                format!("join {:?}", states.collect::<Vec<_>>())
            }
            Hold::Frozen(freeze) => format!("frozen {:?} {} {:?}", freeze.scope, freeze.at, freeze.until),
            Hold::Pinned(pin) => format!("pinned {} {} {:?}", pin.state, pin.at, pin.until),
            Hold::Quarantined { state, quarantine } => {
                format!("quarantined {} {}", state.digest, quarantine.at)
            }
            Hold::Unverified { phase, reports } => format!("unverified {phase} {:?}", closed(reports)),
            Hold::Gates(reports) => format!("gates {:?}", closed(reports)),
            Hold::Step { step, .. } => format!("step {step}"),
            Hold::Paused(pause) => format!("paused {}", pause.at),
            Hold::RollingOut { phase } => format!("rolling out {phase}"),
            Hold::EditedByHand { head, author, .. } => format!("edited {head} by {author}"),
            Hold::ClosedByHand { proposal } => format!("closed {}", proposal.url),
            Hold::Upstream { .. } | Hold::Undecided(_) => steady(&(self.words)(std::slice::from_ref(hold))),
        }
    }
}

/// Whether a proposal is new to people: what only renews its words or its branch is not.
fn is_another(planned: &Move, offered: &Offered) -> bool {
    match offered.step {
        Step::Open | Step::Replace => true,
        Step::Update => {
            let before = planned.offer().and_then(|offer| offer.proposed.state());
            before != Some(&planned.to.digest)
        }
        Step::Merge | Step::Wait => false,
    }
}

/// The gates at the bottom that are closed, and which of them for good.
fn closed(reports: &[Report]) -> Vec<(&str, &str, bool)> {
    reports
        .iter()
        .filter(|report| !report.verdict.opens())
        .flat_map(|report| match closed(&report.parts) {
            parts if parts.is_empty() => {
                vec![(&*report.gate.name, &*report.gate.specification, report.verdict.is_final())]
            }
            parts => parts,
        })
        .collect()
}

/// Whether an approval would let it go on.
fn approval_alone(holds: &[Hold]) -> bool {
    let [Hold::Gates(reports)] = holds else { return false };
    reports.iter().filter(|report| !report.verdict.opens()).all(waits_for_approval)
}

fn waits_for_approval(report: &Report) -> bool {
    if report.parts.is_empty() {
        return report.kind == "approval" && !report.verdict.is_final();
    }
    let mut closed = report.parts.iter().filter(|part| !part.verdict.opens());
    if report.kind == "any" { closed.any(waits_for_approval) } else { closed.all(waits_for_approval) }
}

/// Until when nothing can change: none where one of the holds does not say.
fn until(holds: &[Hold]) -> Option<Timestamp> {
    let each = holds.iter().map(|hold| match hold {
        Hold::Frozen(freeze) => freeze.until,
        Hold::Pinned(pin) => pin.until,
        Hold::Unverified { reports, .. } | Hold::Gates(reports) => {
            match Verdict::all(reports.iter().map(|report| report.verdict)) {
                Verdict::Pending { until } => until,
                _ => None,
            }
        }
        Hold::Step { until, .. } => Some(*until),
        Hold::Join { .. }
        | Hold::Upstream { .. }
        | Hold::Quarantined { .. }
        | Hold::Paused(_)
        | Hold::RollingOut { .. }
        | Hold::Undecided(_)
        | Hold::EditedByHand { .. }
        | Hold::ClosedByHand { .. } => None,
    });
    each.collect::<Option<Vec<Timestamp>>>()?.into_iter().max()
}

/// A sentence without the words that have digits in them: times, durations, commits and numbers differ from one look to the next.
fn steady(sentence: &str) -> String {
    let is_steady = |word: &&str| !word.contains(|c: char| c.is_ascii_digit());
    sentence.split_whitespace().filter(is_steady).collect::<Vec<_>>().join(" ")
}

/// Short, as there will be many of them and each is only compared with the one before.
fn digest(text: &str) -> String {
    StateDigest::of(text.as_bytes()).short().to_owned()
}
