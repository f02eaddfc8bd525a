//! The pictures of one participant's connection: their camera, the windows they look through, and the way out to them.

use std::time::Duration;

use media::bandwidth::{BandwidthEstimator, Limits};
use media::forward::{Incoming, Pacer};
use media::rtcp::{Compound, FeedbackMessage, Packet};
use media::rtp;
use webrtc_peer::{Peer, TrackId};

use super::budget::Budget;
use super::camera::Camera;
use super::lines::Lines;
use super::window::Window;
use crate::room::ParticipantId;

/// Camera, windows and way out.
pub(super) struct Pictures {
    /// None while its packet is being forwarded, or if there is none.
    pub(super) camera: Option<Camera>,
    pub(super) windows: Vec<Window>,
    pub(super) budget: Budget,
    bandwidth: BandwidthEstimator,
    /// Whether the participant has named a limit.
    is_limited: bool,
    pacer: Pacer,
    buffer: Box<[u8]>,
}

/// What a participant asks for by feedback.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asked {
    /// A key frame of whom a window shows.
    KeyFrame { of: ParticipantId },
    /// A packet that a window went without.
    Packet { window: usize, sequence: u16 },
}

impl Pictures {
    /// What was agreed on; numbers begin with `sequence`.
    pub(super) fn new(peer: &mut Peer, lines: &Lines, sequence: u16) -> Pictures {
        let window = |(place, track): (u16, &TrackId)| {
            let (mid, formats) = (peer.mid(*track)?, peer.video_formats(*track));
            let sources = peer.sources(*track)?;
            let sequence = sequence.wrapping_add(place << 8);
            let is_agreed = !formats.is_empty();
            is_agreed.then(|| Window::new(*track, mid, sources, formats, sequence))
        };
        let windows: Vec<Window> = (0..).zip(&lines.windows).filter_map(window).collect();
        let camera = lines
            .camera
            .and_then(|track| Some(Camera::new(track, peer.sources(track)?.media)));
        Pictures {
            camera,
            budget: Budget::new(windows.len()),
            windows,
            bandwidth: BandwidthEstimator::new(LIMITS),
            is_limited: false,
            pacer: Pacer::new(pace(LIMITS.start)),
            buffer: vec![0; PACKET_MAX].into(),
        }
    }

    /// The windows, by whom each shows.
    pub(super) fn shown(&self) -> Vec<Option<ParticipantId>> {
        self.windows.iter().map(Window::shows).collect()
    }

    /// What the path to the participant carries, bit/s; none while they have not said anything that tells.
    pub(super) fn carries(&self) -> Option<u64> {
        let is_known = self.is_limited || self.bandwidth.statistics().feedbacks > 0;
        is_known.then(|| self.bandwidth.target())
    }

    /// Has a packet of somebody go out on the window that shows them; true if that window waits for a key frame.
    pub(super) fn forward(
        &mut self,
        now: Duration,
        from: ParticipantId,
        incoming: &Incoming<'_>,
    ) -> bool {
        let mut windows = self.windows.iter_mut();
        let Some(window) = windows.find(|window| window.shows() == Some(from)) else {
            return false;
        };
        if let Some(len) = window.forward(now, incoming, &mut self.buffer) {
            // One that has no room is missed, asked for again, and sent when there is.
            self.pacer.push(&self.buffer[..len]);
        }
        window.awaits_key_frame()
    }

    /// Has a packet go out again.
    pub(super) fn repair(&mut self, window: usize, sequence: u16, incoming: &Incoming<'_>) {
        if let Some(window) = self.windows.get_mut(window)
            && let Some(len) = window.repair(sequence, incoming, &mut self.buffer)
        {
            self.pacer.push(&self.buffer[..len]);
        }
    }

    /// Hears a participant's reports; gives what they ask for, at most [`ASKED_MAX`].
    pub(super) fn on_feedback(&mut self, now: Duration, bytes: &[u8]) -> Vec<Asked> {
        let mut asked = Vec::new();
        let Ok(compound) = Compound::parse(bytes) else {
            return asked;
        };
        for packet in compound.packets() {
            let Packet::Feedback(feedback) = packet else {
                continue;
            };
            let key_frame_of = |ssrc: u32| {
                let window = self.windows.iter().find(|one| one.sources.media == ssrc)?;
                Some(Asked::KeyFrame {
                    of: window.shows()?,
                })
            };
            match feedback.message {
                FeedbackMessage::PictureLoss => asked.extend(key_frame_of(feedback.media.0)),
                FeedbackMessage::FullIntra(entries) => {
                    asked.extend(
                        entries
                            .requests()
                            .filter_map(|one| key_frame_of(one.ssrc.0)),
                    );
                }
                FeedbackMessage::Nack(nack) => {
                    let mut windows = self.windows.iter();
                    let window = windows.position(|one| one.sources.media == feedback.media.0);
                    let packets = |window| {
                        let packet = move |sequence| Asked::Packet { window, sequence };
                        nack.sequences().map(packet)
                    };
                    asked.extend(window.into_iter().flat_map(packets));
                }
                FeedbackMessage::TransportWide(arrivals) => {
                    self.bandwidth.on_feedback(now, &arrivals);
                }
                FeedbackMessage::MaximumBitrate(limit) => {
                    self.is_limited = true;
                    self.bandwidth.on_maximum_bitrate(limit.bits_per_second);
                }
                FeedbackMessage::Other { .. } | _ => {}
            }
        }
        asked.truncate(ASKED_MAX);
        self.pacer.set_rate(pace(self.bandwidth.target()));
        asked
    }

    /// Sends what has had its turn.
    pub(super) fn pump(&mut self, now: Duration, peer: &mut Peer) {
        while let Some(packet) = self.pacer.pop(now) {
            let Ok(ssrc) = rtp::Packet::parse(packet).map(|parsed| parsed.ssrc().0) else {
                continue;
            };
            let mut windows = self.windows.iter();
            let is_its =
                |window: &&Window| [window.sources.media, window.sources.repair].contains(&ssrc);
            let Some(window) = windows.find(is_its) else {
                continue;
            };
            // A connection that has just ended takes no more; its end comes as an event.
            if let Ok(Some(number)) = peer.send_packet(now, window.track, packet) {
                self.bandwidth.on_sent(now, number, packet.len());
            }
        }
    }

    /// When something has to be sent, or asked of the camera.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let camera = self.camera.as_ref().and_then(Camera::deadline);
        self.pacer.deadline().into_iter().chain(camera).min()
    }
}

/// Packets leave faster than they come, so that the pacer smooths bursts and delays nothing else (draft-ietf-rmcat-gcc-02 §4).
fn pace(target: u64) -> u64 {
    target * 5 / 2
}

/// Within which the estimate of a participant's path stays.
const LIMITS: Limits = Limits {
    start: 1_000_000,
    least: 100_000,
    most: 20_000_000,
};
/// Requests that one report can make; more ask for what is gone by the time they are met.
const ASKED_MAX: usize = 256;
/// Octets of the largest packet that is forwarded, with room for what forwarding adds.
const PACKET_MAX: usize = 1_600;
