//! Keeping the words of a proposal true while it waits: gates open and close on it, and its checklist says so.

use super::make::wording;
use super::{Content, body};
use crate::access::Access;
use crate::change::Change;
use crate::model::System;
use crate::observe::Problem;
use crate::plan::{Move, Plan, Standing};

/// Renews our part of the text of those proposals of a plan whose gates say something else than when it was written. Gives what could not be renewed, a
/// sentence each.
pub fn renew(system: &System, access: &Access, plan: &Plan) -> Vec<String> {
    let waiting = plan.entries.iter().filter_map(|entry| match &entry.standing {
        Standing::Proposed { planned, .. } => Some(&**planned),
        _ => None,
    });
    waiting.filter_map(|planned| one(system, access, planned).err()).collect()
}

fn one(system: &System, access: &Access, planned: &Move) -> Result<(), String> {
    let proposing = system.phase(&planned.id).and_then(|(_, phase)| phase.proposing.as_ref());
    let (Some(template), Some(offer)) = (proposing, planned.offer()) else { return Ok(()) };
    let (Some(open), Some(mark)) = (offer.proposed.open(), &offer.proposed.mark) else { return Ok(()) };
    if mark.gates == body::gates_digest(&planned.gates) {
        return Ok(());
    }
    let title_is_theirs = mark.title != body::title_digest(&open.title);
    let renewed = access.forge_of(&planned.branch.source).and_then(|forge| {
        let forced = match &offer.proposed.content {
            Content::Ours { forced, .. } => forced.clone(),
            _ => None,
        };
        let change = Change::of(&Move { forced, ..planned.clone() });
        let wording = wording(&*forge, template, &change, Some(open), title_is_theirs, None);
        let what = format!("renewing the words of {}", open.url);
        access.step(&what, || forge.update(open.number, &wording)).map_err(Problem::from)
    });
    renewed
        .map(drop)
        .map_err(|problem| format!("{} does not say how its gates stand now: {problem}", open.url))
}
