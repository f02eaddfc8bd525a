//! Resampling between 8 kHz and 48 kHz, for a room with a G.711 party beside wide-band ones.
//!
//! The ratio is 6, so a polyphase filter does it: a windowed sinc of 192 taps at 48 kHz that passes 3.4 kHz within
//! 0.1 dB and stops what would fold over by more than 60 dB from 4.6 kHz on. Delay: 2 ms each way. The taps come from additions
//! and multiplications alone, so that the samples are the same on every machine.

use crate::tone::{cosine_exact, sine_exact};

/// Samples at 48 kHz for one at 8 kHz.
pub const RATIO: usize = 6;
/// Taps of each phase.
const PHASE_TAPS: usize = 32;
/// Taps of the whole filter.
const TAPS: usize = RATIO * PHASE_TAPS;
/// Cut-off as a share of the rate at 48 kHz: 3.9 kHz.
const CUTOFF: f64 = 3_900.0 / 48_000.0;

/// From 8 kHz to 48 kHz.
#[derive(Clone, Debug)]
pub struct Upsampler {
    /// Taps by phase, so that each output is one product of vectors.
    phases: Box<[[f32; PHASE_TAPS]; RATIO]>,
    /// The last input samples, the newest last, and room for the new ones.
    history: [f32; PHASE_TAPS],
}

impl Default for Upsampler {
    fn default() -> Upsampler {
        Upsampler::new()
    }
}

impl Upsampler {
    /// Starts in silence.
    pub fn new() -> Upsampler {
        let taps = taps();
        let mut phases = Box::new([[0.0; PHASE_TAPS]; RATIO]);
        for (phase, coefficients) in phases.iter_mut().enumerate() {
            for (place, coefficient) in coefficients.iter_mut().enumerate() {
                // The newest input meets the first tap of the phase; each input stands for six outputs.
                *coefficient = taps[phase + RATIO * (PHASE_TAPS - 1 - place)] * RATIO as f32;
            }
        }
        Upsampler {
            phases,
            history: [0.0; PHASE_TAPS],
        }
    }

    /// Writes six samples for each that comes in; `wide` must be six times as long as `narrow`.
    pub fn process(&mut self, narrow: &[i16], wide: &mut [i16]) {
        for (&sample, outputs) in narrow.iter().zip(wide.chunks_exact_mut(RATIO)) {
            self.history.copy_within(1.., 0);
            self.history[PHASE_TAPS - 1] = f32::from(sample);
            for (output, phase) in outputs.iter_mut().zip(&*self.phases) {
                *output = round(dot(phase, &self.history));
            }
        }
    }
}

/// From 48 kHz to 8 kHz.
#[derive(Clone, Debug)]
pub struct Downsampler {
    taps: Box<[f32; TAPS]>,
    history: Box<[f32; TAPS]>,
}

impl Default for Downsampler {
    fn default() -> Downsampler {
        Downsampler::new()
    }
}

impl Downsampler {
    /// Starts in silence.
    pub fn new() -> Downsampler {
        Downsampler {
            taps: Box::new(taps()),
            history: Box::new([0.0; TAPS]),
        }
    }

    /// Writes one sample for each six that come in; `wide` must be six times as long as `narrow`.
    pub fn process(&mut self, wide: &[i16], narrow: &mut [i16]) {
        for (inputs, output) in wide.chunks_exact(RATIO).zip(narrow) {
            self.history.copy_within(RATIO.., 0);
            for (place, &input) in self.history[TAPS - RATIO..].iter_mut().zip(inputs) {
                *place = f32::from(input);
            }
            // The filter is symmetric, so that it need not be turned round.
            *output = round(dot(&*self.taps, &*self.history));
        }
    }
}

/// Sum of products in eight lanes: a vector's work, and the same on every machine.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum()
}

fn round(value: f32) -> i16 {
    value.round_ties_even() as i16
}

/// Sinc of the cut-off under a Blackman window, with a sum of one.
fn taps() -> [f32; TAPS] {
    let middle = (TAPS - 1) as f64 / 2.0;
    let mut exact = [0.0; TAPS];
    for (place, tap) in exact.iter_mut().enumerate() {
        let x = place as f64 - middle;
        let turns = (place as f64 + 0.5) / TAPS as f64;
        let window = 0.42 - 0.5 * cosine_exact(turns) + 0.08 * cosine_exact(2.0 * turns);
        *tap = sine_exact(CUTOFF * x) / x * window;
    }
    let sum: f64 = exact.iter().sum();
    exact.map(|tap| (tap / sum) as f32)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tone::Tone;

    fn power(samples: &[i16]) -> f64 {
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        middle.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / middle.len() as f64
    }

    fn gain_db(a: f64, b: f64) -> f64 {
        10.0 * (b / a).log10()
    }

    #[test]
    fn telephone_band_passes_up_and_down() {
        for frequency in [300.0, 1_000.0, 2_300.0, 3_400.0] {
            let (mut narrow, mut wide, mut again) = ([0; 8_000], [0; 48_000], [0; 8_000]);
            Tone::sine(8_000, frequency, -10.0).fill(Duration::ZERO, &mut narrow);
            Upsampler::new().process(&narrow, &mut wide);
            assert!(
                gain_db(power(&narrow), power(&wide)).abs() < 0.1,
                "{frequency}"
            );
            Downsampler::new().process(&wide, &mut again);
            assert!(
                gain_db(power(&narrow), power(&again)).abs() < 0.2,
                "{frequency}"
            );
            // Filter delay up and down is 191 samples at 48 kHz, less the phase of the last: 31 at 8 kHz.
            let error: f64 = narrow[100..7_000]
                .iter()
                .zip(&again[131..])
                .map(|(&a, &b)| f64::from(a - b).powi(2))
                .sum();
            assert!(
                error < 0.01 * power(&narrow) * 6_900.0,
                "{frequency}: {error}"
            );
        }
    }

    #[test]
    fn what_would_fold_over_is_stopped() {
        for frequency in [4_600.0, 6_000.0, 7_300.0, 12_000.0] {
            let (mut wide, mut narrow) = ([0; 48_000], [0; 8_000]);
            Tone::sine(48_000, frequency, 0.0).fill(Duration::ZERO, &mut wide);
            Downsampler::new().process(&wide, &mut narrow);
            assert!(
                gain_db(power(&wide), power(&narrow).max(1e-9)) < -60.0,
                "{frequency}"
            );
        }
    }
}
