//! G.722: 7 kHz speech in 64 kbit/s, two bands of adaptive differential pulse code.
//!
//! ```text
//! 16 kHz ─► split ─┬─ 0-4 kHz, 6 bits ─┬─► octet ─┬─ predictor, scale ─┬─ join ─► 16 kHz
//!                  └─ 4-8 kHz, 2 bits ─┘          └─ predictor, scale ─┘
//! ```
//!
//! One octet stands for two samples of 16 kHz, and RTP counts octets: its clock says 8000 Hz for reasons of history
//! (RFC 3551 §4.5.2). All in integers, as ITU-T G.722 (09/2012) §6 has it; the mode is 1, the one of 64 kbit/s, which is the only one
//! that RTP carries under this name.

mod band;
mod filter_bank;

use super::{Codec, CodecError, fitting};
use band::{Band, HIGH, LOW};
use filter_bank::{BLOCK, Joiner, Splitter};

/// Encoder and decoder of one stream.
#[derive(Clone, Debug)]
pub struct G722 {
    encoder: Encoder,
    decoder: Decoder,
}

impl G722 {
    /// Both directions in silence. ITU-T G.722 §6.3, reset.
    pub fn new() -> G722 {
        G722 {
            encoder: Encoder {
                splitter: Splitter::default(),
                low: Band::new(&LOW),
                high: Band::new(&HIGH),
            },
            decoder: Decoder {
                joiner: Joiner::default(),
                low: Band::new(&LOW),
                high: Band::new(&HIGH),
            },
        }
    }
}

impl Default for G722 {
    fn default() -> G722 {
        G722::new()
    }
}

impl Codec for G722 {
    /// Any even number of samples.
    fn encode(&mut self, samples: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        if !samples.len().is_multiple_of(2) {
            return Err(CodecError::FrameLength(samples.len()));
        }
        let payload = fitting(payload, samples.len() / 2)?;
        for (samples, codes) in samples.chunks(2 * BLOCK).zip(payload.chunks_mut(BLOCK)) {
            self.encoder.encode(samples, codes);
        }
        Ok(payload.len())
    }

    fn decode(&mut self, payload: &[u8], samples: &mut [i16]) -> Result<usize, CodecError> {
        let samples = fitting(samples, 2 * payload.len())?;
        for (codes, samples) in payload.chunks(BLOCK).zip(samples.chunks_mut(2 * BLOCK)) {
            self.decoder.decode(codes, samples);
        }
        Ok(samples.len())
    }

    fn preview(&self, payload: &[u8], samples: &mut [i16]) -> usize {
        self.clone().decode(payload, samples).unwrap_or(0)
    }
}

#[derive(Clone, Debug)]
struct Encoder {
    splitter: Splitter,
    low: Band,
    high: Band,
}

impl Encoder {
    fn encode(&mut self, samples: &[i16], codes: &mut [u8]) {
        let (mut low, mut high) = ([0; BLOCK], [0; BLOCK]);
        self.splitter.split(samples, &mut low, &mut high);
        for ((code, &low), &high) in codes.iter_mut().zip(&low).zip(&high) {
            *code = self.high.encode(high) << 6 | self.low.encode(low);
        }
    }
}

#[derive(Clone, Debug)]
struct Decoder {
    joiner: Joiner,
    low: Band,
    high: Band,
}

impl Decoder {
    fn decode(&mut self, codes: &[u8], samples: &mut [i16]) {
        let (mut low, mut high) = ([0; BLOCK], [0; BLOCK]);
        for ((&code, low), high) in codes.iter().zip(&mut low).zip(&mut high) {
            *low = self.low.decode(code & 0x3f);
            *high = self.high.decode(code >> 6);
        }
        self.joiner.join(&low, &high, samples);
    }
}

#[cfg(test)]
mod tests;
