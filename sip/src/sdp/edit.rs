//! Changing an m-line in place: the other lines stay as they are.

use super::{Codec, Crypto, Direction, Sdp};
use std::net::SocketAddr;

impl Sdp {
    /// Puts address and port of an m-line; its `rtcp` attribute, which named the old place, goes.
    pub fn set_rtp(&mut self, index: usize, rtp: SocketAddr) {
        self.edit(index, |media| {
            media.port = rtp.port();
            media.connections = vec![sdp_types::Connection::from_ip_addr(rtp.ip())];
            media
                .attributes
                .retain(|attribute| attribute.attribute != "rtcp");
        });
    }

    /// Puts the direction of an m-line.
    pub fn set_direction(&mut self, index: usize, direction: Direction) {
        self.edit(index, |media| {
            let is_direction =
                |attribute: &sdp_types::Attribute| Direction::parse(&attribute.attribute).is_some();
            let place = media.attributes.iter().position(is_direction);
            media
                .attributes
                .retain(|attribute| !is_direction(attribute));
            let place = place
                .unwrap_or(media.attributes.len())
                .min(media.attributes.len());
            media
                .attributes
                .insert(place, sdp_types::Attribute::new(direction.as_str()));
        });
    }

    /// Puts the SDES keys of an m-line; with keys the profile becomes a secure one, without them a plain one.
    pub fn set_cryptos(&mut self, index: usize, cryptos: &[Crypto]) {
        self.edit(index, |media| {
            media
                .attributes
                .retain(|attribute| attribute.attribute != "crypto");
            for (place, crypto) in cryptos.iter().enumerate() {
                media
                    .attributes
                    .insert(place, sdp_types::Attribute::with_value("crypto", crypto));
            }
            media.proto = match (media.proto.as_str(), cryptos.is_empty()) {
                ("RTP/AVP", false) => "RTP/SAVP".to_owned(),
                ("RTP/AVPF", false) => "RTP/SAVPF".to_owned(),
                ("RTP/SAVP", true) => "RTP/AVP".to_owned(),
                ("RTP/SAVPF", true) => "RTP/AVPF".to_owned(),
                (other, _) => other.to_owned(),
            };
        });
    }

    /// Puts the protocol of an m-line.
    pub fn set_protocol(&mut self, index: usize, protocol: &str) {
        self.edit(index, |media| media.proto = protocol.to_owned());
    }

    /// Puts the codecs of an m-line: formats, rtpmap, fmtp and rtcp-fb.
    pub fn set_codecs(&mut self, index: usize, codecs: &[Codec]) {
        self.edit(index, |media| {
            media.attributes.retain(|attribute| {
                !matches!(attribute.attribute.as_str(), "rtpmap" | "fmtp" | "rtcp-fb")
            });
            media
                .attributes
                .splice(0..0, super::media_line::codec_attributes(codecs));
            media.fmt = super::media_line::formats(codecs);
        });
    }

    /// Rejects an m-line: port 0, nothing else changed (RFC 3264 §6).
    pub fn reject(&mut self, index: usize) {
        self.edit(index, |media| media.port = 0);
    }

    /// Puts the version of the o-line.
    pub fn set_version(&mut self, version: u64) {
        self.session_mut().origin.sess_version = version;
    }

    fn edit(&mut self, index: usize, change: impl FnOnce(&mut sdp_types::Media)) {
        if let Some(media) = self.session_mut().medias.get_mut(index) {
            change(media);
        }
    }
}
