//! Temporary maximum media stream bit rate: a receiver asks a sender to stay below a rate (TMMBR), and the sender says what it
//! keeps to (TMMBN).
//!
//! RFC 5104 §4.2.1, §4.2.2.

use super::feedback::{LIMIT_NOTICE, LIMIT_REQUEST, TRANSPORT_FEEDBACK};
use super::{CompoundWriter, RtcpError};
use crate::rtp::{Ssrc, read_u32};

/// Octets of an entry: source; six bits of exponent, 17 of mantissa, nine of overhead.
const ENTRY_LEN: usize = 8;
const MANTISSA_BITS: u32 = 17;
const OVERHEAD_BITS: u32 = 9;

/// A limit as one side told the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TemporaryLimit {
    /// In a request the source that is to keep to it, in a notice the one that asked for it.
    pub ssrc: Ssrc,
    /// Bit/s with the headers of all layers, IP's among them; one beyond 64 bits is their maximum. Zero stops the source.
    pub bits_per_second: u64,
    /// Octets that the headers of a packet take, RTP's among them; 0 to 511.
    pub overhead: u16,
}

impl TemporaryLimit {
    /// The limit without the headers of the layers below RTP, if packets have so many octets from RTP's header on.
    pub fn of_rtp(&self, packet_octets: u64) -> u64 {
        let rtp = packet_octets.max(1);
        let below = u64::from(self.overhead).saturating_sub(crate::rtp::FIXED_HEADER_LEN as u64);
        let share = u128::from(self.bits_per_second) * u128::from(rtp) / u128::from(rtp + below);
        share as u64
    }

    fn read(entry: &[u8]) -> TemporaryLimit {
        let word = read_u32(entry, 4);
        let exponent = word >> (MANTISSA_BITS + OVERHEAD_BITS);
        let mantissa = word >> OVERHEAD_BITS & ((1 << MANTISSA_BITS) - 1);
        let bits = u128::from(mantissa) << exponent;
        TemporaryLimit {
            ssrc: Ssrc(read_u32(entry, 0)),
            bits_per_second: u64::try_from(bits).unwrap_or(u64::MAX),
            overhead: (word & ((1 << OVERHEAD_BITS) - 1)) as u16,
        }
    }

    /// The rate is rounded down to the 17 bits that the field has, the overhead kept within its nine.
    fn write(&self, entry: &mut [u8]) {
        let bits = self.bits_per_second;
        let exponent = (u64::BITS - bits.leading_zeros()).saturating_sub(MANTISSA_BITS);
        let mantissa = (bits >> exponent) as u32;
        let overhead = u32::from(self.overhead).min((1 << OVERHEAD_BITS) - 1);
        let word = exponent << (MANTISSA_BITS + OVERHEAD_BITS) | mantissa << OVERHEAD_BITS;
        entry[..4].copy_from_slice(&self.ssrc.0.to_be_bytes());
        entry[4..].copy_from_slice(&(word | overhead).to_be_bytes());
    }
}

/// The limits of one packet.
#[derive(Clone, Copy, Debug)]
pub struct TemporaryLimits<'a> {
    entries: &'a [u8],
}

impl<'a> TemporaryLimits<'a> {
    pub(super) fn new(control: &'a [u8]) -> TemporaryLimits<'a> {
        TemporaryLimits { entries: control }
    }

    /// The limits in their order.
    pub fn limits(&self) -> impl Iterator<Item = TemporaryLimit> + use<'a> {
        self.entries
            .chunks_exact(ENTRY_LEN)
            .map(TemporaryLimit::read)
    }
}

impl CompoundWriter<'_> {
    /// Asks sources to stay below limits.
    pub fn limit_request(
        &mut self,
        sender: Ssrc,
        limits: &[TemporaryLimit],
    ) -> Result<(), RtcpError> {
        self.limits(LIMIT_REQUEST, sender, limits)
    }

    /// Tells all what limits are kept to; none is none.
    pub fn limit_notice(
        &mut self,
        sender: Ssrc,
        limits: &[TemporaryLimit],
    ) -> Result<(), RtcpError> {
        self.limits(LIMIT_NOTICE, sender, limits)
    }

    fn limits(
        &mut self,
        format: u8,
        sender: Ssrc,
        limits: &[TemporaryLimit],
    ) -> Result<(), RtcpError> {
        // RFC 5104 §4.2.1.2: the source of the common header is zero, as the entries name theirs.
        let len = ENTRY_LEN * limits.len();
        let control = self.feedback(TRANSPORT_FEEDBACK, format, sender, Ssrc(0), len)?;
        for (entry, limit) in control.chunks_exact_mut(ENTRY_LEN).zip(limits) {
            limit.write(entry);
        }
        Ok(())
    }
}
