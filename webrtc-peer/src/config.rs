//! What a peer connection is made of: its addresses, media and identity.

use std::net::SocketAddr;
use std::time::SystemTime;

use rtc::rtp_transceiver::RTCRtpTransceiverDirection;
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;

use crate::codec::{AudioCodec, Codec, VideoCodec};

/// Everything a [`crate::Peer`] needs to be made.
#[derive(Clone, Debug)]
pub struct Config {
    /// The addresses of the owner's bound UDP sockets: each becomes a host candidate (RFC 8445 §5.1.1.1).
    pub local: Vec<SocketAddr>,
    /// Whether this side is an ICE-lite agent (RFC 8445 §2.5): publicly reachable, only answers checks.
    pub lite: bool,
    /// The m-lines, in the order of the offer; [`crate::TrackId`] counts them from 0. Who answers makes them after the offer:
    /// [`crate::offer::lines`].
    pub tracks: Vec<Track>,
    /// Labels of the data channels this side opens (RFC 8832 §5.1); empty means it opens none.
    pub channels: Vec<String>,
    /// Where all randomness of the connection comes from that a parameter can reach.
    pub seed: [u8; 32],
    /// The wall-clock time when the owner's `now` was zero: validity of the certificate, NTP time of
    /// sender reports.
    pub utc: SystemTime,
}

/// One m-line.
#[derive(Clone, Debug)]
pub struct Track {
    /// Sound or pictures, and in which codecs.
    pub media: Media,
    /// Who may send.
    pub direction: Direction,
}

/// What an m-line carries.
#[derive(Clone, Debug)]
pub enum Media {
    /// Sound, in the codecs this side can speak, best first.
    Audio(Vec<AudioCodec>),
    /// Pictures, in the codecs this side can show or pass on, best first; all that are agreed on may be sent.
    Video(Vec<VideoCodec>),
}

/// Direction of an m-line as this side wants it (RFC 8866 §6.7).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Both sides send.
    SendReceive,
    /// Only this side sends.
    SendOnly,
    /// Only the other side sends.
    ReceiveOnly,
}

impl Track {
    /// A line for sound.
    pub fn audio(codecs: &[AudioCodec], direction: Direction) -> Track {
        let media = Media::Audio(codecs.to_vec());
        Track { media, direction }
    }

    /// A line for pictures.
    pub fn video(codecs: &[VideoCodec], direction: Direction) -> Track {
        let media = Media::Video(codecs.to_vec());
        Track { media, direction }
    }
}

impl Media {
    pub(crate) fn codecs(&self) -> Vec<Codec> {
        match self {
            Media::Audio(codecs) => codecs.iter().copied().map(Codec::Audio).collect(),
            Media::Video(codecs) => codecs.iter().copied().map(Codec::Video).collect(),
        }
    }

    pub(crate) fn kind(&self) -> RtpCodecKind {
        match self {
            Media::Audio(_) => RtpCodecKind::Audio,
            Media::Video(_) => RtpCodecKind::Video,
        }
    }
}

impl Direction {
    /// Whether this side may send.
    pub fn sends(self) -> bool {
        self != Direction::ReceiveOnly
    }

    /// Whether this side may be sent to.
    pub fn receives(self) -> bool {
        self != Direction::SendOnly
    }

    /// The same line as the other side has it.
    pub fn reversed(self) -> Direction {
        match self {
            Direction::SendReceive => Direction::SendReceive,
            Direction::SendOnly => Direction::ReceiveOnly,
            Direction::ReceiveOnly => Direction::SendOnly,
        }
    }

    pub(crate) fn to_rtc(self) -> RTCRtpTransceiverDirection {
        match self {
            Direction::SendReceive => RTCRtpTransceiverDirection::Sendrecv,
            Direction::SendOnly => RTCRtpTransceiverDirection::Sendonly,
            Direction::ReceiveOnly => RTCRtpTransceiverDirection::Recvonly,
        }
    }
}
