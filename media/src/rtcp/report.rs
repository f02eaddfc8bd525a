//! Sender information and report blocks.
//!
//! RFC 3550 §6.4.1.

use crate::clock::NtpTime;
use crate::rtp::{Ssrc, read_u32};

/// What a sender says of itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SenderInfo {
    /// When the report was sent, on the sender's clock.
    pub ntp: NtpTime,
    /// The same moment as RTP timestamp.
    pub timestamp: u32,
    /// RTP packets sent, modulo 2^32.
    pub packets: u32,
    /// Octets of payload sent, modulo 2^32.
    pub octets: u32,
}

impl SenderInfo {
    pub(super) fn read(octets: &[u8]) -> SenderInfo {
        SenderInfo {
            ntp: NtpTime(u64::from(read_u32(octets, 0)) << 32 | u64::from(read_u32(octets, 4))),
            timestamp: read_u32(octets, 8),
            packets: read_u32(octets, 12),
            octets: read_u32(octets, 16),
        }
    }

    pub(super) fn write(&self, target: &mut [u8]) {
        target[..8].copy_from_slice(&self.ntp.0.to_be_bytes());
        target[8..12].copy_from_slice(&self.timestamp.to_be_bytes());
        target[12..16].copy_from_slice(&self.packets.to_be_bytes());
        target[16..20].copy_from_slice(&self.octets.to_be_bytes());
    }
}

/// What a receiver says of one source.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ReportBlock {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// Share of packets lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost since the beginning, 24 bits with sign: duplicates can make it negative.
    pub cumulative_lost: i32,
    /// Highest sequence number, its cycles in the upper 16 bits.
    pub highest_sequence: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// Middle bits of the last sender report's NTP time; zero before one came.
    pub last_sender_report: u32,
    /// Time since it came, in 1/65536 s.
    pub delay_since_last_sender_report: u32,
}

/// Octets of a block.
pub(super) const BLOCK_LEN: usize = 24;

impl ReportBlock {
    fn read(octets: &[u8]) -> ReportBlock {
        let loss = read_u32(octets, 4);
        ReportBlock {
            ssrc: Ssrc(read_u32(octets, 0)),
            fraction_lost: (loss >> 24) as u8,
            cumulative_lost: (loss << 8) as i32 >> 8,
            highest_sequence: read_u32(octets, 8),
            jitter: read_u32(octets, 12),
            last_sender_report: read_u32(octets, 16),
            delay_since_last_sender_report: read_u32(octets, 20),
        }
    }

    pub(super) fn write(&self, target: &mut [u8]) {
        let lost = self.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
        let words = [
            self.ssrc.0,
            u32::from(self.fraction_lost) << 24 | lost,
            self.highest_sequence,
            self.jitter,
            self.last_sender_report,
            self.delay_since_last_sender_report,
        ];
        for (octets, word) in target.chunks_exact_mut(4).zip(words) {
            octets.copy_from_slice(&word.to_be_bytes());
        }
    }
}

/// The blocks of one report.
#[derive(Clone, Copy, Debug)]
pub struct ReportBlocks<'a> {
    bytes: &'a [u8],
}

impl<'a> ReportBlocks<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> ReportBlocks<'a> {
        ReportBlocks { bytes }
    }

    /// The blocks in their order.
    pub fn iter(&self) -> impl Iterator<Item = ReportBlock> + 'a {
        self.bytes.chunks_exact(BLOCK_LEN).map(ReportBlock::read)
    }

    /// The block on one source.
    pub fn on(&self, ssrc: Ssrc) -> Option<ReportBlock> {
        self.iter().find(|block| block.ssrc == ssrc)
    }
}
