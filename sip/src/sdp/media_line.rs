//! One m-line of audio or video, made from what a phone knows; and a description of such lines.

use super::{Bandwidth, Codec, Crypto, Direction, ExtendedReports, Sdp};
use std::net::{IpAddr, SocketAddr};

/// Who makes a description: the o-line (RFC 8866 §5.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    /// User name; `-` when empty.
    pub username: String,
    /// Never changes within a session.
    pub session_id: u64,
    /// Grows by one with every change.
    pub version: u64,
}

/// What an m-line is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum MediaKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

impl MediaKind {
    /// Both, sound first.
    pub const ALL: [MediaKind; 2] = [MediaKind::Audio, MediaKind::Video];

    /// The word of the m-line.
    pub fn as_str(self) -> &'static str {
        match self {
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
        }
    }
}

/// One m-line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MediaLine {
    /// What it is about.
    pub kind: MediaKind,
    /// Where RTP is received; port 0 rejects.
    pub rtp: SocketAddr,
    /// Codecs, best first.
    pub codecs: Vec<Codec>,
    /// Direction.
    pub direction: Direction,
    /// SDES keys; with any the profile is RTP/SAVP.
    pub cryptos: Vec<Crypto>,
    /// Packet time in milliseconds.
    pub ptime_ms: Option<u32>,
    /// Extended reports that are asked for; `None` leaves the attribute out.
    pub extended_reports: Option<ExtendedReports>,
    /// What is taken at most; `None` leaves the lines out.
    pub bandwidth: Option<Bandwidth>,
}

impl MediaLine {
    /// Audio: both ways, in the clear, 20 ms.
    pub fn audio(rtp: SocketAddr, codecs: &[Codec]) -> MediaLine {
        MediaLine {
            ptime_ms: Some(20),
            ..MediaLine::new(MediaKind::Audio, rtp, codecs)
        }
    }

    /// Both ways, in the clear.
    pub fn new(kind: MediaKind, rtp: SocketAddr, codecs: &[Codec]) -> MediaLine {
        MediaLine {
            kind,
            rtp,
            codecs: codecs.to_vec(),
            direction: Direction::SendRecv,
            cryptos: Vec::new(),
            ptime_ms: None,
            extended_reports: None,
            bandwidth: None,
        }
    }

    /// A whole description with this line alone.
    pub fn describe(&self, origin: &Origin) -> Sdp {
        Sdp::describe(origin, self.rtp.ip(), vec![self.line()])
    }

    /// The lines of text.
    pub fn line(&self) -> sdp_types::Media {
        let mut attributes: Vec<sdp_types::Attribute> = self
            .cryptos
            .iter()
            .map(|crypto| sdp_types::Attribute::with_value("crypto", crypto))
            .collect();
        attributes.extend(codec_attributes(&self.codecs));
        attributes.extend(
            self.ptime_ms
                .map(|ms| sdp_types::Attribute::with_value("ptime", ms)),
        );
        attributes.extend(
            self.extended_reports
                .map(|asked| sdp_types::Attribute::with_value("rtcp-xr", asked)),
        );
        attributes.push(sdp_types::Attribute::new(self.direction.as_str()));
        sdp_types::Media {
            media: self.kind.as_str().to_owned(),
            port: self.rtp.port(),
            num_ports: None,
            proto: if self.cryptos.is_empty() {
                "RTP/AVP"
            } else {
                "RTP/SAVP"
            }
            .to_owned(),
            fmt: formats(&self.codecs),
            media_title: None,
            connections: Vec::new(),
            bandwidths: self
                .bandwidth
                .into_iter()
                .flat_map(Bandwidth::lines)
                .collect(),
            key: None,
            attributes,
        }
    }
}

impl Sdp {
    /// A description of these m-lines, all of them received at one address.
    pub fn describe(origin: &Origin, address: IpAddr, lines: Vec<sdp_types::Media>) -> Sdp {
        let mut o_line =
            sdp_types::Origin::with_ip_addr(origin.session_id, origin.version, address);
        o_line.username = (!origin.username.is_empty()).then(|| origin.username.clone());
        let mut session = sdp_types::Session::new(o_line, "-");
        session.connection = Some(sdp_types::Connection::from_ip_addr(address));
        session.times.push(sdp_types::Time::new(0, 0));
        session.medias = lines;
        Sdp::from(session)
    }
}

/// The formats of an m-line; never empty, for the grammar wants one even where all is rejected.
pub(super) fn formats(codecs: &[Codec]) -> String {
    let repairing = codecs.iter().filter_map(|codec| codec.retransmission);
    let types: Vec<String> = codecs
        .iter()
        .map(|codec| codec.payload_type)
        .chain(repairing)
        .map(|number| number.to_string())
        .collect();
    if types.is_empty() {
        "0".to_owned()
    } else {
        types.join(" ")
    }
}

/// What an m-line says of its codecs: rtpmap, fmtp, rtcp-fb, and the same of what repairs them.
pub(super) fn codec_attributes(codecs: &[Codec]) -> Vec<sdp_types::Attribute> {
    let mut attributes = Vec::with_capacity(codecs.len() * 2);
    let repairing: Vec<Codec> = codecs.iter().filter_map(Codec::repairing).collect();
    for codec in codecs.iter().chain(&repairing) {
        let payload_type = codec.payload_type;
        attributes.push(sdp_types::Attribute::with_value("rtpmap", codec));
        let fmtp = codec.fmtp.as_ref();
        attributes.extend(fmtp.map(|fmtp| {
            sdp_types::Attribute::with_value("fmtp", format!("{payload_type} {fmtp}"))
        }));
        attributes.extend(codec.feedback.iter().map(|feedback| {
            let text = format!("{payload_type} {}", feedback.as_str());
            sdp_types::Attribute::with_value("rtcp-fb", text)
        }));
    }
    attributes
}
