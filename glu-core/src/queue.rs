//! Queues: the states of an upstream that a phase takes one after another, where it does not take the newest alone.

use crate::facts::Arrived;
use crate::history::Arrival;
use crate::model::{State, StateDigest};

/// How many states of an upstream are looked through for a phase's place in the line, and as many of the phase's own.
pub const DEEPEST: usize = 500;

/// The states of an upstream that came after those that a phase has had, the next one first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queue {
    /// The states.
    pub waiting: Vec<Waiting>,
}

/// A state that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The state.
    pub state: State,
    /// How it last came into the upstream.
    pub arrived: Arrived,
}

impl Queue {
    /// Those that wait for a phase that has had these states, by what came to its upstream, both newest first.
    ///
    /// The place in the line is after the newest of the phase's states that the upstream has had. A state that came to the upstream
    /// several times counts from the last time: what the upstream itself went back from is not taken. A phase that has had none of
    /// them has no place, and nothing waits for it.
    pub fn new<'a>(upstream: &[Arrival], had: impl IntoIterator<Item = &'a StateDigest>) -> Self {
        let newest = |digest: &StateDigest| {
            upstream.iter().position(|arrival| has(arrival).is_some_and(|state| state.digest == *digest))
        };
        let mut waiting = Vec::new();
        let mut place = had.into_iter().find_map(newest).unwrap_or(0);
        while let Some(next) = upstream[..place].iter().rposition(|arrival| arrival.state.is_some()) {
            let Some(state) = has(&upstream[next]) else { break };
            place = newest(&state.digest).unwrap_or(next);
            let arrival = &upstream[place];
            let authors = arrival.authors();
            waiting.push(Waiting {
                state: state.clone(),
                arrived: Arrived { at: arrival.at, authors, landing: None },
            });
        }
        Self { waiting }
    }

    /// How a state that waits came into the upstream.
    pub fn arrived(&self, state: &State) -> Option<&Arrived> {
        self.waiting.iter().find(|waiting| waiting.state.same(state)).map(|waiting| &waiting.arrived)
    }
}

/// Whether an upstream has had any of these states.
pub(crate) fn knows(upstream: &[Arrival], digest: &StateDigest) -> bool {
    upstream.iter().filter_map(has).any(|state| state.digest == *digest)
}

fn has(arrival: &Arrival) -> Option<&State> {
    arrival.state.as_ref()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::Fields;
    use crate::source::git::CommitId;

    /// Arrivals as they came, oldest first; `-` is none that can be read.
    fn came(states: &str) -> Vec<Arrival> {
        let arrival = |(second, state): (usize, &str)| Arrival {
            state: (state != "-").then(|| State {
                digest: StateDigest::new(state),
                label: String::new(),
                fields: Fields::new(),
                drift: Vec::new(),
            }),
            commit: CommitId::parse(&"1".repeat(40)).unwrap(),
            author: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
            merged_by: None,
            at: Timestamp::from_second(i64::try_from(second).unwrap()).unwrap(),
            subject: String::new(),
            promotion: None,
        };
        let mut arrivals: Vec<Arrival> = states.split_whitespace().enumerate().map(arrival).collect();
        arrivals.reverse();
        arrivals
    }

    /// What waits for a phase that has had these, newest first; with the seconds in which it came.
    fn waits(upstream: &str, had: &str) -> String {
        let had: Vec<StateDigest> = had.split_whitespace().map(StateDigest::new).collect();
        let queue = Queue::new(&came(upstream), &had);
        let said = queue
            .waiting
            .iter()
            .map(|waiting| format!("{}@{}", waiting.state.digest, waiting.arrived.at.as_second()));
        said.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_came_after_the_state_of_the_phase_waits_in_its_order() {
        assert_eq!(waits("a b c d", "b"), "c@2 d@3");
        assert_eq!(waits("a b c d", "d"), "");
        assert_eq!(waits("a - b - -", "a"), "b@2");
    }

    #[test]
    fn a_state_counts_from_its_last_coming() {
        // The upstream went back from b.
        assert_eq!(waits("a b a", "a"), "");
        assert_eq!(waits("a b a c", "a"), "c@3");
        assert_eq!(waits("0 a b a c", "0"), "a@3 c@4");
    }

    #[test]
    fn what_was_done_by_hand_does_not_lose_the_place() {
        assert_eq!(waits("a b c d", "by-hand b a"), "c@2 d@3");
        // After a rollback, the line goes on from where the phase went back to.
        assert_eq!(waits("a b c d", "a c b a"), "b@1 c@2 d@3");
        assert_eq!(waits("a b c d", "by-hand c b"), "d@3");
    }

    #[test]
    fn a_phase_that_has_had_none_of_them_has_no_place() {
        assert_eq!(waits("a b c d", "x y"), "");
        assert_eq!(waits("", "x"), "");
    }
}
