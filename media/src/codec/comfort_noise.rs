//! Comfort noise: what a line sounds like while nobody speaks, in one to thirteen octets.
//!
//! The level in -dBov and, if the sender took the trouble, the shape of the spectrum as reflection coefficients. RFC 3389 §3; payload
//! type 13 at a clock of 8 kHz (§4). Only additions, multiplications, divisions and square roots, so that the noise is
//! the same on every machine.

use super::CodecError;

/// Static payload type at a clock rate of 8 kHz. RFC 3389 §4.
pub const PAYLOAD_TYPE: u8 = 13;
/// Reflection coefficients that are written, and the most that are read: more shape than anybody hears in noise.
pub const ORDER: usize = 10;
/// Octets of the longest payload that is written.
pub const PAYLOAD_MAX: usize = 1 + ORDER;
/// Quietest level that the payload can say, -dBov. RFC 3389 §3.1.
const QUIETEST: u8 = 127;
/// A decibel of amplitude.
const DECIBEL: f64 = 0.891_250_938_133_745_5;

/// Describes samples that are noise; gives the octets written to `payload`: the level, and the shape as far as there
/// is room.
pub fn describe(samples: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
    let len = payload.len();
    let Some((level, shape)) = payload.split_first_mut() else {
        return Err(CodecError::BufferTooSmall { len, need: 1 });
    };
    let order = shape.len().min(ORDER);
    let mut correlation = [0f64; ORDER + 1];
    for (lag, sum) in correlation[..=order].iter_mut().enumerate() {
        *sum = samples
            .iter()
            .zip(samples.get(lag..).unwrap_or_default())
            .map(|(&a, &b)| f64::from(a) * f64::from(b))
            .sum();
    }
    *level = level_of(correlation[0] / samples.len().max(1) as f64);
    let coefficients = reflections(&correlation, order);
    for (octet, coefficient) in shape.iter_mut().zip(&coefficients[..order]) {
        // RFC 3389 §3.2: steps of 258/32768 around 127.
        *octet = (127.0 + coefficient * 32_768.0 / 258.0)
            .round_ties_even()
            .clamp(0.0, 254.0) as u8;
    }
    Ok(1 + order)
}

/// The level whose mean square is nearest, in -dBov.
fn level_of(mean_square: f64) -> u8 {
    let rms = mean_square.sqrt();
    // Half a decibel below each level begins the next.
    let mut amplitude = 32_768.0 * DECIBEL.sqrt();
    let mut level = 0;
    while level < QUIETEST && amplitude > rms {
        amplitude *= DECIBEL;
        level += 1;
    }
    level
}

/// Reflection coefficients of the predictor that fits a correlation best (Schur's recursion). Silence has none.
fn reflections(correlation: &[f64; ORDER + 1], order: usize) -> [f64; ORDER] {
    let mut found = [0.0; ORDER];
    // A little white noise more keeps the recursion stable on tones.
    let mut forward = *correlation;
    forward[0] = forward[0] * 1.0001 + 1.0;
    let mut backward = forward;
    for (place, found) in found[..order].iter_mut().enumerate() {
        let coefficient = -forward[place + 1] / backward[0];
        *found = coefficient;
        for lag in 0..order - place {
            let ahead = forward[place + 1 + lag];
            let behind = backward[lag];
            forward[place + 1 + lag] = ahead + coefficient * behind;
            backward[lag] = behind + coefficient * ahead;
        }
    }
    found
}

/// Makes the noise that the other side described.
#[derive(Clone, Debug)]
pub struct ComfortNoise {
    /// Amplitude of the white noise that goes in.
    excitation: f32,
    order: usize,
    coefficients: [f32; ORDER],
    /// The filter's memory.
    backward: [f32; ORDER + 1],
    random: u32,
}

impl Default for ComfortNoise {
    fn default() -> ComfortNoise {
        ComfortNoise::new()
    }
}

impl ComfortNoise {
    /// Silence, until something is described.
    pub fn new() -> ComfortNoise {
        ComfortNoise {
            excitation: 0.0,
            order: 0,
            coefficients: [0.0; ORDER],
            backward: [0.0; ORDER + 1],
            random: 0x2545_f491,
        }
    }

