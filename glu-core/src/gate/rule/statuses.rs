//! A forge's checks of the change pass.

use crate::announce::OWN;
use crate::forge::{Status, StatusState};
use crate::gate::{Answer, Case, Gate, Rule, Word, rule};

pub(super) const KIND: &str = "statuses";

/// Opens when these statuses and check runs pass, by the newest word of each. On the way in: of the phase's proposal where it proposes, else of the
/// commit that brought the state upstream. Of what runs, and in a rollout's step: of the commit that brought it there. What was skipped, or
/// has no opinion, passes, and the answer says so.
#[track_caller]
pub fn statuses<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Gate {
    rule(Statuses { names: names.into_iter().map(Into::into).collect() })
}

/// The rule behind [`statuses`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses {
    names: Vec<String>,
}

impl Rule for Statuses {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn specification(&self) -> String {
        format!("{:?}", self.names)
    }

    fn judge(&self, case: &Case<'_>) -> Answer {
        let (of, statuses) = match case.word {
            Some(Word::Said { of, statuses, .. }) => (of, statuses),
            Some(Word::Nothing(why)) => return Answer::pending(None, why),
            Some(Word::Unknown(why)) => return Answer::inconclusive(why),
            None => return Answer::inconclusive("no forge was asked"),
        };
        let named = |name: &String| statuses.iter().find(|status| status.name == *name);
        let of_state = |state: StatusState| -> Vec<&Status> {
            self.names.iter().filter_map(named).filter(|status| status.state == state).collect()
        };
        let failed = of_state(StatusState::Failed);
        if !failed.is_empty() {
            let said: Vec<String> = failed.into_iter().map(described).collect();
            return Answer::fail(format!("of {of}: {}", said.join("; ")));
        }
        let pending = self.names.iter().filter_map(|name| match named(name) {
            None => Some(format!("`{name}` has not reported")),
            Some(status) if status.state == StatusState::Pending => Some(format!("`{name}` is not decided")),
            Some(_) => None,
        });
        let pending: Vec<String> = pending.collect();
        match pending.is_empty() {
            true => {
                let aside = self.names.iter().filter_map(|name| {
                    let word = named(name)?.set_aside()?;
                    Some(format!("; `{name}` is {word}"))
                });
                Answer::pass(format!("all pass on {of}{}", aside.collect::<String>()))
            }
            false => Answer::pending(None, format!("of {of}: {}", pending.join("; "))),
        }
    }

    fn mistakes(&self) -> Vec<String> {
        if self.names.is_empty() {
            return vec!["it names no status".to_owned()];
        }
        let own = self.names.iter().filter(|name| name.starts_with(OWN));
        own.map(|name| format!("`{name}` is what glu says itself; ask `soak` or `.verify(...)` instead"))
            .collect()
    }
}

fn described(status: &Status) -> String {
    match status.description.is_empty() {
        true => format!("`{}` failed", status.name),
        false => format!("`{}` failed: {}", status.name, status.description),
    }
}
