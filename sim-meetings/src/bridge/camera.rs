//! One participant's pictures as they come: kept to be sent again, asked for where packets are missing or nobody can begin,
//! and told how much of them can be passed on.

use std::time::Duration;

use media::forward::{Incoming, KeyFrameRequests, PayloadFormat};
use media::rtcp::{CompoundWriter, Reception};
use media::rtp::Ssrc;
use media::rtx::{History, MISSING_MAX, Missing};
use webrtc_peer::{Codec, RtpPacket, TrackId, VideoCodec};

use super::rate::{Limit, Rate};
use crate::measured::CameraMeasured;
use crate::room::ParticipantId;

/// A participant's camera, seen from here.
pub(super) struct Camera {
    pub(super) track: TrackId,
    /// Our own source on the line, as which feedback is given.
    ours: Ssrc,
    /// Their source, and the codec of its latest packet.
    source: Option<(Ssrc, VideoCodec)>,
    history: History,
    missing: Missing,
    key_frames: KeyFrameRequests,
    rate: Rate,
    limit: Limit,
    reception: Option<Reception>,
    measured: CameraMeasured,
    /// Who is shown it.
    pub(super) viewers: Vec<ParticipantId>,
    /// The packet that came last, as it stands on a wire.
    packet: Vec<u8>,
    feedback: Box<[u8]>,
}

/// What the packet that came last begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Arrived {
    /// The source goes on.
    Next(VideoCodec),
    /// Another source or codec than before.
    Anew(VideoCodec),
}

impl Camera {
    /// The camera on this line, on which we give feedback as `ours`.
    pub(super) fn new(track: TrackId, ours: u32) -> Camera {
        Camera {
            track,
            ours: Ssrc(ours),
            source: None,
            history: History::new(KEPT, PACKET_MAX),
            missing: Missing::new(),
            key_frames: KeyFrameRequests::default(),
            rate: Rate::default(),
            limit: Limit::default(),
            reception: None,
            measured: CameraMeasured::default(),
            viewers: Vec::new(),
            packet: Vec::with_capacity(usize::from(PACKET_MAX)),
            feedback: vec![0; FEEDBACK_MAX].into(),
        }
    }

    /// The codec that it sends in, once it has.
    pub(super) fn codec(&self) -> Option<VideoCodec> {
        self.source.map(|(_, codec)| codec)
    }

    /// Takes a packet; none if it is of no codec of ours.
    pub(super) fn take(&mut self, now: Duration, packet: &RtpPacket) -> Option<Arrived> {
        let Some(Codec::Video(codec)) = packet.codec else {
            return None;
        };
        packet.write(&mut self.packet);
        let source = (Ssrc(packet.ssrc), codec);
        let before = self.source.replace(source);
        let is_same = before.is_some_and(|(ssrc, _)| ssrc == source.0);
        if !is_same {
            self.missing.reset();
            self.reception = None;
        }
        // Browsers send packets again unasked, to see what the path carries: those count once.
        let kept = self.history.resend(now, packet.sequence, Duration::ZERO);
        if !is_same || kept.is_none() {
            self.count(now, packet, codec);
        }
        self.rate.note(now, self.packet.len());
        self.missing.on_packet(now, packet.sequence);
        self.history.keep(packet.sequence, &self.packet);
        Some(if before == self.source {
            Arrived::Next(codec)
        } else {
            Arrived::Anew(codec)
        })
    }

    fn count(&mut self, now: Duration, packet: &RtpPacket, codec: VideoCodec) {
        self.measured.packets_received += 1;
        self.measured.bytes_received += packet.payload.len() as u64;
        let rate_hz = Codec::Video(codec).clock_rate_hz();
        let empty = || Reception::new(Ssrc(packet.ssrc), rate_hz);
        let reception = self.reception.get_or_insert_with(empty);
        reception.on_packet(now, packet.sequence, packet.timestamp);
    }

