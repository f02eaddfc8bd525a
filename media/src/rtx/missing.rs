//! Which packets of one source are missing, and when each is to be asked for.
//!
//! ```text
//!           a later packet came        asked      asked again       given up
//! missing ────────────────────► wait ───────► wait ─────────► ... ─────────► gone
//!                                 └── it comes after all ──────────────────► gone
//! ```
//!
//! RFC 4585 §6.2.1 (generic NACK). What was only overtaken comes by itself within [`OVERTAKEN`]; what was asked for is on its
//! way for a round trip.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Unwrapper;

/// Packets that may be waited for; with more missing at once the path is down, and a key frame is cheaper than they are.
pub const MISSING_MAX: usize = 256;
/// Time that a packet may be late by itself before it is asked for.
const OVERTAKEN: Duration = Duration::from_millis(5);
/// Requests for one packet.
const REQUESTS_MAX: u8 = 10;
/// Time after which a packet is of no use: longer than anybody watches a picture stand still.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two requests for one packet, before a repair has told how long it takes.
const PAUSE: Duration = Duration::from_millis(100);
/// Least time between two requests for one packet: timers are not finer.
const PAUSE_LEAST: Duration = Duration::from_millis(20);

/// The missing packets of one source.
#[derive(Clone, Debug)]
pub struct Missing {
    numbers: Unwrapper,
    /// In the order of their numbers.
    waiting: VecDeque<Waiting>,
    /// Numbers that the last [`Missing::due`] gave.
    due: Vec<u16>,
    /// Time between two requests for one packet: what repairs have taken.
    pause: Duration,
    statistics: MissingStatistics,
}

/// What was missing and what became of it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct MissingStatistics {
    /// Packets asked for, each counted once.
    pub asked: u64,
    /// Packets that came after they were asked for.
    pub repaired: u64,
    /// Packets that were given up.
    pub given_up: u64,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    number: u64,
    since: Duration,
    /// When it was asked for last.
    asked: Duration,
    /// When it is to be asked for next.
    next: Duration,
    requests: u8,
}

impl Default for Missing {
    fn default() -> Missing {
        Missing::new()
    }
}

impl Missing {
    /// Nothing is missing before the first packet.
    pub fn new() -> Missing {
        Missing {
            numbers: Unwrapper::default(),
            waiting: VecDeque::with_capacity(MISSING_MAX),
            due: Vec::with_capacity(MISSING_MAX),
            pause: PAUSE,
            statistics: MissingStatistics::default(),
        }
    }

    /// Notes a packet that came.
    #[inline]
    pub fn on_packet(&mut self, now: Duration, sequence: u16) {
        let before = self.numbers.highest();
        let number = self.numbers.sequence(sequence);
        let Some(highest) = before else {
            return;
        };
        if number == highest + 1 {
            return;
        }
        if number > highest {
            return self.miss(now, highest + 1..number);
        }
        let place = self.waiting.binary_search_by_key(&number, |one| one.number);
        if let Some(came) = place.ok().and_then(|place| self.waiting.remove(place)) {
            self.learn(now, &came);
        }
    }

    /// Notes a packet that came as a retransmission; one that is not missed changes nothing, whatever number it names.
    pub fn on_retransmission(&mut self, now: Duration, sequence: u16) {
        let is_it = |one: &Waiting| one.number as u16 == sequence;
        let place = self.waiting.iter().position(is_it);
        if let Some(came) = place.and_then(|place| self.waiting.remove(place)) {
            self.learn(now, &came);
        }
    }

    /// The packets that are to be asked for now, in the order of their numbers; none twice within the time that repairs take.
    pub fn due(&mut self, now: Duration) -> &[u16] {
        self.due.clear();
        let before = self.waiting.len();
        self.waiting.retain(|waiting| {
            waiting.requests < REQUESTS_MAX && now.saturating_sub(waiting.since) < PATIENCE
        });
        self.statistics.given_up += (before - self.waiting.len()) as u64;
        for waiting in self.waiting.iter_mut().filter(|one| one.next <= now) {
            self.statistics.asked += u64::from(waiting.requests == 0);
            waiting.requests += 1;
            (waiting.asked, waiting.next) = (now, now + self.pause);
            self.due.push(waiting.number as u16);
        }
        &self.due
    }

    /// When [`Missing::due`] has something to say.
    pub fn deadline(&self) -> Option<Duration> {
        self.waiting.iter().map(|waiting| waiting.next).min()
    }

    /// Forgets everything, as when a key frame is asked for or another source takes over.
    pub fn reset(&mut self) {
        self.statistics.given_up += self.waiting.len() as u64;
        self.waiting.clear();
        self.numbers = Unwrapper::default();
    }

    /// What was missing so far.
    pub fn statistics(&self) -> MissingStatistics {
        self.statistics
    }

