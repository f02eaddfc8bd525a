//! How long speech must wait so that nearly all packets are there when their turn comes.
//!
//! Each packet's transit is compared with the least one of late; the target is a quantile of the difference. Both are taken
//! over two spells: the one that runs, and the whole one before it. When a spell ends, the older is forgotten at once, and
//! so is whatever stood in it: a queue that drained is out of the target within two spells, however long it had stood, where
//! counts that fade by degrees would keep it until it is less than the quantile leaves out.
//!
//! The least transit is followed down at once and up when a spell ends, so that the sender's clock may drift and the route
//! may change. What was counted against the old one stays as it is: a fall says that the way is shorter, and not that it
//! was more uneven before.

use std::time::Duration;

use super::spell::{BUCKETS, Spell};

/// Width of a bucket.
const BUCKET_US: i64 = 5_000;
/// Packets of a thousand that shall be in time.
const QUANTILE_PERMILLE: u32 = 970;
/// Time that a spell lasts at least: two of them, and the shortening of speech after them, are less than 10 s.
const SPELL_US: i64 = 3_500_000;
/// Packets of a spell at least, so that a sparse stream has a quantile too.
const SPELL_PACKETS: u32 = 50;
/// A transit that differs by more is a jump of a clock.
const CLOCK_JUMP_US: i64 = 3_000_000;
/// Packets between two looks at the quantile, once it has settled; a packet that is too late has it looked at at once.
const REVIEW: u32 = 16;

/// Measures transit and gives the target. What every packet touches stands first.
#[derive(Clone, Debug)]
#[repr(C)]
pub(super) struct DelayEstimator {
    /// Least transit, to a bucket's width; none before the first packet.
    base_us: Option<i64>,
    target_us: i64,
    /// Delay on top, for packets that repair those before them.
    reserve_us: i64,
    spell_end_us: i64,
    running: Spell,
    before: Spell,
}

impl DelayEstimator {
    /// Octets at its start that most packets touch.
    pub(super) const HEAD: usize = std::mem::offset_of!(DelayEstimator, running) + Spell::HEAD;

    pub(super) fn new() -> DelayEstimator {
        DelayEstimator {
            base_us: None,
            target_us: 0,
            reserve_us: 0,
            spell_end_us: 0,
            running: Spell::new(),
            before: Spell::new(),
        }
    }

    #[inline]
    pub(super) fn target(&self) -> Duration {
        Duration::from_micros(self.target_us())
    }

    #[inline]
    pub(super) fn target_us(&self) -> u64 {
        (self.target_us + self.reserve_us).max(0) as u64
    }

    /// Waits so much longer than the jitter asks for.
    #[inline]
    pub(super) fn set_reserve(&mut self, reserve: Duration) {
        self.reserve_us = reserve.as_micros() as i64;
    }

    /// Waits at least so much longer. Less would have speech shortened now and lengthened soon after, which is heard.
    pub(super) fn raise_reserve(&mut self, reserve: Duration) {
        self.reserve_us = self.reserve_us.max(reserve.as_micros() as i64);
    }

    /// By how much a packet with this timestamp, played `now`, is later than the target says; negative if too early.
    #[inline]
    pub(super) fn excess(&self, now_us: i64, timestamp_us: i64) -> i64 {
        let transit = now_us - timestamp_us;
        transit - self.base_us.unwrap_or(transit) - self.target_us - self.reserve_us
    }

    /// Notes an arrival.
    #[inline]
    pub(super) fn observe(&mut self, now_us: i64, timestamp_us: i64) {
        let transit = now_us - timestamp_us;
        let base = match self.base_us {
            Some(base) if (transit - base).abs() <= CLOCK_JUMP_US => base,
            Some(_) | None => self.begin(now_us, transit),
        };
        if now_us >= self.spell_end_us && self.running.packets() >= SPELL_PACKETS {
            self.end_spell(now_us);
        }
        let base = self.base_us.unwrap_or(base).min(transit);
        self.base_us = Some(base);
        let late_us = transit - base;
        self.running.count(transit, (late_us / BUCKET_US) as usize);
        let observed = self.running.packets();
        let is_new = observed + self.before.packets() < 4 * REVIEW;
        if late_us >= self.target_us || is_new || observed.is_multiple_of(REVIEW) {
            self.review();
        }
    }

    /// The first packet, or the first by another clock.
    #[cold]
    fn begin(&mut self, now_us: i64, transit: i64) -> i64 {
        *self = DelayEstimator {
            base_us: Some(transit),
            spell_end_us: now_us + SPELL_US,
            reserve_us: self.reserve_us,
            ..DelayEstimator::new()
        };
        transit
    }

    /// Forgets the older spell, and what was the least transit if no packet was as fast since.
    #[cold]
    fn end_spell(&mut self, now_us: i64) {
        self.spell_end_us = now_us + SPELL_US;
        let least = self.running.least_us().min(self.before.least_us());
        self.before = std::mem::replace(&mut self.running, Spell::new());
        let base = self.base_us.unwrap_or(least);
        let rise = (least - base) / BUCKET_US;
        if rise > 0 {
            self.base_us = Some(base + rise * BUCKET_US);
            self.before.lower(rise as usize);
        }
        self.review();
    }

    fn review(&mut self) {
        let packets = self.running.packets() + self.before.packets();
        let enough = (u64::from(packets) * u64::from(QUANTILE_PERMILLE)).div_ceil(1_000) as u32;
        let mut sum = 0;
        let counts = self.running.counts().iter().zip(self.before.counts());
        let bucket = counts
            .map(|(&a, &b)| u32::from(a) + u32::from(b))
            .position(|count| {
                sum += count;
                sum >= enough
            });
        self.target_us = (bucket.unwrap_or(BUCKETS - 1) as i64 + 1) * BUCKET_US;
    }
}

#[cfg(test)]
mod tests;
