//! Reads the send-time markers of a test tone.
//!
//! Blocks of a symbol's length are weighed first, which is cheap; only when a marker's worth of them holds nothing but
//! the two symbol frequencies is its exact start sought: first by the energies of the sync symbols, then, once all symbols
//! are read, to the sample by their phases.

use std::time::Duration;

use super::Delay;
use super::drift::Drift;
use crate::tone::{self, MARKER_SECONDS, SYMBOL_RATE, SYMBOLS, SYNC, SYNC_LEN};
use crate::vector::{self, Kernel};

/// Share of a block's energy that the symbol frequencies must have. A block that lies across two different symbols has
/// about half; a tone of 2500 Hz has 0.41.
const SHARE: f32 = 0.45;
/// Blocks from the first to the last that make a marker, the partial ones at its ends not counted on; many more are a
/// tone of about that frequency.
const RUN: std::ops::RangeInclusive<usize> = SYMBOLS - 2..=SYMBOLS + 2;
/// Blocks without the symbol frequencies that end a run.
const MISSES: usize = 2;

/// Listens for markers.
#[derive(Debug)]
pub(super) struct MarkerReader {
    rate_hz: u32,
    symbol_len: usize,
    /// Cosine and sine of both symbols over one symbol.
    waves: [Box<[f32]>; 4],
    /// The last samples, oldest first, and behind them room for more: they move to the front when there is none.
    samples: Box<[i16]>,
    end: usize,
    /// Samples that are looked back upon, and those of them that are real.
    span: usize,
    held: usize,
    /// Blocks since the first that could be of a marker.
    run: usize,
    /// Blocks since the last that could.
    misses: usize,
    delay: Option<Delay>,
    drift: Drift,
}

impl MarkerReader {
    pub(super) fn new(rate_hz: u32) -> MarkerReader {
        let symbol_len = (rate_hz / SYMBOL_RATE) as usize;
        let wave = |symbol, shape: fn(u32) -> f32| {
            let step = tone::symbol_step(rate_hz, symbol);
            (0..symbol_len as u32)
                .map(|place| shape(step.wrapping_mul(place)))
                .collect::<Box<[f32]>>()
        };
        let span = (SYMBOLS + 12) * symbol_len;
        MarkerReader {
            rate_hz,
            symbol_len,
            waves: [
                wave(0, tone::cosine),
                wave(0, tone::sine),
                wave(1, tone::cosine),
                wave(1, tone::sine),
            ],
            samples: vec![0; 3 * span].into(),
            end: span,
            span,
            held: 0,
            run: 0,
            misses: 0,
            delay: None,
            drift: Drift::default(),
        }
    }

    pub(super) fn delay(&self) -> Option<Delay> {
        self.delay
    }

    /// Listens to a frame; true if part of it lies in a marker.
    pub(super) fn listen(&mut self, now: Duration, frame: &[i16], loud: bool) -> bool {
        let len = self.keep(frame);
        let start = self.span - len;
        if !loud {
            (self.run, self.misses) = (0, 0);
            return false;
        }
        let mut touched = self.is_in_marker();
        for place in (start..self.span).step_by(self.symbol_len) {
            let Some(block) = self.history().get(place..place + self.symbol_len) else {
                break;
            };
            let power = super::energy(block) as f32;
            let [zero, one] = self.weigh(block);
            if zero + one > SHARE * power {
                (self.run, self.misses) = (self.run + 1 + self.misses, 0);
            } else if self.run > 0 {
                self.misses += 1;
                if self.misses == MISSES {
                    if RUN.contains(&self.run) {
                        let end = now + crate::clock::duration(frame.len() as u64, self.rate_hz);
                        self.read(end, place - (MISSES - 1) * self.symbol_len);
                    }
                    (self.run, self.misses) = (0, 0);
                }
            }
            touched |= self.is_in_marker();
        }
        touched
    }

    /// Keeps the end of a frame, or all of it; gives the samples.
    fn keep(&mut self, frame: &[i16]) -> usize {
        let len = frame.len().min(self.span);
        if self.end + len > self.samples.len() {
            self.samples.copy_within(self.end - self.span..self.end, 0);
            self.end = self.span;
        }
        self.samples[self.end..self.end + len].copy_from_slice(&frame[frame.len() - len..]);
        self.end += len;
        self.held = (self.held + len).min(self.span);
        len
    }

    /// The last samples, oldest first.
    fn history(&self) -> &[i16] {
        &self.samples[self.end - self.span..self.end]
    }

    fn is_in_marker(&self) -> bool {
        (1..=*RUN.end()).contains(&self.run)
    }

    /// Energy of both symbols in a block, in the units of the block's own.
    fn weigh(&self, block: &[i16]) -> [f32; 2] {
        let mut sums = [0f32; 4];
        vector::run(Dots {
            samples: block,
            waves: self.waves.each_ref().map(|wave| &wave[..]),
            sums: &mut sums,
        });
        let scale = 2.0 / self.symbol_len as f32;
        [
            (sums[0] * sums[0] + sums[1] * sums[1]) * scale,
            (sums[2] * sums[2] + sums[3] * sums[3]) * scale,
        ]
    }