    fn miss(&mut self, now: Duration, numbers: std::ops::Range<u64>) {
        let count = numbers.end - numbers.start;
        if self.waiting.len() as u64 + count > MISSING_MAX as u64 {
            self.statistics.given_up += self.waiting.len() as u64 + count;
            self.waiting.clear();
            return;
        }
        self.waiting.extend(numbers.map(|number| Waiting {
            number,
            since: now,
            asked: now,
            next: now + OVERTAKEN,
            requests: 0,
        }));
    }

    /// A packet that was asked for once and came tells how long repairs take; a quarter more waits for those that take longer.
    fn learn(&mut self, now: Duration, came: &Waiting) {
        self.statistics.repaired += u64::from(came.requests > 0);
        if came.requests == 1 {
            let took = now.saturating_sub(came.asked);
            let pause = (self.pause * 3 + took * 5 / 4) / 4;
            self.pause = pause.clamp(PAUSE_LEAST, PATIENCE);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn what_is_missing_is_asked_for_until_it_comes() {
        let mut missing = Missing::new();
        for sequence in [65_534, 65_535, 2, 3] {
            missing.on_packet(at(0), sequence);
        }
        // Overtaken ones come by themselves.
        assert_eq!(missing.deadline(), Some(at(5)));
        assert!(missing.due(at(4)).is_empty());
        missing.on_packet(at(4), 0);
        assert_eq!(missing.due(at(5)), [1]);
        assert!(missing.due(at(104)).is_empty());
        assert_eq!(missing.due(at(105)), [1]);
        missing.on_packet(at(160), 1);
        assert_eq!((missing.deadline(), missing.due(at(300)).len()), (None, 0));
        let counted = MissingStatistics {
            asked: 1,
            repaired: 1,
            given_up: 0,
        };
        assert_eq!(missing.statistics(), counted);
    }

    #[test]
    fn a_retransmission_of_what_is_not_missed_changes_nothing() {
        let mut missing = Missing::new();
        for sequence in [65_534, 1] {
            missing.on_packet(at(0), sequence);
        }
        assert_eq!(missing.due(at(5)), [65_535, 0]);
        for sequence in [65_535, 65_535, 40_000, 1] {
            missing.on_retransmission(at(50), sequence);
        }
        assert_eq!(missing.statistics().repaired, 1);
        assert_eq!(missing.due(at(500)), [0]);
    }

    #[test]
    fn requests_are_as_far_apart_as_repairs_take() {
        let mut missing = Missing::new();
        let mut now = 0;
        missing.on_packet(at(now), 0);
        for number in 1..20 {
            missing.on_packet(at(now), 2 * number);
            assert_eq!(missing.due(at(now + 5)), [2 * number - 1]);
            missing.on_packet(at(now + 45), 2 * number - 1);
            now += 100;
        }
        missing.on_packet(at(now), 42);
        assert_eq!(missing.due(at(now + 5)), [39, 40, 41]);
        // 40 ms and a quarter.
        assert!(missing.due(at(now + 54)).is_empty());
        assert_eq!(missing.due(at(now + 58)).len(), 3);
    }

    #[test]
    fn a_packet_that_never_comes_is_given_up() {
        let mut missing = Missing::new();
        missing.on_packet(at(0), 7);
        missing.on_packet(at(0), 9);
        let asked: usize = (0..300).map(|step| missing.due(at(10 * step)).len()).sum();
        assert_eq!(asked, usize::from(REQUESTS_MAX));
        assert_eq!(missing.statistics().given_up, 1);
        assert_eq!(missing.deadline(), None);
    }

    #[test]
    fn a_path_that_was_down_is_not_asked_for_all_of_it() {
        let mut missing = Missing::new();
        missing.on_packet(at(0), 0);
        missing.on_packet(at(900), 1_000);
        assert_eq!(missing.deadline(), None);
        assert_eq!(missing.statistics().given_up, 999);
        missing.on_packet(at(901), 1_002);
        assert_eq!(missing.due(at(906)), [1_001]);
        missing.reset();
        missing.on_packet(at(910), 5);
        assert_eq!(missing.deadline(), None);
    }

    proptest! {
        /// Whatever comes in whatever order: what came is not asked for, nothing twice at once, and few are waited for.
        #[test]
        fn what_came_is_not_asked_for(
            packets in proptest::collection::vec((any::<u16>(), 0u64..30), 1..300),
        ) {
            let mut missing = Missing::new();
            let mut now = 0;
            for (sequence, pause) in packets {
                now += pause;
                missing.on_packet(at(now), sequence);
                let due = missing.due(at(now)).to_vec();
                prop_assert!(due.len() <= MISSING_MAX);
                prop_assert!(due.windows(2).all(|pair| pair[0] != pair[1]));
                prop_assert!(!due.contains(&sequence));
            }
        }
    }
}