    /// The packet that came last, read for forwarding.
    pub(super) fn incoming(&self) -> Option<Incoming<'_>> {
        Incoming::read(format(self.codec()?), &self.packet).ok()
    }

    /// A packet that is to be sent again, by the sequence number that it came with.
    pub(super) fn kept(&mut self, now: Duration, sequence: u16) -> Option<Incoming<'_>> {
        let format = format(self.codec()?);
        // Each viewer asks for its own: what one was just sent says nothing of another.
        let packet = self.history.resend(now, sequence, Duration::ZERO)?;
        Incoming::read(format, packet).ok()
    }

    /// What it sends, bit/s.
    pub(super) fn rate(&self, now: Duration) -> u64 {
        self.rate.bits_per_second(now)
    }

    /// Whether it is time to find out how much of it can be passed on.
    pub(super) fn is_limit_due(&self, now: Duration) -> bool {
        self.limit.is_due(now)
    }

    /// Notes how much of it can be passed on, bit/s; none if that is not known.
    pub(super) fn limit(&mut self, now: Duration, limit: Option<u64>) {
        self.limit.note(now, limit);
    }

    /// Somebody cannot show it without a key frame.
    pub(super) fn want_key_frame(&mut self) {
        self.key_frames.want(LAYER);
    }

    /// A key frame has begun: everybody who waits has it.
    pub(super) fn on_key_frame(&mut self) {
        self.key_frames.on_key_frame(LAYER);
    }

    /// What is to be told to the camera now; empty if nothing.
    pub(super) fn feedback(&mut self, now: Duration) -> &[u8] {
        let Some((source, _)) = self.source else {
            return &[];
        };
        let mut writer = CompoundWriter::new(&mut self.feedback);
        let due = self.missing.due(now);
        // The buffer holds an entry for each, and a request: nothing can be refused for want of room.
        let _ = writer.nack(self.ours, source, due.iter().copied());
        self.measured.nack_count += u64::from(!due.is_empty());
        if self
            .key_frames
            .poll(now, self.missing.round_trip())
            .is_some()
        {
            self.measured.pli_count += 1;
            let _ = writer.picture_loss(self.ours, source);
        }
        if let Some(limit) = self.limit.due(now) {
            let _ = writer.maximum_bitrate(self.ours, limit, &[source]);
        }
        let len = writer.finish();
        &self.feedback[..len]
    }

    /// What was counted.
    pub(super) fn measured(&self) -> CameraMeasured {
        let reception = self.reception.as_ref();
        CameraMeasured {
            packets_lost: reception.map_or(0, Reception::lost),
            jitter: reception.map_or(0.0, |one| one.jitter().as_secs_f64()),
            ..self.measured
        }
    }

    /// When there will be something to be told.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let missing = self.missing.deadline();
        missing.into_iter().chain(self.key_frames.deadline()).min()
    }
}

fn format(codec: VideoCodec) -> PayloadFormat {
    match codec {
        VideoCodec::H264 => PayloadFormat::H264,
        VideoCodec::Vp8 => PayloadFormat::Vp8,
    }
}

/// Cameras send one layer: no simulcast is agreed to.
const LAYER: u8 = 0;
/// Packets that are kept to be sent again: a second of 5 Mbit/s.
const KEPT: usize = 512;
/// Octets of the largest packet that is kept: one of a path with the usual MTU.
const PACKET_MAX: u16 = 1_500;
/// Octets of the largest feedback: an entry for each missing packet, a picture loss, and a limit.
const FEEDBACK_MAX: usize = 12 + 4 * MISSING_MAX + 12 + 24;

#[cfg(test)]
mod tests {
    use super::*;
    use media::rtcp::{Compound, FeedbackMessage, Packet};

    fn packet(ssrc: u32, sequence: u16, codec: VideoCodec) -> RtpPacket {
        RtpPacket {
            ssrc,
            payload_type: 102,
            codec: Some(Codec::Video(codec)),
            sequence,
            timestamp: 1,
            marker: false,
            payload: vec![0x65, 0x88].into(),
        }
    }

    #[test]
    fn what_is_missing_or_wanted_is_asked_of_the_source() {
        let at = Duration::from_millis;
        let mut camera = Camera::new(TrackId(1), 9);
        camera.want_key_frame();
        // Nobody can be asked before they have said anything.
        assert!(camera.feedback(at(0)).is_empty());
        let h264 = VideoCodec::H264;
        let arrived = camera.take(at(0), &packet(7, 1, h264));
        assert_eq!(arrived, Some(Arrived::Anew(h264)));
        assert!(camera.incoming().unwrap().can_begin);
        let arrived = camera.take(at(1), &packet(7, 4, h264));
        assert_eq!(arrived, Some(Arrived::Next(h264)));
        let feedback = camera.feedback(at(10)).to_vec();
        let compound = Compound::parse(&feedback).unwrap();
        let told = compound.packets().map(|packet| {
            let Packet::Feedback(feedback) = packet else {
                panic!("{packet:?} is no feedback");
            };
            if let FeedbackMessage::Nack(nack) = feedback.message {
                return nack.sequences().collect();
            }
            assert!(matches!(feedback.message, FeedbackMessage::PictureLoss));
            vec![0]
        });
        let told: Vec<Vec<u16>> = told.collect();
        assert_eq!(told, [vec![2, 3], vec![0]]);
        camera.on_key_frame();
        assert!(camera.kept(at(10), 4).is_some() && camera.kept(at(10), 2).is_none());
        assert!(camera.deadline().is_some());
        let arrived = camera.take(at(20), &packet(7, 5, VideoCodec::Vp8));
        assert_eq!(arrived, Some(Arrived::Anew(VideoCodec::Vp8)));
    }

    #[test]
    fn a_camera_is_told_how_much_of_it_can_be_passed_on() {
        let at = Duration::from_millis;
        let mut camera = Camera::new(TrackId(1), 9);
        camera.take(at(0), &packet(7, 1, VideoCodec::H264));
        assert!(camera.is_limit_due(at(0)) && camera.feedback(at(0)).is_empty());
        camera.limit(at(0), Some(250_000));
        let feedback = camera.feedback(at(0)).to_vec();
        let compound = Compound::parse(&feedback).unwrap();
        let Some(Packet::Feedback(feedback)) = compound.packets().next() else {
            panic!("{compound:?} is no feedback");
        };
        let FeedbackMessage::MaximumBitrate(limit) = feedback.message else {
            panic!("{feedback:?} is no limit");
        };
        assert_eq!(limit.bits_per_second, 250_000);
        assert!(camera.feedback(at(10)).is_empty());
    }
}
