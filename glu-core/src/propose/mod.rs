//! Proposals: how a state gets into a phase whose branch is not written to but proposed to.
//!
//! Each phase has one branch of its own, and at most one open proposal from it. `look` reads what there is, `judge` says what is to become of it (that
//! is pure, and part of planning), `make` makes it so and `clean` takes away what is no longer wanted. The body that people read and the mark by
//! which glu knows its own are in `body`.

mod body;
mod clean;
mod judge;
mod look;
mod make;
mod mistakes;
mod proposed;
mod renew;
mod template;
mod words;

pub use clean::{Cleaned, clean};
pub(crate) use judge::{Judged, judge, leftover};
pub use look::look;
pub(crate) use make::{make, rehearse};
pub(crate) use mistakes::refusals;
pub use proposed::{Cleanup, Content, Mark, Offer, Offered, Proposed, Step, Way};
pub use renew::renew;
pub use template::{Template, proposal};
pub use words::{own_words, step_words, word};

use crate::model::PhaseId;

/// The branch that a phase's proposals come from. Different phases have different ones.
pub fn head_branch(id: &PhaseId) -> String {
    format!("glu/{}/{}", part(&id.pipeline), part(&id.phase))
}

/// A name as a part of a branch's. Names are made of what git takes, but for one ending that it keeps for itself.
fn part(name: &str) -> String {
    let stem = name.trim_end_matches('_');
    if stem.to_ascii_lowercase().ends_with(".lock") { format!("{name}_") } else { name.to_owned() }
}

#[cfg(test)]
mod tests;
