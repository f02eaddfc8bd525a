//! One call's media: sound, and a picture if there is one.

use std::net::{IpAddr, SocketAddr};

use media::relay::{LegStatistics, Side};
use sip::sdp::MediaKind;

use super::channel::Channel;
use super::path::Path;
use super::{Kind, Place};
use crate::negotiation::Leg;

#[derive(Debug)]
pub(super) struct Room {
    pub(super) audio: Channel,
    pub(super) video: Option<Channel>,
    pub(super) is_ready: bool,
}

/// One leg's sockets for one kind of media.
#[derive(Debug)]
pub(super) struct Wing {
    pub(super) rtp: Path,
    pub(super) rtcp: Path,
    /// Further port pairs that may be tried when one is taken by somebody else.
    pub(super) tries: u8,
}

/// What passed in a room, from the caller and from the called side.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RoomStatistics {
    /// Of the sound.
    pub audio: [LegStatistics; 2],
    /// Of the picture; nothing where there was none.
    pub video: [LegStatistics; 2],
}

/// Port pairs tried for one leg before the call fails; ours.
const TRIES: u8 = 20;

impl Wing {
    pub(super) fn new(address: IpAddr, port: u16) -> Wing {
        let path = |port| Path::new(SocketAddr::new(address, port));
        // The pool gives even ports below 65 535 only.
        Wing {
            rtp: path(port),
            rtcp: path(port + 1),
            tries: TRIES,
        }
    }

    pub(super) fn path(&mut self, kind: Kind) -> &mut Path {
        match kind {
            Kind::Rtp => &mut self.rtp,
            Kind::Rtcp => &mut self.rtcp,
        }
    }

    pub(super) fn is_bound(&self) -> bool {
        self.rtp.is_bound && self.rtcp.is_bound
    }
}

impl Room {
    pub(super) fn channels(&self) -> impl Iterator<Item = (MediaKind, &Channel)> {
        let video = self.video.as_ref();
        [
            Some((MediaKind::Audio, &self.audio)),
            video.map(|video| (MediaKind::Video, video)),
        ]
        .into_iter()
        .flatten()
    }

    pub(super) fn channels_mut(&mut self) -> impl Iterator<Item = (MediaKind, &mut Channel)> {
        let video = self.video.as_mut();
        [
            Some((MediaKind::Audio, &mut self.audio)),
            video.map(|video| (MediaKind::Video, video)),
        ]
        .into_iter()
        .flatten()
    }

    pub(super) fn channel(&self, kind: MediaKind) -> Option<&Channel> {
        match kind {
            MediaKind::Audio => Some(&self.audio),
            MediaKind::Video => self.video.as_ref(),
        }
    }

    pub(super) fn channel_mut(&mut self, kind: MediaKind) -> Option<&mut Channel> {
        match kind {
            MediaKind::Audio => Some(&mut self.audio),
            MediaKind::Video => self.video.as_mut(),
        }
    }

    pub(super) fn path(&mut self, place: Place) -> Option<&mut Path> {
        let channel = self.channel_mut(place.media)?;
        Some(channel.wings.get_mut(place.side as usize)?.path(place.kind))
    }

    /// Takes over what a leg has agreed upon: keys and the other side's sockets.
    pub(super) fn connect(&mut self, side: Side, leg: &Leg) {
        for (kind, channel) in self.channels_mut() {
            channel.connect(side, leg.remote(kind), leg.keys(kind), leg.direction(kind));
        }
    }

    pub(super) fn statistics(&self) -> RoomStatistics {
        RoomStatistics {
            audio: self.audio.statistics(),
            video: self
                .video
                .as_ref()
                .map(Channel::statistics)
                .unwrap_or_default(),
        }
    }
}
