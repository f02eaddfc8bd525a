//! The picture of one call: a video stream, its two sockets, and where the other side's are.

use std::net::SocketAddr;
use std::time::Duration;

use media::Identity;
use media::rtp::Ssrc;
use media::video::{
    Camera, Fidelity, Format, Retransmission, VideoConfig, VideoOutput, VideoStatistics,
    VideoStream,
};
use net::{Entropy, FlowId};
use rand_core::Rng;
use sip::offer_answer::Agreed;
use sip::sdp::{Direction, Feedback, H264Format};

use super::sound::{keys, stream_direction};
use crate::command::CallId;
use crate::desk::Desk;
use crate::event::Event;

/// The picture of one call.
#[derive(Debug)]
pub(super) struct CallVideo {
    stream: VideoStream,
    rtp: FlowId,
    rtcp: FlowId,
    agreed: Agreed,
    /// The source of what we send again, while it is one of its own.
    again: Option<Ssrc>,
    due: Duration,
    /// Whether the user knows that pictures come.
    is_told: bool,
    /// Where a datagram is decrypted.
    scratch: Vec<u8>,
}

impl CallVideo {
    /// Starts as agreed; `None` if the keys are none, or the camera's pictures cannot be coded.
    pub(super) fn start(
        desk: &mut Desk,
        sockets: (FlowId, FlowId),
        agreed: &Agreed,
        direction: Direction,
        is_blocked: bool,
    ) -> Option<Self> {
        let identity = Identity::generate(|octets| desk.entropy.fill_bytes(octets));
        let mut config = VideoConfig::new(agreed.codec.payload_type, identity);
        config.receive = Some(agreed.receive_payload_type);
        config.keys = keys(agreed)?;
        config.camera = fitting(desk.camera, agreed);
        config.direction = stream_direction(direction);
        let asks = |kind| agreed.codec.feedback.contains(&kind);
        config.use_full_intra_request = asks(Feedback::CcmFir) && !asks(Feedback::NackPli);
        let again = source_again(agreed, None, &mut desk.entropy);
        config.repair = repair(agreed, again);
        let mut stream = VideoStream::new(config).ok()?;
        stream.set_blocked(is_blocked);
        stream.set_agreed_limit(Some(most(desk, agreed)));
        Some(Self {
            stream,
            rtp: sockets.0,
            rtcp: sockets.1,
            agreed: agreed.clone(),
            again,
            due: Duration::ZERO,
            is_told: false,
            scratch: Vec::with_capacity(2_048),
        })
    }

    /// Goes on as agreed anew; `false` if the new keys are none.
    pub(super) fn go_on(&mut self, desk: &mut Desk, agreed: &Agreed, direction: Direction) -> bool {
        let Some(keys) = keys(agreed) else {
            return false;
        };
        self.stream.rekey(keys);
        self.stream
            .set_payload_types(agreed.codec.payload_type, agreed.receive_payload_type);
        self.stream.set_direction(stream_direction(direction));
        self.again = source_again(agreed, self.again, &mut desk.entropy);
        self.stream.set_repair(repair(agreed, self.again));
        self.stream.set_agreed_limit(Some(most(desk, agreed)));
        self.agreed = agreed.clone();
        true
    }

    /// Sends and shows in this direction, whatever was agreed.
    pub(super) fn set_direction(&mut self, direction: Direction) {
        self.stream.set_direction(stream_direction(direction));
    }

    pub(super) fn set_blocked(&mut self, is_blocked: bool) {
        self.stream.set_blocked(is_blocked);
    }

    /// Takes a datagram from one of the sockets.
    pub(super) fn handle(&mut self, now: Duration, is_rtp: bool, bytes: &[u8]) {
        self.scratch.clear();
        self.scratch.extend_from_slice(bytes);
        if is_rtp {
            self.stream.handle_rtp(now, &mut self.scratch);
        } else {
            self.stream.handle_rtcp(now, &mut self.scratch);
        }
        // What came may ask for something at once: a key frame of us, or one of them.
        self.due = self.due.min(now);
    }

    /// Does what is due, and sends what comes of it.
    pub(super) fn tick(&mut self, now: Duration, call: CallId, desk: &mut Desk) {
        if now < self.due {
            return;
        }
        self.stream.tick(now);
        self.pump(desk);
        if !self.is_told && self.stream.statistics().seen.pictures > 0 {
            self.is_told = true;
            desk.tell(Event::VideoStarted { call });
        }
    }

