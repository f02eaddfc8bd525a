//! The rhythm of a camera: when each picture is due, without drift.

use std::time::Duration;

/// A tick that comes later by more has missed its pictures for good: the host slept.
const ASLEEP: Duration = Duration::from_millis(200);

/// Counts the pictures that were due.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rhythm {
    /// When it began, and pictures due since. None before the first tick.
    begun: Option<(Duration, u64)>,
}

impl Rhythm {
    /// The nominal time of the picture that is due at so many a second, if one is.
    pub(super) fn due(&mut self, now: Duration, rate: u32) -> Option<Duration> {
        let (start, count) = self.begun.get_or_insert((now, 0));
        let mut at = *start + nth(*count, rate);
        if now < at {
            return None;
        }
        while now - at >= ASLEEP {
            *count += 1;
            at = *start + nth(*count, rate);
        }
        *count += 1;
        (now >= at).then_some(at)
    }

    /// When the next is due; at once before the first.
    pub(super) fn deadline(&self, rate: u32) -> Duration {
        self.begun
            .map_or(Duration::ZERO, |(start, count)| start + nth(count, rate))
    }
}

/// Time of the nth picture, rounded up: steps are whole ticks of the RTP clock.
fn nth(count: u64, rate: u32) -> Duration {
    let nanos = (u128::from(count) * 1_000_000_000).div_ceil(u128::from(rate));
    Duration::from_nanos(nanos as u64)
}
