//! G.711: eight logarithmic bits a sample, A-law and mu-law.
//!
//! Each law is what becomes of one sample and of one code, without a table or a branch, and the compiler makes vectors of it,
//! as wide as the machine has; and it is three numbers (`laws`). Where the processor looks octets up in its registers, frames
//! go through tables that are made of those (`lanes`). Both ways are equal to ITU-T G.191's functions on all 65 536 samples
//! and all 256 codes.
//!
//! ITU-T G.711 tables 1 and 2; RFC 3551 §4.5.14.

#[cfg(target_arch = "x86_64")]
mod lanes;
mod laws;

use laws::{ALaw, Law, MuLaw};

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
    encode::<MuLaw>(samples, codes);
}

/// Decodes as many codes as both slices have.
pub fn decode_mu_law(codes: &[u8], samples: &mut [i16]) {
    decode::<MuLaw>(codes, samples);
}

/// Encodes as many samples as both slices have.
pub fn encode_a_law(samples: &[i16], codes: &mut [u8]) {
    encode::<ALaw>(samples, codes);
}

/// Decodes as many codes as both slices have.
pub fn decode_a_law(codes: &[u8], samples: &mut [i16]) {
    decode::<ALaw>(codes, samples);
}

fn encode<L: Law>(samples: &[i16], codes: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(lanes) = lanes::Lanes::of_machine() {
        return lanes.encode::<L>(samples, codes);
    }
    vector::run(each(samples, codes, L::code));
}

fn decode<L: Law>(codes: &[u8], samples: &mut [i16]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(lanes) = lanes::Lanes::of_machine() {
        return lanes.decode::<L>(codes, samples);
    }
    vector::run(each(codes, samples, L::sample));
}

fn each<'a, A, B, F>(source: &'a [A], target: &'a mut [B], of: F) -> Each<'a, A, B, F> {
    Each { source, target, of }
}

#[cfg(test)]
mod tests;
