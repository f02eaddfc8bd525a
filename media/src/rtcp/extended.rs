//! Extended reports: quality of a call, and round trips for those who only receive.
//!
//! RFC 3611 §2, §3 (format), §4.4 (receiver reference time), §4.5 (DLRR), §4.7 (VoIP metrics).

mod voip_metrics;
mod writer;

pub use voip_metrics::{JitterAdaptation, LossConcealment, UNAVAILABLE, VoipMetrics};
pub use writer::ExtendedReportWriter;

use super::RtcpError;
use crate::clock::NtpTime;
use crate::rtp::{Ssrc, read_u32};

/// Packet type. RFC 3611 §2.
pub(crate) const EXTENDED_REPORT: u8 = 207;

/// Types of blocks. RFC 3611 §4.
const RECEIVER_REFERENCE_TIME: u8 = 4;
const DELAYS: u8 = 5;
const VOIP_METRICS: u8 = 7;

/// Octets of type, type-specific octet and length.
const BLOCK_HEADER_LEN: usize = 4;

/// One block.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ExtendedBlock<'a> {
    /// When the report was sent, on the receiver's clock: what lets a receiver measure the round trip. §4.4.
    ReceiverReferenceTime(NtpTime),
    /// The answers to such times, by source. §4.5.
    Delays(DelayBlocks<'a>),
    /// Quality of one received stream of speech. §4.7.
    VoipMetrics(VoipMetrics),
    /// Any other, unread.
    Other {
        /// Type of the block.
        block_type: u8,
        /// The octet after the type.
        specific: u8,
        /// What follows the length, a multiple of four octets.
        data: &'a [u8],
    },
}

/// Walks the blocks of an extended report, which are checked.
#[derive(Clone, Copy, Debug)]
pub struct ExtendedBlocks<'a> {
    bytes: &'a [u8],
}

impl<'a> ExtendedBlocks<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<ExtendedBlocks<'a>, RtcpError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = split(rest)?.1;
        }
        Ok(ExtendedBlocks { bytes })
    }
}

impl<'a> Iterator for ExtendedBlocks<'a> {
    type Item = ExtendedBlock<'a>;

    fn next(&mut self) -> Option<ExtendedBlock<'a>> {
        let (block, rest) = split(self.bytes).ok()?;
        self.bytes = rest;
        Some(block)
    }
}

/// The answer to one receiver's reference time. RFC 3611 §4.5.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct DelayBlock {
    /// The receiver that is answered.
    pub ssrc: Ssrc,
    /// Middle bits of its reference time; zero before one came.
    pub last_receiver_report: u32,
    /// Time since it came, in 1/65536 s.
    pub delay_since_last_receiver_report: u32,
}

/// Octets of one answer.
const DELAY_LEN: usize = 12;

/// The answers of one block.
#[derive(Clone, Copy, Debug)]
pub struct DelayBlocks<'a> {
    bytes: &'a [u8],
}

impl<'a> DelayBlocks<'a> {
    /// The answers in their order.
    pub fn iter(&self) -> impl Iterator<Item = DelayBlock> + use<'a> {
        self.bytes.chunks_exact(DELAY_LEN).map(|octets| DelayBlock {
            ssrc: Ssrc(read_u32(octets, 0)),
            last_receiver_report: read_u32(octets, 4),
            delay_since_last_receiver_report: read_u32(octets, 8),
        })
    }

    /// The answer to one receiver.
    pub fn to(&self, ssrc: Ssrc) -> Option<DelayBlock> {
        self.iter().find(|block| block.ssrc == ssrc)
    }
}

/// Reads the first block; gives it and what follows.
fn split(bytes: &[u8]) -> Result<(ExtendedBlock<'_>, &[u8]), RtcpError> {
    let cut_off = |block_type| RtcpError::ExtendedReport { block_type };
    let (&[block_type, specific, high, low], rest) = bytes.split_first_chunk().ok_or(cut_off(0))?;
    let len = 4 * usize::from(u16::from_be_bytes([high, low]));
    let (data, rest) = rest.split_at_checked(len).ok_or(cut_off(block_type))?;
    let block = match block_type {
        RECEIVER_REFERENCE_TIME => {
            let ntp = data.first_chunk().ok_or(cut_off(block_type))?;
            ExtendedBlock::ReceiverReferenceTime(NtpTime(u64::from_be_bytes(*ntp)))
        }
        DELAYS => ExtendedBlock::Delays(DelayBlocks { bytes: data }),
        VOIP_METRICS => {
            let octets = data.first_chunk().ok_or(cut_off(block_type))?;
            ExtendedBlock::VoipMetrics(VoipMetrics::read(octets))
        }
        _ => ExtendedBlock::Other {
            block_type,
            specific,
            data,
        },
    };
    Ok((block, rest))
}

#[cfg(test)]
mod tests;
