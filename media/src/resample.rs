//! Resampling between the rates of the codecs, for a room with a G.711 party beside wide-band ones, and for a bridge between
//! two codecs.
//!
//! One rate is a whole multiple of the other (8, 16, 24 and 48 kHz), so a polyphase filter does it: a windowed sinc of 32 taps
//! a phase. From 8 kHz it passes 3.4 kHz within 0.1 dB and stops what would fold over by more than 60 dB from 4.6 kHz on;
//! other rates in proportion. Delay: 16 samples of the lower rate each way. The taps come from additions and
//! multiplications alone, so that the samples are the same on every machine.

use crate::tone::{cosine_exact, sine_exact};

/// Samples at 48 kHz for one at 8 kHz.
pub const RATIO: usize = 6;
/// Taps of each phase.
const PHASE_TAPS: usize = 32;
/// Cut-off as a share of the lower rate: 3.9 kHz of 8.
const CUTOFF: f64 = 3_900.0 / 8_000.0;

/// From one rate to another.
#[derive(Clone, Debug)]
pub enum Resampler {
    /// Both rates are the same.
    Same,
    /// To a higher rate.
    Up(Upsampler),
    /// To a lower rate.
    Down(Downsampler),
}

impl Resampler {
    /// Between two rates in Hz.
    ///
    /// # Panics
    /// If neither rate is a whole multiple of the other.
    pub fn new(source_hz: u32, target_hz: u32) -> Resampler {
        let (low, high) = (source_hz.min(target_hz), source_hz.max(target_hz));
        assert!(
            low > 0 && high.is_multiple_of(low),
            "{source_hz} Hz and {target_hz} Hz are not in a whole ratio"
        );
        let ratio = (high / low) as usize;
        match source_hz.cmp(&target_hz) {
            std::cmp::Ordering::Equal => Resampler::Same,
            std::cmp::Ordering::Less => Resampler::Up(Upsampler::by(ratio)),
            std::cmp::Ordering::Greater => Resampler::Down(Downsampler::by(ratio)),
        }
    }

    /// Writes what `source` is at the other rate; `target` must be as long as that.
    pub fn process(&mut self, source: &[i16], target: &mut [i16]) {
        match self {
            Resampler::Same => {
                let len = source.len().min(target.len());
                target[..len].copy_from_slice(&source[..len]);
            }
            Resampler::Up(up) => up.process(source, target),
            Resampler::Down(down) => down.process(source, target),
        }
    }
}

/// To a rate that is a whole number of times higher.
#[derive(Clone, Debug)]
pub struct Upsampler {
    /// Taps by phase, so that each output is one product of vectors.
    phases: Box<[[f32; PHASE_TAPS]]>,
    /// The last input samples, the newest last, and room for the new ones.
    history: [f32; PHASE_TAPS],
}

impl Default for Upsampler {
    fn default() -> Upsampler {
        Upsampler::new()
    }
}

impl Upsampler {
    /// From 8 kHz to 48 kHz; starts in silence.
    pub fn new() -> Upsampler {
        Upsampler::by(RATIO)
    }

    /// To `ratio` times the rate; starts in silence.
    pub fn by(ratio: usize) -> Upsampler {
        let taps = taps(ratio);
        let mut phases = vec![[0.0; PHASE_TAPS]; ratio].into_boxed_slice();
        for (phase, coefficients) in phases.iter_mut().enumerate() {
            for (place, coefficient) in coefficients.iter_mut().enumerate() {
                // The newest input meets the first tap of the phase; each input stands for six outputs.
                *coefficient = taps[phase + ratio * (PHASE_TAPS - 1 - place)] * ratio as f32;
            }
        }
        Upsampler {
            phases,
            history: [0.0; PHASE_TAPS],
        }
    }

    /// Writes so many samples for each that comes in as the ratio is; `wide` must be so many times as long as `narrow`.
    pub fn process(&mut self, narrow: &[i16], wide: &mut [i16]) {
        let ratio = self.phases.len();
        for (&sample, outputs) in narrow.iter().zip(wide.chunks_exact_mut(ratio)) {
            self.history.copy_within(1.., 0);
            self.history[PHASE_TAPS - 1] = f32::from(sample);
            for (output, phase) in outputs.iter_mut().zip(&*self.phases) {
                *output = round(dot(phase, &self.history));
            }
        }
    }
}

/// To a rate that is a whole number of times lower.
#[derive(Clone, Debug)]
pub struct Downsampler {
    ratio: usize,
    taps: Box<[f32]>,
    history: Box<[f32]>,
}

impl Default for Downsampler {
    fn default() -> Downsampler {
        Downsampler::new()
    }
}

impl Downsampler {
    /// From 48 kHz to 8 kHz; starts in silence.
    pub fn new() -> Downsampler {
        Downsampler::by(RATIO)
    }

    /// To the `ratio`th part of the rate; starts in silence.
    pub fn by(ratio: usize) -> Downsampler {
        let taps = taps(ratio);
        Downsampler {
            ratio,
            history: vec![0.0; taps.len()].into(),
            taps: taps.into(),
        }
    }

    /// Writes one sample for so many that come in as the ratio is; `wide` must be so many times as long as `narrow`.
    pub fn process(&mut self, wide: &[i16], narrow: &mut [i16]) {
        let fresh = self.history.len() - self.ratio;
        for (inputs, output) in wide.chunks_exact(self.ratio).zip(narrow) {
            self.history.copy_within(self.ratio.., 0);
            for (place, &input) in self.history[fresh..].iter_mut().zip(inputs) {
                *place = f32::from(input);
            }
            // The filter is symmetric, so that it need not be turned round.
            *output = round(dot(&self.taps, &self.history));
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
fn taps(ratio: usize) -> Vec<f32> {
    let count = ratio * PHASE_TAPS;
    let cutoff = CUTOFF / ratio as f64;
    let middle = (count - 1) as f64 / 2.0;
    let tap = |place: usize| {
        let x = place as f64 - middle;
        let turns = (place as f64 + 0.5) / count as f64;
        let window = 0.42 - 0.5 * cosine_exact(turns) + 0.08 * cosine_exact(2.0 * turns);
        sine_exact(cutoff * x) / x * window
    };
    let exact: Vec<f64> = (0..count).map(tap).collect();
    let sum: f64 = exact.iter().sum();
    exact.iter().map(|tap| (tap / sum) as f32).collect()
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
    fn every_pair_of_rates_keeps_a_tone() {
        for (source_hz, target_hz) in [
            (8_000, 16_000),
            (16_000, 8_000),
            (16_000, 48_000),
            (48_000, 16_000),
            (24_000, 48_000),
            (16_000, 16_000),
        ] {
            let mut source = vec![0; source_hz as usize];
            let mut target = vec![0; target_hz as usize];
            Tone::sine(source_hz, 1_000.0, -10.0).fill(Duration::ZERO, &mut source);
            let mut resampler = Resampler::new(source_hz, target_hz);
            let frames = source.chunks(source_hz as usize / 50);
            for (source, target) in frames.zip(target.chunks_mut(target_hz as usize / 50)) {
                resampler.process(source, target);
            }
            assert!(gain_db(power(&source), power(&target)).abs() < 0.1);
            let mut ear = crate::ear::Ear::new(target_hz);
            for (number, frame) in (0..).zip(target.chunks(target_hz as usize / 50)) {
                ear.listen(Duration::from_millis(20 * number), frame);
            }
            let heard = ear.heard().frequency_hz.unwrap();
            assert!(
                (heard - 1_000.0).abs() < 1.0,
                "{source_hz} to {target_hz}: {heard}"
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
