//! G.711: eight logarithmic bits a sample, A-law and mu-law.
//!
//! A segment number is a floating-point exponent and its step the top of the mantissa, so encoding goes through `f32`;
//! decoding shifts. No table, no branch, and the compiler makes vectors of it, as wide as the machine has. Equal to ITU-T
//! G.191's functions on all 65 536 samples and all 256 codes.
//!
//! ITU-T G.711 tables 1 and 2; RFC 3551 §4.5.14.

use super::{Codec, CodecError, fitting};
use crate::vector::{self, Each};

/// Mu-law.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pcmu;

/// A-law.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pcma;

impl Codec for Pcmu {
    fn encode(&mut self, samples: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        encode_mu_law(samples, fitting(payload, samples.len())?);
        Ok(samples.len())
    }

    fn decode(&mut self, payload: &[u8], samples: &mut [i16]) -> Result<usize, CodecError> {
        decode_mu_law(payload, fitting(samples, payload.len())?);
        Ok(payload.len())
    }

    fn preview(&self, payload: &[u8], samples: &mut [i16]) -> usize {
        Self.decode(payload, samples).unwrap_or(0)
    }
}

impl Codec for Pcma {
    fn encode(&mut self, samples: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        encode_a_law(samples, fitting(payload, samples.len())?);
        Ok(samples.len())
    }

    fn decode(&mut self, payload: &[u8], samples: &mut [i16]) -> Result<usize, CodecError> {
        decode_a_law(payload, fitting(samples, payload.len())?);
        Ok(payload.len())
    }

    fn preview(&self, payload: &[u8], samples: &mut [i16]) -> usize {
        Self.decode(payload, samples).unwrap_or(0)
    }
}

/// Encodes as many samples as both slices have.
pub fn encode_mu_law(samples: &[i16], codes: &mut [u8]) {
    vector::run(each(samples, codes, mu_law));
}

/// Decodes as many codes as both slices have.
pub fn decode_mu_law(codes: &[u8], samples: &mut [i16]) {
    vector::run(each(codes, samples, mu_law_sample));
}

/// Encodes as many samples as both slices have.
pub fn encode_a_law(samples: &[i16], codes: &mut [u8]) {
    vector::run(each(samples, codes, a_law));
}

/// Decodes as many codes as both slices have.
pub fn decode_a_law(codes: &[u8], samples: &mut [i16]) {
    vector::run(each(codes, samples, a_law_sample));
}

fn each<'a, A, B, F>(source: &'a [A], target: &'a mut [B], of: F) -> Each<'a, A, B, F> {
    Each { source, target, of }
}

/// Mu-law's bias in 16-bit units: it puts the start of the first segment on a power of two.
const BIAS: i16 = 132;
/// Bits of an `f32` below the four mantissa bits that are a code's step.
const STEP_SHIFT: u32 = 19;

/// The magnitude as G.191 has it: one's complement, so that -1 and 0 are alike.
#[inline(always)]
fn magnitude(sample: i16) -> i16 {
    sample ^ (sample >> 15)
}

/// Exponent and the four top mantissa bits of a value as `f32`, as one number.
#[inline(always)]
fn exponent_and_step(value: i16) -> i16 {
    // Narrow at once: twice as many lanes for all that follows.
    ((i32::from(value) as f32).to_bits() >> STEP_SHIFT) as i16
}

/// What [`exponent_and_step`] gives for this power of two.
const fn exponent(power: i16) -> i16 {
    (127 + power) << 4
}

#[inline(always)]
fn mu_law(sample: i16) -> u8 {
    // 132..=32767 has exponents 7..=14 for segments 0..=7.
    let code = exponent_and_step(magnitude(sample).saturating_add(BIAS)) - exponent(7);
    let sign = (sample >> 8) & 0x80;
    !(code | sign) as u8
}

#[inline(always)]
fn mu_law_sample(code: u8) -> i16 {
    let wide = signed(code);
    let biased = (((!wide & 0x0f) << 3) + BIAS) << ((!wide >> 4) & 7);
    let value = biased - BIAS;
    if wide < 0 { value } else { -value }
}

#[inline(always)]
fn a_law(sample: i16) -> u8 {
    let magnitude = magnitude(sample);
    // 256..=32767 has exponents 8..=14 for segments 1..=7. Segment 0 is linear: below 16 steps the number of steps is the
    // code, and the larger of the two.
    let segmented = exponent_and_step(magnitude & !0x0f) - exponent(7);
    let code = segmented.max((magnitude >> 4).min(16));
    let sign = (!sample >> 8) & 0x80;
    ((code | sign) ^ 0x55) as u8
}

#[inline(always)]
fn a_law_sample(code: u8) -> i16 {
    let wide = signed(code ^ 0x55);
    let segment = (wide >> 4) & 7;
    let step = ((wide & 0x0f) << 4) + 8;
    // From segment 1 on a leading one stands before the step, and the next is twice as wide.
    let value = match segment {
        0 => step,
        _ => (step + 0x100) << (segment - 1),
    };
    if wide < 0 { value } else { -value }
}

/// A code whose sign, set where the sample is positive, has become that of the number: it need not be moved there.
#[inline(always)]
fn signed(code: u8) -> i16 {
    i16::from(code as i8)
}

#[cfg(test)]
mod tests;
