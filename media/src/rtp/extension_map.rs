//! What the elements of header extensions mean in one session: identifiers as negotiated, elements with their types.
//!
//! RFC 8285 §5 (identifiers in SDP); RFC 6464 (audio level), RFC 9143 §15 (mid), RFC 8852 (stream identifiers),
//! draft-holmer-rmcat-transport-wide-cc-extensions-01 §2 (transport-wide number), abs-send-time of WebRTC.

use super::extension::ONE_BYTE_LEN_MAX;
use super::{AbsoluteSendTime, AudioLevel, Packet, RtpError, Writer};

/// An element that this crate knows.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum ElementKind {
    /// How loud the packet's sound is. RFC 6464.
    AudioLevel,
    /// The media description that the packet belongs to. RFC 9143 §15.
    Mid,
    /// The stream (simulcast layer) that the packet belongs to. RFC 8852 §3.1.
    StreamId,
    /// The stream that a retransmission repairs. RFC 8852 §3.2.
    RepairedStreamId,
    /// Sequence number over all sources of the transport.
    TransportSequence,
    /// When the packet left.
    AbsoluteSendTime,
}

impl ElementKind {
    /// All of them, in the order in which they are written.
    pub const ALL: [ElementKind; 6] = [
        ElementKind::AudioLevel,
        ElementKind::Mid,
        ElementKind::StreamId,
        ElementKind::RepairedStreamId,
        ElementKind::TransportSequence,
        ElementKind::AbsoluteSendTime,
    ];

    /// The name in an `a=extmap` line.
    pub fn uri(self) -> &'static str {
        match self {
            ElementKind::AudioLevel => "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            ElementKind::Mid => "urn:ietf:params:rtp-hdrext:sdes:mid",
            ElementKind::StreamId => "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
            ElementKind::RepairedStreamId => {
                "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
            }
            ElementKind::TransportSequence => {
                "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
            }
            ElementKind::AbsoluteSendTime => {
                "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
            }
        }
    }

    /// The element of that name.
    pub fn from_uri(uri: &str) -> Option<ElementKind> {
        ElementKind::ALL.into_iter().find(|kind| kind.uri() == uri)
    }
}

/// Why an identifier can't be agreed on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionMapError {
    /// 0 is padding and 15 is reserved. RFC 8285 §4.2, §4.3.
    #[error("header extension identifier {0} is reserved, expected 1 to 14 or 16 to 255")]
    Reserved(u8),
    /// Another element has it.
    #[error("header extension identifier {id} already means {kind:?}")]
    Taken {
        /// The identifier.
        id: u8,
        /// What it means.
        kind: ElementKind,
    },
}

/// The identifiers of one session, both ways.
#[derive(Clone, Debug)]
pub struct ExtensionMap {
    kinds: [Option<ElementKind>; 256],
    ids: [u8; ElementKind::ALL.len()],
}

/// The elements of one packet; what did not come, or not in its form, is `None`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct HeaderExtensions<'a> {
    /// How loud the packet's sound is.
    pub audio_level: Option<AudioLevel>,
    /// The media description, as the text of its `a=mid`.
    pub mid: Option<&'a [u8]>,
    /// The stream, as the text of its `a=rid`.
    pub stream_id: Option<&'a [u8]>,
    /// The stream that is repaired.
    pub repaired_stream_id: Option<&'a [u8]>,
    /// Sequence number over the transport.
    pub transport_sequence: Option<u16>,
    /// When the packet left.
    pub absolute_send_time: Option<AbsoluteSendTime>,
}

impl Default for ExtensionMap {
    fn default() -> ExtensionMap {
        ExtensionMap {
            kinds: [None; 256],
            ids: [0; ElementKind::ALL.len()],
        }
    }
}

impl ExtensionMap {
    /// A map without any.
    pub fn new() -> ExtensionMap {
        ExtensionMap::default()
    }

    /// Gives an element its identifier; one that it had is free again.
    pub fn insert(&mut self, id: u8, kind: ElementKind) -> Result<(), ExtensionMapError> {
        if matches!(id, 0 | 15) {
            return Err(ExtensionMapError::Reserved(id));
        }
        match self.kinds[usize::from(id)] {
            Some(taken) if taken != kind => {
                return Err(ExtensionMapError::Taken { id, kind: taken });
            }
            _ => {}
        }
        let before = std::mem::replace(&mut self.ids[kind as usize], id);
        self.kinds[usize::from(before)] = None;
        self.kinds[usize::from(id)] = Some(kind);
        Ok(())
    }

    /// The identifier of an element, if one is agreed on.
    #[inline]
    pub fn id(&self, kind: ElementKind) -> Option<u8> {
        let id = self.ids[kind as usize];
        (id != 0).then_some(id)
    }

    /// What an identifier means.
    #[inline]
    pub fn kind(&self, id: u8) -> Option<ElementKind> {
        self.kinds[usize::from(id)]
    }

