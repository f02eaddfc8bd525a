//! The ear: measures what is heard, sample by sample, and nothing else.
//!
//! Frequency (within 1 Hz over 2 s), level, silence and gaps, and the delay from mouth to ear if the other side sends the
//! marked tone of [`crate::tone`].

mod drift;
mod marker;
mod pitch;
mod watch;

use std::time::Duration;

use marker::MarkerReader;
use pitch::FrequencyMeter;
use watch::Watch;

pub use watch::ToneLevel;

/// Mean square of a full-scale square wave, 0 dBov. RFC 6465.
const OVERLOAD: f64 = 32_768.0 * 32_768.0;
/// Level of 0 dBov in dBm0 with G.711: a full-scale sine is 3.14 dBm0 and -3.01 dBov. ITU-T G.711 table 5.
const OVERLOAD_DBM0: f64 = 6.15;
/// Mean square below which a frame is silence: -60 dBov.
const SILENCE: u64 = 1_074;
/// Frames of one block of the running measurement.
const BLOCK_FRAMES: u32 = 12;
/// Blocks measured over: 8 of 240 ms.
const BLOCKS: usize = 8;

/// Delay from mouth to ear, from the markers heard, exact to a sample. It is the true one as far as both hosts' clocks agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delay {
    /// Of the last marker, in microseconds; negative only if the clocks disagree.
    pub latest_us: i64,
    /// The least.
    pub least_us: i64,
    /// The greatest.
    pub greatest_us: i64,
    /// Markers read.
    pub markers: u32,
    /// When the last marker was heard, on our clock.
    pub heard_at: Duration,
    /// How fast the delay grows, in parts per million, once three markers were heard: the play-out lags behind the far mouth
    /// if positive. Of a path without a play-out buffer that follows, it is the difference of the two clocks.
    pub drift_ppm: Option<f64>,
}

/// What was heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// Frames listened to.
    pub frames: u64,
    /// Frequency of the tone over the last two seconds; none if there is none.
    pub frequency_hz: Option<f64>,
    /// Level over the last two seconds; none in silence.
    pub level_dbov: Option<f64>,
    /// The same level in dBm0.
    pub level_dbm0: Option<f64>,
    /// When the first sound was heard.
    pub first_sound: Option<Duration>,
    /// When the last sound was heard.
    pub last_sound: Option<Duration>,
    /// Time of silence since the first sound.
    pub silence: Duration,
    /// Silences since the first sound that ended with sound again.
    pub gaps: u32,
    /// The longest of them.
    pub longest_gap: Duration,
    /// Delay from mouth to ear.
    pub delay: Option<Delay>,
    /// Levels at the frequencies asked for with [`Ear::watch`].
    pub tones: Vec<ToneLevel>,
}

/// A pair of ears on one stream.
#[derive(Debug)]
pub struct Ear {
    rate_hz: u32,
    frames: u64,
    first_sound: Option<Duration>,
    last_sound: Option<Duration>,
    silence: Duration,
    gap: Duration,
    gaps: u32,
    longest_gap: Duration,
    /// Energy and samples of the last blocks, the one being filled first.
    blocks: [(u64, u64); BLOCKS],
    block: usize,
    frequency: FrequencyMeter,
    markers: MarkerReader,
    watch: Watch,
}

impl Ear {
    /// An ear for samples at this rate.
    pub fn new(rate_hz: u32) -> Ear {
        Ear {
            rate_hz,
            frames: 0,
            first_sound: None,
            last_sound: None,
            silence: Duration::ZERO,
            gap: Duration::ZERO,
            gaps: 0,
            longest_gap: Duration::ZERO,
            blocks: [(0, 0); BLOCKS],
            block: 0,
            frequency: FrequencyMeter::new(rate_hz),
            markers: MarkerReader::new(rate_hz),
            watch: Watch::new(rate_hz),
        }
    }

    /// Measures the level at these frequencies too, at most 16: who is heard in a conference where each
    /// party has its own tone.
    pub fn watch(&mut self, frequencies_hz: &[f64]) {
        self.watch.set(frequencies_hz);
    }

    /// Listens to a frame whose first sample leaves the loudspeaker at `now`.
    pub fn listen(&mut self, now: Duration, frame: &[i16]) {
        self.frames += 1;
        let energy = energy(frame);
        let loud = energy >= SILENCE * frame.len() as u64;
        self.note_sound(
            now,
            loud,
            crate::clock::duration(frame.len() as u64, self.rate_hz),
        );
        if self.frames.is_multiple_of(u64::from(BLOCK_FRAMES)) {
            self.block = (self.block + 1) % BLOCKS;
            self.blocks[self.block] = (0, 0);
            self.frequency.next_block();
        }
        let block = &mut self.blocks[self.block];
        *block = (block.0 + energy, block.1 + frame.len() as u64);
        let in_marker = self.markers.listen(now, frame, loud);
        self.frequency.listen(frame, loud && !in_marker);
        self.watch.listen(frame);
    }

    /// What was heard so far.
    pub fn heard(&self) -> Heard {
        let (energy, samples) = self
            .blocks
            .iter()
            .fold((0, 0), |sum, block| (sum.0 + block.0, sum.1 + block.1));
        let level_dbov = (energy >= SILENCE * samples && samples > 0)
            .then(|| 10.0 * (energy as f64 / samples as f64 / OVERLOAD).log10());
        Heard {
            frames: self.frames,
            frequency_hz: self.frequency.frequency_hz(),
            level_dbov,
            level_dbm0: level_dbov.map(|level| level + OVERLOAD_DBM0),
            first_sound: self.first_sound,
            last_sound: self.last_sound,
            silence: self.silence,
            gaps: self.gaps,
            longest_gap: self.longest_gap,
            delay: self.markers.delay(),
            tones: self.watch.levels(),
        }
    }

    /// Whether anything was heard since `since`.
    pub fn has_heard_since(&self, since: Duration) -> bool {
        self.last_sound.is_some_and(|last| last >= since)
    }

    fn note_sound(&mut self, now: Duration, loud: bool, length: Duration) {
        if loud {
            self.first_sound.get_or_insert(now);
            self.last_sound = Some(now);
            if self.gap > Duration::ZERO {
                self.gaps += 1;
                self.longest_gap = self.longest_gap.max(self.gap);
                self.gap = Duration::ZERO;
            }
        } else if self.first_sound.is_some() {
            self.silence += length;
            self.gap += length;
        }
    }
}

/// Sum of squares. Pairs fit 32 bits and are one instruction of a vector.
#[inline]
fn energy(samples: &[i16]) -> u64 {
    let square = |sample: i16| (i32::from(sample) * i32::from(sample)) as u32;
    let (pairs, last) = samples.as_chunks();
    let sum: u64 = pairs
        .iter()
        .map(|&[a, b]| u64::from(square(a) + square(b)))
        .sum();
    sum + last
        .iter()
        .map(|&sample| u64::from(square(sample)))
        .sum::<u64>()
}

#[cfg(test)]
mod tests;
