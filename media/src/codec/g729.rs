//! G.729 Annex A: telephone speech in 8 kbit/s, by a model of how it is spoken.
//!
//! ```text
//! 10 ms of speech ─┬─ predictor of the spectrum ──────────────┬─► ten octets
//!                  └─ excitation: a period ago + four pulses ─┘
//! ```
//!
//! Conjugate-structure algebraic code-excited linear prediction. ITU-T G.729 (06/2012), in floating point as its Annex C is, so that
//! octets differ from those of the fixed-point form in places and either side understands the other. The decoder takes any
//! number of frames in a payload and a description of noise behind them (Annex B); the encoder sends speech only, which SDP
//! says by `annexb=no`.

mod adaptive;
mod analysis;
mod bits;
mod decoder;
mod elementary;
mod encoder;
mod filter;
mod fixed;
mod gain;
mod lag;
mod lsp;
mod noise;
mod open_loop;
mod postfilter;
mod spectrum;
mod tables;
mod taming;

use super::{Codec, CodecError, fitting};
use bits::{NOISE_OCTETS, OCTETS};
use decoder::Decoder;
use encoder::Encoder;

/// Octets of the longest payload of a packet that is taken: 60 ms of speech and a description of noise.
pub const PAYLOAD_MAX: usize = 6 * OCTETS + NOISE_OCTETS;
/// Samples of a frame, 10 ms.
const FRAME: usize = 80;
/// Samples of a subframe, for each of which an excitation is sent.
const SUBFRAME: usize = 40;
/// Coefficients of the predictor.
const ORDER: usize = 10;
/// Samples before the frame that the analysis takes in.
const LOOK_BACK: usize = 120;

/// Encoder and decoder of one stream.
#[derive(Clone, Debug)]
pub struct G729 {
    encoder: Encoder,
    decoder: Decoder,
    /// Whether something was decoded, so that there is something to continue.
    warm: bool,
}

impl G729 {
    /// Both directions in silence.
    pub fn new() -> G729 {
        G729 {
            encoder: Encoder::new(),
            decoder: Decoder::new(),
            warm: false,
        }
    }
}

impl Default for G729 {
    fn default() -> G729 {
        G729::new()
    }
}

impl Codec for G729 {
    /// Any number of frames of 80 samples. What comes out is 5 ms behind what goes in.
    fn encode(&mut self, samples: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        let (frames, []) = samples.as_chunks() else {
            return Err(CodecError::FrameLength(samples.len()));
        };
        let payload = fitting(payload, frames.len() * OCTETS)?;
        for (frame, octets) in frames.iter().zip(payload.as_chunks_mut().0) {
            *octets = self.encoder.frame(frame);
        }
        Ok(payload.len())
    }

    /// Any number of frames, and a description of noise behind them; RFC 3551 §4.5.6. What is lost is concealed in whole frames.
    fn decode(&mut self, payload: &[u8], samples: &mut [i16]) -> Result<usize, CodecError> {
        if payload.is_empty() {
            return Ok(self.conceal(samples));
        }
        let (frames, rest) = payload.as_chunks::<OCTETS>();
        let noise = match *rest {
            [] => None,
            [a, b] => Some([a, b]),
            _ => return Err(CodecError::Payload),
        };
        let count = frames.len() + usize::from(noise.is_some());
        let samples = fitting(samples, count * FRAME)?;
        let mut places = samples.as_chunks_mut().0.iter_mut();
        for (octets, samples) in frames.iter().zip(&mut places) {
            self.decoder.frame(octets, samples);
        }
        if let (Some(octets), Some(samples)) = (noise, places.next()) {
            self.decoder.describe(octets, samples);
        }
        self.warm = true;
        Ok(samples.len())
    }
}

impl G729 {
    fn conceal(&mut self, samples: &mut [i16]) -> usize {
        let frames = samples.as_chunks_mut().0;
        if !self.warm {
            return 0;
        }
        for samples in &mut *frames {
            self.decoder.missing(samples);
        }
        frames.len() * FRAME
    }
}

#[cfg(test)]
mod tests;
