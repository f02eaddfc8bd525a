//! Codecs: one frame of samples to one payload and back.
//!
//! The trait has two functions, two more for codecs that repeat themselves, and one for those that need not be concealed by
//! themselves; what a stream must know beforehand (clock
//! rate, frame length) stands in [`AudioCodec`].

pub mod comfort_noise;
pub mod g711;
pub mod g722;
pub mod g729;
pub mod opus;

pub use comfort_noise::ComfortNoise;
pub use g711::{Pcma, Pcmu};
pub use g722::G722;
pub use g729::G729;
pub use opus::Opus;

use crate::quality::{self, CodecImpairment};

/// Turns frames into payloads and back. Both directions may keep state, so one value serves one stream.
pub trait Codec: Send {
    /// Encodes one frame; gives the octets written to `payload`. None at all mean that the frame need not be sent: the
    /// other side knows that there is a pause.
    fn encode(&mut self, samples: &[i16], payload: &mut [u8]) -> Result<usize, CodecError>;

    /// Decodes one payload; gives the samples written to `samples`.
    ///
    /// An empty payload means that a packet is lost: a codec that can conceal fills `samples` and gives their number, any
    /// other gives 0.
    fn decode(&mut self, payload: &[u8], samples: &mut [i16]) -> Result<usize, CodecError>;

    /// Whether the payload carries, perhaps in less quality, the frame before its own too.
    fn repeats(&self, _payload: &[u8]) -> bool {
        false
    }

    /// Decodes the frame before `next`'s own, which was lost, from the copy in `next`. The length of `samples` is that of the
    /// lost frame; gives 0 if there is no copy. `next` itself is still to be decoded.
    fn recover(&mut self, _next: &[u8], _samples: &mut [i16]) -> Result<usize, CodecError> {
        Ok(0)
    }

    /// What a payload will sound like whose turn has not come, if all before it is lost; gives the samples, 0 if the codec
    /// cannot say. What is decoded afterwards is the same as without the question.
    fn preview(&self, _payload: &[u8], _samples: &mut [i16]) -> usize {
        0
    }
}

/// The first `need` places of a buffer.
fn fitting<T>(buffer: &mut [T], need: usize) -> Result<&mut [T], CodecError> {
    let len = buffer.len();
    buffer
        .get_mut(..need)
        .ok_or(CodecError::BufferTooSmall { len, need })
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
    /// G.722 at 64 kbit/s, static payload type 9; samples of 16 kHz under a clock of 8 kHz. RFC 3551 §4.5.2.
    G722,
    /// G.729 Annex A at 8 kbit/s, static payload type 18. RFC 3551 §4.5.6.
    G729,
    /// Opus, 48 kHz, mono. RFC 6716, RFC 7587.
    Opus,
}

impl AudioCodec {
    /// All codecs, in the order of what they sound like.
    pub const ALL: [AudioCodec; 5] = [
        AudioCodec::Opus,
        AudioCodec::G722,
        AudioCodec::Pcma,
        AudioCodec::Pcmu,
        AudioCodec::G729,
    ];

    /// Encoding name in `a=rtpmap`.
    pub fn name(self) -> &'static str {
        match self {
            AudioCodec::Pcmu => "PCMU",
            AudioCodec::Pcma => "PCMA",
            AudioCodec::G722 => "G722",
            AudioCodec::G729 => "G729",
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
            AudioCodec::G722 => Some(9),
            AudioCodec::G729 => Some(18),
            AudioCodec::Opus => None,
        }
    }

    /// Rate of RTP timestamps.
    pub fn clock_rate_hz(self) -> u32 {
        match self {
            AudioCodec::Pcmu | AudioCodec::Pcma | AudioCodec::G722 | AudioCodec::G729 => 8_000,
            AudioCodec::Opus => 48_000,
        }
    }

    /// Rate of the samples that go in and come out.
    pub fn sample_rate_hz(self) -> u32 {
        match self {
            AudioCodec::Pcmu | AudioCodec::Pcma | AudioCodec::G729 => 8_000,
            AudioCodec::G722 => 16_000,
            AudioCodec::Opus => 48_000,
        }
    }

    /// Octets of the longest payload of one packet that is taken: 60 ms of G.711, G.722 and G.729, one frame of Opus.
    pub fn payload_max(self) -> usize {
        match self {
            AudioCodec::Pcmu | AudioCodec::Pcma | AudioCodec::G722 => 480,
            AudioCodec::G729 => g729::PAYLOAD_MAX,
            AudioCodec::Opus => opus::PAYLOAD_MAX,
        }
    }

    /// How the codec impairs speech, for the E-model.
    pub fn impairment(self) -> CodecImpairment {
        match self {
            AudioCodec::Pcmu | AudioCodec::Pcma => quality::G711,
            AudioCodec::G722 => quality::G722,
            AudioCodec::G729 => quality::G729A,
            AudioCodec::Opus => quality::OPUS,
        }
    }

    /// A fresh encoder and decoder that send what the other side's `a=fmtp` asks for.
    pub fn build_for(self, format: &str) -> Box<dyn Codec> {
        match self {
            AudioCodec::Opus => Box::new(Opus::with(&opus::Settings {
                wanted: opus::Parameters::parse(format),
                ..opus::Settings::default()
            })),
            AudioCodec::Pcmu | AudioCodec::Pcma | AudioCodec::G722 | AudioCodec::G729 => {
                self.build()
            }
        }
    }

    /// A fresh encoder and decoder.
    pub fn build(self) -> Box<dyn Codec> {
        match self {
            AudioCodec::Pcmu => Box::new(Pcmu),
            AudioCodec::Pcma => Box::new(Pcma),
            AudioCodec::G722 => Box::new(G722::new()),
            AudioCodec::G729 => Box::new(G729::new()),
            AudioCodec::Opus => Box::new(Opus::new()),
        }
    }
}
