//! RTCP: reads a compound packet where it stands, writes one into the caller's buffer, and keeps the receiver's account.
//!
//! RFC 3550 §6 and appendix A; reduced-size packets (RFC 5506) are read like any other. Feedback: RFC 4585 and RFC 5104;
//! extended reports: RFC 3611.

mod extended;
mod feedback;
mod full_intra;
mod maximum_bitrate;
mod nack;
mod reception;
mod report;
mod source_description;
mod temporary_limit;
mod text;
mod transport_wide;
mod writer;

pub use extended::{
    DelayBlock, DelayBlocks, ExtendedBlock, ExtendedBlocks, ExtendedReportWriter, JitterAdaptation,
    LossConcealment, UNAVAILABLE, VoipMetrics,
};
pub use feedback::{Feedback, FeedbackMessage};
pub use full_intra::{FullIntra, IntraRequest};
pub use maximum_bitrate::MaximumBitrate;
pub use nack::Nack;
pub use reception::{RECEPTION_MISORDER, RECEPTION_RESTART, Reception};
pub use report::{ReportBlock, ReportBlocks, SenderInfo};
pub use source_description::{Chunk, Chunks, Item, Items, SdesItem};
pub use temporary_limit::{TemporaryLimit, TemporaryLimits};
pub use transport_wide::{ARRIVAL_TICK, Arrival, Arrivals, ReferenceClock, TransportWide};
pub use writer::CompoundWriter;

use crate::rtp::{Ssrc, read_u32};
use extended::EXTENDED_REPORT;
use feedback::{PAYLOAD_FEEDBACK, SOURCES_LEN, TRANSPORT_FEEDBACK};

/// Packet types. RFC 3550 §12.1.
pub(crate) const SENDER_REPORT: u8 = 200;
pub(crate) const RECEIVER_REPORT: u8 = 201;
pub(crate) const SOURCE_DESCRIPTION: u8 = 202;
pub(crate) const BYE: u8 = 203;
pub(crate) const APP: u8 = 204;

/// Octets of the common header.
pub(crate) const HEADER_LEN: usize = 4;

/// Why octets are no RTCP, or why RTCP could not be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RtcpError {
    /// The version field is not 2.
    #[error("RTCP version is {0}, expected 2")]
    Version(u8),
    /// A packet ends before its length field, or before what its type needs.
    #[error("RTCP packet of type {packet_type} ends at octet {len}, {need} are needed")]
    TooShort {
        /// Type of the packet, zero where it is not known yet.
        packet_type: u8,
        /// Octets that came.
        len: usize,
        /// Octets that are needed.
        need: usize,
    },
    /// Padding on another packet than the last, or longer than the packet.
    #[error("RTCP padding is wrong")]
    Padding,
    /// The control information of a feedback packet contradicts itself or is cut off.
    #[error("feedback of type {packet_type}, format {format} is malformed")]
    Feedback {
        /// 205 or 206.
        packet_type: u8,
        /// Feedback message type.
        format: u8,
    },
    /// A block of an extended report is cut off, or shorter than its type needs.
    #[error("block of type {block_type} of an extended report is cut off")]
    ExtendedReport {
        /// Type of the block, zero where it is not known.
        block_type: u8,
    },
    /// A chunk of a source description is not terminated or an item is cut off.
    #[error("source description is cut off")]
    SourceDescription,
    /// The caller's buffer is too small.
    #[error("buffer of {len} octets is too small, {need} are needed")]
    BufferTooSmall {
        /// Octets that the buffer has.
        len: usize,
        /// Octets that are needed.
        need: usize,
    },
    /// More than 31 blocks, or a text of more than 255 octets.
    #[error("{0} is more than the field can count")]
    TooMany(usize),
}

/// One packet of a compound.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Packet<'a> {
    /// What a sender sent, and what it received.
    SenderReport {
        /// Who reports.
        ssrc: Ssrc,
        /// What it sent.
        info: SenderInfo,
        /// What it received, by source.
        blocks: ReportBlocks<'a>,
    },
    /// What a receiver received.
    ReceiverReport {
        /// Who reports.
        ssrc: Ssrc,
        /// What it received, by source.
        blocks: ReportBlocks<'a>,
    },
    /// Who the sources are.
    SourceDescription(Chunks<'a>),
    /// Sources that leave.
    Bye(Bye<'a>),
    /// Of an application; passed through.
    App(App<'a>),
    /// What a receiver wants of a sender. RFC 4585.
    Feedback(Feedback<'a>),
    /// Further reports. RFC 3611.
    ExtendedReport {
        /// Who reports.
        ssrc: Ssrc,
        /// What it reports.
        blocks: ExtendedBlocks<'a>,
    },
    /// Any other type, unread.
    Other {
        /// Packet type.
        packet_type: u8,
        /// The five bits after version and padding.
        count: u8,
        /// Everything after the common header, padding removed.
        body: &'a [u8],
    },
}

/// Sources that leave, with the reason if one is given. RFC 3550 §6.6.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bye<'a> {
    sources: &'a [u8],
    /// Why, as UTF-8 octets.
    pub reason: Option<&'a [u8]>,
}

impl<'a> Bye<'a> {
    /// Reads the octets after the common header, of which `sources_len` are there.
    fn read(body: &'a [u8], sources_len: usize) -> Result<Bye<'a>, RtcpError> {
        let (sources, rest) = body.split_at(sources_len);
        let reason = match rest.split_first() {
            None => None,
            Some((&len, text)) => {
                Some(text.get(..usize::from(len)).ok_or(RtcpError::TooShort {
                    packet_type: BYE,
                    len: body.len(),
                    need: sources_len + 1 + usize::from(len),
                })?)
            }
        };
        Ok(Bye { sources, reason })
    }

    /// The sources that leave.
    pub fn sources(&self) -> impl Iterator<Item = Ssrc> + 'a {
        self.sources
            .chunks_exact(4)
            .map(|octets| Ssrc(read_u32(octets, 0)))
    }
}

/// A packet of an application. RFC 3550 §6.7.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct App<'a> {
    /// Subtype, 0..=31.
    pub subtype: u8,
    /// Who sent it.
    pub ssrc: Ssrc,
    /// Four ASCII characters.
    pub name: [u8; 4],
    /// Data, a multiple of four octets.
    pub data: &'a [u8],
}

/// A datagram of RTCP, checked as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Compound<'a> {
    bytes: &'a [u8],
}

