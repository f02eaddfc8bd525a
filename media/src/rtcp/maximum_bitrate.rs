//! Receiver estimated maximum bitrate (REMB): what the receiver believes can reach it over the sources named.
//!
//! draft-alvestrand-rmcat-remb-03 §2.2.

use super::feedback::{APPLICATION, PAYLOAD_FEEDBACK};
use super::{CompoundWriter, RtcpError};
use crate::rtp::{Ssrc, read_u32};

/// Octets of name, count, exponent and mantissa.
const HEAD_LEN: usize = 8;
/// Bits of the mantissa.
const MANTISSA_BITS: u32 = 18;

/// The estimate.
#[derive(Clone, Copy, Debug)]
pub struct MaximumBitrate<'a> {
    /// Bits a second over all sources together; an estimate beyond 64 bits is their maximum.
    pub bits_per_second: u64,
    sources: &'a [u8],
}

impl<'a> MaximumBitrate<'a> {
    /// What tells it from other messages of applications.
    pub(super) const NAME: &'static [u8] = b"REMB";

    pub(super) fn parse(control: &'a [u8]) -> Option<MaximumBitrate<'a>> {
        let (head, sources) = control.split_at_checked(HEAD_LEN)?;
        let word = read_u32(head, 4);
        let (count, exponent) = (word >> 24, word >> MANTISSA_BITS & 0x3f);
        let mantissa = u64::from(word & ((1 << MANTISSA_BITS) - 1));
        let bits = u128::from(mantissa) << exponent;
        Some(MaximumBitrate {
            bits_per_second: u64::try_from(bits).unwrap_or(u64::MAX),
            sources: sources.get(..4 * count as usize)?,
        })
    }

    /// The sources that the estimate is for.
    pub fn sources(&self) -> impl Iterator<Item = Ssrc> + use<'a> {
        self.sources
            .chunks_exact(4)
            .map(|octets| Ssrc(read_u32(octets, 0)))
    }
}

impl CompoundWriter<'_> {
    /// Tells what can reach us over `sources` (at most 255), rounded down to the 18 bits that the field has.
    pub fn maximum_bitrate(
        &mut self,
        sender: Ssrc,
        bits_per_second: u64,
        sources: &[Ssrc],
    ) -> Result<(), RtcpError> {
        let count = u8::try_from(sources.len()).map_err(|_| RtcpError::TooMany(sources.len()))?;
        let exponent = (u64::BITS - bits_per_second.leading_zeros()).saturating_sub(MANTISSA_BITS);
        let mantissa = (bits_per_second >> exponent) as u32;
        let word = u32::from(count) << 24 | exponent << MANTISSA_BITS | mantissa;
        let len = HEAD_LEN + 4 * sources.len();
        let control = self.feedback(PAYLOAD_FEEDBACK, APPLICATION, sender, Ssrc(0), len)?;
        control[..4].copy_from_slice(MaximumBitrate::NAME);
        control[4..8].copy_from_slice(&word.to_be_bytes());
        for (octets, ssrc) in control[HEAD_LEN..].chunks_exact_mut(4).zip(sources) {
            octets.copy_from_slice(&ssrc.0.to_be_bytes());
        }
        Ok(())
    }
}
