//! Frequency of a tone by its upward zero crossings: whole periods over the time between the first and the last.

use super::BLOCKS;
use crate::vector::{self, Kernel};

/// Counts periods of unbroken sound.
#[derive(Debug)]
pub(super) struct FrequencyMeter {
    rate_hz: u32,
    /// Periods and samples of the last blocks.
    blocks: [(f64, f64); BLOCKS],
    block: usize,
    /// Samples since the last crossing up to the end of the last frame; none after a break.
    since: Option<f64>,
    last: i16,
    /// The last frame, which is measured once the one after it is known to be usable too.
    held: Vec<i16>,
    /// Whether the last two frames are usable, the latest first.
    usable: [bool; 2],
}

impl FrequencyMeter {
    pub(super) fn new(rate_hz: u32) -> FrequencyMeter {
        FrequencyMeter {
            rate_hz,
            blocks: [(0.0, 0.0); BLOCKS],
            block: 0,
            since: None,
            last: 0,
            held: Vec::new(),
            usable: [false; 2],
        }
    }

    pub(super) fn next_block(&mut self) {
        self.block = (self.block + 1) % BLOCKS;
        self.blocks[self.block] = (0.0, 0.0);
    }

    /// Takes a frame. A frame is measured if it and both its neighbours are usable: the first and the last of a sound, and
    /// those that touch a marker, are cut.
    pub(super) fn listen(&mut self, frame: &[i16], usable: bool) {
        let held = std::mem::take(&mut self.held);
        self.measure(&held, usable && self.usable == [true; 2]);
        self.usable = [usable, self.usable[0]];
        self.held = held;
        self.held.clear();
        self.held.extend_from_slice(frame);
    }

    fn measure(&mut self, frame: &[i16], usable: bool) {
        let (Some(&first), Some(&last)) = (frame.first(), frame.last()) else {
            return;
        };
        if !usable {
            self.since = None;
            self.last = last;
            return;
        }
        let mut inner = 0;
        vector::run(Crossings {
            frame,
            count: &mut inner,
        });
        let at_start = self.since.is_some() && self.last < 0 && first >= 0;
        let crossings = inner + u32::from(at_start);
        if crossings > 0 {
            let last_crossing = last_crossing(self.last, frame, at_start);
            match self.since {
                Some(since) => {
                    let block = &mut self.blocks[self.block];
                    *block = (
                        block.0 + f64::from(crossings),
                        block.1 + since + last_crossing,
                    );
                }
                None => {
                    let first_crossing = first_crossing(frame);
                    let block = &mut self.blocks[self.block];
                    *block = (
                        block.0 + f64::from(crossings - 1),
                        block.1 + last_crossing - first_crossing,
                    );
                }
            }
            self.since = Some(frame.len() as f64 - last_crossing);
        } else if let Some(since) = &mut self.since {
            *since += frame.len() as f64;
        }
        self.last = last;
    }

    /// The mean over the last blocks, from ten periods on.
    pub(super) fn frequency_hz(&self) -> Option<f64> {
        let (periods, samples) = self
            .blocks
            .iter()
            .fold((0.0, 0.0), |sum, block| (sum.0 + block.0, sum.1 + block.1));
        (periods >= 10.0 && samples > 0.0).then(|| periods * f64::from(self.rate_hz) / samples)
    }
}

/// Counts the upward crossings within a frame.
struct Crossings<'a> {
    frame: &'a [i16],
    count: &'a mut u32,
}

impl Kernel for Crossings<'_> {
    #[inline(always)]
    fn run(self) {
        let next = self.frame.get(1..).unwrap_or_default();
        // As many as lanes of 16 bits can count.
        for (frame, next) in self.frame.chunks(MOST).zip(next.chunks(MOST)) {
            let upward = frame
                .iter()
                .zip(next)
                .map(|(&a, &b)| ((a & !b) as u16) >> 15);
            *self.count += u32::from(upward.sum::<u16>());
        }
    }
}

/// Samples counted at once.
const MOST: usize = 1 << 15;

/// Where between two samples the zero lies, as a share of the step from `a` to `b`.
fn share(a: i16, b: i16) -> f64 {
    let (a, b) = (f64::from(a), f64::from(b));
    -a / (b - a)
}

/// Place of the first upward crossing within the frame, in samples.
fn first_crossing(frame: &[i16]) -> f64 {
    let place = frame
        .windows(2)
        .position(|pair| pair[0] < 0 && pair[1] >= 0)
        .unwrap_or(0);
    place as f64
        + frame
            .get(place + 1)
            .map_or(0.0, |&next| share(frame[place], next))
}

/// Place of the last upward crossing, counted from the frame's first sample; -1 to 0 if it lies before that.
fn last_crossing(before: i16, frame: &[i16], at_start: bool) -> f64 {
    match frame
        .windows(2)
        .rposition(|pair| pair[0] < 0 && pair[1] >= 0)
    {
        Some(place) => place as f64 + share(frame[place], frame[place + 1]),
        None if at_start => share(before, frame[0]) - 1.0,
        None => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{Width, run_at};

    #[test]
    fn crossings_are_the_same_at_every_width_and_none_is_lost_between_pieces() {
        let mut noise = 1u32;
        let mut sample = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 16) as i16
        };
        let restless: Vec<i16> = (0..MOST + 700).map(|_| sample()).collect();
        // As many crossings as there can be, over the end of a piece.
        let alternating: Vec<i16> = (0..2 * MOST + 9)
            .map(|n| if n % 2 == 0 { -1 } else { 0 })
            .collect();
        for samples in [&restless, &alternating] {
            for frame in [
                &samples[..],
                &samples[MOST - 40..MOST + 40],
                &samples[..77],
                &[],
            ] {
                let upward = frame.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0);
                let expected = upward.count() as u32;
                for width in Width::all() {
                    let mut count = 0;
                    run_at(
                        width,
                        Crossings {
                            frame,
                            count: &mut count,
                        },
                    );
                    assert_eq!(count, expected, "{width:?}, {} samples", frame.len());
                }
            }
        }
    }
}
