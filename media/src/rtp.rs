//! RTP packets: a view that borrows the octets and a writer that fills them in place.
//!
//! Nothing is copied and nothing is allocated: parsing checks every length once, so that no accessor can panic.
//! RFC 3550 §5.1 (fixed header), RFC 8285 (header extensions), RFC 7983 (what else arrives at the same port).

mod absolute_send_time;
mod audio_level;
mod extension;
mod extension_map;
mod writer;

pub use absolute_send_time::AbsoluteSendTime;
pub use audio_level::AudioLevel;
pub use extension::{Element, Elements, Extension, ONE_BYTE_PROFILE, TWO_BYTE_PROFILE};
pub use extension_map::{ElementKind, ExtensionMap, ExtensionMapError, HeaderExtensions};
pub use writer::{Header, Writer};

/// Length of the fixed header in octets. RFC 3550 §5.1.
pub const FIXED_HEADER_LEN: usize = 12;

/// The bit of the first octet that says the packet ends with padding. RFC 3550 §5.1.
pub(crate) const PADDING: u8 = 0x20;

/// Bits of the first octet: there is an extension; contributing sources. RFC 3550 §5.1.
const EXTENSION: u8 = 0x10;
const CSRC_COUNT: u8 = 0x0f;

/// The first octet of a packet without padding, extension and contributing sources.
const PLAIN: u8 = 0x80;

/// Synchronisation source: the number that names one sender of packets within a session. RFC 3550 §3.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Ssrc(
    /// The 32 bits as they stand on the wire.
    pub u32,
);

impl std::fmt::Display for Ssrc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// Why octets are no RTP packet, or why one could not be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RtpError {
    /// The version field is not 2.
    #[error("RTP version is {0}, expected 2")]
    Version(u8),
    /// The packet ends inside its header, its CSRC list or its extension.
    #[error("RTP packet of {len} octets ends before octet {need}")]
    TooShort {
        /// Octets that came.
        len: usize,
        /// Octets that the header announces.
        need: usize,
    },
    /// The padding count is zero or longer than the payload.
    #[error("RTP padding of {0} octets does not fit the payload")]
    Padding(u8),
    /// The caller's buffer is too small for the packet to be written.
    #[error("buffer of {len} octets is too small, {need} are needed")]
    BufferTooSmall {
        /// Octets that the buffer has.
        len: usize,
        /// Octets that the packet needs.
        need: usize,
    },
    /// An extension element's id or length can't be expressed in the chosen form, or comes after the payload.
    #[error("extension element {id} of {len} octets cannot be written here")]
    Element {
        /// Local identifier of the element.
        id: u8,
        /// Octets of its data.
        len: usize,
    },
}

/// One RTP packet, borrowed and checked.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    bytes: &'a [u8],
    /// The beginning of `bytes`, whose length the compiler knows.
    fixed: &'a [u8; FIXED_HEADER_LEN],
    extension: Option<Extension<'a>>,
    payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Checks `bytes` as one whole RTP packet.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Packet<'a>, RtpError> {
        let Some((fixed, rest)) = bytes.split_first_chunk() else {
            return Err(RtpError::TooShort {
                len: bytes.len(),
                need: FIXED_HEADER_LEN,
            });
        };
        let plain = Packet {
            bytes,
            fixed,
            extension: None,
            payload: rest,
        };
        // Most packets of speech have nothing but the fixed header.
        if fixed[0] == PLAIN {
            return Ok(plain);
        }
        let (extension, mut payload) = split(fixed[0], rest)?;
        if fixed[0] & PADDING != 0 {
            let padding = bytes[bytes.len() - 1];
            let kept = payload.len().checked_sub(usize::from(padding));
            let Some(kept) = kept.filter(|_| padding != 0) else {
                return Err(RtpError::Padding(padding));
            };
            payload = &payload[..kept];
        }
        Ok(Packet {
            extension,
            payload,
            ..plain
        })
    }

    /// Marker bit; for speech it is set on the first packet after silence. RFC 3551 §4.1.
    #[inline]
    pub fn marker(&self) -> bool {
        self.fixed[1] & 0x80 != 0
    }

    /// Payload type, 0..=127.
    #[inline]
    pub fn payload_type(&self) -> u8 {
        self.fixed[1] & 0x7f
    }

    /// Sequence number.
    #[inline]
    pub fn sequence(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2], self.fixed[3]])
    }

    /// Timestamp in units of the payload's clock rate.
    #[inline]
    pub fn timestamp(&self) -> u32 {
        read_u32(self.fixed, 4)
    }

    /// Who sent the packet.
    #[inline]
    pub fn ssrc(&self) -> Ssrc {
        Ssrc(read_u32(self.fixed, 8))
    }

    /// Contributing sources, at most 15, as a mixer lists them.
    pub fn csrcs(&self) -> impl Iterator<Item = Ssrc> + 'a {
        let end = FIXED_HEADER_LEN + 4 * usize::from(self.fixed[0] & CSRC_COUNT);
        self.bytes[FIXED_HEADER_LEN..end]
            .chunks_exact(4)
            .map(|octets| Ssrc(read_u32(octets, 0)))
    }

    /// The header extension, if the packet has one.
    #[inline]
    pub fn extension(&self) -> Option<Extension<'a>> {
        self.extension
    }

    /// Elements of an RFC 8285 extension; none if there is no extension or it is of another profile.
    #[inline]
    pub fn elements(&self) -> Elements<'a> {
        self.extension()
            .map_or_else(Elements::none, |extension| extension.elements())
    }

    /// The payload without padding.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Octets of header, CSRC list and extension.
    #[inline]
    pub fn header_len(&self) -> usize {
        let csrcs = 4 * usize::from(self.fixed[0] & CSRC_COUNT);
        let extension = self
            .extension
            .map_or(0, |extension| 4 + extension.data.len());
        FIXED_HEADER_LEN + csrcs + extension
    }

    /// Octets of padding at the end, the count octet included.
    #[inline]
    pub fn padding_len(&self) -> usize {
        self.bytes.len() - self.header_len() - self.payload.len()
    }

    /// The whole packet.
    #[inline]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// A checked packet whose fixed fields can be rewritten where they stand, as a relay or a forwarder does.
