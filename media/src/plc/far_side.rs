//! The far side of a gap: speech that waits behind it, led backwards into the gap.
//!
//! ```text
//! heard │ repeated forwards, softer and softer ╲╱ repeated backwards, louder and louder │ what waits
//!       └─ gap begins        └─ far side known: from here on the one gives way to the other
//! ```
//!
//! Concealment in the middle of what is known on both sides is better than any that goes on from the past alone: it arrives
//! at the sound that comes, and half as far from what it knows. The two are added in proportion and not by power, as what
//! both have in common is mostly voice. (Measured: decision 0020.)

use super::{blend, fade, longest_pitch};
use crate::pitch;

/// One period of what waits behind a gap, and where in the gap it is known.
#[derive(Clone, Debug)]
pub(super) struct FarSide {
    rate_hz: u32,
    /// One period from the gap's end on, with a smooth seam.
    repeated: Box<[i16]>,
    period: usize,
    /// Samples of the gap before it was known.
    start: usize,
    /// Samples of the whole gap; none if nothing is known.
    end: Option<usize>,
}

/// Periods that are searched: from 2.5 ms on. What waits is short, and no more of it is repeated than must be.
const LEAST_PERIODS_A_SECOND: u32 = 400;

impl FarSide {
    pub(super) fn new(rate_hz: u32) -> FarSide {
        FarSide {
            rate_hz,
            repeated: vec![0; longest_pitch(rate_hz)].into(),
            period: 0,
            start: 0,
            end: None,
        }
    }

    pub(super) fn forget(&mut self) {
        self.end = None;
    }

    /// Where the gap ends, if that is known.
    pub(super) fn end(&self) -> Option<usize> {
        self.end
    }

    /// Behind the gap, which ends `end` samples after it began and has come to `start`, there is `ahead`. Too little of it to
    /// find a period in changes nothing.
    pub(super) fn see(&mut self, ahead: &[i16], start: usize, end: usize) {
        let least = (self.rate_hz / LEAST_PERIODS_A_SECOND) as usize;
        // As much must be left to compare as the shortest period has twice.
        let Some(most) = ahead.len().checked_sub(2 * least) else {
            return;
        };
        let most = most.min(self.repeated.len());
        if most < least {
            return;
        }
        let period = pitch::search_ahead(ahead, least, most, self.rate_hz).lag;
        self.repeated[..period].copy_from_slice(&ahead[..period]);
        let overlap = (period / 4).min(ahead.len() - period);
        for (place, sample) in self.repeated[..overlap].iter_mut().enumerate() {
            *sample = blend(ahead[period + place], *sample, place + 1, overlap + 1);
        }
        (self.period, self.start, self.end) = (period, start, Some(end));
    }

    /// Leads `near`, the sample made up at this place of the gap, over to the far side.
    #[inline]
    pub(super) fn lead(&self, place: usize, near: f32) -> f32 {
        let Some(end) = self.end.filter(|_| place >= self.start) else {
            return near;
        };
        let (done, all) = (place - self.start, (end - self.start).max(1));
        let share = (done as f32 / all as f32).min(1.0);
        // Should it not come after all, what leads to it fades as well.
        let away = end.abs_diff(place);
        let from_end = place as isize - end as isize;
        let far = self.repeated[from_end.rem_euclid(self.period as isize) as usize];
        near * (1.0 - share) + f32::from(far) * fade(self.rate_hz, away) * share
    }
}
