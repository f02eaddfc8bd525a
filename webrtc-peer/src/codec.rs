//! The codecs a peer connection can agree on, and how they stand in a description.

use rtc::peer_connection::configuration::media_engine::{
    MIME_TYPE_H264, MIME_TYPE_OPUS, MIME_TYPE_PCMU, MIME_TYPE_RTX, MIME_TYPE_VP8,
};
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RtpCodecKind, TYPE_RTCP_FB_CCM,
    TYPE_RTCP_FB_GOOG_REMB, TYPE_RTCP_FB_NACK, TYPE_RTCP_FB_TRANSPORT_CC,
};

/// An audio codec every WebRTC party has (RFC 7874 §3).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum AudioCodec {
    /// Opus, clock rate 48000 Hz (RFC 7587).
    Opus,
    /// G.711 µ-law, clock rate 8000 Hz, static payload type 0 (RFC 3551 §4.5.14).
    Pcmu,
}

/// A video codec every WebRTC party has (RFC 7742 §5), clock rate 90000 Hz. Nothing here encodes or decodes: the payloads are
/// the owner's.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum VideoCodec {
    /// H.264 constrained baseline, level 3.1, packetization mode 1 (RFC 6184).
    H264,
    /// VP8 (RFC 7741).
    Vp8,
}

/// The codec of a packet.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Codec {
    /// Sound.
    Audio(AudioCodec),
    /// Pictures.
    Video(VideoCodec),
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

impl VideoCodec {
    /// Every one, by what we would rather have.
    pub const ALL: [VideoCodec; 2] = [VideoCodec::H264, VideoCodec::Vp8];

    /// Encoding name in `a=rtpmap`.
    pub fn name(self) -> &'static str {
        match self {
            VideoCodec::H264 => "H264",
            VideoCodec::Vp8 => "VP8",
        }
    }

    /// The payload type that our offers give it; its retransmissions (RFC 4588) have the next.
    pub fn offered_payload_type(self) -> u8 {
        match self {
            VideoCodec::Vp8 => 96,
            VideoCodec::H264 => 102,
        }
    }

    /// What is offered for this codec and for its retransmissions.
    pub(crate) fn parameters(self) -> [RTCRtpCodecParameters; 2] {
        let payload_type = self.offered_payload_type();
        let format = match self {
            // RFC 6184 §8.1: constrained baseline, level 3.1.
            VideoCodec::H264 => {
                "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
            }
            VideoCodec::Vp8 => "",
        };
        let codec = |payload_type, mime: &str, format: &str, feedback| RTCRtpCodecParameters {
            rtp_codec: RTCRtpCodec {
                mime_type: mime.to_owned(),
                clock_rate: VIDEO_CLOCK_RATE_HZ,
                channels: 0,
                sdp_fmtp_line: format.to_owned(),
                rtcp_feedback: feedback,
            },
            payload_type,
        };
        let repair = format!("apt={payload_type}");
        [
            codec(payload_type, self.mime(), format, feedback()),
            codec(payload_type + 1, MIME_TYPE_RTX, &repair, Vec::new()),
        ]
    }

    fn mime(self) -> &'static str {
        match self {
            VideoCodec::H264 => MIME_TYPE_H264,
            VideoCodec::Vp8 => MIME_TYPE_VP8,
        }
    }
}

impl Codec {
    /// RTP clock rate in Hz.
    pub fn clock_rate_hz(self) -> u32 {
        match self {
            Codec::Audio(codec) => codec.clock_rate_hz(),
            Codec::Video(_) => VIDEO_CLOCK_RATE_HZ,
        }
    }

    /// The codec of a negotiated MIME type, compared without case.
    pub(crate) fn from_mime(mime: &str) -> Option<Codec> {
        let is_it = |name: &str| name.eq_ignore_ascii_case(mime);
        let audio = [AudioCodec::Opus, AudioCodec::Pcmu];
        let audio = audio.into_iter().find(|codec| is_it(codec.mime()));
        let video = VideoCodec::ALL.into_iter();
        let video = video.into_iter().find(|codec| is_it(codec.mime()));
        audio.map(Codec::Audio).or(video.map(Codec::Video))
    }

    pub(crate) fn kind(self) -> RtpCodecKind {
        match self {
            Codec::Audio(_) => RtpCodecKind::Audio,
            Codec::Video(_) => RtpCodecKind::Video,
        }
    }
}

/// Whether an `a=fmtp` line is of H.264 as [`VideoCodec::H264`] has it: constrained baseline of any level, mode 1.
pub(crate) fn is_our_h264(format: &str) -> bool {
    let value = |name: &str| {
        let mut parameters = format
            .split(';')
            .filter_map(|one| one.trim().split_once('='));
        let found = parameters.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_ascii_lowercase())
    };
    value("packetization-mode").as_deref() == Some("1")
        && value("profile-level-id").is_some_and(|profile| profile.starts_with("42e0"))
}

/// RFC 4585 §4.2, RFC 5104 §7.1, draft-alvestrand-rmcat-remb-03 §2.3, draft-holmer-rmcat-transport-wide-cc-extensions-01.
fn feedback() -> Vec<RTCPFeedback> {
    let asked = [
        (TYPE_RTCP_FB_GOOG_REMB, ""),
        (TYPE_RTCP_FB_TRANSPORT_CC, ""),
        (TYPE_RTCP_FB_CCM, "fir"),
        (TYPE_RTCP_FB_NACK, ""),
        (TYPE_RTCP_FB_NACK, "pli"),
    ];
    let feedback = asked.map(|(kind, parameter)| RTCPFeedback {
        typ: kind.to_owned(),
        parameter: parameter.to_owned(),
    });
    feedback.to_vec()
}

/// Clock rate of every video format. RFC 6184 §8.2.1, RFC 7741 §6.1.
const VIDEO_CLOCK_RATE_HZ: u32 = 90_000;
