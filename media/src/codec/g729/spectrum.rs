//! Quantiser of the line spectral frequencies: what four frames do not predict, in two stages. ITU-T G.729 §3.2.4.
//!
//! ```text
//! frequencies ─ prediction from 4 frames ─► residual ≈ L1 (10 of 128) + L2 (lower 5 of 32) + L3 (upper 5 of 32)
//! ```

use std::f32::consts::PI;

use super::ORDER;
use super::bits::Spectrum;
use super::lsp::{Frequencies, START};
use super::tables::{FIRST_STAGE, PREDICTION, SECOND_STAGE};

/// Frames that prediction looks back on.
const MEMORY: usize = 4;
const HALF: usize = ORDER / 2;
/// Least distances of neighbours in the residual, applied one after the other.
const GAPS: [f32; 2] = [0.001_2, 0.000_6];
/// Bounds of the lowest and of the highest frequency, and the least distance of neighbours: what keeps the filter stable.
const LOWEST: f32 = 0.005;
const HIGHEST: f32 = 3.135;
const DISTANCE: f32 = 0.039_1;

/// Both ends of the quantiser: the residuals of the last frames.
#[derive(Clone, Debug)]
pub(super) struct SpectrumCoder {
    /// Newest first.
    past: [Frequencies; MEMORY],
}

impl SpectrumCoder {
    pub(super) fn new() -> SpectrumCoder {
        SpectrumCoder {
            past: [START; MEMORY],
        }
    }

    /// The frequencies that were sent.
    pub(super) fn decode(&mut self, sent: Spectrum) -> Frequencies {
        let residual = residual_of(sent);
        let predictor = Weights::of(sent.predictor);
        let frequencies = predictor.join(&self.past, &residual);
        self.remember(residual);
        stable(frequencies)
    }

    /// The frame was lost and these frequencies are used again: the residual is what would have given them. §4.4.1.
    pub(super) fn repeat(&mut self, predictor: u8, frequencies: &Frequencies) {
        let residual = Weights::of(predictor).split(&self.past, frequencies);
        self.remember(residual);
    }

    /// Finds what to send; gives the frequencies that will be decoded.
    pub(super) fn encode(&mut self, wanted: &Frequencies) -> (Spectrum, Frequencies) {
        let importance = importance(wanted);
        let [first, second] = [0, 1].map(|predictor| self.search(predictor, wanted, &importance));
        let sent = if second.1 < first.1 {
            second.0
        } else {
            first.0
        };
        (sent, self.decode(sent))
    }

    /// The best with one of the predictors, and its error.
    fn search(
        &self,
        predictor: u8,
        wanted: &Frequencies,
        importance: &Frequencies,
    ) -> (Spectrum, f32) {
        let weights = Weights::of(predictor);
        let target = weights.split(&self.past, wanted);
        // An error in the residual comes out smaller by the share that is not predicted.
        let importance: Frequencies =
            std::array::from_fn(|i| importance[i] * weights.rest[i] * weights.rest[i]);
        let first = nearest(0..128, |index| {
            distance(&first_stage(index), &target, &[1.0; ORDER])
        });
        let rest = difference(&target, &first_stage(first));
        let half = |range: std::ops::Range<usize>| {
            nearest(0..32, |index| {
                let range = range.clone();
                distance(
                    &second_stage(index)[range.clone()],
                    &rest[range.clone()],
                    &importance[range],
                )
            })
        };
        let sent = Spectrum {
            predictor,
            first,
            low: half(0..HALF),
            high: half(HALF..ORDER),
        };
        (sent, distance(&residual_of(sent), &target, &importance))
    }

    fn remember(&mut self, residual: Frequencies) {
        self.past.rotate_right(1);
        self.past[0] = residual;
    }
}

/// One of the two predictors.
struct Weights {
    /// By frames back and frequency.
    past: [Frequencies; MEMORY],
    /// What they leave of one.
    rest: Frequencies,
}

