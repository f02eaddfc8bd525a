//! Opus at 48 kHz, mono: what WebRTC speaks.
//!
//! The crate `ropus` is the reference's fixed-point form in Rust: no C, no system library, and integers throughout, so
//! that the same samples make the same packets on every machine. It allocates while it works, unlike the rest of this crate.
//!
//! RFC 6716 (codec), RFC 7587 (RTP payload: clock rate 48 kHz whatever the sample rate).

use ropus::{Application, Bitrate, Channels, DecodeMode, Decoder, Encoder};

use super::{Codec, CodecError};

/// Octets of the longest payload with one frame. RFC 6716 §3.2.1.
pub const PAYLOAD_MAX: usize = 1_276;
/// Rate that speech is sent with, bit/s: full band in the voice mode.
pub const BITRATE: u32 = 32_000;
/// Effort of the encoder, 0 to 10: half the time of the best, hardly to be heard.
const COMPLEXITY: u8 = 5;
/// Samples of the frame that we send: 20 ms.
const FRAME_LEN: usize = 960;
/// Shortest piece that can be concealed: 2.5 ms.
const PIECE_LEN: usize = 120;

/// Encoder and decoder of one stream.
pub struct Opus {
    encoder: Encoder,
    decoder: Decoder,
    /// Whether something was decoded, so that there is something to continue.
    warm: bool,
}

impl Default for Opus {
    fn default() -> Opus {
        Opus::new()
    }
}

impl Opus {
    /// Speech at [`BITRATE`].
    pub fn new() -> Opus {
        Opus::with(Application::Voip, BITRATE)
    }

    /// Anything (music, tones, a mix of voices) at a rate in bit/s, 6000 to 510 000.
    pub fn for_music(bitrate: u32) -> Opus {
        Opus::with(Application::Audio, bitrate.clamp(6_000, 510_000))
    }

    fn with(application: Application, bitrate: u32) -> Opus {
        let encoder = Encoder::builder(48_000, Channels::Mono, application)
            .bitrate(Bitrate::Bits(bitrate))
            .complexity(COMPLEXITY)
            .build()
            .expect("rate, channels and bit rate are Opus's own");
        let decoder =
            Decoder::new(48_000, Channels::Mono).expect("rate and channels are Opus's own");
        Opus {
            encoder,
            decoder,
            warm: false,
        }
    }
}

impl Codec for Opus {
    fn encode(&mut self, samples: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        if samples.len() != FRAME_LEN {
            return Err(CodecError::FrameLength(samples.len()));
        }
        let len = payload.len().min(PAYLOAD_MAX);
        self.encoder
            .encode(samples, &mut payload[..len])
            .map_err(|_| CodecError::Payload)
    }

    fn decode(&mut self, payload: &[u8], samples: &mut [i16]) -> Result<usize, CodecError> {
        if payload.is_empty() && (!self.warm || !samples.len().is_multiple_of(PIECE_LEN)) {
            return Ok(0);
        }
        let decoded = self
            .decoder
            .decode(payload, samples, DecodeMode::Normal)
            .map_err(|_| CodecError::Payload)?;
        self.warm = true;
        Ok(decoded)
    }
}

impl std::fmt::Debug for Opus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opus(..)")
    }
}

#[cfg(test)]
mod tests;
