//! One codec of an m-line: payload type, rtpmap, fmtp, rtcp-fb, and the payload type that repairs it. RFC 8866 §6.6, §6.15;
//! RFC 3551 §6 for the static ones; RFC 4588 §8.6 for `rtx`.

use std::fmt;

use super::feedback::{self, Feedback};
use super::h264::H264Format;

/// One codec of an m-line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Codec {
    /// RTP payload type, 0 to 127.
    pub payload_type: u8,
    /// Encoding name: `PCMU`, `telephone-event`, ...
    pub name: String,
    /// RTP clock rate.
    pub clock_rate_hz: u32,
    /// Channels; 1 when not said.
    pub channels: u8,
    /// The fmtp text, if any.
    pub fmtp: Option<String>,
    /// What a receiver of it may ask for by RTCP.
    pub feedback: Vec<Feedback>,
    /// The payload type, 0 to 127, by which its packets are sent again with a source of their own (RFC 4588): a format of
    /// the m-line that is called `rtx` and names this one as its `apt`.
    pub retransmission: Option<u8>,
}

impl Codec {
    /// A codec of one channel without fmtp.
    pub fn new(payload_type: u8, name: &str, clock_rate_hz: u32) -> Codec {
        Codec {
            payload_type,
            name: name.to_owned(),
            clock_rate_hz,
            channels: 1,
            fmtp: None,
            feedback: Vec::new(),
            retransmission: None,
        }
    }

    /// The same with an fmtp text.
    pub fn with_fmtp(mut self, fmtp: &str) -> Codec {
        self.fmtp = Some(fmtp.to_owned());
        self
    }

    /// The same, whose packets come again by this payload type.
    pub fn with_retransmission(mut self, payload_type: u8) -> Codec {
        self.retransmission = Some(payload_type);
        self
    }

    /// The format by which its packets come again. RFC 4588 §8.6: its clock is that of what it repairs.
    pub(super) fn repairing(&self) -> Option<Codec> {
        let rtx = Codec::new(self.retransmission?, RTX, self.clock_rate_hz);
        Some(rtx.with_fmtp(&format!("{APT}={}", self.payload_type)))
    }

    /// Whether this repairs another and is none by itself.
    pub(super) fn is_retransmission(&self) -> bool {
        self.name.eq_ignore_ascii_case(RTX)
    }

    /// The payload type that this repairs. RFC 4588 §8.1: `apt`, among other parameters.
    pub(super) fn repaired(&self) -> Option<u8> {
        let parameters = self.fmtp.as_deref()?.split(';');
        let mut pairs = parameters.filter_map(|parameter| parameter.split_once('='));
        let (_, number) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case(APT))?;
        number.trim().parse().ok()
    }

    /// G.711 µ-law, payload type 0.
    pub fn pcmu() -> Codec {
        Codec::new(0, "PCMU", 8000)
    }

    /// G.711 A-law, payload type 8.
    pub fn pcma() -> Codec {
        Codec::new(8, "PCMA", 8000)
    }

    /// G.722, payload type 9. RFC 3551 §4.5.2: its clock is 8000 by an old mistake; it samples at 16000.
    pub fn g722() -> Codec {
        Codec::new(9, "G722", 8000)
    }

    /// G.729 without the silence frames of annex B, payload type 18 (RFC 4856 §2.1.9).
    pub fn g729() -> Codec {
        Codec::new(18, "G729", 8000).with_fmtp("annexb=no")
    }

    /// Opus; RFC 7587 §7 has its rtpmap say 48000 and two channels whatever is sent.
    pub fn opus(payload_type: u8) -> Codec {
        Codec {
            channels: 2,
            ..Codec::new(payload_type, "opus", 48_000)
        }
    }

    /// H.264 in this format, with a way to ask for lost packets and both ways to ask for a key frame.
    pub fn h264(payload_type: u8, format: &H264Format) -> Codec {
        Codec {
            feedback: Feedback::ALL.to_vec(),
            ..Codec::new(payload_type, "H264", 90_000).with_fmtp(&format.fmtp())
        }
    }

    /// DTMF events 0 to 15 (RFC 4733), for speech with a clock of 8000 Hz.
    pub fn telephone_event(payload_type: u8) -> Codec {
        Codec::new(payload_type, "telephone-event", 8000).with_fmtp("0-15")
    }

    /// Whether both are the same encoding at the same rate, whatever their payload types.
    pub fn is_same_encoding(&self, other: &Codec) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
            && self.clock_rate_hz == other.clock_rate_hz
            && self.channels == other.channels
    }

    /// Whether this is H.264.
    pub fn is_h264(&self) -> bool {
        self.name.eq_ignore_ascii_case("H264")
    }

    /// Whether this is DTMF events and no speech.
    pub fn is_telephone_event(&self) -> bool {
        self.name.eq_ignore_ascii_case("telephone-event")
    }
}

/// The name of retransmissions, and the parameter that says of what. RFC 4588 §8.1.
const RTX: &str = "rtx";
const APT: &str = "apt";

/// The text of an rtpmap attribute.
impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}/{}",
            self.payload_type, self.name, self.clock_rate_hz
        )?;
        if self.channels > 1 {
            write!(f, "/{}", self.channels)
        } else {
            Ok(())
        }
    }
}

/// What an m-line says about a payload type; `None` when it is dynamic and has no readable rtpmap.
pub(super) fn read(payload_type: u8, media: &sdp_types::Media) -> Option<Codec> {
    let of = |name: &'static str| {
        media
            .attributes
            .iter()
            .filter(move |attribute| attribute.attribute == name)
            .find_map(|attribute| {
                let (number, rest) = attribute.value.as_deref()?.trim().split_once(' ')?;
                (number.parse() == Ok(payload_type)).then(|| rest.trim())
            })
    };
    let mut codec = match of("rtpmap") {
        Some(map) => {
            let mut words = map.split('/');
            let mut codec = Codec::new(
                payload_type,
                words.next()?,
                words.next()?.trim().parse().ok()?,
            );
            codec.channels = words
                .next()
                .and_then(|channels| channels.trim().parse().ok())
                .unwrap_or(1);
            codec
        }
        None => static_codec(payload_type)?,
    };
    codec.fmtp = of("fmtp").map(str::to_owned);
    codec.feedback = feedback::read(payload_type, media);
    Some(codec)
}

/// RFC 3551 §6, tables 4 and 5: those that phones still use.
fn static_codec(payload_type: u8) -> Option<Codec> {
    let (name, clock_rate_hz) = match payload_type {
        0 => ("PCMU", 8000),
        3 => ("GSM", 8000),
        4 => ("G723", 8000),
        8 => ("PCMA", 8000),
        // RFC 3551 §4.5.2: the clock of G722 is 8000 by an old mistake; it samples at 16000.
        9 => ("G722", 8000),
        13 => ("CN", 8000),
        18 => ("G729", 8000),
        26 => ("JPEG", 90_000),
        31 => ("H261", 90_000),
        34 => ("H263", 90_000),
        _ => return None,
    };
    Some(Codec::new(payload_type, name, clock_rate_hz))
}
