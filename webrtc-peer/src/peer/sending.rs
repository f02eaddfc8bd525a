//! What goes out on the m-lines: frames of sound, whole packets of pictures, feedback.

use std::time::Duration;

use bytes::Bytes;
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::rtp::header::{EXTENSION_PROFILE_ONE_BYTE, Extension};
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodecParameters, RTCRtpParameters, RTCRtpSendParameters,
};
use rtc::rtp_transceiver::{RTCRtpReceiverId, RTCRtpSenderId};
use rtc::sansio::Protocol;
use rtc::sdp::extmap::{ABS_SEND_TIME_URI, SDES_MID_URI, TRANSPORT_CC_URI};
use rtc::shared::marshal::Unmarshal;

use super::Peer;
use crate::clock;
use crate::codec::{AudioCodec, Codec, VideoCodec};
use crate::config::Media;
use crate::error::PeerError;
use crate::event::TrackId;
use crate::rtcp::Reporter;

/// The sending half of an m-line.
pub(super) struct Outgoing {
    pub(super) media: Media,
    pub(super) sequence: u16,
    pub(super) reporter: Reporter,
    /// Source of retransmissions.
    pub(super) repair: u32,
    /// What was agreed on; read anew after each description.
    pub(super) hop: Option<Hop>,
}

/// What two descriptions agreed on for the packets of one line.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    mid: Bytes,
    mid_id: Option<u8>,
    send_time_id: Option<u8>,
    transport_id: Option<u8>,
    formats: Vec<VideoFormat>,
}

/// The sources that this side sends a line's packets as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sources {
    /// Of the media.
    pub media: u32,
    /// Of retransmissions (RFC 4588 §5.3).
    pub repair: u32,
}

/// A video format that was agreed on for sending.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VideoFormat {
    /// The codec.
    pub codec: VideoCodec,
    /// Its payload type.
    pub payload_type: u8,
    /// Payload type of its retransmissions, if there are to be any.
    pub repair: Option<u8>,
}

impl Peer {
    /// Sends one encoded frame with the codec of [`Peer::sending_codec`]; `timestamp` in its clock rate.
    ///
    /// # Errors
    /// There is no such track, or it was not negotiated for sending sound. Before
    /// [`crate::Event::Connected`] the packet is dropped without an error.
    pub fn send_rtp(
        &mut self,
        now: Duration,
        track: TrackId,
        timestamp: u32,
        marker: bool,
        payload: Bytes,
    ) -> Result<(), PeerError> {
        self.now = now;
        let (codec, payload_type) = self.negotiated(track)?;
        let octets = payload.len();
        let outgoing = self
            .tracks
            .get_mut(track.0)
            .ok_or(PeerError::UnknownTrack(track.0))?;
        let header = rtc::rtp::Header {
            version: 2,
            marker,
            payload_type,
            sequence_number: outgoing.sequence,
            timestamp,
            ssrc: outgoing.reporter.ssrc,
            ..rtc::rtp::Header::default()
        };
        outgoing.sequence = outgoing.sequence.wrapping_add(1);
        let rate_hz = codec.clock_rate_hz();
        outgoing.reporter.on_sent(now, timestamp, rate_hz, octets);
        let mut sender = self
            .connection
            .rtp_sender(RTCRtpSenderId::from(track.0))
            .ok_or(PeerError::NotNegotiated(track.0))?;
        sender
            .write_rtp(clock::instant(now), rtc::rtp::Packet { header, payload })
            .map_err(PeerError::out_of_turn)
    }

