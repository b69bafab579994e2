//! Rollback: which older state somebody means.

use crate::history::Arrival;
use crate::model::State;

/// Why a phase cannot go back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RollbackError {
    /// There is no older state.
    #[error("there is no older state to go back to")]
    NoOlder,
    /// No state in the history is called so.
    #[error("the phase has had no state `{wanted}`")]
    Unknown {
        /// What was asked for.
        wanted: String,
    },
    /// Several states are called so.
    #[error("`{wanted}` may be any of {}", .candidates.join(", "))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// The digests it may be.
        candidates: Vec<String>,
    },
}

/// The newest state that will do, such as one that differs from the current one.
///
/// # Errors
/// When the history has none.
pub fn previous(history: &[Arrival], will_do: impl Fn(&State) -> bool) -> Result<&State, RollbackError> {
    states(history).find(|state| will_do(state)).ok_or(RollbackError::NoOlder)
}

/// The state that `wanted` names: by the beginning of its digest (with or without the algorithm), by its label, by the beginning of
/// the commit that brought it, or by its promotion.
///
/// # Errors
/// When it names none or several.
pub fn find<'a>(history: &'a [Arrival], wanted: &str) -> Result<&'a State, RollbackError> {
    let mut found: Vec<&State> = Vec::new();
    for arrival in history {
        let Some(state) = &arrival.state else { continue };
        let digest = state.digest.as_str();
        let digits = digest.split_once(':').map_or(digest, |(_, digits)| digits);
        let begins = |text: &str| wanted.len() >= 4 && text.starts_with(wanted);
        let named = digest == wanted
            || state.label == wanted
            || begins(digits)
            || begins(digest)
            || begins(arrival.commit.as_str())
            || arrival.promotion.as_ref().is_some_and(|record| record.promotion == wanted);
        if named && !found.iter().any(|known| known.same(state)) {
            found.push(state);
        }
    }
    match found.as_slice() {
        [] => Err(RollbackError::Unknown { wanted: wanted.to_owned() }),
        [only] => Ok(only),
        several => Err(RollbackError::Ambiguous {
            wanted: wanted.to_owned(),
            candidates: several.iter().map(|state| state.digest.to_string()).collect(),
        }),
    }
}

fn states(history: &[Arrival]) -> impl Iterator<Item = &State> {
    history.iter().filter_map(|arrival| arrival.state.as_ref())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::{Fields, StateDigest};
    use crate::source::git::CommitId;

    fn arrival(digest: &str, label: &str, commit: char) -> Arrival {
        let digest = StateDigest::new(digest);
        Arrival {
            merged_by: None,
            state: Some(State { digest, label: label.into(), fields: Fields::new(), drift: Vec::new() }),
            commit: CommitId::parse(&commit.to_string().repeat(40)).unwrap(),
            author: "Ada".into(),
            email: "ada@example.com".into(),
            at: Timestamp::UNIX_EPOCH,
            subject: String::new(),
            promotion: None,
        }
    }

    fn history() -> Vec<Arrival> {
        vec![
            arrival("sha256:aaaa1111", "1.2", 'a'),
            arrival("sha256:bbbb2222", "1.1", 'b'),
            arrival("sha256:aaaa1111", "1.2", 'c'),
            arrival("sha256:bbbb3333", "1.0", 'd'),
        ]
    }

    #[test]
    fn the_state_before_is_the_newest_that_differs() {
        let history = history();
        let current = history[0].state.clone().unwrap();
        assert_eq!(previous(&history, |state| !state.same(&current)).unwrap().label, "1.1");
        assert_eq!(previous(&history[..1], |state| !state.same(&current)), Err(RollbackError::NoOlder));
    }

    #[test]
    fn a_state_is_named_by_digest_label_or_commit() {
        let history = history();
        for wanted in ["sha256:bbbb2222", "bbbb2", "sha256:bbbb2", "1.1", "bbbbbbbb"] {
            assert_eq!(find(&history, wanted).unwrap().label, "1.1", "{wanted}");
        }
        // The same state twice is one state.
        assert_eq!(find(&history, "aaaa1").unwrap().label, "1.2");
    }

    #[test]
    fn what_names_several_or_none_is_refused() {
        let history = history();
        assert!(
            matches!(find(&history, "sha256:bbbb"), Err(RollbackError::Ambiguous { candidates, .. }) if candidates.len() == 2)
        );
        assert!(matches!(find(&history, "cafe"), Err(RollbackError::Unknown { .. })));
        // Three characters would be too easily meant for something else.
        assert!(matches!(find(&history, "bbb"), Err(RollbackError::Unknown { .. })));
    }
}
