//! G.711: eight logarithmic bits a sample, A-law and mu-law.
//!
//! A segment number is a floating-point exponent and its step the top of the mantissa, so the conversion goes through
//! `f32`: no table, no branch, and the compiler makes vectors of it. Equal to ITU-T G.191's functions on all 65 536
//! samples and all 256 codes.
//!
//! ITU-T G.711 tables 1 and 2; RFC 3551 §4.5.14.

use super::{Codec, CodecError};

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
}

fn fitting<T>(buffer: &mut [T], need: usize) -> Result<&mut [T], CodecError> {
    let len = buffer.len();
    buffer
        .get_mut(..need)
        .ok_or(CodecError::BufferTooSmall { len, need })
}

/// Encodes as many samples as both slices have.
pub fn encode_mu_law(samples: &[i16], codes: &mut [u8]) {
    samples
        .iter()
        .zip(codes)
        .for_each(|(&sample, code)| *code = mu_law(sample));
}

/// Decodes as many codes as both slices have.
pub fn decode_mu_law(codes: &[u8], samples: &mut [i16]) {
    codes
        .iter()
        .zip(samples)
        .for_each(|(&code, sample)| *sample = mu_law_sample(code));
}

/// Encodes as many samples as both slices have.
pub fn encode_a_law(samples: &[i16], codes: &mut [u8]) {
    samples
        .iter()
        .zip(codes)
        .for_each(|(&sample, code)| *code = a_law(sample));
}

/// Decodes as many codes as both slices have.
pub fn decode_a_law(codes: &[u8], samples: &mut [i16]) {
    codes
        .iter()
        .zip(samples)
        .for_each(|(&code, sample)| *sample = a_law_sample(code));
}

/// Mu-law's bias in 16-bit units: it puts the start of the first segment on a power of two.
const BIAS: i32 = 132;
/// Bits of an `f32` below the four mantissa bits that are a code's step.
const STEP_SHIFT: u32 = 19;
/// Half a step: a decoded value lies in the middle of its interval.
const HALF_STEP: u32 = 1 << (STEP_SHIFT - 1);
/// Adding it to an integer below 2^23 leaves that integer in the mantissa's bits.
const INTEGER_AT_BOTTOM: f32 = 8_388_608.0;

/// The magnitude as G.191 has it: one's complement, so that -1 and 0 are alike.
#[inline(always)]
fn magnitude(sample: i16) -> i32 {
    i32::from(sample ^ (sample >> 15))
}

#[inline(always)]
fn mu_law(sample: i16) -> u8 {
    let biased = (magnitude(sample) + BIAS).min(0x7fff);
    // 132..=32767 has exponents 7..=14 for segments 0..=7.
    let code = ((biased as f32).to_bits() >> STEP_SHIFT) - ((127 + 7) << 4);
    let sign = ((sample >> 8) & 0x80) as u32;
    !(code | sign) as u8
}

#[inline(always)]
fn mu_law_sample(code: u8) -> i16 {
    let code = u32::from(!code);
    let bits = (((code & 0x7f) << STEP_SHIFT) + ((127 + 7) << 23)) | HALF_STEP;
    let value = (f32::from_bits(bits) - BIAS as f32 + INTEGER_AT_BOTTOM).to_bits() & 0x7f_ffff;
    signed(value, code & 0x80)
}

#[inline(always)]
fn a_law(sample: i16) -> u8 {
    let steps = magnitude(sample) >> 4;
    // 16..=2047 has exponents 4..=10 for segments 1..=7; segment 0 is linear.
    let segmented = ((steps as f32).to_bits() >> STEP_SHIFT).wrapping_sub((127 + 3) << 4);
    let code = if steps < 16 { steps as u32 } else { segmented };
    let sign = ((!sample >> 8) & 0x80) as u32;
    ((code | sign) ^ 0x55) as u8
}

#[inline(always)]
fn a_law_sample(code: u8) -> i16 {
    let code = u32::from(code ^ 0x55);
    let bits = (((code & 0x7f) << STEP_SHIFT) + ((127 + 7) << 23)) | HALF_STEP;
    let segmented = (f32::from_bits(bits) + INTEGER_AT_BOTTOM).to_bits() & 0x7f_ffff;
    let linear = ((code & 0x0f) << 4) + 8;
    let value = if code & 0x70 == 0 { linear } else { segmented };
    signed(value, !code & 0x80)
}

/// Applies a sign bit (0x80 is negative) without a branch.
#[inline(always)]
fn signed(value: u32, sign: u32) -> i16 {
    let mask = -((sign >> 7) as i32);
    ((value as i32 ^ mask) - mask) as i16
}

#[cfg(test)]
mod tests;
