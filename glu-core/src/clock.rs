//! Time and chance, injected: so that tests, simulations and explanations can be repeated.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// What time it is, and how to wait.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits.
    fn sleep(&self, duration: Duration);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// A clock that stands still until it is told otherwise; waiting moves it on.
#[derive(Debug)]
pub struct FakeClock(AtomicI64);

impl FakeClock {
    /// Stands at this time.
    pub fn at(time: Timestamp) -> Self {
        Self(AtomicI64::new(time.as_millisecond()))
    }

    /// Moves on.
    pub fn advance(&self, duration: Duration) {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }

    fn sleep(&self, duration: Duration) {
        self.advance(duration);
    }
}

/// Chance: for identifiers and for waiting times that should not coincide. Not for secrets.
pub trait Random: Send + Sync {
    /// 64 bits.
    fn next(&self) -> u64;
}

/// The operating system's chance, through the standard library's hash keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn next(&self) -> u64 {
        RandomState::new().build_hasher().finish()
    }
}

/// A repeatable sequence (splitmix64).
#[derive(Debug)]
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Random for SeededRandom {
    fn next(&self) -> u64 {
        let mut value =
            self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst).wrapping_add(0x9e37_79b9_7f4a_7c15);
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }
}

/// Identifiers that sort by time: ULIDs, 26 characters of Crockford's base 32 (github.com/ulid/spec). Those of one value are monotonic: of two
/// made in the same millisecond the later one sorts later, since what happened second must read as second.
#[derive(Debug, Default)]
pub struct Identifiers(Mutex<u128>);

impl Identifiers {
    /// A new identifier.
    pub fn next(&self, clock: &dyn Clock, random: &dyn Random) -> String {
        let milliseconds = u128::from(clock.now().as_millisecond().unsigned_abs()) & ((1 << 48) - 1);
        let chance = (u128::from(random.next()) << 64 | u128::from(random.next())) & ((1 << 80) - 1);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = milliseconds << 80 | chance;
        // A clock that went back makes no identifier that sorts before the last one.
        *last = if fresh > *last { fresh } else { *last + 1 };
        encode(*last)
    }
}

fn encode(bits: u128) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    (0..26)
        .rev()
        .map(|digit| char::from(DIGITS[usize::try_from(bits >> (5 * digit) & 31).unwrap_or(0)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_sort_by_time_and_carry_it() {
        // The specification's own example: 1469918176385 ms encodes as 01ARYZ6S41.
        let clock = FakeClock::at(Timestamp::from_millisecond(1_469_918_176_385).unwrap());
        let random = SeededRandom::new(1);
        let identifiers = Identifiers::default();
        let first = identifiers.next(&clock, &random);
        assert_eq!(&first[..10], "01ARYZ6S41");
        assert_eq!(first.len(), 26);
        clock.advance(Duration::from_millis(1));
        assert!(identifiers.next(&clock, &random) > first);
    }

    #[test]
    fn what_is_second_in_a_millisecond_sorts_second() {
        let clock = FakeClock::at(Timestamp::UNIX_EPOCH);
        let random = SeededRandom::new(7);
        let identifiers = Identifiers::default();
        let made: Vec<String> = (0..100).map(|_| identifiers.next(&clock, &random)).collect();
        assert!(made.is_sorted_by(|left, right| left < right), "{made:?}");
    }
}
