//! Test tone, which carries its own send time.
//!
//! A sine of any frequency. The marked tone says once a second, in 140 ms of two-tone keying, which second it is on the
//! sender's clock; the ear at the other end reads it and so knows the delay from mouth to ear to a fraction of a
//! millisecond, however the packets travelled.
//!
//! ```text
//! ── tone ──┤ sync 8 │ second 12 │ check 8 ├── tone ──     28 symbols of 5 ms: 2600 Hz is 0, 3000 Hz is 1
//!           ▲ begins with the whole second
//! ```
//!
//! All values come from additions and multiplications alone, so that the samples are the same on every machine.

use std::time::Duration;

/// Frequencies of the symbols 0 and 1. Both have whole periods in a symbol, so that they are orthogonal.
pub(crate) const SYMBOL_HZ: [u32; 2] = [2_600, 3_000];
/// Symbols a second.
pub(crate) const SYMBOL_RATE: u32 = 200;
/// Symbols of a marker.
pub(crate) const SYMBOLS: usize = 28;
/// Symbols by which a marker is found; its correlation with shifts of itself is small.
pub(crate) const SYNC: u32 = 0b1110_0101;
/// Symbols of [`SYNC`].
pub(crate) const SYNC_LEN: usize = 8;
/// Seconds after which the count in a marker starts again: 68 minutes.
pub const MARKER_SECONDS: u64 = 1 << 12;
/// Highest frequency of a marked tone.
pub const MARKED_MAX_HZ: f64 = 2_400.0;
/// Level that test tones have if nothing else is asked for. ITU-T O.6 asks for -10 dBm0.
pub const LEVEL_DBM0: f64 = -10.0;
/// Level in dBm0 of a sine that just reaches the largest sample: 3.14 dBm0 in G.711's A-law.
#[expect(clippy::approx_constant, reason = "a level that is near pi by chance")]
pub(crate) const FULL_SCALE_DBM0: f64 = 3.14;

/// A generator of tone.
#[derive(Clone, Debug)]
pub struct Tone {
    rate_hz: u32,
    amplitude: f32,
    phase: u32,
    step: u32,
    marked: bool,
    /// The marker being sent: its symbols and the samples of it that are out.
    marker: Option<(u32, usize)>,
}

impl Tone {
    /// A plain sine at a sample rate, of a level in dBm0.
    pub fn sine(rate_hz: u32, frequency_hz: f64, level_dbm0: f64) -> Tone {
        let amplitude = 32_767.0 * decibels(level_dbm0.min(FULL_SCALE_DBM0) - FULL_SCALE_DBM0);
        let step = (frequency_hz / f64::from(rate_hz) * 4_294_967_296.0) as u32;
        Tone {
            rate_hz,
            amplitude: amplitude as f32,
            phase: 0,
            step,
            marked: false,
            marker: None,
        }
    }

    /// A sine of [`LEVEL_DBM0`] that carries its send time. Above [`MARKED_MAX_HZ`] the ear can't tell it from its markers.
    pub fn marked(rate_hz: u32, frequency_hz: f64) -> Tone {
        Tone {
            marked: true,
            ..Tone::sine(rate_hz, frequency_hz, LEVEL_DBM0)
        }
    }

    /// Writes the samples that leave the mouth from `at` on.
    pub fn fill(&mut self, at: Duration, samples: &mut [i16]) {
        let mut rest = samples;
        if self.marked && self.marker.is_none() {
            let until = match at.subsec_nanos() {
                0 => 0,
                nanos => {
                    let wait = u64::from(1_000_000_000 - nanos) * u64::from(self.rate_hz);
                    wait.div_ceil(1_000_000_000) as usize
                }
            };
            if until < rest.len() {
                let (before, after) = rest.split_at_mut(until);
                self.sine_into(before);
                let second = at.as_secs() + u64::from(at.subsec_nanos() > 0);
                self.marker = Some((symbols(second), 0));
                rest = after;
            }
        }
        if let Some((symbols, sent)) = self.marker {
            let count = (SYMBOLS * self.symbol_len() - sent).min(rest.len());
            let (now, after) = rest.split_at_mut(count);
            self.marker_into(symbols, sent, now);
            self.marker =
                (sent + count < SYMBOLS * self.symbol_len()).then_some((symbols, sent + count));
            // The sine goes on unheard, so that its phase is that of one long tone.
            self.phase = self
                .phase
                .wrapping_add(self.step.wrapping_mul(count as u32));
            rest = after;
        }
        self.sine_into(rest);
    }

    fn sine_into(&mut self, samples: &mut [i16]) {
        for sample in samples {
            *sample = (self.amplitude * sine(self.phase)) as i16;
            self.phase = self.phase.wrapping_add(self.step);
        }
    }

    fn marker_into(&self, symbols: u32, sent: usize, samples: &mut [i16]) {
        let len = self.symbol_len();
        for (place, sample) in (sent..).zip(samples) {
            let symbol = symbols >> (SYMBOLS - 1 - place / len) & 1;
            let step = symbol_step(self.rate_hz, symbol as usize);
            *sample = (self.amplitude * sine(step.wrapping_mul((place % len) as u32))) as i16;
        }
    }

    fn symbol_len(&self) -> usize {
        (self.rate_hz / SYMBOL_RATE) as usize
    }
}

