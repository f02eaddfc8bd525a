//! Samples that wait for a frame, the frame itself, and their stretching by one pitch period.

use std::ops::Range;

use super::FRAME_MAX;
use crate::near;
use crate::pitch;
use crate::plc::{blend, history_len};

/// Correlation from which a period may be taken out or put in without being heard.
const ALIKE: f32 = 0.85;
/// Any correlation.
const ANYHOW: f32 = f32::NEG_INFINITY;
/// Stretch that is compared with an earlier one, and blended with it.
const WINDOW_MS: usize = 10;
/// Samples in which a period is looked for: more would find periods longer than a pitch has.
const STRETCHED_MS: usize = 30;
/// Room that a decoder finds, and the longest frame.
const ROOM_MS: usize = FRAME_MAX.as_millis() as usize;
/// Time that goes by until what was heard moves to the front again; it is written once meanwhile.
const TURN_MS: usize = 200;

/// Decoded samples that are not put out yet, and behind them those that were, for concealment to go on from.
///
/// What is put out is lent where it stands, and not copied:
///
/// ```text
///  0            start - history      start           end
///  | ...        |  what was heard    |  what waits   |  room of the next packet  |
///                          [ frame ]
/// ```
#[derive(Debug)]
pub(super) struct Pending {
    samples: Box<[i16]>,
    /// Never less than `history`.
    start: usize,
    end: usize,
    /// Where the frame stands that is lent.
    lent: Range<usize>,
    history: usize,
    rate_hz: u32,
}

impl Pending {
    pub(super) fn new(rate_hz: u32) -> Pending {
        let history = history_len(rate_hz);
        let len = history + rate_hz as usize / 1_000 * (ROOM_MS + TURN_MS);
        Pending {
            samples: vec![0; len].into(),
            start: history,
            end: history,
            lent: 0..0,
            history,
            rate_hz,
        }
    }

    /// See [`near`]: where the next samples will be put.
    #[inline]
    pub(super) fn fetch(&self) {
        let end = self
            .samples
            .len()
            .min(self.end + self.rate_hz as usize / 50);
        near::fetch(&self.samples[self.end..end]);
    }

    pub(super) fn clear(&mut self) {
        (self.start, self.end) = (self.history, self.history);
        self.samples[..self.history].fill(0);
        self.samples[self.lent.clone()].fill(0);
    }

    /// Samples that wait.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Samples that a frame may have.
    #[inline]
    pub(super) fn frame_max(&self) -> usize {
        self.millis(ROOM_MS)
    }

    /// Whether there is enough to find a period in: two windows. Packets of 10 ms yield it by twos.
    #[inline]
    pub(super) fn is_stretchable(&self) -> bool {
        self.len() >= self.millis(2 * WINDOW_MS)
    }

    #[inline]
    fn millis(&self, ms: usize) -> usize {
        self.rate_hz as usize / 1_000 * ms
    }

    /// Lends the first `count` of what waits, at most [`Pending::frame_max`]; what is missing of them is silence.
    #[inline]
    pub(super) fn lend(&mut self, count: usize) {
        if let Some(missing) = count.checked_sub(self.len()) {
            self.room()[..missing].fill(0);
            self.push(missing);
        }
        self.lent = self.start..self.start + count;
        self.start += count;
    }

    /// Lends samples that do not come from what waits, to be written; at most [`Pending::frame_max`].
    pub(super) fn lend_apart(&mut self, count: usize) -> &mut [i16] {
        self.room();
        self.lent = self.end..self.end + count;
        &mut self.samples[self.lent.clone()]
    }

    /// What is lent.
    #[inline]
    pub(super) fn lent(&self) -> &[i16] {
        &self.samples[self.lent.clone()]
    }

    /// Room behind what waits: [`ROOM_MS`], as no more than a packet waits.
    #[inline]
    pub(super) fn room(&mut self) -> &mut [i16] {
        let room = self.millis(ROOM_MS);
        if self.end + room > self.samples.len() {
            self.turn();
        }
        let end = self.samples.len().min(self.end + room);
        &mut self.samples[self.end..end]
    }

    /// Moves what waits and the history to the front.
    #[cold]
    fn turn(&mut self) {
        // What waits may be shortened, and the history must be whole without it.
        let kept = self.start - self.history;
        self.samples.copy_within(kept..self.end, 0);
        (self.start, self.end) = (self.start - kept, self.end - kept);
    }

    /// Takes `count` samples of the room into what waits.
    #[inline]
    pub(super) fn push(&mut self, count: usize) -> &mut [i16] {
        let start = self.end;
        self.end = (self.end + count).min(self.samples.len());
        &mut self.samples[start..self.end]
    }

    /// As [`Pending::push`], with what stands before: as much as concealment wants.
    pub(super) fn push_after(&mut self, count: usize) -> (&[i16], &mut [i16]) {
        let start = self.end;
        self.end = (self.end + count).min(self.samples.len());
        let (before, room) = self.samples[..self.end].split_at_mut(start);
        (&before[start - self.history..], room)
    }

    /// The last `count` samples that wait.
    pub(super) fn last(&self, count: usize) -> &[i16] {
        &self.samples[self.end.saturating_sub(count)..self.end]
    }

