//! Taking away what is no longer wanted: proposals of what nobody wants any more, and the branches of those that are decided.

use super::{Cleanup, Mark, body};
use crate::access::Access;
use crate::forge::{Forge, ForgeError, Proposal, Wording};
use crate::model::PhaseId;
use crate::observe::{BranchId, Problem};
use crate::plan::Plan;
use crate::promote::Failure;

/// What was taken away.
#[derive(Debug, Clone)]
pub struct Cleaned {
    /// The branch that it went to.
    pub base: BranchId,
    /// The proposal.
    pub proposal: Proposal,
    /// Why it was closed; none where only its branch was deleted.
    pub closed: Option<String>,
}

/// Takes away what a plan says is no longer wanted.
pub fn clean(access: &Access, plan: &Plan) -> Vec<(PhaseId, Result<Cleaned, Failure>)> {
    let wanted = plan.entries.iter().filter_map(|entry| Some((entry, entry.cleanup.as_deref()?)));
    wanted.map(|(entry, cleanup)| (entry.id.clone(), one(access, cleanup))).collect()
}

fn one(access: &Access, cleanup: &Cleanup) -> Result<Cleaned, Failure> {
    let source = &cleanup.base.source;
    let forge = access.forge_of(source)?;
    if let Some(why) = &cleanup.close {
        let what = format!("closing {}", cleanup.proposal.url);
        access
            .step(&what, || {
                let mark = body::mark(&cleanup.proposal.body);
                close(&*forge, &cleanup.proposal, mark.as_ref(), &sentence(why))
            })
            .map_err(Problem::from)?;
    }
    let repository = access.repository(source)?;
    // Only where it was seen: whoever has pushed since means something by it.
    if let Some(tip) = cleanup.tip.as_ref() {
        let _lock = repository.lock()?;
        let what = format!("deleting {}", cleanup.head);
        let _ = access.step(&what, || repository.delete(&cleanup.head, tip))?;
    }
    access.forget();
    Ok(Cleaned {
        base: cleanup.base.clone(),
        proposal: (*cleanup.proposal).clone(),
        closed: cleanup.close.clone(),
    })
}

/// Closes a proposal. It says first that it was not closed by hand.
pub(super) fn close(
    forge: &dyn Forge,
    proposal: &Proposal,
    mark: Option<&Mark>,
    why: &str,
) -> Result<(), ForgeError> {
    let known = match mark {
        Some(mark) => mark.clone(),
        None => Mark {
            state: crate::model::StateDigest::new(""),
            title: body::title_digest(&proposal.title),
            gates: String::new(),
            closed: true,
        },
    };
    let block = body::block(&Mark { closed: true, ..known }, &body::ours(&proposal.body));
    let wording = Wording {
        title: proposal.title.clone(),
        body: body::renewed(&proposal.body, &block, forge.body_limit()),
        draft: proposal.draft,
        ..Wording::default()
    };
    forge.update(proposal.number, &wording)?;
    forge.close(proposal.number, why)
}

fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    match letters.next() {
        Some(first) => format!("Closed by glu: {}{}.", first, letters.as_str().trim_end_matches('.')),
        None => "Closed by glu.".to_owned(),
    }
}