    /// Seeks the start of the marker that ended about `place` in the history, whose last sample is heard just before `end`.
    fn read(&mut self, end: Duration, place: usize) {
        let marker_len = SYMBOLS * self.symbol_len;
        let oldest = self.span - self.held;
        let Some(middle) = place.checked_sub(marker_len) else {
            return;
        };
        let grain = (self.rate_hz / 8_000).max(1) as usize;
        let reach = self.symbol_len * 3 / 2;
        let latest = (middle + reach).min(self.span - marker_len);
        let coarse =
            self.best((middle.saturating_sub(reach).max(oldest)..=latest).step_by(4 * grain));
        let near = coarse.saturating_sub(3 * grain).max(oldest)..=(coarse + 3 * grain).min(latest);
        let start = self.best(near.step_by(grain));
        let mut symbols = 0;
        for block in self.history()[start..start + marker_len].chunks_exact(self.symbol_len) {
            let [zero, one] = self.weigh(block);
            symbols = symbols << 1 | u32::from(one > zero);
        }
        let Some(second) = tone::second(symbols) else {
            return;
        };
        let start = self.refine(start, 2 * grain, oldest, symbols);
        let back = crate::clock::duration((self.span - start) as u64, self.rate_hz);
        self.note(end.saturating_sub(back), second);
    }

    /// The start at which the sync symbols stand out best.
    fn best(&self, starts: impl Iterator<Item = usize>) -> usize {
        let mut best = (f32::MIN, 0);
        for start in starts {
            let blocks = self.history()[start..]
                .chunks_exact(self.symbol_len)
                .take(SYNC_LEN);
            let score = blocks.enumerate().fold(0.0, |score, (number, block)| {
                let [zero, one] = self.weigh(block);
                if SYNC >> (SYNC_LEN - 1 - number) & 1 == 1 {
                    score + one - zero
                } else {
                    score + zero - one
                }
            });
            if score > best.0 {
                best = (score, start);
            }
        }
        best.1
    }

    /// The start within `reach` of one that is nearly right at which the known symbols have the phase they were sent with.
    fn refine(&self, near: usize, reach: usize, oldest: usize, symbols: u32) -> usize {
        let latest = self.span - SYMBOLS * self.symbol_len;
        let starts = near.saturating_sub(reach).max(oldest)..=(near + reach).min(latest);
        let mut best = (f32::MIN, near);
        for start in starts {
            let blocks = self.history()[start..].chunks_exact(self.symbol_len);
            let score = blocks.take(SYMBOLS).enumerate().map(|(number, block)| {
                let symbol = symbols >> (SYMBOLS - 1 - number) & 1;
                let mut sum = [0.0];
                vector::run(Dots {
                    samples: block,
                    waves: [&self.waves[2 * symbol as usize + 1][..]],
                    sums: &mut sum,
                });
                sum[0]
            });
            let score = score.sum();
            if score > best.0 {
                best = (score, start);
            }
        }
        best.1
    }

    fn note(&mut self, heard_at: Duration, second: u64) {
        let turn = MARKER_SECONDS as i64 * 1_000_000;
        let apart = (heard_at.as_micros() as i64 - second as i64 * 1_000_000).rem_euclid(turn);
        let latest_us = if apart > turn / 2 {
            apart - turn
        } else {
            apart
        };
        let before = self.delay.unwrap_or(Delay {
            latest_us,
            least_us: latest_us,
            greatest_us: latest_us,
            markers: 0,
            heard_at,
            drift_ppm: None,
        });
        self.drift.note(heard_at, latest_us);
        self.delay = Some(Delay {
            latest_us,
            least_us: before.least_us.min(latest_us),
            greatest_us: before.greatest_us.max(latest_us),
            markers: before.markers + 1,
            heard_at,
            drift_ppm: self.drift.ppm(),
        });
    }
}

/// Sums of products with some waves, each in eight lanes so that it can be a vector's work and is still the same on every machine.
struct Dots<'a, const N: usize> {
    samples: &'a [i16],
    waves: [&'a [f32]; N],
    sums: &'a mut [f32; N],
}

impl<const N: usize> Kernel for Dots<'_, N> {
    #[inline(always)]
    fn run(self) {
        let mut lanes = [[0f32; 8]; N];
        let waves = self.waves.map(|wave| wave.as_chunks::<8>().0);
        for (place, samples) in self.samples.as_chunks::<8>().0.iter().enumerate() {
            let samples = samples.map(f32::from);
            for (lanes, wave) in lanes.iter_mut().zip(waves) {
                let Some(wave) = wave.get(place) else {
                    continue;
                };
                for lane in 0..8 {
                    lanes[lane] += samples[lane] * wave[lane];
                }
            }
        }
        *self.sums = lanes.map(|lanes| lanes.iter().sum());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{Width, run_at};

    #[test]
    fn dots_are_the_same_to_the_last_bit_at_every_width() {
        let samples: Vec<i16> = (0..2_000)
            .map(|n: i32| (n * n * 31 + n * 7_919) as i16)
            .collect();
        let wave =
            |step: f32| -> Vec<f32> { (0..2_000).map(|n| (n as f32 * step).sin()).collect() };
        let waves = [wave(0.1), wave(0.37), wave(1.9)];
        for len in [0, 7, 8, 63, 64, 160, 321, 2_000] {
            let sums = |width| {
                let mut sums = [0.0; 3];
                let samples = &samples[..len];
                let waves = [0, 1, 2].map(|which| &waves[which][..len]);
                run_at(
                    width,
                    Dots {
                        samples,
                        waves,
                        sums: &mut sums,
                    },
                );
                sums
            };
            let widths = Width::all();
            let plain = sums(widths[0]);
            for width in widths {
                assert_eq!(
                    sums(width).map(f32::to_bits),
                    plain.map(f32::to_bits),
                    "{width:?}, {len}"
                );
            }
            for (sum, wave) in plain.iter().zip(&waves) {
                // Whole groups of eight count.
                let pairs = samples.iter().zip(wave).take(len / 8 * 8);
                let exact: f64 = pairs
                    .map(|(&sample, &wave)| f64::from(sample) * f64::from(wave))
                    .sum();
                assert!((f64::from(*sum) - exact).abs() < 1.0, "{sum} for {exact}");
            }
        }
    }
}
