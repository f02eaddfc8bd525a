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
/// Time between two requests for one packet, before a repair has told how long it takes: most paths are no longer. After
/// [`REQUESTS_QUICK`] it doubles with each, so that a long path is not flooded.
const PAUSE: Duration = Duration::from_millis(50);
/// Requests for one packet before they become rarer, as long as no repair has come.
const REQUESTS_QUICK: u8 = 4;
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
    /// What repairs have taken, once one has come.
    round_trip: Option<Duration>,
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
    /// When it was asked for first.
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
            round_trip: None,
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
        let round_trip = self.round_trip;
        for waiting in self.waiting.iter_mut().filter(|one| one.next <= now) {
            if waiting.requests == 0 {
                self.statistics.asked += 1;
                waiting.asked = now;
            }
            waiting.requests += 1;
            waiting.next = now + pause(round_trip, waiting.requests);
            self.due.push(waiting.number as u16);
        }
        &self.due
    }

    /// When [`Missing::due`] has something to say.
    pub fn deadline(&self) -> Option<Duration> {
        self.waiting.iter().map(|waiting| waiting.next).min()
    }

    /// What a repair takes from the first request until it comes, in the mean of the last ones; none before the first.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
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

    /// A packet that was asked for and came tells how long repairs take.
    ///
    /// It is not known which request it answers. Counted from the first, one that got lost makes the time too long, which the
    /// next repairs put right; counted from the last, a path that became longer would never be noticed.
    fn learn(&mut self, now: Duration, came: &Waiting) {
        if came.requests == 0 {
            return;
        }
        self.statistics.repaired += 1;
        let took = now.saturating_sub(came.asked);
        self.round_trip = Some(self.round_trip.map_or(took, |mean| (mean * 3 + took) / 4));
    }
}

/// Time until a packet that was asked for so often is asked for again: a quarter more than repairs take.
fn pause(round_trip: Option<Duration>, requests: u8) -> Duration {
    let doublings = requests.saturating_sub(REQUESTS_QUICK);
    let pause = match round_trip {
        Some(round_trip) => (round_trip * 5 / 4).max(PAUSE_LEAST),
        None => PAUSE * (1 << doublings.min(REQUESTS_MAX)),
    };
    pause.min(PATIENCE)
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
        assert!(missing.due(at(54)).is_empty());
        assert_eq!(missing.due(at(55)), [1]);
        missing.on_packet(at(100), 1);
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

    /// When one packet is asked for, in ms, if it comes at `comes`.
    fn asked(missing: &mut Missing, began: u64, comes: u64) -> Vec<u64> {
        let first = 2 * (began / 1_000) as u16;
        missing.on_packet(at(began), first);
        missing.on_packet(at(began), first + 2);
        let asked = |ms: &u64| !missing.due(at(began + ms)).is_empty();
        let asked = (0..comes).filter(asked).collect();
        missing.on_packet(at(began + comes), first + 1);
        asked
    }

    #[test]
    fn a_long_path_is_learned_and_not_flooded() {
        let mut missing = Missing::new();
        assert_eq!(
            asked(&mut missing, 0, 605),
            [5, 55, 105, 155, 205, 305, 505]
        );
        assert_eq!(missing.round_trip(), Some(at(600)));
        assert_eq!(asked(&mut missing, 1_000, 605), [5]);
        // It becomes longer still.
        assert_eq!(asked(&mut missing, 2_000, 905), [5, 755]);
        assert_eq!(missing.round_trip(), Some(at(675)));
        assert_eq!(asked(&mut missing, 3_000, 905), [5, 849]);
    }

    #[test]
    fn a_request_that_gets_lost_is_forgotten_by_the_mean() {
        let mut missing = Missing::new();
        assert_eq!(asked(&mut missing, 0, 95), [5, 55]);
        assert_eq!(missing.round_trip(), Some(at(90)));
        for second in 1..20 {
            assert_eq!(asked(&mut missing, second * 1_000, 45), [5]);
        }
        let round_trip = missing.round_trip().unwrap();
        assert!((at(40)..at(41)).contains(&round_trip), "{round_trip:?}");
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
        assert_eq!(asked(&mut missing, 0, 30), [5]);
        missing.on_packet(at(1_000), 7);
        let times = (0..300).map(|step| missing.due(at(1_000 + 10 * step)).len());
        let asked: usize = times.sum();
        // 3, 4, 5 and 6.
        assert_eq!(asked, 4 * usize::from(REQUESTS_MAX));
        assert_eq!(missing.statistics().given_up, 4);
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