    /// Sends an RTP packet of a video line as the owner wrote it, as one of [`Peer::sources`] and in one of
    /// [`Peer::video_formats`]; header extensions are this side's and replace the owner's. Gives its transport-wide number,
    /// if the other side reports on those.
    ///
    /// # Errors
    /// It is no such packet, or the track was not negotiated for sending pictures. Before [`crate::Event::Connected`] the
    /// packet is dropped without an error.
    pub fn send_packet(
        &mut self,
        now: Duration,
        track: TrackId,
        packet: &[u8],
    ) -> Result<Option<u16>, PeerError> {
        self.now = now;
        let hop = self.hop(track)?;
        let mut packet = rtc::rtp::Packet::unmarshal(&mut Bytes::copy_from_slice(packet))
            .map_err(PeerError::bad_packet)?;
        let outgoing = self
            .tracks
            .get_mut(track.0)
            .ok_or(PeerError::UnknownTrack(track.0))?;
        let header = &mut packet.header;
        let is_media = header.ssrc == outgoing.reporter.ssrc;
        let is_agreed = hop.formats.iter().any(|format| {
            let payload_type = Some(header.payload_type);
            match is_media {
                true => payload_type == Some(format.payload_type),
                false => header.ssrc == outgoing.repair && payload_type == format.repair,
            }
        });
        if !is_agreed {
            let (ssrc, payload_type) = (header.ssrc, header.payload_type);
            return Err(PeerError::BadPacket(format!(
                "source {ssrc} with payload type {payload_type} is not agreed on"
            )));
        }
        if is_media {
            let rate_hz = Codec::Video(VideoCodec::H264).clock_rate_hz();
            let (timestamp, octets) = (header.timestamp, packet.payload.len());
            outgoing.reporter.on_sent(now, timestamp, rate_hz, octets);
        }
        let number = hop.transport_id.map(|_| self.transport_sequence);
        hop.stamp(now, self.transport_sequence, header);
        self.transport_sequence = self
            .transport_sequence
            .wrapping_add(u16::from(number.is_some()));
        self.write(now, RTCMessage::RtpPacket(String::new(), packet))?;
        Ok(number)
    }

    /// Sends RTCP packets that the owner wrote; they leave as they are, protected, without a report (RFC 5506).
    ///
    /// # Errors
    /// They are none.
    pub fn send_rtcp(&mut self, now: Duration, compound: &[u8]) -> Result<(), PeerError> {
        self.now = now;
        let packets = rtc::rtcp::packet::unmarshal(&mut Bytes::copy_from_slice(compound))
            .map_err(PeerError::bad_packet)?;
        self.write(now, RTCMessage::RtcpPacket(String::new(), packets))
    }

    /// The codec that [`Peer::send_rtp`] sends on this track, once it is negotiated.
    pub fn sending_codec(&mut self, track: TrackId) -> Option<AudioCodec> {
        self.negotiated(track).ok().map(|(codec, _)| codec)
    }

    /// The sources that we send this track's packets as.
    pub fn sources(&self, track: TrackId) -> Option<Sources> {
        self.tracks.get(track.0).map(Outgoing::sources)
    }

    /// The video formats that we may send on this track, the one that the answer names first in front; none before
    /// descriptions were exchanged, or if it is not for sending.
    pub fn video_formats(&mut self, track: TrackId) -> Vec<VideoFormat> {
        self.hop(track).map(|hop| hop.formats).unwrap_or_default()
    }

    /// Identification of this track's m-line (RFC 5888); none before there is a description.
    pub fn mid(&mut self, track: TrackId) -> Option<String> {
        self.connection.rtp_transceiver(track.0)?.mid().clone()
    }

    /// Has an answer name our codecs for pictures in our order: the other side sends the first (RFC 3264 §6.1).
    pub(super) fn prefer_own_order(&mut self) -> Result<(), PeerError> {
        for (index, outgoing) in self.tracks.iter().enumerate() {
            let Media::Video(own) = &outgoing.media else {
                continue;
            };
            let sender = self.connection.rtp_sender(RTCRtpSenderId::from(index));
            let sent = sender.map(|mut one| one.get_parameters().rtp_parameters.codecs.clone());
            let receiver = self.connection.rtp_receiver(RTCRtpReceiverId::from(index));
            let received =
                receiver.map(|mut one| one.get_parameters().rtp_parameters.codecs.clone());
            let Some(mut codecs) = sent.or(received) else {
                continue;
            };
            codecs.sort_by_key(|codec| {
                let known = Codec::from_mime(&codec.rtp_codec.mime_type);
                let place = own.iter().position(|own| known == Some(Codec::Video(*own)));
                place.unwrap_or(own.len())
            });
            if let Some(mut transceiver) = self.connection.rtp_transceiver(index) {
                transceiver
                    .set_codec_preferences(codecs)
                    .map_err(PeerError::bad_description)?;
            }
        }
        Ok(())
    }

    /// What was agreed on before is to be read anew.
    pub(super) fn on_description(&mut self) {
        self.tracks.iter_mut().for_each(|track| track.hop = None);
    }

    fn write(&mut self, now: Duration, message: RTCMessage) -> Result<(), PeerError> {
        let now = clock::instant(now);
        self.connection
            .handle_write(TaggedRTCMessage { now, message })
            .map_err(PeerError::out_of_turn)
    }

