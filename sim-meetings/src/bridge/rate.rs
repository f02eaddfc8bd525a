//! How much a camera sends, and how much it is told to send at most.

use std::time::Duration;

/// What came in the last second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    /// Which second is being counted.
    since: Duration,
    octets: u64,
    /// Octets of the second before.
    before: u64,
}

impl Rate {
    /// Notes a packet.
    pub(super) fn note(&mut self, now: Duration, octets: usize) {
        let passed = now.saturating_sub(self.since);
        if passed >= WINDOW {
            let is_next = passed < 2 * WINDOW;
            self.before = if is_next { self.octets } else { 0 };
            self.since = if is_next { self.since + WINDOW } else { now };
            self.octets = 0;
        }
        self.octets += octets as u64;
    }

    /// Bit/s: of the second being counted, and as much of the one before as is missing to a whole.
    pub(super) fn bits_per_second(&self, now: Duration) -> u64 {
        let passed = now.saturating_sub(self.since);
        let (whole, parts) = (WINDOW.as_millis() as u64, passed.as_millis() as u64);
        match passed {
            passed if passed < WINDOW => (self.octets + self.before * (whole - parts) / whole) * 8,
            passed if passed < 2 * WINDOW => self.octets * 8,
            _ => 0,
        }
    }
}

/// The limit that a camera is told: at once if it is much lower than before, every now and then otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limit {
    /// When it is to be found out.
    next: Duration,
    current: Option<u64>,
    told: Option<(u64, Duration)>,
}

impl Limit {
    /// Whether it is time to find it out.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        now >= self.next
    }

    /// Notes it, bit/s.
    pub(super) fn note(&mut self, now: Duration, limit: Option<u64>) {
        self.next = now + FIND_OUT_EVERY;
        self.current = limit;
    }

    /// What is to be told now; none if nothing is.
    pub(super) fn due(&mut self, now: Duration) -> Option<u64> {
        let limit = self.current?;
        let is_due = self
            .told
            .is_none_or(|(told, at)| now >= at + TELL_EVERY || limit < told - told / 10);
        if is_due {
            self.told = Some((limit, now));
        }
        is_due.then_some(limit)
    }
}

/// Time over which a rate is counted.
const WINDOW: Duration = Duration::from_secs(1);
/// How often a limit is found out.
const FIND_OUT_EVERY: Duration = Duration::from_millis(200);
/// How often it is told: what says it may be lost.
const TELL_EVERY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_second() {
        let at = Duration::from_millis;
        let mut rate = Rate::default();
        for packet in 0..300 {
            rate.note(at(5_000 + packet * 10), 125);
        }
        let now = rate.bits_per_second(at(7_995));
        assert!((99_000..=101_000).contains(&now), "{now}");
        assert_eq!(rate.bits_per_second(at(12_000)), 0);
        rate.note(at(12_000), 125);
        assert_eq!(rate.bits_per_second(at(12_000)), 1_000);
    }

    #[test]
    fn a_lower_limit_is_told_at_once_and_any_is_repeated() {
        let at = Duration::from_millis;
        let mut limit = Limit::default();
        assert_eq!(limit.due(at(0)), None);
        let mut told = Vec::new();
        for (ms, bits) in [
            (0, 500),
            (200, 490),
            (400, 300),
            (600, 600),
            (1_400, 600),
            (2_000, 600),
        ] {
            assert!(
                limit.is_due(at(ms))
                    && !{
                        limit.note(at(ms), Some(bits));
                        limit.is_due(at(ms + 100))
                    }
            );
            told.extend(limit.due(at(ms)).map(|bits| (ms, bits)));
        }
        assert_eq!(told, [(0, 500), (400, 300), (1_400, 600)]);
    }
}
