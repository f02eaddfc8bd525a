//! Codecs: one frame of samples to one payload and back.
//!
//! The trait has two functions; what a stream must know beforehand (clock rate, frame length) stands in [`AudioCodec`].

pub mod g711;
pub mod opus;

pub use g711::{Pcma, Pcmu};
pub use opus::Opus;

use crate::quality::{self, CodecImpairment};

/// Turns frames into payloads and back. Both directions may keep state, so one value serves one stream.
pub trait Codec: Send {
    /// Encodes one frame; gives the octets written to `payload`.
    fn encode(&mut self, samples: &[i16], payload: &mut [u8]) -> Result<usize, CodecError>;

    /// Decodes one payload; gives the samples written to `samples`.
    ///
    /// An empty payload means that a packet is lost: a codec that can conceal fills `samples` and gives their number, any
    /// other gives 0.
    fn decode(&mut self, payload: &[u8], samples: &mut [i16]) -> Result<usize, CodecError>;
}

/// Why a frame was not coded.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The output does not fit the caller's buffer.
    #[error("buffer has room for {len}, {need} are needed")]
    BufferTooSmall {
        /// Octets or samples that the buffer has.
        len: usize,
        /// Octets or samples that are needed.
        need: usize,
    },
    /// The frame has a length that the codec does not take.
    #[error("frame of {0} samples is not one of the codec's lengths")]
    FrameLength(usize),
    /// The payload is not one of the codec's.
    #[error("payload cannot be decoded")]
    Payload,
}

/// The audio codecs by what SDP says of them.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum AudioCodec {
    /// G.711 mu-law, static payload type 0. RFC 3551 §4.5.14.
    Pcmu,
    /// G.711 A-law, static payload type 8.
    Pcma,
    /// Opus, 48 kHz, mono. RFC 6716, RFC 7587.
    Opus,
}

impl AudioCodec {
    /// All codecs.
    pub const ALL: [AudioCodec; 3] = [AudioCodec::Opus, AudioCodec::Pcma, AudioCodec::Pcmu];

    /// Encoding name in `a=rtpmap`.
    pub fn name(self) -> &'static str {
        match self {
            AudioCodec::Pcmu => "PCMU",
            AudioCodec::Pcma => "PCMA",
            AudioCodec::Opus => "opus",
        }
    }

    /// The codec with this encoding name (compared without case) and RTP clock rate.
    pub fn from_name(name: &str, clock_rate_hz: u32) -> Option<AudioCodec> {
        let named = |codec: &AudioCodec| {
            codec.name().eq_ignore_ascii_case(name) && codec.clock_rate_hz() == clock_rate_hz
        };
        AudioCodec::ALL.into_iter().find(named)
    }

    /// Payload type that means this codec without an `a=rtpmap`. RFC 3551 §6.
    pub fn static_payload_type(self) -> Option<u8> {
        match self {
            AudioCodec::Pcmu => Some(0),
            AudioCodec::Pcma => Some(8),
            AudioCodec::Opus => None,
        }
    }

    /// Rate of RTP timestamps.
    pub fn clock_rate_hz(self) -> u32 {
        match self {
            AudioCodec::Pcmu | AudioCodec::Pcma => 8_000,
            AudioCodec::Opus => 48_000,
        }
    }

    /// Rate of the samples that go in and come out.
    pub fn sample_rate_hz(self) -> u32 {
        match self {
            AudioCodec::Pcmu | AudioCodec::Pcma => 8_000,
            AudioCodec::Opus => 48_000,
        }
    }

    /// Octets of the longest payload of one packet that is taken: 60 ms of G.711, one frame of Opus.
    pub fn payload_max(self) -> usize {
        match self {
            AudioCodec::Pcmu | AudioCodec::Pcma => 480,
            AudioCodec::Opus => opus::PAYLOAD_MAX,
        }
    }

    /// How the codec impairs speech, for the E-model.
    pub fn impairment(self) -> CodecImpairment {
        match self {
            AudioCodec::Pcmu | AudioCodec::Pcma => quality::G711,
            AudioCodec::Opus => quality::OPUS,
        }
    }

    /// A fresh encoder and decoder.
    pub fn build(self) -> Box<dyn Codec> {
        match self {
            AudioCodec::Pcmu => Box::new(Pcmu),
            AudioCodec::Pcma => Box::new(Pcma),
            AudioCodec::Opus => Box::new(Opus::new()),
        }
    }
}
