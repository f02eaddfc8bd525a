//! Timers: T1, T2, T4, the constants made of them, and an ordered set of deadlines.
//!
//! RFC 3261 §17 and table 4; RFC 6026 §7 and §8 (L and M).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Estimate of the round-trip time (RFC 3261 §17.1.1.1).
pub const T1: Duration = Duration::from_millis(500);
/// Longest pause between retransmissions of non-INVITE requests and of answers (RFC 3261 §17.1.2.2).
pub const T2: Duration = Duration::from_secs(4);
/// Longest time a message stays in the network (RFC 3261 §17.1.2.2).
pub const T4: Duration = Duration::from_secs(5);

/// How long a client waits for an answer: timers B and F; also H, J, L and M (64 × T1).
pub const TIMEOUT: Duration = Duration::from_secs(32);
/// How long an INVITE client absorbs repeated refusals on unreliable transports (RFC 3261 §17.1.1.2: at least 32 s).
pub const TIMER_D: Duration = Duration::from_secs(32);
/// An INVITE server says 100 by itself after this time without any answer (RFC 3261 §17.2.1).
pub const TRYING_AFTER: Duration = Duration::from_millis(200);
/// A provisional answer is repeated this often so that no proxy gives up (RFC 3261 §13.3.1.1).
pub const PROGRESS_EVERY: Duration = Duration::from_secs(60);

/// An incoming INVITE is not left ringing for longer; the minimum of timer C (RFC 3261 §16.6 step 11). Its caller may be gone
/// without our knowing it.
pub const RINGING_MAX: Duration = Duration::from_secs(180);
/// An outgoing INVITE is cancelled after this time: somewhat later than who rings gives up.
pub const CALLING_MAX: Duration = Duration::from_secs(200);

/// How long to wait before what was granted for so many seconds is asked for again: early enough for the request to be
/// repeated to the end (64 × T1 and some). A short grant leaves no room for that: half of it then.
pub fn refresh_after(granted_s: u32) -> Duration {
    let granted = Duration::from_secs(granted_s.into());
    let wait = if granted >= 2 * REFRESH_BEFORE {
        granted - REFRESH_BEFORE
    } else {
        granted / 2
    };
    wait.max(Duration::from_secs(1))
}

/// A refresh goes out this much before the expiry.
const REFRESH_BEFORE: Duration = Duration::from_secs(40);

/// Who wants to be woken when: one deadline a key, the earliest found in O(log n).
#[derive(Clone, Debug)]
pub struct Deadlines<K> {
    by_time: BTreeSet<(Duration, K)>,
    by_key: BTreeMap<K, Duration>,
}

impl<K: Copy + Ord> Deadlines<K> {
    /// An empty set.
    pub const fn new() -> Self {
        Self {
            by_time: BTreeSet::new(),
            by_key: BTreeMap::new(),
        }
    }

    /// Sets, moves or (with `None`) removes the deadline of `key`.
    pub fn set(&mut self, key: K, deadline: Option<Duration>) {
        if self.by_key.get(&key).copied() == deadline {
            return;
        }
        let before = match deadline {
            Some(time) => self.by_key.insert(key, time),
            None => self.by_key.remove(&key),
        };
        if let Some(time) = before {
            self.by_time.remove(&(time, key));
        }
        if let Some(time) = deadline {
            self.by_time.insert((time, key));
        }
    }

    /// The earliest deadline of all.
    pub fn next(&self) -> Option<Duration> {
        self.by_time.first().map(|(time, _)| *time)
    }

    /// Removes and gives the key whose deadline has come, the earliest first.
    pub fn pop(&mut self, now: Duration) -> Option<K> {
        let &(time, key) = self.by_time.first()?;
        if time > now {
            return None;
        }
        self.by_time.pop_first();
        self.by_key.remove(&key);
        Some(key)
    }

    /// How many keys have a deadline.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether no key has a deadline.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}

impl<K: Copy + Ord> Default for Deadlines<K> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_a_moved_deadline_is_not_seen_twice() {
        let mut deadlines = Deadlines::new();
        deadlines.set('a', Some(T4));
        deadlines.set('b', Some(T2));
        deadlines.set('a', Some(T1));
        deadlines.set('c', Some(T1));
        deadlines.set('c', None);
        assert_eq!(deadlines.next(), Some(T1));
        assert_eq!(deadlines.pop(T1), Some('a'));
        assert_eq!(deadlines.pop(T1), None);
        assert_eq!(deadlines.pop(T4), Some('b'));
        assert!(deadlines.is_empty());
    }
}
