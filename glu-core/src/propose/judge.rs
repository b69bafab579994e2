//! What is to become of a proposal: pure, so that a plan can say it.

use jiff::Timestamp;

use super::{Cleanup, Content, Proposed, Step, Template};
use crate::forge::Fate;
use crate::ledger::View;
use crate::model::PhaseId;
use crate::observe::BranchId;
use crate::plan::{Cause, Hold, Move, Standing};
use crate::source::git::CommitId;

/// What is to be done for a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judged {
    /// With the proposal.
    pub(crate) step: Step,
    /// Whether its branch has to be written anew.
    pub(crate) push: bool,
}

/// What a move needs, by what there is; or what holds it.
pub(crate) fn judge(proposed: &Proposed, planned: &Move, template: &Template) -> Result<Judged, Box<Hold>> {
    let is_fresh = is_fresh(proposed, planned);
    let push = !is_fresh;
    let edited = |author: &str| {
        let proposal = proposed.open().cloned().map(Box::new);
        Box::new(Hold::EditedByHand { proposal, head: proposed.head.clone(), author: author.to_owned() })
    };
    if let Some(proposal) = proposed.open() {
        if let (Content::Foreign { author }, None) = (&proposed.content, &planned.forced) {
            return Err(edited(author));
        }
        // A run that was killed may have left words behind that speak of something else.
        let misleads =
            proposed.mark.as_ref().is_some_and(|mark| mark.closed || mark.state != planned.to.digest);
        if is_fresh && !misleads {
            let is_ready = template.auto_merge
                && !proposal.merges_by_itself
                && !proposal.draft
                && planned.gates.iter().all(|report| report.verdict.opens());
            return Ok(Judged { step: if is_ready { Step::Merge } else { Step::Wait }, push });
        }
        let is_newer = proposed.state() != Some(&planned.to.digest);
        let step = if template.replace && is_newer { Step::Replace } else { Step::Update };
        return Ok(Judged { step, push });
    }
    // Who rolls back by hand has decided anew, and so has who forces.
    if let (None, Cause::Promotion) = (&planned.forced, planned.cause)
        && let Some(proposal) = proposed.closed_by_hand(&planned.to.digest)
    {
        return Err(Box::new(Hold::ClosedByHand { proposal: Box::new(proposal.clone()) }));
    }
    match &proposed.content {
        Content::Foreign { author } if planned.forced.is_none() && !is_decided(proposed) => {
            Err(edited(author))
        }
        _ => Ok(Judged { step: Step::Open, push }),
    }
}

/// What is no longer wanted of a proposal, as a phase stands.
pub(crate) fn leftover(
    proposed: &Proposed,
    base: &BranchId,
    id: &PhaseId,
    standing: &Standing,
    (ledger, now): (&View, Timestamp),
) -> Option<Cleanup> {
    if matches!(standing, Standing::Moves(_) | Standing::Proposed { .. }) {
        return None;
    }
    let proposal = proposed.proposal.as_ref()?;
    let is_ours = matches!(proposed.content, Content::Ours { .. });
    let close = if proposed.open().is_some() {
        // What people have added to it is theirs to keep or to close.
        if matches!(proposed.content, Content::Foreign { .. }) {
            return None;
        }
        let quarantine = proposed.state().and_then(|state| Some((state, ledger.quarantine(id, state)?)));
        // A rollback is wanted for as long as the phase is pinned to what it goes back to, though its upstreams have nothing else for it.
        let pin = ledger.pin(id, now).filter(|pin| proposed.state() == Some(&pin.state));
        Some(match (standing, quarantine) {
            (_, Some((state, bad))) => {
                format!("{} is quarantined by {}: {}", state.short(), bad.actor, bad.reason)
            }
            (Standing::Current(state), None) if pin.is_none() || proposed.state() == Some(&state.digest) => {
                format!("{id} is in {state}, and so are its upstreams: nothing is left to propose")
            }
            _ => return None,
        })
    } else {
        let by_us = proposed.mark.as_ref().is_some_and(|mark| mark.closed);
        let over = matches!(proposal.fate, Fate::Merged { .. }) || by_us;
        // What was closed by hand may be opened again, and needs its branch for that.
        if proposed.tip.is_none() || !over || !(is_ours || is_decided(proposed)) {
            return None;
        }
        None
    };
    Some(Cleanup {
        base: base.clone(),
        head: proposed.head.clone(),
        tip: proposed.tip.clone(),
        proposal: Box::new(proposal.clone()),
        close,
    })
}

/// Whether all that is on the branch belongs to a proposal that is decided, where it is kept.
fn is_decided(proposed: &Proposed) -> bool {
    let tip = proposed.tip.as_ref().map(CommitId::as_str);
    proposed
        .proposal
        .as_ref()
        .is_some_and(|proposal| proposal.fate != Fate::Open && Some(proposal.commit.as_str()) == tip)
}

/// Whether merging the branch as it is does exactly what the move does.
fn is_fresh(proposed: &Proposed, planned: &Move) -> bool {
    let Content::Ours { state, merged: Some(merged), .. } = &proposed.content else { return false };
    *state == planned.to.digest
        && planned
            .changes
            .iter()
            .all(|change| merged.file(&change.path).is_ok_and(|content| content == change.after))
}
