//! What a peer connection is made of: its addresses, media and identity.

use std::net::SocketAddr;
use std::time::SystemTime;

use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MIME_TYPE_PCMU};
use rtc::rtp_transceiver::RTCRtpTransceiverDirection;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodecParameters};

/// Everything a [`crate::Peer`] needs to be made.
#[derive(Clone, Debug)]
pub struct Config {
    /// The addresses of the owner's bound UDP sockets: each becomes a host candidate (RFC 8445 §5.1.1.1).
    pub local: Vec<SocketAddr>,
    /// Whether this side is an ICE-lite agent (RFC 8445 §2.5): publicly reachable, only answers checks.
    pub lite: bool,
    /// The audio m-lines, in the order of the offer; [`crate::TrackId`] counts them from 0.
    pub tracks: Vec<Track>,
    /// Labels of the data channels this side opens (RFC 8832 §5.1); empty means it opens none.
    pub channels: Vec<String>,
    /// Where all randomness of the connection comes from that a parameter can reach.
    pub seed: [u8; 32],
    /// The wall-clock time when the owner's `now` was zero: validity of the certificate, NTP time of
    /// sender reports.
    pub utc: SystemTime,
}

/// One audio m-line.
#[derive(Clone, Debug)]
pub struct Track {
    /// Codecs this side can speak, best first.
    pub codecs: Vec<AudioCodec>,
    /// Who may send.
    pub direction: Direction,
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

/// An audio codec every WebRTC party has (RFC 7874 §3).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum AudioCodec {
    /// Opus, clock rate 48000 Hz (RFC 7587).
    Opus,
    /// G.711 µ-law, clock rate 8000 Hz, static payload type 0 (RFC 3551 §4.5.14).
    Pcmu,
}

impl AudioCodec {
    /// Encoding name in `a=rtpmap`.
    pub fn name(self) -> &'static str {
        match self {
            AudioCodec::Opus => "opus",
            AudioCodec::Pcmu => "PCMU",
        }
    }

    /// RTP clock rate in Hz.
    pub fn clock_rate_hz(self) -> u32 {
        match self {
            AudioCodec::Opus => 48_000,
            AudioCodec::Pcmu => 8_000,
        }
    }

    /// The codec of a negotiated MIME type, compared without case.
    pub(crate) fn from_mime(mime: &str) -> Option<AudioCodec> {
        [AudioCodec::Opus, AudioCodec::Pcmu]
            .into_iter()
            .find(|codec| codec.mime().eq_ignore_ascii_case(mime))
    }

    /// What is offered for this codec. 111 is the dynamic payload type that browsers use for Opus.
    pub(crate) fn parameters(self) -> RTCRtpCodecParameters {
        let (payload_type, channels, fmtp) = match self {
            AudioCodec::Opus => (111, 2, "minptime=10;useinbandfec=1"),
            AudioCodec::Pcmu => (0, 1, ""),
        };
        RTCRtpCodecParameters {
            rtp_codec: RTCRtpCodec {
                mime_type: self.mime().to_owned(),
                clock_rate: self.clock_rate_hz(),
                channels,
                sdp_fmtp_line: fmtp.to_owned(),
                rtcp_feedback: Vec::new(),
            },
            payload_type,
        }
    }

    fn mime(self) -> &'static str {
        match self {
            AudioCodec::Opus => MIME_TYPE_OPUS,
            AudioCodec::Pcmu => MIME_TYPE_PCMU,
        }
    }
}

impl Direction {
    pub(crate) fn to_rtc(self) -> RTCRtpTransceiverDirection {
        match self {
            Direction::SendReceive => RTCRtpTransceiverDirection::Sendrecv,
            Direction::SendOnly => RTCRtpTransceiverDirection::Sendonly,
            Direction::ReceiveOnly => RTCRtpTransceiverDirection::Recvonly,
        }
    }
}
