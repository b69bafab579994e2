//! People say yes to exactly one state.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::gate::words::{after, count, length, moment};
use crate::gate::{Answer, Case, Gate, Rule, rule};

/// Opens when so many different people approved exactly this state; who wrote the change does not count.
#[track_caller]
pub fn approval(count: usize) -> Gate {
    rule(Approval::by(count))
}

/// The rule behind [`approval`], with what else can be asked: `rule(Approval::by(2).of(["ann@example.com"]).expiring(days(7)))`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    count: usize,
    approvers: Option<BTreeSet<String>>,
    lifetime: Option<Duration>,
}

impl Approval {
    /// By so many different people.
    pub fn by(count: usize) -> Self {
        Self { count, approvers: None, lifetime: None }
    }

    /// Only these people count: addresses, or names where an actor has no address.
    #[must_use]
    pub fn of<N: Into<String>>(mut self, approvers: impl IntoIterator<Item = N>) -> Self {
        self.approvers = Some(approvers.into_iter().map(|approver| identity(&approver.into())).collect());
        self
    }

    /// An approval counts for so long.
    #[must_use]
    pub fn expiring(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// When an approval ends, where it does.
    fn end(&self, at: Timestamp) -> Option<Timestamp> {
        self.lifetime.map(|lifetime| after(at, lifetime))
    }
}

impl Rule for Approval {
    fn kind(&self) -> &'static str {
        "approval"
    }

    fn specification(&self) -> String {
        let Self { count, approvers, lifetime } = self;
        format!("{count} of {approvers:?} for {:?} ms", lifetime.map(|lifetime| lifetime.as_millis()))
    }

    fn judge(&self, case: &Case<'_>) -> Answer {
        let authors: BTreeSet<String> =
            case.upstreams.iter().flat_map(|stay| &stay.authors).map(|author| identity(author)).collect();
        // One person may approve under several spellings of one name.
        let mut counted: BTreeMap<String, (&str, Timestamp)> = BTreeMap::new();
        let mut ignored = Vec::new();
        for approval in case.ledger.approvals(case.subject) {
            let (who, person) = (approval.actor.as_str(), identity(&approval.actor));
            if authors.contains(&person) {
                ignored.push(format!("{who} wrote the change"));
            } else if self.approvers.as_ref().is_some_and(|approvers| !approvers.contains(&person)) {
                ignored.push(format!("{who} is not an approver"));
            } else if let Some(end) = self.end(approval.at).filter(|end| *end <= case.now) {
                ignored.push(format!("{who}'s approval expired at {}", moment(end)));
            } else {
                let newest = counted.entry(person).or_insert((who, approval.at));
                if approval.at > newest.1 {
                    *newest = (who, approval.at);
                }
            }
        }
        let names: Vec<&str> = counted.values().map(|(who, _)| *who).collect();
        if self.count > 0 && counted.len() >= self.count {
            return Answer::pass(format!("approved by {}", names.join(", ")));
        }
        let mut reason = format!("{} of {} given", counted.len(), count(self.count as u64, "approval"));
        if !names.is_empty() {
            reason.push_str(&format!(", by {}", names.join(", ")));
        }
        for why in ignored {
            reason.push_str(&format!("; {why}"));
        }
        let who = match &self.approvers {
            Some(approvers) => {
                format!(", by one of {}", approvers.iter().cloned().collect::<Vec<_>>().join(", "))
            }
            None if authors.is_empty() => String::new(),
            None => format!(", by anybody but {}", authors.into_iter().collect::<Vec<_>>().join(", ")),
        };
        Answer::pending(None, reason).remedy(format!("`glu approve {}`{who}", case.subject.phase))
    }

    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.count == 0 {
            mistakes.push("it asks for no approval".to_owned());
        }
        if let Some(approvers) = self.approvers.as_ref().filter(|approvers| approvers.len() < self.count) {
            mistakes.push(format!(
                "it asks for {} of {}",
                count(self.count as u64, "approval"),
                count(approvers.len() as u64, "approver")
            ));
        }
        if let Some(lifetime) = self.lifetime.filter(Duration::is_zero) {
            mistakes.push(format!("approvals that count for {} never count", length(lifetime)));
        }
        mistakes
    }
}

/// Who somebody is: their address where there is one, whatever they are called, in small letters.
fn identity(actor: &str) -> String {
    let address =
        actor.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address.trim());
    address.filter(|address| !address.is_empty()).unwrap_or(actor).trim().to_lowercase()
}
