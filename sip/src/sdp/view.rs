//! One m-line read by type, with what it takes over from the session's level.

use super::codec::{self, Codec};
use super::{Bandwidth, Crypto, Direction, ExtendedReports, SdpError};
use std::net::{IpAddr, SocketAddr};

/// One m-line with its attributes.
#[derive(Clone, Copy, Debug)]
pub struct MediaView<'a> {
    session: &'a sdp_types::Session,
    media: &'a sdp_types::Media,
}

impl<'a> MediaView<'a> {
    pub(super) fn new(
        session: &'a sdp_types::Session,
        media: &'a sdp_types::Media,
    ) -> MediaView<'a> {
        MediaView { session, media }
    }

    /// The lines themselves.
    pub fn lines(&self) -> &'a sdp_types::Media {
        self.media
    }

    /// `audio`, `video`, `application`, ...
    pub fn kind(&self) -> &'a str {
        &self.media.media
    }

    /// The port; 0 means rejected or removed (RFC 3264 §6, §8.2).
    pub fn port(&self) -> u16 {
        self.media.port
    }

    /// Whether the port is 0 and the line no part of a bundle (RFC 8843 §6).
    pub fn is_rejected(&self) -> bool {
        self.media.port == 0 && !self.has("bundle-only")
    }

    /// `RTP/AVP`, `RTP/SAVP`, `UDP/TLS/RTP/SAVPF`, ...
    pub fn protocol(&self) -> &'a str {
        &self.media.proto
    }

    /// Whether the protocol is a secure profile.
    pub fn is_secure(&self) -> bool {
        self.media.proto.contains("SAVP")
    }

    /// The formats of the m-line as written: payload types for RTP.
    pub fn formats(&self) -> impl Iterator<Item = &'a str> {
        self.media
            .fmt
            .split(' ')
            .filter(|format| !format.is_empty())
    }

    /// The codecs, in order of preference; static payload types need no rtpmap (RFC 3551 §6). What repairs a codec stands
    /// with it, and is none by itself.
    pub fn codecs(&self) -> Vec<Codec> {
        let codecs = self
            .formats()
            .filter_map(|format| codec::read(format.parse().ok()?, self.media));
        let (repairing, mut codecs): (Vec<Codec>, Vec<Codec>) =
            codecs.partition(Codec::is_retransmission);
        for codec in &mut codecs {
            let repairs = |rtx: &&Codec| {
                rtx.repaired() == Some(codec.payload_type)
                    && rtx.clock_rate_hz == codec.clock_rate_hz
            };
            codec.retransmission = repairing.iter().find(repairs).map(|rtx| rtx.payload_type);
        }
        codecs
    }

    /// The direction, the session's where the line has none.
    pub fn direction(&self) -> Direction {
        let find = |attributes: &[sdp_types::Attribute]| {
            attributes
                .iter()
                .find_map(|attribute| Direction::parse(&attribute.attribute))
        };
        find(&self.media.attributes)
            .or_else(|| find(&self.session.attributes))
            .unwrap_or_default()
    }

    /// The connection's address, the session's where the line has none; `None` for names.
    pub fn address(&self) -> Option<IpAddr> {
        let connection = self
            .media
            .connections
            .first()
            .or(self.session.connection.as_ref())?;
        connection
            .connection_address
            .split('/')
            .next()?
            .parse()
            .ok()
    }

    /// Whether the address is 0.0.0.0 or ::, the hold of RFC 2543 (RFC 3264 §8.4).
    pub fn is_address_unspecified(&self) -> bool {
        self.address()
            .is_some_and(|address| address.is_unspecified())
    }

    /// Where RTP goes; `None` when rejected or without a usable address.
    pub fn rtp(&self) -> Option<SocketAddr> {
        let address = self.address()?;
        (self.media.port != 0 && !address.is_unspecified())
            .then(|| SocketAddr::new(address, self.media.port))
    }

    /// Where RTCP goes: RTP's own port with `rtcp-mux`, what `rtcp` says, else the next port.
    pub fn rtcp(&self) -> Option<SocketAddr> {
        let rtp = self.rtp()?;
        if self.has("rtcp-mux") {
            return Some(rtp);
        }
        let Some(text) = self.attribute("rtcp").flatten() else {
            return rtp
                .port()
                .checked_add(1)
                .map(|port| SocketAddr::new(rtp.ip(), port));
        };
        let mut words = text.split(' ');
        let port = words.next()?.parse().ok()?;
        let address = words.nth(2).and_then(|address| address.parse().ok());
        Some(SocketAddr::new(address.unwrap_or(rtp.ip()), port))
    }

    /// The packet time asked for, in milliseconds.
    pub fn ptime_ms(&self) -> Option<u32> {
        self.attribute("ptime").flatten()?.trim().parse().ok()
    }

    /// What the other side takes of this line at most; `None` if it sets no limit. What is said of the session as a whole is no
    /// limit of a line.
    pub fn bandwidth(&self) -> Option<Bandwidth> {
        Bandwidth::read(&self.media.bandwidths)
    }

    /// The extended reports asked for, the session's where the line says nothing (RFC 3611 §5.1); `None` where nobody says
    /// anything, as those do who know none.
    pub fn extended_reports(&self) -> Option<ExtendedReports> {
        let find = |attributes: &'a [sdp_types::Attribute]| {
            attributes
                .iter()
                .find(|attribute| attribute.attribute == "rtcp-xr")
        };
        let said = find(&self.media.attributes).or_else(|| find(&self.session.attributes))?;
        Some(ExtendedReports::parse(said.value.as_deref().unwrap_or("")))
    }

    /// The SDES keys on offer, in order; an error when one of them is malformed (RFC 4568 §7.1.1: the line is then refused).
    pub fn cryptos(&self) -> Result<Vec<Crypto>, SdpError> {
        self.attributes("crypto")
            .map(|value| value.unwrap_or("").parse())
            .collect()
    }

    /// The first attribute of a name: outer `None` when absent, inner when it has no value.
    pub fn attribute(&self, name: &str) -> Option<Option<&'a str>> {
        self.media
            .attributes
            .iter()
            .find(|attribute| attribute.attribute == name)
            .map(|attribute| attribute.value.as_deref())
    }

    /// All attributes of a name.
    pub fn attributes(&self, name: &'a str) -> impl Iterator<Item = Option<&'a str>> {
        self.media
            .attributes
            .iter()
            .filter(move |attribute| attribute.attribute == name)
            .map(|attribute| attribute.value.as_deref())
    }

    /// Whether the line has an attribute.
    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }
}
