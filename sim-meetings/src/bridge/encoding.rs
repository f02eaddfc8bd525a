//! One mix of a room in one codec: a frame is encoded when the first asks for it, and all others are given the same octets.

use bytes::{Bytes, BytesMut};
use media::codec::{AudioCodec, Opus};
use media::mixer::Heard;
use media::resample::{Downsampler, RATIO};

use super::voice::{FRAME, kind};

/// The encoder of one mix.
pub(super) struct Encoding {
    heard: Heard,
    codec: webrtc_peer::AudioCodec,
    coder: Box<dyn media::Codec>,
    down: Downsampler,
    payload_max: usize,
    /// Where payloads are written; the memory is used again once all packets with the last one are gone.
    buffer: BytesMut,
    frame: Frame,
}

/// How far this frame has come.
enum Frame {
    Due,
    /// None if it could not be encoded, or need not be sent.
    Encoded(Option<Bytes>),
}

impl Encoding {
    /// An encoder of the mix that is heard so, in this codec.
    pub(super) fn new(heard: Heard, codec: webrtc_peer::AudioCodec) -> Encoding {
        let kind = kind(codec);
        Encoding {
            heard,
            codec,
            coder: match kind {
                AudioCodec::Opus => Box::new(Opus::for_music(MIX_BITRATE)),
                AudioCodec::Pcmu | AudioCodec::Pcma | AudioCodec::G722 | AudioCodec::G729 => {
                    kind.build()
                }
            },
            down: Downsampler::new(),
            payload_max: kind.payload_max(),
            buffer: BytesMut::with_capacity(kind.payload_max()),
            frame: Frame::Due,
        }
    }

    /// Whether it is of this mix in this codec.
    pub(super) fn is_of(&self, heard: Heard, codec: webrtc_peer::AudioCodec) -> bool {
        self.heard == heard && self.codec == codec
    }

    /// Begins a frame.
    pub(super) fn begin(&mut self) {
        self.frame = Frame::Due;
    }

    /// The payload of this frame, whose samples are `mix`; none if it cannot be encoded.
    pub(super) fn payload(&mut self, mix: &[i16]) -> Option<Bytes> {
        if let Frame::Encoded(payload) = &self.frame {
            return payload.clone();
        }
        let payload = self.encode(mix);
        self.frame = Frame::Encoded(payload.clone());
        payload
    }

    /// Encodes with this from now on.
    #[cfg(test)]
    pub(super) fn replace_coder(&mut self, coder: Box<dyn media::Codec>) {
        self.coder = coder;
    }

    fn encode(&mut self, mix: &[i16]) -> Option<Bytes> {
        self.buffer.clear();
        self.buffer.resize(self.payload_max, 0);
        let encoded = match self.codec {
            webrtc_peer::AudioCodec::Opus => self.coder.encode(mix, &mut self.buffer),
            webrtc_peer::AudioCodec::Pcmu => {
                let mut narrow = [0; FRAME / RATIO];
                self.down.process(mix, &mut narrow);
                self.coder.encode(&narrow, &mut self.buffer)
            }
        };
        let length = encoded.ok().filter(|length| *length > 0)?;
        Some(self.buffer.split_to(length).freeze())
    }
}

/// Rate of the mix in bit/s: several voices at once, or tones, want more than one voice. RFC 7587 §3.1.1 suggests 28 to 40 kbit/s for
/// full-band speech and 48 to 64 for music.
const MIX_BITRATE: u32 = 48_000;
