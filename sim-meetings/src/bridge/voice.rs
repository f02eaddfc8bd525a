//! One participant's voice at the bridge: their packets become frames of the room.

use std::time::Duration;

use media::codec::AudioCodec;
use media::jitter::JitterBuffer;
use media::resample::{RATIO, Upsampler};
use media::rtp::Ssrc;
use media::stream::{Account, StreamStatistics};
use webrtc_peer::{Codec, RtpPacket};

/// Samples of a frame of the room: 20 ms at 48 kHz.
pub(super) const FRAME: usize = 960;
/// Length of a frame.
pub(super) const FRAME_TIME: Duration = Duration::from_millis(20);

/// A frame of the room in which nothing is heard.
pub(super) static SILENCE: [i16; FRAME] = [0; FRAME];

/// Play-out buffer and decoder of one participant, and the clock of what they are sent.
pub(super) struct Voice {
    codec: webrtc_peer::AudioCodec,
    coder: Box<dyn media::Codec>,
    buffer: JitterBuffer,
    up: Upsampler,
    /// The last frame, if it had to be brought to the rate of the room.
    wide: Box<[i16; FRAME]>,
    account: Account,
    timestamp: u32,
}

impl Voice {
    /// A voice in this codec, to which we are this source; its outgoing timestamps begin where a random number says (RFC 3550 §5.1).
    pub(super) fn new(codec: webrtc_peer::AudioCodec, ours: u32, timestamp: u32) -> Voice {
        let kind = kind(codec);
        let (clock, samples) = (kind.clock_rate_hz(), kind.sample_rate_hz());
        Voice {
            codec,
            coder: kind.build(),
            buffer: JitterBuffer::new(clock, samples, kind.payload_max()),
            up: Upsampler::new(),
            wide: Box::new([0; FRAME]),
            account: Account::new(kind, FRAME_TIME, Ssrc(ours)),
            timestamp,
        }
    }

    /// A packet of theirs came. One in another codec than the agreed one is not played.
    pub(super) fn insert(&mut self, now: Duration, packet: &RtpPacket) {
        if packet.codec != Some(Codec::Audio(self.codec)) {
            self.account.on_unknown();
            return;
        }
        let (source, octets) = (Ssrc(packet.ssrc), packet.payload.len());
        let (sequence, timestamp) = (packet.sequence, packet.timestamp);
        self.account
            .on_packet(now, source, sequence, timestamp, octets);
        self.buffer
            .insert(now, sequence, timestamp, Some(&packet.payload[..]));
    }

    /// The frame they are heard with from now on.
    pub(super) fn pull(&mut self, now: Duration) -> &[i16] {
        match self.codec {
            webrtc_peer::AudioCodec::Opus => {
                self.buffer.pull(now, self.coder.as_mut(), FRAME);
                self.buffer.frame()
            }
            webrtc_peer::AudioCodec::Pcmu => {
                self.buffer.pull(now, self.coder.as_mut(), FRAME / RATIO);
                self.up.process(self.buffer.frame(), &mut *self.wide);
                &*self.wide
            }
        }
    }

    /// The codec in which they are spoken to.
    pub(super) fn codec(&self) -> webrtc_peer::AudioCodec {
        self.codec
    }

    /// Timestamp of the next packet to them, which has so many octets; `None` if there is none. A frame's time goes by with each.
    pub(super) fn next(&mut self, octets: Option<usize>) -> u32 {
        self.account.on_sent(octets);
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(self.codec.clock_rate_hz() / 50);
        timestamp
    }

    /// A report of theirs came.
    pub(super) fn handle_rtcp(&mut self, now: Duration, compound: &[u8]) {
        self.account.on_rtcp(now, compound);
    }

    /// What was counted in both directions.
    pub(super) fn statistics(&self) -> StreamStatistics {
        self.account.statistics(&self.buffer)
    }
}

/// The codec as `media` calls it.
pub(super) fn kind(codec: webrtc_peer::AudioCodec) -> AudioCodec {
    match codec {
        webrtc_peer::AudioCodec::Opus => AudioCodec::Opus,
        webrtc_peer::AudioCodec::Pcmu => AudioCodec::Pcmu,
    }
}