/// Phase that a symbol's frequency gains in a sample.
pub(crate) fn symbol_step(rate_hz: u32, symbol: usize) -> u32 {
    ((u64::from(SYMBOL_HZ[symbol]) << 32) / u64::from(rate_hz)) as u32
}

/// The 28 symbols of a marker, first in the highest bit.
fn symbols(second: u64) -> u32 {
    let second = (second % MARKER_SECONDS) as u32;
    SYNC << 20 | second << 8 | check(second)
}

/// The second that 28 symbols name, if sync and check are right.
pub(crate) fn second(symbols: u32) -> Option<u64> {
    let second = symbols >> 8 & 0xfff;
    (symbols >> 20 == SYNC && symbols & 0xff == check(second)).then_some(u64::from(second))
}

/// CRC-8 with polynomial 0x07 over the twelve bits.
fn check(second: u32) -> u32 {
    let mut remainder = second << 8;
    for bit in (8..20).rev() {
        if remainder >> bit & 1 == 1 {
            remainder ^= 0x107 << (bit - 8);
        }
    }
    remainder & 0xff
}

/// Sine of a phase in 1/2^32 of a turn, to 1/4096 of a turn.
pub(crate) fn sine(phase: u32) -> f32 {
    SINE[(phase >> 20) as usize]
}

/// Cosine of the same.
pub(crate) fn cosine(phase: u32) -> f32 {
    sine(phase.wrapping_add(1 << 30))
}

/// Sine of any number of turns, to double precision.
pub(crate) fn sine_exact(turns: f64) -> f64 {
    let turn = turns - turns.floor();
    let tau = std::f64::consts::TAU;
    match (turn * 4.0) as u8 {
        0 => series(turn * tau),
        1 | 2 => series((0.5 - turn) * tau),
        _ => series((turn - 1.0) * tau),
    }
}

/// Cosine of the same.
pub(crate) fn cosine_exact(turns: f64) -> f64 {
    sine_exact(turns + 0.25)
}

/// Amplitude ratio of a level in dB, to within 1e-9, from multiplications alone.
fn decibels(level_db: f64) -> f64 {
    exponential(level_db * std::f64::consts::LN_10 / 20.0)
}

/// e to the power of a moderate number, from multiplications alone.
pub(crate) fn exponential(x: f64) -> f64 {
    // By its series at a sixteenth of x, then squared four times.
    let x = x / 16.0;
    let mut sum = 1.0;
    let mut term = 1.0;
    let mut number = 1.0;
    while number < 20.0 {
        term *= x / number;
        sum += term;
        number += 1.0;
    }
    (0..4).fold(sum, |value, _| value * value)
}

const TABLE_LEN: usize = 4_096;
static SINE: [f32; TABLE_LEN] = table();

const fn table() -> [f32; TABLE_LEN] {
    let mut table = [0.0; TABLE_LEN];
    let mut place = 0;
    while place < TABLE_LEN {
        let quarter = TABLE_LEN / 4;
        let within = place % quarter;
        let from_zero = if (place / quarter).is_multiple_of(2) {
            within
        } else {
            quarter - within
        };
        let value = series(from_zero as f64 * (std::f64::consts::TAU / TABLE_LEN as f64));
        table[place] = if place < TABLE_LEN / 2 {
            value as f32
        } else {
            -value as f32
        };
        place += 1;
    }
    table
}

/// Taylor series of the sine, exact to double precision up to a quarter turn.
const fn series(x: f64) -> f64 {
    let mut sum = x;
    let mut term = x;
    let mut number = 1;
    while number < 14 {
        term *= -x * x / ((2 * number) as f64 * (2 * number + 1) as f64);
        sum += term;
        number += 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sine_is_a_sine_of_the_level_asked_for() {
        for (place, &value) in SINE.iter().enumerate() {
            let exact = (place as f64 * std::f64::consts::TAU / TABLE_LEN as f64).sin();
            assert!((f64::from(value) - exact).abs() < 1e-7);
        }
        assert!((decibels(-13.14) - 10f64.powf(-13.14 / 20.0)).abs() < 1e-12);
        let mut samples = [0; 8_000];
        Tone::sine(8_000, 1_000.0, 0.0).fill(Duration::ZERO, &mut samples);
        let peak = samples.iter().max().unwrap();
        assert!((f64::from(*peak) - 32_767.0 * 10f64.powf(-FULL_SCALE_DBM0 / 20.0)).abs() < 2.0);
    }

    #[test]
    fn a_marker_begins_with_the_second_whatever_the_frames() {
        let mut whole = vec![0; 16_000];
        Tone::marked(8_000, 440.0).fill(Duration::from_millis(500), &mut whole);
        let mut tone = Tone::marked(8_000, 440.0);
        let mut pieces = vec![0; 16_000];
        for (number, piece) in pieces.chunks_mut(160).enumerate() {
            tone.fill(Duration::from_millis(500 + 20 * number as u64), piece);
        }
        // One call writes at most one marker, so the first of the two seconds is compared.
        assert_eq!(whole[..11_000], pieces[..11_000]);
        assert!(pieces.iter().any(|&sample| sample != 0));
    }

    #[test]
    fn symbols_name_their_second() {
        for number in [0, 1, 59, 4_095, 4_096 + 7] {
            assert_eq!(second(symbols(number)), Some(number % MARKER_SECONDS));
            assert_eq!(second(symbols(number) ^ 0x100), None);
        }
    }
}
