//! One WebRTC participant of the bridge: a port, a peer connection, a voice and pictures.
//!
//! ```text
//! Binding ──port bound──► Live ──ICE and DTLS──► connected ──closed, failed, silent──► gone
//!    └──port taken by another program──► Binding (next port)
//! ```

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use webrtc_peer::{
    AudioCodec, Config, Event, Input, Output, Peer, PeerError, RtpPacket, VideoCodec, offer,
};

use super::camera::Camera;
use super::lines::{Lines, SOUND};
use super::pictures::Pictures;
use super::voice::Voice;
use crate::measured::Measured;

/// A participant's place on the bridge.
pub(super) struct Party {
    pub(super) room: String,
    pub(super) port: u16,
    pub(super) muted: bool,
    pub(super) phase: Phase,
}

/// How far a participant has come.
pub(super) enum Phase {
    /// The port is being bound; the offer waits.
    Binding {
        offer: String,
        /// Ports tried before this one.
        tried: u32,
    },
    /// There is a connection, or one is being made.
    Live(Box<Live>),
}

/// A peer connection, its voice and its pictures.
pub(super) struct Live {
    pub(super) peer: Peer,
    local: SocketAddr,
    /// Set once the codec is agreed and the path is secured.
    voice: Option<Voice>,
    pub(super) pictures: Pictures,
    peer_deadline: Option<Duration>,
    first_timestamp: u32,
    has_spoken: bool,
}

/// What a connection says to the bridge.
pub(super) enum Said {
    Send {
        target: SocketAddr,
        bytes: Bytes,
    },
    Connected,
    /// A packet of the camera.
    Picture(RtpPacket),
    /// A report or request.
    Feedback(Bytes),
    Ended,
}

impl Party {
    /// The connection, if there is one yet.
    pub(super) fn live(&mut self) -> Option<&mut Live> {
        match &mut self.phase {
            Phase::Live(live) => Some(live),
            Phase::Binding { .. } => None,
        }
    }

    /// The same, to look at.
    pub(super) fn as_live(&self) -> Option<&Live> {
        match &self.phase {
            Phase::Live(live) => Some(live),
            Phase::Binding { .. } => None,
        }
    }
}

impl Live {
    /// Answers an offer on a port just bound; gives the answer with it.
    pub(super) fn answer(
        now: Duration,
        epoch: SystemTime,
        local: (IpAddr, u16),
        seed: [u8; 32],
        codecs: &[VideoCodec],
        offer: &str,
    ) -> Result<(Live, String), PeerError> {
        let local = SocketAddr::from(local);
        let lines = Lines::answering(&offer::lines(offer)?, codecs);
        let config = Config {
            local: vec![local],
            lite: false,
            tracks: lines.tracks.clone(),
            channels: Vec::new(),
            seed,
            utc: epoch,
        };
        let mut peer = Peer::new(now, &config)?;
        let answer = peer.create_answer(now, offer)?;
        let pictures = Pictures::new(&mut peer, &lines, u16::from_be_bytes([seed[4], seed[5]]));
        let live = Live {
            peer,
            local,
            voice: None,
            pictures,
            peer_deadline: None,
            first_timestamp: u32::from_be_bytes([seed[0], seed[1], seed[2], seed[3]]),
            has_spoken: false,
        };
        Ok((live, answer))
    }

    /// Answers a later offer of the same participant.
    pub(super) fn answer_again(&mut self, now: Duration, offer: &str) -> Result<String, PeerError> {
        self.peer.create_answer(now, offer)
    }

    pub(super) fn candidate(&mut self, candidate: &str) -> Result<(), PeerError> {
        self.peer.add_remote_candidate(candidate)
    }

    pub(super) fn datagram(&mut self, now: Duration, source: SocketAddr, bytes: Bytes) {
        let local = self.local;
        self.peer.handle(
            now,
            Input::Datagram {
                local,
                source,
                bytes,
            },
        );
    }

    /// When something is due.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let pictures = self.pictures.deadline();
        self.peer_deadline.into_iter().chain(pictures).min()
    }

    /// A deadline may have come.
    pub(super) fn timeout(&mut self, now: Duration) {
        if self.peer_deadline.is_some_and(|deadline| deadline <= now) {
            self.peer.handle(now, Input::Timeout);
        }
    }

    pub(super) fn close(&mut self, now: Duration) {
        self.peer.close(now);
    }

    /// What the connection has to say, until there is no more.
    pub(super) fn poll(&mut self, now: Duration) -> Option<Said> {
        loop {
            match self.peer.poll() {
                Output::Send { target, bytes, .. } => return Some(Said::Send { target, bytes }),
                Output::Wait(deadline) => {
                    self.peer_deadline = deadline;
                    return None;
                }
                Output::Event(Event::Connected) => {
                    let codec = self.peer.sending_codec(SOUND);
                    let ours = self.peer.sources(SOUND).map(|sources| sources.media);
                    let (ours, first) = (ours.unwrap_or_default(), self.first_timestamp);
                    self.voice = codec.map(|codec| Voice::new(codec, ours, first));
                    return Some(Said::Connected);
                }
                Output::Event(Event::Rtp { track, packet }) if track == SOUND => {
                    if let Some(voice) = &mut self.voice {
                        voice.insert(now, &packet);
                    }
                }
                Output::Event(Event::Rtp { track, packet }) => {
                    let camera = self.pictures.camera.as_ref();
                    if camera.is_some_and(|camera| camera.track == track) {
                        return Some(Said::Picture(packet));
                    }
                }
                Output::Event(Event::Rtcp { compound, .. }) => {
                    if let Some(voice) = &mut self.voice {
                        voice.handle_rtcp(now, &compound);
                    }
                    return Some(Said::Feedback(compound));
                }
                Output::Event(Event::Closed | Event::Failed) => return Some(Said::Ended),
                Output::Event(
                    Event::IceConnected
                    | Event::Disconnected
                    | Event::TrackOpened { .. }
                    | Event::DataChannelOpen { .. }
                    | Event::Data { .. }
                    | Event::DataChannelClosed { .. },
                ) => {}
            }
        }
    }

    /// The frame this participant is heard with; none while they have no voice.
    pub(super) fn pull(&mut self, now: Duration) -> Option<&[i16]> {
        Some(self.voice.as_mut()?.pull(now))
    }

    /// The codec in which this participant is spoken to; none while they have no voice.
    pub(super) fn codec(&self) -> Option<AudioCodec> {
        self.voice.as_ref().map(Voice::codec)
    }

    /// What was counted of their sound and their camera.
    pub(super) fn measured(&self) -> Option<Measured> {
        let camera = self.pictures.camera.as_ref().map(Camera::measured);
        Some(Measured::of(&self.voice.as_ref()?.statistics(), camera))
    }

    /// Sends this participant what the others say in this frame; without it, only time goes by.
    pub(super) fn speak(&mut self, now: Duration, payload: Option<Bytes>) {
        let Some(voice) = &mut self.voice else {
            return;
        };
        let timestamp = voice.next(payload.as_ref().map(Bytes::len));
        let Some(payload) = payload else {
            return;
        };
        let marker = !std::mem::replace(&mut self.has_spoken, true);
        // A connection that has just ended takes no more; its end comes as an event.
        let _ = self.peer.send_rtp(now, SOUND, timestamp, marker, payload);
    }
}