    /// Takes one pitch period out of what waits, or as many as fit if it is urgent; gives the samples, zero if they are not
    /// alike enough.
    pub(super) fn shorten(&mut self, is_urgent: bool) -> usize {
        let alike = if is_urgent { ANYHOW } else { ALIKE };
        let Some((fresh, window, period)) = self.period(alike) else {
            return 0;
        };
        let len = fresh.len();
        let lag = match is_urgent {
            true => (len - window) / period * period,
            false => period,
        };
        let (late, early) = (len - window, len - window - lag);
        for place in 0..window {
            fresh[early + place] = blend(
                fresh[early + place],
                fresh[late + place],
                place + 1,
                window + 1,
            );
        }
        self.end -= lag;
        lag
    }

    /// Repeats the last pitch period of what waits; gives its length, zero if it is not alike enough.
    pub(super) fn lengthen(&mut self) -> usize {
        if self.room().len() < self.millis(STRETCHED_MS) {
            return 0;
        }
        let Some((fresh, window, lag)) = self.period(ALIKE) else {
            return 0;
        };
        let len = fresh.len();
        let end = self.end;
        // Behind the window comes what followed one period earlier, up to the end once more.
        self.samples.copy_within(end - lag..end, end);
        let fresh = &mut self.samples[end - len..end];
        let (late, early) = (len - window, len - window - lag);
        // From the back, as the earlier stretch may overlap the window being written.
        let mut copy = [0i16; WINDOW_MAX];
        copy[..window].copy_from_slice(&fresh[early..early + window]);
        for place in 0..window {
            fresh[late + place] = blend(fresh[late + place], copy[place], place + 1, window + 1);
        }
        self.end += lag;
        lag
    }

    /// The last of what waits, the window at its end and the lag at which that repeats so well.
    fn period(&mut self, alike: f32) -> Option<(&mut [i16], usize, usize)> {
        let (window, least) = (self.millis(WINDOW_MS), self.rate_hz as usize / 400);
        let count = self.len().min(self.millis(STRETCHED_MS));
        let most = count.checked_sub(window).filter(|&most| most >= least)?;
        let fresh = &mut self.samples[self.end - count..self.end];
        let found = pitch::search(fresh, window, least, most, self.rate_hz);
        (found.correlation >= alike).then_some((fresh, window, found.lag))
    }
}

/// 10 ms at 48 kHz.
const WINDOW_MAX: usize = 48 * WINDOW_MS;

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(n: usize) -> i16 {
        (10_000.0 * (n as f64 * std::f64::consts::TAU / 40.0).sin()) as i16
    }

    fn filled(count: usize) -> Pending {
        let mut pending = Pending::new(8_000);
        pending
            .push(count)
            .iter_mut()
            .enumerate()
            .for_each(|(n, sample)| *sample = tone(n));
        pending
    }

    #[test]
    fn a_tone_loses_and_gains_whole_periods_without_a_step() {
        for lengthen in [false, true] {
            let mut pending = filled(160);
            let changed = if lengthen {
                pending.lengthen()
            } else {
                pending.shorten(false)
            };
            assert!(changed > 0 && changed % 40 == 0, "{changed}");
            let len = pending.len();
            assert_eq!(len.abs_diff(160), changed);
            assert_eq!(len > 160, lengthen);
            pending.lend(len);
            let mut frame = pending.lent().iter().enumerate();
            assert!(frame.all(|(n, &sample)| sample.abs_diff(tone(n)) <= 2));
        }
    }

    #[test]
    fn the_history_is_whole_after_waiting_samples_were_moved_and_shortened() {
        let mut pending = Pending::new(8_000);
        let put = |pending: &mut Pending, count: usize| {
            pending.room()[..count].fill(1_000);
            pending.push(count);
        };
        put(&mut pending, 200);
        for _ in 0..300 {
            put(&mut pending, 20);
            pending.shorten(true);
            let (history, _) = pending.push_after(1);
            assert_eq!(history.len(), history_len(8_000));
            let missing = 200usize.saturating_sub(pending.len());
            put(&mut pending, missing);
            pending.lend(7);
        }
    }

    #[test]
    fn a_frame_stays_where_it_is_and_what_is_missing_of_it_is_silence() {
        let mut pending = filled(200);
        pending.lend(160);
        assert!((0..160).all(|n| pending.lent()[n] == tone(n)));
        pending.lend(160);
        assert!((0..40).all(|n| pending.lent()[n] == tone(160 + n)));
        assert_eq!(pending.lent()[40..], [0; 120]);
        pending.push(80).fill(3);
        pending.lend_apart(160).fill(5);
        assert_eq!(pending.lent(), [5; 160]);
        pending.lend(80);
        assert_eq!(pending.lent(), [3; 80]);
        pending.clear();
        assert_eq!(pending.lent(), [0; 80]);
        for _ in 0..100 {
            pending.lend_apart(pending.frame_max());
            pending.lend(pending.frame_max());
        }
    }

    #[test]
    fn noise_is_left_alone_unless_it_is_urgent() {
        let mut pending = Pending::new(8_000);
        let mut state = 1u32;
        pending.push(160).iter_mut().for_each(|sample| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = (state >> 16) as i16;
        });
        assert_eq!(pending.shorten(false), 0);
        assert!(pending.shorten(true) >= 20);
    }
}
