//! What makes no sense to ask a forge: the system is refused at start, each mistake at its own place.

use super::Template;
use crate::gate::Gate;
use crate::model::{Phase, Refusal, Source};
use crate::rollout::Rollout;

/// The refusals of what a phase says of its proposals, and of its gates that ask what its forge says.
pub(crate) fn refusals(phase: &Phase) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> =
        phase.proposing.iter().flat_map(|template| people(phase, template)).collect();
    let mut refuse = |gate: &Gate, sentence: &str| {
        let sentence = format!("a gate of phase `{}`: {sentence}", phase.name);
        refusals.push(Refusal::new(gate.declared(), sentence));
    };
    let is_in_files = matches!(phase.source, Source::Git { .. });
    for gate in phase.verification.iter().filter(|gate| gate.asks_forge()) {
        if !is_in_files {
            refuse(gate, "no commit brings states to the phase, so no forge can say anything of them");
        } else if gate.asks_people() && phase.proposing.is_none() {
            let why = "people review what is proposed, and states are pushed to the phase";
            refuse(gate, &format!("{why}; ask on the way in, by `.gate(...)`, or add `.propose()`"));
        }
    }
    for gate in phase.rollout.iter().flat_map(Rollout::asked).filter(|gate| gate.asks_people()) {
        let why = "people review what is proposed, and a rollout's steps are pushed";
        refuse(gate, &format!("{why}; ask on the way in, by `.gate(...)` on the phase"));
    }
    refusals
}

/// The refusals of names that nobody can have: empty ones, and paths that are no team's.
fn people(phase: &Phase, template: &Template) -> Vec<Refusal> {
    let refusal = |sentence: String| {
        Refusal::new(phase.declared, format!("the proposals of phase `{}`: {sentence}", phase.name))
    };
    let is_login = |name: &str| !name.is_empty() && !name.contains('/');
    let is_reviewer = |name: &str| is_login(name.strip_prefix("team/").unwrap_or(name));
    let shown = |name: &str| if name.is_empty() { "an empty name".to_owned() } else { format!("`{name}`") };
    let reviewers = template.reviewers.iter().filter(|name| !is_reviewer(name));
    let reviewers =
        reviewers.map(|name| refusal(format!("{} is no reviewer; name a login or `team/NAME`", shown(name))));
    let assignees = template.assignees.iter().filter(|name| !is_login(name));
    let assignees = assignees.map(|name| refusal(format!("{} is no assignee; name a login", shown(name))));
    reviewers.chain(assignees).collect()
}
