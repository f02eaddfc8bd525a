//! Freezes: pictures that stood still for longer than the eye forgives.
//!
//! W3C webrtc-stats, `freezeCount`: a picture follows the one before by more than three times the mean of the last thirty
//! intervals, and more than that mean and 150 ms.

use std::time::Duration;

/// Intervals that the mean is taken over.
const INTERVALS: usize = 30;
/// What an interval may exceed the mean by.
const GRACE: Duration = Duration::from_millis(150);

/// What was seen of a stream of pictures. The names are W3C's.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FreezeStatistics {
    /// Pictures shown (`framesRendered`).
    pub frames_rendered: u64,
    /// Freezes that ended (`freezeCount`).
    pub freeze_count: u64,
    /// Time that they lasted, each as the whole interval (`totalFreezesDuration`).
    pub total_freezes_duration: Duration,
    /// Sum of the intervals between pictures (`totalInterFrameDelay`).
    pub total_inter_frame_delay: Duration,
    /// Longest interval.
    pub longest: Duration,
}

/// Watches when pictures are shown.
#[derive(Clone, Debug, Default)]
pub struct FreezeWatch {
    last: Option<Duration>,
    intervals: [Duration; INTERVALS],
    count: usize,
    sum: Duration,
    statistics: FreezeStatistics,
}

impl FreezeWatch {
    /// Notes that a picture is shown.
    pub fn on_picture(&mut self, now: Duration) {
        self.statistics.frames_rendered += 1;
        if let Some(last) = self.last.replace(now) {
            self.on_interval(now.saturating_sub(last));
        }
    }

    /// Whether the picture stands still now.
    pub fn is_frozen(&self, now: Duration) -> bool {
        self.last
            .is_some_and(|last| self.is_freeze(now.saturating_sub(last)))
    }

    /// Lets a time without pictures pass that was wanted, as when the other side blocks its camera.
    pub fn pause(&mut self) {
        self.last = None;
    }

    /// What was seen.
    pub fn statistics(&self) -> FreezeStatistics {
        self.statistics
    }

    fn on_interval(&mut self, interval: Duration) {
        let statistics = &mut self.statistics;
        statistics.total_inter_frame_delay += interval;
        statistics.longest = statistics.longest.max(interval);
        if self.is_freeze(interval) {
            self.statistics.freeze_count += 1;
            self.statistics.total_freezes_duration += interval;
        }
        let place = self.count % INTERVALS;
        self.sum = self.sum + interval - self.intervals[place];
        self.intervals[place] = interval;
        self.count += 1;
    }

    fn is_freeze(&self, interval: Duration) -> bool {
        let Some(mean) = self.sum.checked_div(self.count.min(INTERVALS) as u32) else {
            return false;
        };
        interval > (mean * 3).max(mean + GRACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_long_against_the_rhythm_is_a_freeze() {
        let mut watch = FreezeWatch::default();
        let mut now = Duration::ZERO;
        let mut step = |watch: &mut FreezeWatch, ms| {
            now += Duration::from_millis(ms);
            watch.on_picture(now);
            now
        };
        for _ in 0..40 {
            step(&mut watch, 33);
        }
        // Mean and 150 ms is 183 ms here.
        step(&mut watch, 183);
        assert_eq!(watch.statistics().freeze_count, 0);
        let now = step(&mut watch, 250);
        let statistics = watch.statistics();
        assert_eq!(statistics.freeze_count, 1);
        assert_eq!(
            statistics.total_freezes_duration,
            Duration::from_millis(250)
        );
        assert_eq!(statistics.longest, Duration::from_millis(250));
        assert_eq!(statistics.frames_rendered, 42);
        assert!(!watch.is_frozen(now + Duration::from_millis(100)));
        assert!(watch.is_frozen(now + Duration::from_millis(300)));
        // Slow pictures are slow, not frozen.
        let mut watch = FreezeWatch::default();
        for number in 0..10 {
            watch.on_picture(Duration::from_secs(number));
        }
        assert_eq!(watch.statistics().freeze_count, 0);
    }
}