    /// Reads the elements of a packet; the first of each kind counts.
    #[inline]
    pub fn read<'a>(&self, packet: &Packet<'a>) -> HeaderExtensions<'a> {
        let mut read = HeaderExtensions::default();
        for element in packet.elements() {
            let Some(kind) = self.kind(element.id) else {
                continue;
            };
            let data = element.data;
            match kind {
                ElementKind::AudioLevel => first(&mut read.audio_level, AudioLevel::read(data)),
                ElementKind::Mid => first(&mut read.mid, Some(data)),
                ElementKind::StreamId => first(&mut read.stream_id, Some(data)),
                ElementKind::RepairedStreamId => first(&mut read.repaired_stream_id, Some(data)),
                ElementKind::TransportSequence => first(
                    &mut read.transport_sequence,
                    // Its second version adds two octets; the number comes first in both.
                    data.first_chunk().copied().map(u16::from_be_bytes),
                ),
                ElementKind::AbsoluteSendTime => {
                    first(&mut read.absolute_send_time, AbsoluteSendTime::read(data));
                }
            }
        }
        read
    }

    /// Writes the elements that have an identifier, in the one-byte form if all can be.
    #[inline]
    pub fn write(
        &self,
        writer: &mut Writer<'_>,
        extensions: &HeaderExtensions<'_>,
    ) -> Result<(), RtpError> {
        // RFC 8285 §4.1.2: one packet has one form.
        if !self.all_short(extensions) {
            return self.write_wide(writer, extensions);
        }
        let level = extensions.audio_level.map(AudioLevel::octets);
        let sequence = extensions.transport_sequence.map(u16::to_be_bytes);
        let time = extensions.absolute_send_time.map(AbsoluteSendTime::octets);
        self.write_short(writer, ElementKind::AudioLevel, level)?;
        self.write_text(writer, ElementKind::Mid, extensions.mid)?;
        self.write_text(writer, ElementKind::StreamId, extensions.stream_id)?;
        let repaired = extensions.repaired_stream_id;
        self.write_text(writer, ElementKind::RepairedStreamId, repaired)?;
        self.write_short(writer, ElementKind::TransportSequence, sequence)?;
        self.write_short(writer, ElementKind::AbsoluteSendTime, time)
    }

    #[inline]
    fn all_short(&self, extensions: &HeaderExtensions<'_>) -> bool {
        let short = |kind: ElementKind, len: Option<usize>| {
            let id = self.ids[kind as usize];
            len.is_none_or(|len| id == 0 || id < 15 && (1..=ONE_BYTE_LEN_MAX).contains(&len))
        };
        short(ElementKind::AudioLevel, extensions.audio_level.map(|_| 1))
            && short(ElementKind::Mid, extensions.mid.map(<[u8]>::len))
            && short(ElementKind::StreamId, extensions.stream_id.map(<[u8]>::len))
            && short(
                ElementKind::RepairedStreamId,
                extensions.repaired_stream_id.map(<[u8]>::len),
            )
            && short(
                ElementKind::TransportSequence,
                extensions.transport_sequence.map(|_| 2),
            )
            && short(
                ElementKind::AbsoluteSendTime,
                extensions.absolute_send_time.map(|_| 3),
            )
    }

    #[inline]
    fn write_short<const N: usize>(
        &self,
        writer: &mut Writer<'_>,
        kind: ElementKind,
        data: Option<[u8; N]>,
    ) -> Result<(), RtpError> {
        match (self.id(kind), data) {
            (Some(id), Some(data)) => writer.short_element(id, data),
            _ => Ok(()),
        }
    }

    /// Most names are one or two octets long.
    #[inline]
    fn write_text(
        &self,
        writer: &mut Writer<'_>,
        kind: ElementKind,
        text: Option<&[u8]>,
    ) -> Result<(), RtpError> {
        match (self.id(kind), text) {
            (Some(id), Some(&[a])) => writer.short_element(id, [a]),
            (Some(id), Some(&[a, b])) => writer.short_element(id, [a, b]),
            (Some(id), Some(text)) => writer.element(id, text),
            _ => Ok(()),
        }
    }

    #[cold]
    fn write_wide(
        &self,
        writer: &mut Writer<'_>,
        extensions: &HeaderExtensions<'_>,
    ) -> Result<(), RtpError> {
        let level = extensions.audio_level.map(AudioLevel::octets);
        let sequence = extensions.transport_sequence.map(u16::to_be_bytes);
        let time = extensions.absolute_send_time.map(AbsoluteSendTime::octets);
        // In the order of ElementKind::ALL.
        let data: [Option<&[u8]>; ElementKind::ALL.len()] = [
            level.as_ref().map(|octets| &octets[..]),
            extensions.mid,
            extensions.stream_id,
            extensions.repaired_stream_id,
            sequence.as_ref().map(|octets| &octets[..]),
            time.as_ref().map(|octets| &octets[..]),
        ];
        for (&id, data) in self.ids.iter().zip(data) {
            if let Some(data) = data.filter(|_| id != 0) {
                writer.wide_element(id, data)?;
            }
        }
        Ok(())
    }
}

#[inline]
fn first<T>(place: &mut Option<T>, value: Option<T>) {
    if place.is_none() {
        *place = value;
    }
}

#[cfg(test)]
mod tests;
