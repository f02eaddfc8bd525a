//! Mouth and ear in a meeting: a frame is said and a frame is heard every 20 ms.

use std::time::Duration;

use bytes::Bytes;
use media::codec::AudioCodec;
use media::ear::Ear;
use media::jitter::JitterBuffer;
use media::rtp::Ssrc;
use media::source::Source;
use media::stream::Account;
use webrtc_peer::{Codec, RtpPacket};

use super::Measurement;
use crate::command::Voice;

/// Length of a frame.
pub(super) const FRAME: Duration = Duration::from_millis(20);

/// What is said and heard on the agreed codec.
pub(super) struct Sound {
    codec: AudioCodec,
    coder: Box<dyn media::Codec>,
    buffer: JitterBuffer,
    source: Source,
    ear: Ear,
    /// When the next frame is due.
    pub(super) due: Duration,
    timestamp: u32,
    account: Account,
    /// What is said.
    frame: Vec<i16>,
    payload: Vec<u8>,
}

impl Sound {
    /// Sound from now on, sent as this source; timestamps begin at a random one (RFC 3550 §5.1).
    pub(super) fn new(
        now: Duration,
        codec: AudioCodec,
        voice: &Voice,
        ours: Ssrc,
        timestamp: u32,
    ) -> Sound {
        let rate_hz = codec.sample_rate_hz();
        Sound {
            codec,
            coder: codec.build(),
            buffer: JitterBuffer::new(codec.clock_rate_hz(), rate_hz, codec.payload_max()),
            source: voice.source(rate_hz),
            ear: Ear::new(rate_hz),
            due: now + FRAME,
            timestamp,
            account: Account::new(codec, FRAME, ours),
            frame: vec![0; rate_hz as usize / 50],
            payload: vec![0; codec.payload_max()],
        }
    }

    pub(super) fn say(&mut self, voice: &Voice) {
        self.source = voice.source(self.codec.sample_rate_hz());
    }

    pub(super) fn listen(&mut self, frequencies_hz: &[f64]) {
        self.ear.watch(frequencies_hz);
    }

    /// A packet came.
    pub(super) fn insert(&mut self, now: Duration, packet: &RtpPacket) {
        let (sequence, timestamp) = (packet.sequence, packet.timestamp);
        let is_ours =
            matches!(packet.codec, Some(Codec::Audio(codec)) if known(codec) == self.codec);
        if !is_ours {
            self.account.on_unknown();
            return;
        }
        let octets = packet.payload.len();
        self.account
            .on_packet(now, Ssrc(packet.ssrc), sequence, timestamp, octets);
        self.buffer
            .insert(now, sequence, timestamp, Some(&packet.payload[..]));
    }

    /// A report came.
    pub(super) fn handle_rtcp(&mut self, now: Duration, compound: &[u8]) {
        self.account.on_rtcp(now, compound);
    }

    /// Hears the frame that is due and gives timestamp and payload of the one said meanwhile.
    pub(super) fn tick(&mut self, now: Duration) -> Option<(u32, Bytes)> {
        self.buffer.pull(now, self.coder.as_mut(), self.frame.len());
        self.ear.listen(self.due, self.buffer.frame());
        self.source.fill(self.due, &mut self.frame);
        let encoded = self.coder.encode(&self.frame, &mut self.payload);
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(self.codec.clock_rate_hz() / 50);
        // A host that slept does not make up for it in a burst.
        let next = self.due + FRAME;
        self.due = if next + LATE_MAX < now {
            now + FRAME
        } else {
            next
        };
        self.account.on_sent(encoded.ok());
        let length = encoded.ok()?;
        Some((timestamp, Bytes::copy_from_slice(&self.payload[..length])))
    }

    pub(super) fn measurement(&self) -> Measurement {
        Measurement {
            heard: self.ear.heard(),
            statistics: self.account.statistics(&self.buffer),
            video: Vec::new(),
        }
    }
}

/// A codec of the peer connection, as `media` calls it.
pub(super) fn known(codec: webrtc_peer::AudioCodec) -> AudioCodec {
    match codec {
        webrtc_peer::AudioCodec::Opus => AudioCodec::Opus,
        webrtc_peer::AudioCodec::Pcmu => AudioCodec::Pcmu,
    }
}

/// A sound this late skips frames.
const LATE_MAX: Duration = Duration::from_millis(200);
