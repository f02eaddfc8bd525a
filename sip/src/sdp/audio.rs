//! A description with one audio m-line, made from what a phone knows.

use super::{Codec, Crypto, Direction, Sdp};
use std::net::SocketAddr;

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

/// One audio m-line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Audio {
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
}

impl Audio {
    /// Both ways, in the clear, 20 ms.
    pub fn new(rtp: SocketAddr, codecs: &[Codec]) -> Audio {
        Audio {
            rtp,
            codecs: codecs.to_vec(),
            direction: Direction::SendRecv,
            cryptos: Vec::new(),
            ptime_ms: Some(20),
        }
    }

    /// A whole description with this line alone.
    pub fn describe(&self, origin: &Origin) -> Sdp {
        let address = self.rtp.ip();
        let mut o_line =
            sdp_types::Origin::with_ip_addr(origin.session_id, origin.version, address);
        o_line.username = (!origin.username.is_empty()).then(|| origin.username.clone());
        let mut session = sdp_types::Session::new(o_line, "-");
        session.connection = Some(sdp_types::Connection::from_ip_addr(address));
        session.times.push(sdp_types::Time::new(0, 0));
        session.medias.push(self.media());
        Sdp::from(session)
    }

    /// The m-line with its attributes.
    pub fn media(&self) -> sdp_types::Media {
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
        attributes.push(sdp_types::Attribute::new(self.direction.as_str()));
        sdp_types::Media {
            media: "audio".to_owned(),
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
            bandwidths: Vec::new(),
            key: None,
            attributes,
        }
    }
}

/// The formats of an m-line; never empty, for the grammar wants one even where all is rejected.
pub(super) fn formats(codecs: &[Codec]) -> String {
    let types: Vec<String> = codecs
        .iter()
        .map(|codec| codec.payload_type.to_string())
        .collect();
    if types.is_empty() {
        "0".to_owned()
    } else {
        types.join(" ")
    }
}

pub(super) fn codec_attributes(codecs: &[Codec]) -> Vec<sdp_types::Attribute> {
    let mut attributes = Vec::with_capacity(codecs.len() * 2);
    for codec in codecs {
        attributes.push(sdp_types::Attribute::with_value("rtpmap", codec));
        if let Some(fmtp) = &codec.fmtp {
            attributes.push(sdp_types::Attribute::with_value(
                "fmtp",
                format!("{} {fmtp}", codec.payload_type),
            ));
        }
    }
    attributes
}
