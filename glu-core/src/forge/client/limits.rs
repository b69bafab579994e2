//! How much a forge still wants to hear. Whoever shares the value shares the knowledge, by the forge's address and the credential.
//!
//! Forges tell in three ways: how many requests remain and when that is reset (`x-ratelimit-*`, `ratelimit-*`), how long to stay away
//! (`retry-after`), and, on GitHub's secondary limits, only in words.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ureq::http::Uri;

use super::{Answer, Authorization};
use crate::http::origin;

/// How long GitHub wants to be left alone when it does not say; each further time twice as long (docs.github.com, "Best practices for using the
/// REST API").
const UNSAID: Duration = Duration::from_secs(60);
/// A reset below this is a number of seconds, above it a time.
const EPOCH: i64 = 1_000_000_000;

/// What is known of limits, shared by all who have a clone of it.
#[derive(Clone, Default)]
pub struct Limits(Arc<Mutex<BTreeMap<Account, Known>>>);

/// Whose limit, of which kind: GraphQL is counted apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Account {
    origin: String,
    credential: u64,
    is_graphql: bool,
}

#[derive(Default)]
struct Known {
    /// How many requests remain until when.
    window: Option<(u64, Timestamp)>,
    /// Until when nothing is to be asked, whatever remains.
    closed: Option<Timestamp>,
    /// How often in a row it said no without saying for how long.
    strikes: u32,
}

impl Account {
    pub(super) fn of(uri: &Uri, authorization: Option<&Authorization>) -> Self {
        Self {
            origin: format!("{:?}", origin(uri)),
            credential: authorization.map_or(0, Authorization::fingerprint),
            is_graphql: uri.path().ends_with("/graphql"),
        }
    }
}

impl Limits {
    /// Until when nothing should be asked; none when now is as good as later.
    pub(super) fn closed_until(&self, account: &Account, now: Timestamp) -> Option<Timestamp> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What remains is counted apart; to be left alone is meant of everything.
        let other = Account { is_graphql: !account.is_graphql, ..account.clone() };
        let closed = [account, &other].map(|account| all.get(account).and_then(|known| known.closed));
        let window = all.get(account).and_then(|known| known.window);
        let used_up = window.filter(|(remaining, _)| *remaining == 0).map(|(_, reset)| reset);
        closed.into_iter().chain([used_up]).flatten().filter(|until| *until > now).max()
    }

    /// Takes note of an answer; whether it is a refusal because of a limit, so that nothing was done.
    pub(super) fn hear(&self, account: &Account, answer: &Answer, now: Timestamp) -> bool {
        let number =
            |names: [&str; 2]| names.iter().find_map(|name| answer.header(name)?.trim().parse::<i64>().ok());
        let remaining = number(["x-ratelimit-remaining", "ratelimit-remaining"]);
        let reset =
            number(["x-ratelimit-reset", "ratelimit-reset"]).and_then(|reset| until(reset, answer, now));
        let after = answer.header("retry-after").and_then(|after| stay_away(after, answer, now));
        let is_used_up = remaining == Some(0);
        let is_limit = match answer.status {
            429 => true,
            403 => is_used_up || after.is_some() || is_about_limits(answer.said()),
            _ => false,
        };

        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(account.clone()).or_default();
        if let (Some(remaining), Some(reset)) = (remaining, reset) {
            let remaining = u64::try_from(remaining).unwrap_or(0);
            known.window = match known.window {
                // Answers may come in another order than they were given.
                Some((before, same)) if same >= reset && same > now => Some((before.min(remaining), same)),
                _ => Some((remaining, reset)),
            };
        }
        known.closed = known.closed.into_iter().chain(after).max();
        if !is_limit {
            known.strikes = 0;
        } else if after.is_none() && !(is_used_up && reset.is_some()) {
            let wait = UNSAID * 2u32.pow(known.strikes.min(6));
            known.strikes += 1;
            known.closed = known.closed.max(later(now, wait));
        }
        is_limit
    }
}

/// When a window is reset, by our own clock: forges tell by theirs.
fn until(reset: i64, answer: &Answer, now: Timestamp) -> Option<Timestamp> {
    if reset < EPOCH {
        return later(now, Duration::from_secs(u64::try_from(reset).ok()?));
    }
    translate(Timestamp::from_second(reset).ok()?, answer, now)
}

/// `retry-after`: seconds or a date (RFC 9110, section 10.2.3).
fn stay_away(after: &str, answer: &Answer, now: Timestamp) -> Option<Timestamp> {
    let after = after.trim();
    match after.parse::<u64>() {
        Ok(seconds) => later(now, Duration::from_secs(seconds)),
        Err(_) => translate(date(after)?, answer, now),
    }
}

/// A time by the server's clock as one by ours. It counts in whole seconds, so one more makes sure.
fn translate(time: Timestamp, answer: &Answer, now: Timestamp) -> Option<Timestamp> {
    let theirs = answer.header("date").and_then(date).unwrap_or(now);
    now.checked_add(time.duration_since(theirs)).ok()?.checked_add(SignedDuration::from_secs(1)).ok()
}

fn date(text: &str) -> Option<Timestamp> {
    Some(jiff::fmt::rfc2822::parse(text).ok()?.timestamp())
}

fn later(now: Timestamp, wait: Duration) -> Option<Timestamp> {
    now.checked_add(SignedDuration::try_from(wait).ok()?).ok()
}

fn is_about_limits(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["rate limit", "abuse detection", "too many requests"].iter().any(|words| said.contains(words))
}