    fn negotiated(&mut self, track: TrackId) -> Result<(AudioCodec, u8), PeerError> {
        self.agreed(track, |parameters| {
            let mut codecs = parameters.rtp_parameters.codecs.iter();
            let audio =
                codecs.find_map(
                    |offered| match Codec::from_mime(&offered.rtp_codec.mime_type)? {
                        Codec::Audio(codec) => Some((codec, offered.payload_type)),
                        Codec::Video(_) => None,
                    },
                );
            audio.ok_or(PeerError::NotNegotiated(track.0))
        })?
    }

    /// What was agreed on for the packets of a video line that we may send on.
    fn hop(&mut self, track: TrackId) -> Result<Hop, PeerError> {
        let known = self.tracks.get(track.0);
        if let Some(hop) = &known.ok_or(PeerError::UnknownTrack(track.0))?.hop {
            return Ok(hop.clone());
        }
        let mid = self.mid(track).unwrap_or_default();
        let hop = self.agreed(track, |parameters| {
            Hop::read(mid, &parameters.rtp_parameters)
        })?;
        if hop.formats.is_empty() {
            return Err(PeerError::NotNegotiated(track.0));
        }
        if let Some(outgoing) = self.tracks.get_mut(track.0) {
            outgoing.hop = Some(hop.clone());
        }
        Ok(hop)
    }

    /// Reads what both sides agreed on for a line that we may send on.
    fn agreed<T>(
        &mut self,
        track: TrackId,
        read: impl FnOnce(&RTCRtpSendParameters) -> T,
    ) -> Result<T, PeerError> {
        if self.connection.current_remote_description().is_none() {
            return Err(PeerError::NotNegotiated(track.0));
        }
        let sender = self.connection.rtp_sender(RTCRtpSenderId::from(track.0));
        let mut sender = sender.ok_or(PeerError::NotNegotiated(track.0))?;
        Ok(read(sender.get_parameters()))
    }
}

impl Outgoing {
    pub(super) fn sources(&self) -> Sources {
        Sources {
            media: self.reporter.ssrc,
            repair: self.repair,
        }
    }
}

impl Hop {
    fn read(mid: String, agreed: &RTCRtpParameters) -> Hop {
        let id = |uri: &str| {
            let mut extensions = agreed.header_extensions.iter();
            let extension = extensions.find(|extension| extension.uri == uri)?;
            // RFC 8285 §4.2: only these fit the short form, which is all that is written.
            u8::try_from(extension.id)
                .ok()
                .filter(|id| (1..=14).contains(id))
        };
        let repair_of = |payload_type: u8| {
            let wanted = format!("apt={payload_type}");
            let is_it = |codec: &&RTCRtpCodecParameters| {
                let format = codec.rtp_codec.sdp_fmtp_line.split(';');
                format
                    .into_iter()
                    .any(|parameter| parameter.trim() == wanted)
            };
            agreed
                .codecs
                .iter()
                .find(is_it)
                .map(|codec| codec.payload_type)
        };
        let formats = agreed.codecs.iter().filter_map(|codec| {
            match Codec::from_mime(&codec.rtp_codec.mime_type)? {
                Codec::Audio(_) => None,
                Codec::Video(video) => Some(VideoFormat {
                    codec: video,
                    payload_type: codec.payload_type,
                    repair: repair_of(codec.payload_type),
                }),
            }
        });
        Hop {
            mid_id: id(SDES_MID_URI).filter(|_| (1..=MID_MAX).contains(&mid.len())),
            mid: mid.into(),
            send_time_id: id(ABS_SEND_TIME_URI),
            transport_id: id(TRANSPORT_CC_URI),
            formats: formats.collect(),
        }
    }

    /// Gives a packet the header extensions of this hop, in place of those that it came with.
    fn stamp(&self, now: Duration, transport: u16, header: &mut rtc::rtp::Header) {
        // 6 bits of seconds and 18 of their fraction, on our clock.
        let units = (now.as_nanos() << 18) / 1_000_000_000;
        let send_time = &(units as u32).to_be_bytes()[1..];
        let elements = [
            self.mid_id.map(|id| (id, self.mid.clone())),
            self.send_time_id
                .map(|id| (id, Bytes::copy_from_slice(send_time))),
            self.transport_id
                .map(|id| (id, Bytes::copy_from_slice(&transport.to_be_bytes()))),
        ];
        let elements = elements.into_iter().flatten();
        header.extensions = elements
            .map(|(id, payload)| Extension { id, payload })
            .collect();
        header.extension = !header.extensions.is_empty();
        (header.extension_profile, header.extensions_padding) = (EXTENSION_PROFILE_ONE_BYTE, 0);
    }
}

/// Octets of an element of the short form (RFC 8285 §4.2).
const MID_MAX: usize = 16;