impl<'a> Compound<'a> {
    /// Checks every packet of the datagram. RFC 3550 appendix A.2, except that the first need not be a report (RFC 5506).
    pub fn parse(bytes: &'a [u8]) -> Result<Compound<'a>, RtcpError> {
        let mut rest = bytes;
        if rest.is_empty() {
            return Err(RtcpError::TooShort {
                packet_type: 0,
                len: 0,
                need: HEADER_LEN,
            });
        }
        while !rest.is_empty() {
            let (_, after) = split(rest)?;
            rest = after;
        }
        Ok(Compound { bytes })
    }

    /// Whether it begins without a report, as only peers that agreed on reduced size may send. RFC 5506 §3.4.1.
    pub fn is_reduced(&self) -> bool {
        !matches!(self.bytes.get(1), Some(&(SENDER_REPORT | RECEIVER_REPORT)))
    }

    /// The packets in their order.
    pub fn packets(&self) -> impl Iterator<Item = Packet<'a>> + 'a {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            let (packet, after) = split(rest).ok()?;
            rest = after;
            Some(packet)
        })
    }
}

/// Reads the first packet; gives it and what follows.
fn split(bytes: &[u8]) -> Result<(Packet<'_>, &[u8]), RtcpError> {
    let Some(&[first, packet_type, high, low]) = bytes.first_chunk() else {
        return Err(RtcpError::TooShort {
            packet_type: 0,
            len: bytes.len(),
            need: HEADER_LEN,
        });
    };
    if first >> 6 != 2 {
        return Err(RtcpError::Version(first >> 6));
    }
    let need = HEADER_LEN + 4 * usize::from(u16::from_be_bytes([high, low]));
    if bytes.len() < need {
        return Err(RtcpError::TooShort {
            packet_type,
            len: bytes.len(),
            need,
        });
    }
    let (packet, rest) = bytes.split_at(need);
    let mut body = &packet[HEADER_LEN..];
    if first & 0x20 != 0 {
        let padding = usize::from(packet[need - 1]);
        // RFC 3550 §6.4.1 asks for multiples of four; browsers pad transport-wide feedback by one to three octets.
        if !rest.is_empty() || padding == 0 || padding > body.len() {
            return Err(RtcpError::Padding);
        }
        body = &body[..body.len() - padding];
    }
    Ok((read(packet_type, first & 0x1f, body)?, rest))
}

fn read(packet_type: u8, count: u8, body: &[u8]) -> Result<Packet<'_>, RtcpError> {
    let least = match packet_type {
        SENDER_REPORT => 24 + 24 * usize::from(count),
        RECEIVER_REPORT => 4 + 24 * usize::from(count),
        BYE => 4 * usize::from(count),
        APP | TRANSPORT_FEEDBACK | PAYLOAD_FEEDBACK => SOURCES_LEN,
        EXTENDED_REPORT => 4,
        _ => 0,
    };
    if body.len() < least {
        return Err(RtcpError::TooShort {
            packet_type,
            len: HEADER_LEN + body.len(),
            need: HEADER_LEN + least,
        });
    }
    Ok(match packet_type {
        SENDER_REPORT => Packet::SenderReport {
            ssrc: Ssrc(read_u32(body, 0)),
            info: SenderInfo::read(&body[4..24]),
            blocks: ReportBlocks::new(&body[24..least]),
        },
        RECEIVER_REPORT => Packet::ReceiverReport {
            ssrc: Ssrc(read_u32(body, 0)),
            blocks: ReportBlocks::new(&body[4..least]),
        },
        SOURCE_DESCRIPTION => Packet::SourceDescription(Chunks::parse(body, count)?),
        BYE => Packet::Bye(Bye::read(body, least)?),
        APP => Packet::App(App {
            subtype: count,
            ssrc: Ssrc(read_u32(body, 0)),
            name: [body[4], body[5], body[6], body[7]],
            data: &body[8..],
        }),
        TRANSPORT_FEEDBACK | PAYLOAD_FEEDBACK => {
            Packet::Feedback(Feedback::read(packet_type, count, body)?)
        }
        EXTENDED_REPORT => Packet::ExtendedReport {
            ssrc: Ssrc(read_u32(body, 0)),
            blocks: ExtendedBlocks::parse(&body[4..])?,
        },
        _ => Packet::Other {
            packet_type,
            count,
            body,
        },
    })
}

#[cfg(test)]
mod tests;
