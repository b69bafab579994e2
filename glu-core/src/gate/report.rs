//! A gate's answer with everything that led to it.

use jiff::Timestamp;

use super::{Case, Check, Evaluation, Gate, Kind, Policy, Verdict, evaluate, rule};
use crate::ledger::{GateId, Sample};

/// A gate's answer with everything that led to it: a tree for gates of gates.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The gate.
    pub gate: GateId,
    /// Its kind, in one word.
    pub kind: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one line.
    pub reason: String,
    /// What would open it, in words.
    pub remedy: Option<String>,
    /// When the next sample is due; none where no sample is taken.
    pub due: Option<Timestamp>,
    /// Since when it is open, where samples tell that; what follows from facts does not say.
    pub opened: Option<Timestamp>,
    /// The newest sample.
    pub last: Option<(Timestamp, Sample)>,
    /// The gates it is made of.
    pub parts: Vec<Report>,
}

impl Report {
    /// Whether it, or a gate it is made of, asks what a forge says of a change.
    pub fn asks_the_proposal(&self) -> bool {
        rule::asks_forge(self.kind) || self.parts.iter().any(Self::asks_the_proposal)
    }
}

/// A check, and when it is to look next.
pub struct Due<'a> {
    /// The gate that the sample belongs to.
    pub gate: GateId,
    /// The check.
    pub check: &'a dyn Check,
    /// Its policy.
    pub policy: &'a Policy,
    /// What its samples have come to.
    pub verdict: Verdict,
    /// When its next sample is due; none where it is decided, or where a sample would come too late.
    pub at: Option<Timestamp>,
}

impl Gate {
    /// The gate's answer: a pure function of the case, for checks of the samples in its ledger.
    pub fn report(&self, case: &Case<'_>) -> Report {
        match &self.kind {
            Kind::Check { check, policy } => self.checked(&**check, policy, case),
            Kind::Rule(rule) => {
                let answer = rule.judge(case);
                let report = self.leaf(rule.kind(), answer.verdict, &answer.reason);
                Report { remedy: answer.remedy.filter(|_| !answer.verdict.opens()), ..report }
            }
            Kind::All(gates) => self.group("all", gates.len(), gates, case),
            Kind::Any(gates) => self.group("any", 1, gates, case),
            Kind::AtLeast(count, gates) => self.group("at least", *count, gates, case),
            Kind::Observe(gate) => {
                let inner = gate.report(case);
                let reason = format!("only observed: {}: {}", inner.verdict, inner.reason);
                let report = self.leaf("observe", inner.verdict.observed(), &reason);
                Report { due: inner.due, opened: inner.opened, parts: vec![inner], ..report }
            }
        }
    }

    /// Every check in it, each gate once.
    pub fn checks(&self, case: &Case<'_>) -> Vec<Due<'_>> {
        let mut checks = Vec::new();
        self.collect(case, false, &mut checks);
        checks
    }

    /// The checks whose next sample is due. Those that cannot matter any more, because enough others are open, are left in peace.
    pub fn due(&self, case: &Case<'_>) -> Vec<Due<'_>> {
        let mut checks = Vec::new();
        self.collect(case, true, &mut checks);
        checks.retain(|check| check.at.is_some_and(|at| at <= case.now));
        checks
    }

    fn collect<'a>(&'a self, case: &Case<'_>, relevant: bool, checks: &mut Vec<Due<'a>>) {
        match &self.kind {
            Kind::Check { check, policy } => {
                let gate = self.id();
                if checks.iter().all(|known| known.gate != gate) {
                    let Evaluation { verdict, due, .. } = seen(&gate, policy, case);
                    checks.push(Due { gate, check: &**check, policy, verdict, at: due });
                }
            }
            Kind::Rule(_) => {}
            Kind::All(gates) => gates.iter().for_each(|gate| gate.collect(case, relevant, checks)),
            Kind::Any(gates) | Kind::AtLeast(_, gates) => {
                if !(relevant && self.report(case).verdict.opens()) {
                    gates.iter().for_each(|gate| gate.collect(case, relevant, checks));
                }
            }
            Kind::Observe(gate) => gate.collect(case, relevant, checks),
        }
    }

    fn checked(&self, check: &dyn Check, policy: &Policy, case: &Case<'_>) -> Report {
        let gate = self.id();
        let Evaluation { verdict, reason, due, opened } = seen(&gate, policy, case);
        let last = case.ledger.samples(&gate, case.subject).iter().max_by_key(|(at, _)| *at).cloned();
        let remedy = (verdict.is_final() && !verdict.opens())
            .then(|| format!("`glu check --retry REASON {}` tries it anew", case.subject.phase));
        Report { due, opened, last, remedy, ..self.leaf(check.kind(), verdict, &reason) }
    }

    /// A group of which `needed` must open.
    fn group(&self, kind: &'static str, needed: usize, gates: &[Self], case: &Case<'_>) -> Report {
        let parts: Vec<Report> = gates.iter().map(|gate| gate.report(case)).collect();
        let verdict = Verdict::at_least(needed, parts.iter().map(|part| part.verdict));
        let open = parts.iter().filter(|part| part.verdict.opens()).count();
        let standing = format!("{open} of {} open, {needed} needed", parts.len());
        // The part whose verdict this is explains it.
        let explains = parts.iter().find(|part| part.verdict == verdict).filter(|_| !verdict.opens());
        let reason = match explains {
            Some(part) => format!("{standing}; `{}` says {verdict}: {}", part.gate.name, part.reason),
            None => standing,
        };
        let remedy = explains.and_then(|part| part.remedy.clone());
        let due = parts.iter().filter_map(|part| part.due).min();
        // It opened with the last of those that were needed.
        let mut times: Vec<Option<Timestamp>> =
            parts.iter().filter(|part| part.verdict.opens()).map(|part| part.opened).collect();
        times.sort_unstable();
        let opened = needed.checked_sub(1).and_then(|last| times.get(last).copied().flatten());
        Report { remedy, due, opened, parts, ..self.leaf(kind, verdict, &reason) }
    }

    fn leaf(&self, kind: &'static str, verdict: Verdict, reason: &str) -> Report {
        // A reason is one line, whatever a check or a person wrote.
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        Report {
            gate: self.id(),
            kind,
            verdict,
            reason,
            remedy: None,
            due: None,
            opened: None,
            last: None,
            parts: Vec::new(),
        }
    }
}

fn seen(gate: &GateId, policy: &Policy, case: &Case<'_>) -> Evaluation {
    evaluate(policy, case.arrived(), case.ledger.samples(gate, case.subject), case.now)
}
