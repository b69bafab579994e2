//! Drafts: a proposal is one by how its title begins.

use super::super::fit::fit_line;
use super::wire::Pull;

/// How long a title may be, with what makes it a draft.
const LENGTH: usize = 255;
const PREFIX: &str = "WIP: ";
/// What makes a draft unless a server is configured otherwise (`WORK_IN_PROGRESS_PREFIXES`), without regard to case.
const PREFIXES: [&str; 2] = ["WIP:", "[WIP]"];

/// A title as the forge has it.
pub(super) fn written(title: &str, draft: bool) -> String {
    match draft {
        true => format!("{PREFIX}{}", fit_line(title, LENGTH - PREFIX.len())),
        false => fit_line(title, LENGTH),
    }
}

/// A title as it was meant.
pub(super) fn meant(pull: &Pull) -> &str {
    let prefix = |prefix: &&str| {
        let start = pull.title.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    match PREFIXES.iter().find(|known| prefix(known)) {
        Some(prefix) if pull.draft => pull.title[prefix.len()..].trim_start(),
        _ => &pull.title,
    }
}
