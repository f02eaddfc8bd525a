//! Which frames are worth a packet, where the other side takes comfort noise: speech, now and then a description of the noise, and
//! nothing in between.
//!
//! RFC 3389 §4 leaves to the sender when it describes its noise; here at the start of each pause, and twice a second.

use crate::codec::comfort_noise;

/// What to do with a frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    Speech,
    /// Send a description of it.
    Describe,
    Nothing,
}

/// Tells speech from pauses.
#[derive(Clone, Debug)]
pub(super) struct Silence {
    pub(super) payload_type: u8,
    clock_rate_hz: u32,
    /// Mean square of the quietest frames of late.
    floor: f32,
    /// Ticks of quiet so far.
    quiet: u32,
    /// Ticks since the noise was described; none in speech.
    described: Option<u32>,
}

/// Mean square of -50 dBov: quieter is never speech.
const QUIET: f32 = 10_737.0;
/// Mean square of -35 dBov: louder is never noise.
const LOUD: f32 = 339_555.0;
/// Speech stands out of the noise by 6 dB.
const ABOVE_FLOOR: f32 = 4.0;
/// The floor rises by a decibel in about a second, so that noise which stays becomes the floor.
const RISE_A_FRAME: f32 = 1.005;

impl Silence {
    pub(super) fn new(payload_type: u8, clock_rate_hz: u32) -> Silence {
        Silence {
            payload_type,
            clock_rate_hz,
            floor: QUIET,
            quiet: 0,
            described: None,
        }
    }

    /// Judges a frame of `ticks`.
    pub(super) fn judge(&mut self, samples: &[i16], ticks: u32) -> Verdict {
        if self.is_loud(samples) {
            self.quiet = 0;
        } else {
            self.quiet = self.quiet.saturating_add(ticks);
        }
        // Words end softly: a fifth of a second of quiet still belongs to them.
        if self.quiet <= self.clock_rate_hz / 5 {
            self.described = None;
            return Verdict::Speech;
        }
        match &mut self.described {
            Some(since) if *since + ticks < self.clock_rate_hz / 2 => {
                *since += ticks;
                Verdict::Nothing
            }
            Some(_) | None => {
                self.described = Some(0);
                Verdict::Describe
            }
        }
    }

    /// The description of a frame; gives the octets.
    pub(super) fn describe(&self, samples: &[i16], payload: &mut [u8]) -> usize {
        let len = payload.len().min(comfort_noise::PAYLOAD_MAX);
        comfort_noise::describe(samples, &mut payload[..len]).unwrap_or(0)
    }

    fn is_loud(&mut self, samples: &[i16]) -> bool {
        let energy: u64 = samples
            .iter()
            .map(|&sample| u64::from(sample.unsigned_abs()).pow(2))
            .sum();
        let mean = energy as f32 / samples.len().max(1) as f32;
        self.floor = mean.clamp(1.0, self.floor * RISE_A_FRAME);
        mean >= LOUD || mean >= QUIET && mean >= ABOVE_FLOOR * self.floor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise of an amplitude, the same each time.
    fn noise(amplitude: i32) -> [i16; 160] {
        let mut state = 7u32;
        [(); 160].map(|()| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 16) as i32 % (2 * amplitude + 1) - amplitude) as i16
        })
    }

    fn verdicts(silence: &mut Silence, amplitude: i32, frames: usize) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        for _ in 0..frames {
            match silence.judge(&noise(amplitude), 160) {
                Verdict::Speech => counts.0 += 1,
                Verdict::Describe => counts.1 += 1,
                Verdict::Nothing => counts.2 += 1,
            }
        }
        counts
    }

    #[test]
    fn speech_is_sent_and_a_pause_is_described_twice_a_second() {
        let mut silence = Silence::new(13, 8_000);
        assert_eq!(verdicts(&mut silence, 8_000, 100), (100, 0, 0));
        // A fifth of a second more, then two descriptions a second.
        assert_eq!(verdicts(&mut silence, 60, 110), (10, 4, 96));
        assert_eq!(verdicts(&mut silence, 8_000, 10), (10, 0, 0));
        assert_eq!(verdicts(&mut silence, 0, 35), (10, 1, 24));
    }

    #[test]
    fn noise_that_stays_becomes_the_floor_and_a_loud_tone_never_does() {
        let mut silence = Silence::new(13, 8_000);
        // About -42 dBov: speech at first.
        assert_eq!(verdicts(&mut silence, 450, 50).0, 50);
        verdicts(&mut silence, 450, 500);
        assert_eq!(verdicts(&mut silence, 450, 50).0, 0);
        assert_eq!(verdicts(&mut silence, 3_000, 3_000), (3_000, 0, 0));
    }
}
