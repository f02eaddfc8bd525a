//! How long speech must wait so that nearly all packets are there when their turn comes.
//!
//! Each packet's transit is compared with the least one of the last seconds; the target is a quantile of the difference,
//! taken over about the last ten seconds. The least is followed down at once and up after a while, so that the sender's
//! clock may drift and the route may change.

use std::time::Duration;

/// Width of a bucket.
const BUCKET_US: i64 = 5_000;
/// Buckets; the last one takes all that is more.
const BUCKETS: usize = 128;
/// Packets of a thousand that shall be in time.
const QUANTILE_PERMILLE: u64 = 970;
/// Half of the time over which the least transit is sought.
const WINDOW_US: i64 = 2_000_000;
/// A fall of the least transit by more is a new route, which takes its jitter with it.
const ROUTE_CHANGE_US: i64 = 40_000;
/// A transit that differs by more is a jump of a clock.
const CLOCK_JUMP_US: i64 = 3_000_000;
/// Packets between two looks at the quantile, once it has settled.
const REVIEW: u32 = 16;

/// Measures transit and gives the target.
#[derive(Clone, Debug)]
pub(super) struct DelayEstimator {
    counts: [u64; BUCKETS],
    total: u64,
    /// Weight of the next packet; it grows instead of the old ones shrinking.
    weight: u64,
    observed: u32,
    /// Least transit, to a bucket's width.
    base_us: i64,
    least_us: i64,
    least_before_us: i64,
    window_end_us: i64,
    target_us: i64,
    /// Delay on top, for packets that repair those before them.
    reserve_us: i64,
}

impl DelayEstimator {
    pub(super) fn new() -> DelayEstimator {
        DelayEstimator {
            counts: [0; BUCKETS],
            total: 0,
            weight: FIRST_WEIGHT,
            observed: 0,
            base_us: 0,
            least_us: i64::MAX,
            least_before_us: i64::MAX,
            window_end_us: 0,
            target_us: 0,
            reserve_us: 0,
        }
    }

    pub(super) fn target(&self) -> Duration {
        Duration::from_micros((self.target_us + self.reserve_us) as u64)
    }

    /// Waits so much longer than the jitter asks for.
    pub(super) fn set_reserve(&mut self, reserve: Duration) {
        self.reserve_us = reserve.as_micros() as i64;
    }

    /// By how much a packet with this timestamp, played `now`, is later than the target says; negative if too early.
    pub(super) fn excess(&self, now: Duration, timestamp_us: i64) -> i64 {
        now.as_micros() as i64 - timestamp_us - self.base_us - self.target_us - self.reserve_us
    }

    /// Notes an arrival.
    #[inline]
    pub(super) fn observe(&mut self, now: Duration, timestamp_us: i64) {
        let now_us = now.as_micros() as i64;
        let transit = now_us - timestamp_us;
        if self.observed == 0 || (transit - self.base_us).abs() > CLOCK_JUMP_US {
            *self = DelayEstimator {
                base_us: transit,
                window_end_us: now_us + WINDOW_US,
                reserve_us: self.reserve_us,
                ..DelayEstimator::new()
            };
        }
        self.follow(now_us, transit);
        let bucket = ((transit - self.base_us).max(0) / BUCKET_US).min(BUCKETS as i64 - 1);
        self.counts[bucket as usize] += self.weight;
        self.total += self.weight;
        self.weight += self.weight >> 9;
        if self.weight > WEIGHT_MAX {
            self.counts.iter_mut().for_each(|count| *count >>= 20);
            self.total = self.counts.iter().sum();
            self.weight >>= 20;
        }
        self.observed = self.observed.saturating_add(1);
        if self.observed < 4 * REVIEW || self.observed.is_multiple_of(REVIEW) {
            self.review();
        }
    }

    /// Moves the base to the least transit of the window.
    #[inline]
    fn follow(&mut self, now_us: i64, transit: i64) {
        self.least_us = self.least_us.min(transit);
        if now_us >= self.window_end_us {
            let rise = (self.least_us.min(self.least_before_us) - self.base_us) / BUCKET_US;
            if rise > 0 {
                self.base_us += rise * BUCKET_US;
                self.shift_down(rise as usize);
                self.review();
            }
            (self.least_before_us, self.least_us) = (self.least_us, i64::MAX);
            self.window_end_us = now_us + WINDOW_US;
        }
        if transit < self.base_us {
            let fall = self.base_us - transit;
            self.base_us = transit;
            if fall < ROUTE_CHANGE_US {
                self.shift_up((fall / BUCKET_US) as usize);
            }
        }
    }

    fn shift_down(&mut self, by: usize) {
        let by = by.min(BUCKETS - 1);
        let merged: u64 = self.counts[..by].iter().sum();
        self.counts.copy_within(by.., 0);
        self.counts[BUCKETS - by..].fill(0);
        self.counts[0] += merged;
    }

    fn shift_up(&mut self, by: usize) {
        let by = by.min(BUCKETS - 1);
        let merged: u64 = self.counts[BUCKETS - by..].iter().sum();
        self.counts.copy_within(..BUCKETS - by, by);
        self.counts[..by].fill(0);
        self.counts[BUCKETS - 1] += merged;
    }

    fn review(&mut self) {
        let enough = self.total / 1_000 * QUANTILE_PERMILLE;
        let mut sum = 0;
        let bucket = self.counts.iter().position(|count| {
            sum += count;
            sum >= enough
        });
        self.target_us = (bucket.unwrap_or(BUCKETS - 1) as i64 + 1) * BUCKET_US;
    }
}

const FIRST_WEIGHT: u64 = 1 << 20;
const WEIGHT_MAX: u64 = 1 << 42;
