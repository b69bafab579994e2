//! A forge in memory over a real bare repository: heads and bases are its branches, and merging really merges.
//!
//! It keeps what every forge keeps, and says it in no forge's dialect. It is a [`Forge`](crate::forge::Forge) by itself; what speaks HTTP is put on top
//! of it, so that one scenario runs on every forge.

#[cfg(any(feature = "dialects", all(test, feature = "registry")))]
pub mod azure;
#[cfg(any(feature = "dialects", all(test, feature = "registry")))]
pub mod bitbucket;
mod direct;
#[cfg(any(feature = "dialects", all(test, feature = "registry")))]
pub mod gitea;
#[cfg(any(feature = "dialects", all(test, feature = "registry")))]
pub mod github;
#[cfg(any(feature = "dialects", all(test, feature = "registry")))]
pub mod gitlab;
mod hands;
mod merge;
mod operations;
pub mod server;
mod state;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Remote;
use crate::clock::Clock;

pub use merge::Way;
pub use operations::Wanted;
pub use state::{Action, Comment, HostedProposal, HostedReview, Outcome, Refused, Rules, Said, State};

/// The login that programs act under.
pub const BOT: &str = "glu-bot";

/// One repository as a forge hosts it.
pub struct Hosted {
    name: String,
    path: PathBuf,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    later: Mutex<Vec<(Timestamp, Box<Hand>)>>,
}

/// Something that happens on a forge by itself.
type Hand = dyn FnOnce(&Hosted) + Send;

impl Hosted {
    /// Hosts a repository under a name such as `acme/environments`. It knows the people `ada`, `grace` and `linus`, and the team `platform`.
    pub fn new(name: &str, remote: &Remote) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            path: remote.path().to_owned(),
            clock: remote.clock(),
            state: Mutex::new(State::new()),
            later: Mutex::default(),
        })
    }

    /// What the repository is called on the forge.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bare repository.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The time on the forge.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Works with everything it keeps, brought up to date with the branches first. What is asked of the forge inside waits for ever.
    pub fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        self.happen();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.follow(&mut state);
        work(&mut state)
    }

    /// Lets something happen when so much time has passed, as soon as somebody looks.
    pub fn later(&self, time: Duration, hand: impl FnOnce(&Self) + Send + 'static) {
        let due = self.now().saturating_add(SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX));
        let due = due.unwrap_or(Timestamp::MAX);
        self.later.lock().unwrap_or_else(PoisonError::into_inner).push((due, Box::new(hand)));
    }

    fn happen(&self) {
        let now = self.now();
        loop {
            let hand = {
                let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(place) = later.iter().position(|(due, _)| *due <= now) else { return };
                later.remove(place).1
            };
            hand(self);
        }
    }
}

#[cfg(test)]
mod tests;
