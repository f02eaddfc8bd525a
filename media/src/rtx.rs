//! Retransmission: keeps what was sent, sends it again under a source of its own, and restores it at the receiver.
//!
//! ```text
//! RTP   header (source A, number n, type p)  │ payload
//! RTX   header (source B, number m, type q)  │ n │ payload
//! ```
//!
//! RFC 4588 §4 (payload format), §5.3 (SSRC multiplexing), §8.6 (`apt`: type q repairs type p).

mod history;
mod missing;

pub use history::History;
pub use missing::{MISSING_MAX, Missing, MissingStatistics};

use crate::rtp::{self, Packet, PacketMut, RtpError, Ssrc};

/// Octets of the original sequence number before the payload. RFC 4588 §4.
pub const ORIGINAL_SEQUENCE_LEN: usize = 2;

/// Why a packet is no retransmission for this receiver.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RtxError {
    /// Not RTP.
    #[error("not an RTP packet: {0}")]
    Header(#[from] RtpError),
    /// Of another source than the one that repairs ours.
    #[error("retransmission of source {0} is not the agreed one")]
    Source(Ssrc),
    /// No `apt` was agreed on for its payload type.
    #[error("retransmission of payload type {0} repairs no agreed type")]
    PayloadType(u8),
    /// Its payload is a single octet, where two say which packet it repairs.
    #[error("retransmission of one octet does not say what it repairs")]
    TooShort,
}

/// Sends packets of one source again.
#[derive(Clone, Debug)]
pub struct Retransmitter {
    ssrc: Ssrc,
    sequence: u16,
    pairs: PayloadTypes,
}

impl Retransmitter {
    /// Sends as `ssrc`, its numbers from `sequence` on, with the payload types agreed on.
    pub fn new(ssrc: Ssrc, sequence: u16, pairs: PayloadTypes) -> Retransmitter {
        Retransmitter {
            ssrc,
            sequence,
            pairs,
        }
    }

    /// The source that retransmissions have.
    pub fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// Uses these payload types from now on; source and numbers go on.
    pub fn set_payload_types(&mut self, pairs: PayloadTypes) {
        self.pairs = pairs;
    }

    /// Writes a retransmission of `packet`, an original packet before its encryption; gives its length.
    ///
    /// Extension and contributing sources are kept, padding is left out. RFC 4588 §4.
    pub fn wrap(&mut self, packet: &[u8], buffer: &mut [u8]) -> Result<usize, RtxError> {
        let original = Packet::parse(packet)?;
        let payload_type = original.payload_type();
        let repairing = self
            .pairs
            .repairing(payload_type)
            .ok_or(RtxError::PayloadType(payload_type))?;
        let (header_len, payload) = (original.header_len(), original.payload());
        let need = header_len + ORIGINAL_SEQUENCE_LEN + payload.len();
        let len = buffer.len();
        let target = buffer
            .get_mut(..need)
            .ok_or(RtpError::BufferTooSmall { len, need })?;
        let (header, rest) = target.split_at_mut(header_len);
        header.copy_from_slice(&packet[..header_len]);
        header[0] &= !rtp::PADDING;
        let (number, room) = rest.split_at_mut(ORIGINAL_SEQUENCE_LEN);
        number.copy_from_slice(&original.sequence().to_be_bytes());
        room.copy_from_slice(payload);
        let mut rewritten = PacketMut::parse(target)?;
        rewritten.set_payload_type(repairing);
        rewritten.set_sequence(self.sequence);
        rewritten.set_ssrc(self.ssrc);
        self.sequence = self.sequence.wrapping_add(1);
        Ok(need)
    }
}

/// Restores the packets of one source from what repairs it.
#[derive(Clone, Debug)]
pub struct Restorer {
    repairing: Ssrc,
    original: Ssrc,
    pairs: PayloadTypes,
}

impl Restorer {
    /// Restores packets of `original` from packets of `repairing`.
    pub fn new(original: Ssrc, repairing: Ssrc, pairs: PayloadTypes) -> Restorer {
        Restorer {
            repairing,
            original,
            pairs,
        }
    }

    /// Makes a retransmission the original packet again, where it stands; `None` if it carries nothing but padding, as
    /// senders that probe for bandwidth send it.
    ///
    /// On an error the octets are unchanged.
    pub fn restore<'p>(&self, packet: &'p mut [u8]) -> Result<Option<&'p mut [u8]>, RtxError> {
        let repairing = Packet::parse(packet)?;
        if repairing.ssrc() != self.repairing {
            return Err(RtxError::Source(repairing.ssrc()));
        }
        self.pairs.restore(packet, self.original)
    }
}

/// Which payload type repairs which: the `apt` parameters of one media description. RFC 4588 §8.6.
#[derive(Clone, Debug)]
pub struct PayloadTypes {
    originals: [u8; 128],
    repairing: [u8; 128],
}

/// No payload type has this number.
const NONE: u8 = 0xff;

impl Default for PayloadTypes {
    fn default() -> PayloadTypes {
        PayloadTypes {
            originals: [NONE; 128],
            repairing: [NONE; 128],
        }
    }
}

impl PayloadTypes {
    /// No pair yet.
    pub fn new() -> PayloadTypes {
        PayloadTypes::default()
    }

    /// `repairing` repairs `original` (the low seven bits of both count).
    pub fn with(mut self, repairing: u8, original: u8) -> PayloadTypes {
        let (repairing, original) = (repairing & 0x7f, original & 0x7f);
        self.originals[usize::from(repairing)] = original;
        self.repairing[usize::from(original)] = repairing;
        self
    }

    /// What this type repairs.
    pub fn original(&self, repairing: u8) -> Option<u8> {
        Some(self.originals[usize::from(repairing & 0x7f)]).filter(|&found| found != NONE)
    }

    /// Makes a retransmission the packet of `source` again that it repairs, as [`Restorer::restore`]: for a line on which one
    /// source alone is repaired, so that it does not matter which source repairs it.
    pub fn restore<'p>(
        &self,
        packet: &'p mut [u8],
        source: Ssrc,
    ) -> Result<Option<&'p mut [u8]>, RtxError> {
        let repairing = Packet::parse(packet)?;
        let payload_type = repairing.payload_type();
        let original = self
            .original(payload_type)
            .ok_or(RtxError::PayloadType(payload_type))?;
        let sequence = match *repairing.payload() {
            [] => return Ok(None),
            [_] => return Err(RtxError::TooShort),
            [high, low, ..] => u16::from_be_bytes([high, low]),
        };
        let header_len = repairing.header_len();
        // The header moves over the number, and the payload stays.
        packet.copy_within(..header_len, ORIGINAL_SEQUENCE_LEN);
        let restored = &mut packet[ORIGINAL_SEQUENCE_LEN..];
        let mut rewritten = PacketMut::parse(restored)?;
        rewritten.set_payload_type(original);
        rewritten.set_sequence(sequence);
        rewritten.set_ssrc(source);
        Ok(Some(restored))
    }

    /// What repairs this type.
    pub fn repairing(&self, original: u8) -> Option<u8> {
        Some(self.repairing[usize::from(original & 0x7f)]).filter(|&found| found != NONE)
    }
}

#[cfg(test)]
mod tests;
