//! One participant's audio at the bridge: their packets become frames of the room, the room's frames their packets.

use std::time::Duration;

use bytes::Bytes;
use media::codec::{AudioCodec, Opus};
use media::jitter::JitterBuffer;
use media::resample::{Downsampler, RATIO, Upsampler};
use webrtc_peer::{Codec, RtpPacket};

/// Samples of a frame of the room: 20 ms at 48 kHz.
pub(super) const FRAME: usize = 960;
/// Length of a frame.
pub(super) const FRAME_TIME: Duration = Duration::from_millis(20);

/// A frame of the room.
pub(super) type Frame = [i16; FRAME];

/// Play-out buffer and coder of one participant.
pub(super) struct Voice {
    codec: webrtc_peer::AudioCodec,
    coder: Box<dyn media::Codec>,
    buffer: JitterBuffer,
    up: Upsampler,
    down: Downsampler,
    timestamp: u32,
    payload: Vec<u8>,
}

impl Voice {
    /// A voice in this codec; its outgoing timestamps begin where a random number says (RFC 3550 §5.1).
    pub(super) fn new(codec: webrtc_peer::AudioCodec, timestamp: u32) -> Voice {
        let kind = kind(codec);
        let (clock, samples) = (kind.clock_rate_hz(), kind.sample_rate_hz());
        Voice {
            codec,
            coder: match kind {
                AudioCodec::Opus => Box::new(Opus::for_music(MIX_BITRATE)),
                AudioCodec::Pcmu | AudioCodec::Pcma | AudioCodec::G722 | AudioCodec::G729 => {
                    kind.build()
                }
            },
            buffer: JitterBuffer::new(clock, samples, kind.payload_max()),
            up: Upsampler::new(),
            down: Downsampler::new(),
            timestamp,
            payload: vec![0; kind.payload_max()],
        }
    }

    /// A packet of theirs came. One in another codec than the agreed one is not played.
    pub(super) fn insert(&mut self, now: Duration, packet: &RtpPacket) {
        if packet.codec == Some(Codec::Audio(self.codec)) {
            let payload = Some(&packet.payload[..]);
            self.buffer
                .insert(now, packet.sequence, packet.timestamp, payload);
        }
    }

    /// The frame they are heard with from now on.
    pub(super) fn pull(&mut self, now: Duration, frame: &mut Frame) {
        match self.codec {
            webrtc_peer::AudioCodec::Opus => {
                self.buffer.pull(now, self.coder.as_mut(), frame);
            }
            webrtc_peer::AudioCodec::Pcmu => {
                let mut narrow = [0; FRAME / RATIO];
                self.buffer.pull(now, self.coder.as_mut(), &mut narrow);
                self.up.process(&narrow, frame);
            }
        }
    }

    /// Timestamp and payload of the next packet to them; none if the frame cannot be encoded.
    pub(super) fn encode(&mut self, frame: &Frame) -> Option<(u32, Bytes)> {
        let encoded = match self.codec {
            webrtc_peer::AudioCodec::Opus => self.coder.encode(frame, &mut self.payload),
            webrtc_peer::AudioCodec::Pcmu => {
                let mut narrow = [0; FRAME / RATIO];
                self.down.process(frame, &mut narrow);
                self.coder.encode(&narrow, &mut self.payload)
            }
        };
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(self.codec.clock_rate_hz() / 50);
        let length = encoded.ok()?;
        Some((timestamp, Bytes::copy_from_slice(&self.payload[..length])))
    }
}

/// The codec as `media` calls it.
fn kind(codec: webrtc_peer::AudioCodec) -> AudioCodec {
    match codec {
        webrtc_peer::AudioCodec::Opus => AudioCodec::Opus,
        webrtc_peer::AudioCodec::Pcmu => AudioCodec::Pcmu,
    }
}

/// Rate of the mix in bit/s: several voices at once, or tones, want more than one voice. RFC 7587 §3.1.1 suggests 28 to 40 kbit/s for
/// full-band speech and 48 to 64 for music.
const MIX_BITRATE: u32 = 48_000;
