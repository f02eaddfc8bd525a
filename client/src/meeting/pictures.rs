//! The pictures of a meeting: our camera's, and those that we are shown of others.
//!
//! The first line carries both ways, the others only to us; the server says who is shown on each. What the path to the server
//! carries is estimated from when our packets arrived there, and the camera keeps to it.

use std::time::Duration;

use media::Identity;
use media::bandwidth::{BandwidthEstimator, Limits};
use media::rtcp::{Compound, FeedbackMessage, Packet};
use media::rtp::Ssrc;
use media::rtx::PayloadTypes;
use media::stream::Direction as StreamDirection;
use media::video::{Camera, Carriage, VideoConfig, VideoOutput, VideoStream};
use net::Entropy;
use rand_core::Rng;
use webrtc_peer::{Direction, Peer, RtpPacket, Track, TrackId, VideoCodec};

use super::Picture;
use super::channel::PictureLine;

/// Others that are shown at once: what a window of a laptop has room for beside everything else.
const SHOWN_MAX: usize = 4;
/// Within which the estimate of the path to the server stays, bit/s.
const LIMITS: Limits = Limits {
    start: 1_000_000,
    least: 50_000,
    most: 5_000_000,
};
/// The first line of pictures; sound is before it.
const FIRST: usize = 1;

/// All lines of pictures.
pub(super) struct Pictures {
    lines: Vec<Line>,
    /// Of the path to the server.
    bandwidth: BandwidthEstimator,
    /// A packet as it stands on a wire.
    packet: Vec<u8>,
}

struct Line {
    track: TrackId,
    mid: String,
    stream: VideoStream,
    due: Duration,
    /// Who is shown on it, and how many pictures had come before.
    shown: Option<(u64, u64)>,
    is_told: bool,
}

/// The lines to be offered.
pub(super) fn tracks() -> Vec<Track> {
    let line = |place| {
        let direction = if place == 0 {
            Direction::SendReceive
        } else {
            Direction::ReceiveOnly
        };
        Track::video(&[VideoCodec::H264], direction)
    };
    (0..SHOWN_MAX).map(line).collect()
}

impl Pictures {
    /// Pictures as agreed on; without what the camera needs, only others' are shown. None if they cannot be shown.
    pub(super) fn start(peer: &mut Peer, camera: Camera, mut entropy: Entropy) -> Option<Pictures> {
        let lines = (0..SHOWN_MAX).map(|place| {
            let track = TrackId(FIRST + place);
            let sources = peer.sources(track)?;
            let mut identity = Identity::generate(|octets| entropy.fill_bytes(octets));
            identity.ssrc = Ssrc(sources.media);
            let ours = VideoCodec::H264.offered_payload_type();
            let formats = peer.video_formats(track).into_iter();
            let format = formats.clone().find(|one| one.codec == VideoCodec::H264);
            let mut config =
                VideoConfig::new(format.map_or(ours, |one| one.payload_type), identity);
            config.receive = Some(ours);
            config.camera = Camera::None;
            config.direction = StreamDirection::ReceiveOnly;
            let mut carriage = Carriage::default();
            if let Some(format) = format {
                config.camera = camera;
                config.direction = StreamDirection::SendReceive;
                let pair = |repair| PayloadTypes::new().with(repair, format.payload_type);
                let repair = format.repair.map(pair);
                carriage.repair = repair.map(|pair| (Ssrc(sources.repair), pair));
            }
            config.carriage = Some(carriage);
            Some(Line {
                track,
                mid: peer.mid(track)?,
                stream: VideoStream::new(config).ok()?,
                due: Duration::ZERO,
                shown: None,
                is_told: false,
            })
        });
        let lines = lines.collect::<Option<Vec<Line>>>()?;
        let packet = Vec::with_capacity(1_500);
        let bandwidth = BandwidthEstimator::new(LIMITS);
        Some(Pictures {
            lines,
            bandwidth,
            packet,
        })
    }