#[derive(Debug)]
pub struct PacketMut<'a> {
    bytes: &'a mut [u8],
}

impl<'a> PacketMut<'a> {
    /// Checks only the header, so that it also takes packets whose payload (and padding) is encrypted.
    pub fn parse(bytes: &'a mut [u8]) -> Result<PacketMut<'a>, RtpError> {
        header_len(bytes)?;
        Ok(PacketMut { bytes })
    }

    /// Payload type, 0..=127.
    pub fn payload_type(&self) -> u8 {
        self.bytes[1] & 0x7f
    }

    /// Replaces the payload type (its low seven bits) and leaves the marker.
    pub fn set_payload_type(&mut self, payload_type: u8) {
        self.bytes[1] = self.bytes[1] & 0x80 | payload_type & 0x7f;
    }

    /// Replaces the marker bit.
    pub fn set_marker(&mut self, marker: bool) {
        self.bytes[1] = self.bytes[1] & 0x7f | u8::from(marker) << 7;
    }

    /// Replaces the sequence number.
    pub fn set_sequence(&mut self, sequence: u16) {
        self.bytes[2..4].copy_from_slice(&sequence.to_be_bytes());
    }

    /// Replaces the timestamp.
    pub fn set_timestamp(&mut self, timestamp: u32) {
        self.bytes[4..8].copy_from_slice(&timestamp.to_be_bytes());
    }

    /// Replaces the source.
    pub fn set_ssrc(&mut self, ssrc: Ssrc) {
        self.bytes[8..12].copy_from_slice(&ssrc.0.to_be_bytes());
    }

    /// Data of the first extension element with this identifier, to be replaced by as many octets.
    pub fn element_mut(&mut self, id: u8) -> Option<&mut [u8]> {
        let (fixed, rest) = self.bytes.split_first_chunk::<FIXED_HEADER_LEN>()?;
        let (extension, payload) = split(fixed[0], rest).ok()?;
        let end = self.bytes.len() - payload.len();
        let elements = extension?.elements();
        let (from_end, len) = elements.find_from_end(id)?;
        let start = end - from_end;
        Some(&mut self.bytes[start..start + len])
    }
}

/// What a datagram at a media port is, by its first octets. RFC 7983 §7, RFC 5761 §4.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// RTP or SRTP.
    Rtp,
    /// RTCP or SRTCP.
    Rtcp,
    /// STUN (connectivity checks of ICE).
    Stun,
    /// DTLS.
    Dtls,
    /// None of these, or too short to say.
    Other,
}

/// Tells the kinds of datagram apart that may share one port.
pub fn kind(bytes: &[u8]) -> Kind {
    match bytes {
        [0..=3, ..] => Kind::Stun,
        [20..=63, ..] => Kind::Dtls,
        [128..=191, 192..=223, ..] => Kind::Rtcp,
        [128..=191, _, ..] => Kind::Rtp,
        _ => Kind::Other,
    }
}

/// Length of header, CSRC list and extension; all that can be checked while the payload is encrypted.
#[inline]
pub(crate) fn header_len(bytes: &[u8]) -> Result<usize, RtpError> {
    let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED_HEADER_LEN>() else {
        return Err(RtpError::TooShort {
            len: bytes.len(),
            need: FIXED_HEADER_LEN,
        });
    };
    let (_, payload) = split(fixed[0], rest)?;
    Ok(bytes.len() - payload.len())
}

/// The extension, and what is behind it, of what follows the fixed header.
#[inline]
fn split(first: u8, rest: &[u8]) -> Result<(Option<Extension<'_>>, &[u8]), RtpError> {
    if first >> 6 != 2 {
        return Err(RtpError::Version(first >> 6));
    }
    let csrcs = 4 * usize::from(first & CSRC_COUNT);
    let too_short = |need: usize| RtpError::TooShort {
        len: FIXED_HEADER_LEN + rest.len(),
        need: FIXED_HEADER_LEN + need,
    };
    let behind = rest.get(csrcs..);
    if first & EXTENSION == 0 {
        return Ok((None, behind.ok_or_else(|| too_short(csrcs))?));
    }
    let Some((&[high, low, words @ ..], behind)) = behind.and_then(<[u8]>::split_first_chunk::<4>)
    else {
        return Err(too_short(csrcs + 4));
    };
    let len = 4 * usize::from(u16::from_be_bytes(words));
    let Some((data, payload)) = behind.split_at_checked(len) else {
        return Err(too_short(csrcs + 4 + len));
    };
    let profile = u16::from_be_bytes([high, low]);
    Ok((Some(Extension { profile, data }), payload))
}

#[inline]
pub(crate) fn read_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests;