    /// Takes a payload. An empty one says nothing and changes nothing.
    pub fn handle(&mut self, payload: &[u8]) {
        let Some((level, shape)) = payload.split_first() else {
            return;
        };
        let mut amplitude = 32_768.0;
        for _ in 0..(level & 0x7f) {
            amplitude *= DECIBEL;
        }
        if level & 0x7f == QUIETEST {
            amplitude = 0.0;
        }
        let mut passed = 1.0;
        self.order = shape.len().min(ORDER);
        for (place, (coefficient, &octet)) in self.coefficients.iter_mut().zip(shape).enumerate() {
            // 255 is reserved; a coefficient of one would ring for ever.
            let value = f64::from(octet.min(254)) - 127.0;
            let value = (value * 258.0 / 32_768.0).clamp(-0.98, 0.98);
            *coefficient = value as f32;
            passed *= 1.0 - value * value;
            self.backward[place] *= 0.5;
        }
        // Uniform noise has a mean square of a third of its greatest; the filter gives back what its shape takes.
        self.excitation = (amplitude * (3.0 * passed).sqrt()) as f32;
    }

    /// Fills samples with it.
    pub fn fill(&mut self, samples: &mut [i16]) {
        for sample in samples {
            // Marsaglia's xorshift: noise needs no better.
            self.random ^= self.random << 13;
            self.random ^= self.random >> 17;
            self.random ^= self.random << 5;
            let white = (self.random as i32) as f32 / 2_147_483_648.0;
            let mut forward = white * self.excitation;
            for place in (0..self.order).rev() {
                forward -= self.coefficients[place] * self.backward[place];
                self.backward[place + 1] =
                    self.backward[place] + self.coefficients[place] * forward;
            }
            self.backward[0] = forward;
            *sample = forward as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level_dbov(samples: &[i16]) -> f64 {
        let power: f64 = samples.iter().map(|&s| f64::from(s).powi(2)).sum();
        10.0 * (power / samples.len() as f64 / 32_768f64.powi(2)).log10()
    }

    fn made(payload: &[u8]) -> Vec<i16> {
        let mut samples = vec![0; 8_000];
        let mut noise = ComfortNoise::new();
        noise.handle(payload);
        noise.fill(&mut samples);
        samples
    }

    #[test]
    fn the_level_asked_for_is_the_level_heard_with_any_shape() {
        for level in [20u8, 40, 60, 70] {
            for shape in [
                &[][..],
                &[60, 200],
                &[20, 220, 90, 127, 140, 127, 100, 127, 127, 130],
            ] {
                let heard = level_dbov(&made(&[&[level], shape].concat()));
                assert!(
                    (heard + f64::from(level)).abs() < 1.5,
                    "{level} {shape:?}: {heard}"
                );
            }
        }
        assert!(made(&[127, 0, 254]).iter().all(|&sample| sample == 0));
        assert!(made(&[]).iter().all(|&sample| sample == 0));
    }

    #[test]
    fn noise_described_and_made_again_has_the_same_level_and_colour() {
        let original = made(&[45, 30, 190, 127, 110]);
        let mut payload = [0; PAYLOAD_MAX];
        assert_eq!(describe(&original, &mut payload), Ok(PAYLOAD_MAX));
        assert!(payload[0].abs_diff(45) <= 1, "{payload:?}");
        for (place, sent) in [30u8, 190, 127, 110, 127, 127].into_iter().enumerate() {
            assert!(payload[1 + place].abs_diff(sent) <= 6, "{payload:?}");
        }
    }

    #[test]
    fn silence_is_the_quietest_level_and_any_octets_are_taken() {
        let mut payload = [0; PAYLOAD_MAX];
        assert_eq!(describe(&[0; 160], &mut payload), Ok(PAYLOAD_MAX));
        assert_eq!(payload[0], 127);
        assert_eq!(describe(&[i16::MIN; 160], &mut payload), Ok(PAYLOAD_MAX));
        assert_eq!(payload[0], 0);
        assert_eq!(describe(&[], &mut payload[..1]), Ok(1));
        assert!(describe(&[0; 160], &mut []).is_err());
        let mut noise = ComfortNoise::new();
        let mut samples = [0; 160];
        for octet in 0..=255u8 {
            noise.handle(&[octet; 40]);
            noise.fill(&mut samples);
        }
    }
}