    /// Says farewell and gives what was measured.
    pub(super) fn finish(mut self, now: Duration, desk: &mut Desk) -> VideoStatistics {
        self.set_direction(Direction::Inactive);
        self.stream.close(now);
        self.pump(desk);
        self.statistics()
    }

    pub(super) fn statistics(&self) -> VideoStatistics {
        self.stream.statistics()
    }

    /// How near the picture shown is to the one captured, if it is a test pattern.
    pub(super) fn fidelity(&self) -> Option<Fidelity> {
        self.stream.fidelity()
    }

    pub(super) fn codec(&self) -> &str {
        &self.agreed.codec.name
    }

    pub(super) fn deadline(&self) -> Duration {
        self.due
    }

    fn pump(&mut self, desk: &mut Desk) {
        loop {
            match self.stream.poll() {
                VideoOutput::Rtp(packet) => send(desk, self.rtp, self.agreed.rtp, packet),
                VideoOutput::Rtcp(packet) => send(desk, self.rtcp, self.agreed.rtcp, packet),
                VideoOutput::Wait(due) => {
                    self.due = due;
                    return;
                }
            }
        }
    }
}

/// What we may send: within what they take and the settings allow, bit/s.
fn most(desk: &Desk, agreed: &Agreed) -> u64 {
    let ours = desk.terms.video_most;
    agreed.bandwidth.map_or(ours, |theirs| theirs.min(ours)).0
}

/// The source of what we send again, where both know RFC 4588: the one of before, whose numbers go on, or else a new one, for
/// a key must not meet the same numbers twice (RFC 3711 §9.1).
fn source_again(agreed: &Agreed, before: Option<Ssrc>, entropy: &mut Entropy) -> Option<Ssrc> {
    let fresh = || {
        let mut octets = [0; 4];
        entropy.fill_bytes(&mut octets);
        Ssrc(u32::from_be_bytes(octets))
    };
    let is_known = agreed.codec.retransmission.is_some() && is_asked_for(agreed);
    is_known.then(|| before.unwrap_or_else(fresh))
}

/// How lost packets are asked for and sent again, where both know generic NACK: by RFC 4588, or else as they were, and that
/// in the clear only. A protected packet that comes again is a replay to whoever on the path has seen it (RFC 3711 §3.3.2): it
/// would be dropped there, and pictures would have waited for it in vain.
fn repair(agreed: &Agreed, again: Option<Ssrc>) -> Option<Retransmission> {
    let numbers = agreed
        .codec
        .retransmission
        .zip(agreed.receive_retransmission);
    match (again, numbers) {
        (Some(source), Some((send, receive))) => Some(Retransmission::Apart {
            source,
            send,
            receive,
        }),
        _ => (agreed.keys.is_none() && is_asked_for(agreed)).then_some(Retransmission::AsTheyWere),
    }
}

fn is_asked_for(agreed: &Agreed) -> bool {
    agreed.codec.feedback.contains(&Feedback::Nack)
}

fn send(desk: &mut Desk, flow: FlowId, target: Option<SocketAddr>, packet: &[u8]) {
    if let Some(target) = target {
        desk.send_to(flow, target, packet);
    }
}

/// The camera, if the other side can take its pictures; else the small one; else none (RFC 6184 §8.1: the level is what a
/// receiver can decode).
fn fitting(camera: Camera, agreed: &Agreed) -> Camera {
    let level = H264Format::read(agreed.codec.fmtp.as_deref());
    let fits = |format: &Format| {
        let macroblocks = (format.width.div_ceil(16) * format.height.div_ceil(16)) as u32;
        macroblocks <= level.picture_macroblocks_max()
            && macroblocks * format.frame_rate <= level.macroblocks_per_second_max()
    };
    match camera {
        Camera::Clip(format) | Camera::Live(format, _) if fits(&format) => camera,
        Camera::Clip(_) | Camera::Live(..) if fits(&Format::SMALL) => Camera::SMALL_CLIP,
        Camera::None | Camera::Clip(_) | Camera::Live(..) => Camera::None,
    }
}
