//! How long gaps are of late: who waits as long as they last knows how each ends when it begins, and leads over to that.

use std::time::Duration;

/// Gaps that are remembered.
const REMEMBERED: usize = 8;
/// Gaps from which on the line is one that loses, and no longer one that lost.
const ENOUGH: u32 = 3;
/// Time after which a gap is forgotten.
pub(super) const FOR: Duration = Duration::from_secs(10);

/// The last gaps of a stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Outages {
    gaps: [Gap; REMEMBERED],
    newest: usize,
}

/// When a gap was over, and how long it was; one of no time is none.
#[derive(Clone, Copy, Debug, Default)]
struct Gap {
    end: Duration,
    len: Duration,
}

impl Outages {
    /// A gap of this length is over.
    pub(super) fn note(&mut self, now: Duration, len: Duration) {
        self.newest = (self.newest + 1) % REMEMBERED;
        self.gaps[self.newest] = Gap { end: now, len };
    }

    /// Of the last gap something came after all: it was late, which is for the delay to follow.
    pub(super) fn forget_last(&mut self) {
        self.gaps[self.newest].len = Duration::ZERO;
    }

    /// How long a gap is in the mean; none while gaps are rare.
    pub(super) fn mean(&self, now: Duration) -> Option<Duration> {
        let is_recent = |gap: &&Gap| gap.len > Duration::ZERO && gap.end + FOR > now;
        let (count, sum) = self
            .gaps
            .iter()
            .filter(is_recent)
            .fold((0, Duration::ZERO), |(count, sum), gap| {
                (count + 1, sum + gap.len)
            });
        (count >= ENOUGH).then(|| sum / count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn gaps_count_from_the_third_within_ten_seconds() {
        let mut outages = Outages::default();
        for (second, len) in [(1, ms(20)), (4, ms(40)), (6, ms(60))] {
            assert_eq!(outages.mean(s(second)), None, "at {second} s");
            outages.note(s(second), len);
        }
        assert_eq!(outages.mean(s(6)), Some(ms(40)));
        assert_eq!(outages.mean(s(11)), None, "the first is forgotten");
    }

    #[test]
    fn a_packet_that_is_late_makes_no_gap() {
        let mut outages = Outages::default();
        (1..=3).for_each(|second| outages.note(s(second), ms(20)));
        assert_eq!(outages.mean(s(3)), Some(ms(20)));
        outages.forget_last();
        assert_eq!(outages.mean(s(3)), None);
    }

    #[test]
    fn the_oldest_make_way() {
        let mut outages = Outages::default();
        (0..20).for_each(|_| outages.note(s(1), ms(180)));
        (0..REMEMBERED).for_each(|_| outages.note(s(1), ms(40)));
        assert_eq!(outages.mean(s(1)), Some(ms(40)));
    }
}