    /// Takes a packet of a line.
    pub(super) fn handle(&mut self, now: Duration, track: TrackId, packet: &RtpPacket) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.track == track) {
            packet.write(&mut self.packet);
            line.stream.handle_rtp(now, &mut self.packet);
            line.due = line.due.min(now);
        }
    }

    /// Takes a report or request; each line hears what is said of its own sources.
    pub(super) fn handle_rtcp(&mut self, now: Duration, compound: &[u8]) {
        let limit = self.estimate(now, compound);
        for line in &mut self.lines {
            line.stream.set_estimated_limit(limit);
            self.packet.clear();
            self.packet.extend_from_slice(compound);
            line.stream.handle_rtcp(now, &mut self.packet);
            line.due = line.due.min(now);
        }
    }

    /// Does what is due and has it sent; false if there was nothing.
    pub(super) fn pump(&mut self, now: Duration, peer: &mut Peer) -> bool {
        let mut has_sent = false;
        for line in self.lines.iter_mut().filter(|line| line.due <= now) {
            line.stream.tick(now);
            loop {
                // A path that has just ended takes no more; its end comes as an event.
                match line.stream.poll() {
                    VideoOutput::Rtp(packet) => {
                        let sent = peer.send_packet(now, line.track, packet);
                        if let Ok(Some(number)) = sent {
                            self.bandwidth.on_sent(now, number, packet.len());
                        }
                    }
                    VideoOutput::Rtcp(feedback) => {
                        let _ = peer.send_rtcp(now, feedback);
                    }
                    VideoOutput::Wait(due) => {
                        line.due = due;
                        break;
                    }
                }
                has_sent = true;
            }
        }
        has_sent
    }

    /// What the path to the server carries, after what it says of arrivals; none while it has said nothing.
    fn estimate(&mut self, now: Duration, compound: &[u8]) -> Option<u64> {
        let packets = Compound::parse(compound).ok();
        for packet in packets.iter().flat_map(|compound| compound.packets()) {
            if let Packet::Feedback(feedback) = packet
                && let FeedbackMessage::TransportWide(arrivals) = feedback.message
            {
                self.bandwidth.on_feedback(now, &arrivals);
            }
        }
        let is_known = self.bandwidth.statistics().feedbacks > 0;
        is_known.then(|| self.bandwidth.target())
    }

    /// Somebody whose first picture has come since they are shown, once for each.
    pub(super) fn started(&mut self) -> Option<u64> {
        self.lines.iter_mut().find_map(|line| {
            let (participant, before) = line.shown?;
            let is_new = !line.is_told && line.stream.statistics().seen.pictures > before;
            line.is_told |= is_new;
            is_new.then_some(participant)
        })
    }

    /// The server says who is shown where.
    pub(super) fn show(&mut self, told: &[PictureLine]) {
        for line in &mut self.lines {
            let Some(told) = told.iter().find(|told| told.mid == line.mid) else {
                continue;
            };
            if line.shown.map(|(participant, _)| participant) != told.participant {
                let pictures = line.stream.statistics().seen.pictures;
                line.shown = told.participant.map(|participant| (participant, pictures));
                line.is_told = false;
            }
        }
    }

    /// Blocks or unblocks the camera.
    pub(super) fn set_blocked(&mut self, is_blocked: bool) {
        for line in &mut self.lines {
            line.stream.set_blocked(is_blocked);
        }
    }

    /// When there is something to do; none if only something that comes makes some.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let due = self.lines.iter().map(|line| line.due);
        due.min().filter(|due| *due < Duration::MAX)
    }

    /// What was counted, line by line.
    pub(super) fn statistics(&self) -> Vec<Picture> {
        let picture = |line: &Line| Picture {
            participant: line.shown.map(|(participant, _)| participant),
            statistics: line.stream.statistics(),
        };
        self.lines.iter().map(picture).collect()
    }
}
