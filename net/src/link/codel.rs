//! Controlled delay: drops at the head of a queue whose packets have waited too long for too long.
//!
//! ```text
//! Below ──waits ≥ TARGET──► Above ──for INTERVAL──► Dropping: one packet, then again after INTERVAL / √count
//!   ▲───────────────waits < TARGET────────────────────┘
//! ```
//!
//! RFC 8289 §4 and §5. One deviation: a link gives its verdict when a packet comes, so the exception for a queue shorter than
//! one MTU looks at the bytes ahead of the packet when it came instead of those behind it when it leaves.

use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct CoDel {
    first_above: Option<Duration>,
    dropping: bool,
    drop_next: Duration,
    count: u32,
    last_count: u32,
}

impl CoDel {
    /// Whether the packet that reaches the head now, after waiting this long behind this many bytes, is dropped.
    pub(crate) fn drops(&mut self, head: Duration, waited: Duration, bytes_ahead: u64) -> bool {
        let may_drop = self.may_drop(head, waited, bytes_ahead);
        match (self.dropping, may_drop) {
            (true, false) => {
                self.dropping = false;
                false
            }
            (true, true) if head >= self.drop_next => {
                self.count += 1;
                self.drop_next = next_drop(self.drop_next, self.count);
                true
            }
            (false, true) => {
                self.start(head);
                true
            }
            (true, true) | (false, false) => false,
        }
    }

    fn may_drop(&mut self, head: Duration, waited: Duration, bytes_ahead: u64) -> bool {
        if waited < TARGET || bytes_ahead <= MAX_PACKET {
            self.first_above = None;
            return false;
        }
        match self.first_above {
            None => {
                self.first_above = Some(head + INTERVAL);
                false
            }
            Some(since) => head >= since,
        }
    }

    /// RFC 8289 §5.5: soon after the last time, goes on at the rate that then controlled the queue.
    fn start(&mut self, head: Duration) {
        self.dropping = true;
        let recent = head.saturating_sub(self.drop_next) < 16 * INTERVAL;
        let delta = self.count.saturating_sub(self.last_count);
        self.count = if delta > 1 && recent { delta } else { 1 };
        self.last_count = self.count;
        self.drop_next = next_drop(head, self.count);
    }
}

/// RFC 8289 §5.4, `control_law`.
fn next_drop(from: Duration, count: u32) -> Duration {
    from + Duration::from_nanos((INTERVAL.as_nanos() as f64 / f64::from(count).sqrt()) as u64)
}

/// RFC 8289 §4.3: acceptable standing wait.
const TARGET: Duration = Duration::from_millis(5);
/// RFC 8289 §4.3: about a worst-case round trip.
const INTERVAL: Duration = Duration::from_millis(100);
/// RFC 8289 §5.1: `maxpacket`, here Ethernet's.
const MAX_PACKET: u64 = 1500;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::cause::Cause;
    use crate::link::queue::{Manager, QueueSpec};
    use crate::link::rate::RateSpec;
    use crate::link::trial::{Trial, ms};
    use crate::link::{LinkSpec, StageSpec};

    fn managed(bits_per_s: u64) -> LinkSpec {
        let queue = QueueSpec {
            packets: 100_000,
            manager: Manager::CoDel,
            ..QueueSpec::default()
        };
        LinkSpec {
            stages: vec![StageSpec::Rate(RateSpec { bits_per_s, queue })],
        }
    }

    #[test]
    fn drops_follow_the_square_root_law() {
        let mut codel = CoDel::default();
        let dropped: Vec<u64> = (0..2000)
            .filter(|now| codel.drops(ms(*now), ms(50), 100_000))
            .collect();
        // First after INTERVAL, then gaps of 100/√n ms, each rounded up to the next packet of 1 ms.
        assert_eq!(dropped[..6], [100, 200, 271, 329, 379, 424]);
        assert!(dropped.windows(2).all(|pair| pair[1] - pair[0] <= 100));
    }

    #[test]
    fn a_short_or_thin_queue_is_left_alone() {
        let mut codel = CoDel::default();
        assert!(!(0..2000).any(|now| codel.drops(ms(now), ms(4), 100_000)));
        assert!(!(0..2000).any(|now| codel.drops(ms(now), ms(50), 1500)));
    }

    #[test]
    fn a_wait_below_target_ends_the_dropping() {
        let mut codel = CoDel::default();
        let _ = (0..500)
            .filter(|now| codel.drops(ms(*now), ms(50), 100_000))
            .count();
        assert!(!codel.drops(ms(500), ms(1), 100_000));
        assert!(
            !(501..600).any(|now| codel.drops(ms(now), ms(50), 100_000)),
            "above again only after a whole interval"
        );
    }

    proptest::proptest! {
        // A sender 3 % too fast: drop-tail would let the wait grow without end, CoDel holds it down.
        #[test]
        fn slight_overload_keeps_a_short_queue(payload in 400..1400_usize) {
            let rate = 2_000_000;
            let gap = Duration::from_nanos((payload as u64 + 28) * 8_000_000_000 / rate * 97 / 100);
            let got = Trial::new(managed(rate)).packets(20_000).payload(payload).every(gap).run();
            let late = got.delays().skip(5000).max().unwrap();
            proptest::prop_assert!(got.drops.of(Cause::CoDel) > 0);
            proptest::prop_assert!(late < ms(400), "waited {late:?}");
        }
    }
}
