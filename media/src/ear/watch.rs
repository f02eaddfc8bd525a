//! Levels at chosen frequencies: who is heard when each party has its own tone.

use super::{OVERLOAD, OVERLOAD_DBM0};
use crate::tone::{cosine, sine};

/// Frequencies watched at most.
pub(super) const TONES_MAX: usize = 16;

/// Level at one frequency over the last half second or so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToneLevel {
    /// The frequency asked for.
    pub frequency_hz: f64,
    /// Level of a sine there.
    pub level_dbm0: f64,
}

/// Measures the frequencies in blocks of half a second.
#[derive(Debug)]
pub(super) struct Watch {
    rate_hz: u32,
    tones: Vec<Tone>,
    samples: u32,
}

#[derive(Clone, Copy, Debug)]
struct Tone {
    frequency_hz: f64,
    step: u32,
    phase: u32,
    sums: [f64; 2],
    level_dbm0: f64,
}

/// What is told of a frequency at which nothing is heard.
const NOTHING_DBM0: f64 = -96.0;

impl Watch {
    pub(super) fn new(rate_hz: u32) -> Watch {
        Watch {
            rate_hz,
            tones: Vec::new(),
            samples: 0,
        }
    }

    pub(super) fn set(&mut self, frequencies_hz: &[f64]) {
        let rate = f64::from(self.rate_hz);
        let tone = |&frequency_hz: &f64| Tone {
            frequency_hz,
            step: (frequency_hz / rate * 4_294_967_296.0) as u32,
            phase: 0,
            sums: [0.0; 2],
            level_dbm0: NOTHING_DBM0,
        };
        self.tones = frequencies_hz.iter().take(TONES_MAX).map(tone).collect();
        self.samples = 0;
    }

    pub(super) fn listen(&mut self, frame: &[i16]) {
        if self.tones.is_empty() {
            return;
        }
        for tone in &mut self.tones {
            let mut sums = [0f32; 2];
            for &sample in frame {
                sums[0] += f32::from(sample) * cosine(tone.phase);
                sums[1] += f32::from(sample) * sine(tone.phase);
                tone.phase = tone.phase.wrapping_add(tone.step);
            }
            tone.sums = [
                tone.sums[0] + f64::from(sums[0]),
                tone.sums[1] + f64::from(sums[1]),
            ];
        }
        self.samples += frame.len() as u32;
        if self.samples >= self.rate_hz / 2 {
            let count = f64::from(self.samples);
            for tone in &mut self.tones {
                let [a, b] = tone.sums;
                // A sine of amplitude A gives A/2 for each sample: its mean square is twice the square of that.
                let mean_square = 2.0 * (a * a + b * b) / (count * count);
                tone.level_dbm0 =
                    (10.0 * (mean_square / OVERLOAD).log10() + OVERLOAD_DBM0).max(NOTHING_DBM0);
                tone.sums = [0.0; 2];
            }
            self.samples = 0;
        }
    }

    pub(super) fn levels(&self) -> Vec<ToneLevel> {
        let level = |tone: &Tone| ToneLevel {
            frequency_hz: tone.frequency_hz,
            level_dbm0: tone.level_dbm0,
        };
        self.tones.iter().map(level).collect()
    }
}