impl Weights {
    fn of(predictor: u8) -> Weights {
        let start = usize::from(predictor & 1) * MEMORY * ORDER;
        let past: [Frequencies; MEMORY] = std::array::from_fn(|back| {
            std::array::from_fn(|i| f32::from(PREDICTION[start + back * ORDER + i]) / 32_768.0)
        });
        let rest =
            std::array::from_fn(|i| 1.0 - past.iter().map(|weights| weights[i]).sum::<f32>());
        Weights { past, rest }
    }

    fn predict(&self, past: &[Frequencies; MEMORY]) -> Frequencies {
        std::array::from_fn(|i| self.past.iter().zip(past).map(|(w, p)| w[i] * p[i]).sum())
    }

    /// §3.2.4 (20).
    fn join(&self, past: &[Frequencies; MEMORY], residual: &Frequencies) -> Frequencies {
        let predicted = self.predict(past);
        std::array::from_fn(|i| predicted[i] + self.rest[i] * residual[i])
    }

    /// §3.2.4 (23).
    fn split(&self, past: &[Frequencies; MEMORY], frequencies: &Frequencies) -> Frequencies {
        let predicted = self.predict(past);
        std::array::from_fn(|i| (frequencies[i] - predicted[i]) / self.rest[i])
    }
}

/// The residual that the indices stand for, its neighbours apart. §3.2.4 (19).
fn residual_of(sent: Spectrum) -> Frequencies {
    let (first, low, high) = (
        first_stage(sent.first),
        second_stage(sent.low),
        second_stage(sent.high),
    );
    let mut residual: Frequencies =
        std::array::from_fn(|i| first[i] + if i < HALF { low[i] } else { high[i] });
    for gap in GAPS {
        for i in 1..ORDER {
            let excess = residual[i - 1] - residual[i] + gap;
            if excess > 0.0 {
                residual[i - 1] -= excess / 2.0;
                residual[i] += excess / 2.0;
            }
        }
    }
    residual
}

/// Frequencies in their order, with a distance between them. §3.2.4, the four steps at its end.
fn stable(mut frequencies: Frequencies) -> Frequencies {
    frequencies.sort_unstable_by(f32::total_cmp);
    let mut least = LOWEST;
    for frequency in &mut frequencies {
        *frequency = frequency.max(least);
        least = *frequency + DISTANCE;
    }
    frequencies[ORDER - 1] = frequencies[ORDER - 1].min(HIGHEST);
    frequencies
}

/// How much an error of each frequency is heard: neighbours that are near make a formant. §3.2.4 (22).
fn importance(frequencies: &Frequencies) -> Frequencies {
    std::array::from_fn(|i| {
        let below = if i == 0 {
            0.04 * PI
        } else {
            frequencies[i - 1]
        };
        let above = if i == ORDER - 1 {
            0.92 * PI
        } else {
            frequencies[i + 1]
        };
        let room = above - below - 1.0;
        let weight = if room > 0.0 {
            1.0
        } else {
            10.0 * room * room + 1.0
        };
        if i == HALF - 1 || i == HALF {
            1.2 * weight
        } else {
            weight
        }
    })
}

fn nearest(indices: std::ops::Range<u8>, distance: impl Fn(u8) -> f32) -> u8 {
    let mut best = (f32::INFINITY, 0);
    for index in indices {
        let distance = distance(index);
        if distance < best.0 {
            best = (distance, index);
        }
    }
    best.1
}

fn distance(a: &[f32], b: &[f32], weights: &[f32]) -> f32 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares
        .zip(weights)
        .map(|(square, weight)| weight * square)
        .sum()
}

fn difference(a: &Frequencies, b: &Frequencies) -> Frequencies {
    std::array::from_fn(|i| a[i] - b[i])
}

fn first_stage(index: u8) -> Frequencies {
    vector(&FIRST_STAGE, index & 0x7f)
}

fn second_stage(index: u8) -> Frequencies {
    vector(&SECOND_STAGE, index & 0x1f)
}

fn vector(codebook: &[i16], index: u8) -> Frequencies {
    let start = usize::from(index) * ORDER;
    std::array::from_fn(|i| f32::from(codebook[start + i]) / 8_192.0)
}
