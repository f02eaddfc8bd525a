//! Writes a compound packet into the caller's buffer, packet after packet.
//!
//! A packet that does not fit leaves what stands before it as it was. Feedback alone makes a reduced-size packet (RFC 5506).

use super::report::BLOCK_LEN;
use super::{
    APP, App, BYE, HEADER_LEN, RECEIVER_REPORT, ReportBlock, RtcpError, SENDER_REPORT,
    SOURCE_DESCRIPTION, SdesItem, SenderInfo,
};
use crate::rtp::Ssrc;

/// Blocks, chunks or sources that the count field can name.
const COUNT_MAX: usize = 31;

/// A compound being written.
#[derive(Debug)]
pub struct CompoundWriter<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl<'a> CompoundWriter<'a> {
    /// Starts with an empty compound.
    pub fn new(buffer: &'a mut [u8]) -> CompoundWriter<'a> {
        CompoundWriter { buffer, len: 0 }
    }

    /// Adds a sender report.
    pub fn sender_report(
        &mut self,
        ssrc: Ssrc,
        info: &SenderInfo,
        blocks: &[ReportBlock],
    ) -> Result<(), RtcpError> {
        let body = self.packet(SENDER_REPORT, blocks.len(), 24 + BLOCK_LEN * blocks.len())?;
        body[..4].copy_from_slice(&ssrc.0.to_be_bytes());
        info.write(&mut body[4..24]);
        write_blocks(&mut body[24..], blocks);
        Ok(())
    }

    /// Adds a receiver report.
    pub fn receiver_report(&mut self, ssrc: Ssrc, blocks: &[ReportBlock]) -> Result<(), RtcpError> {
        let body = self.packet(RECEIVER_REPORT, blocks.len(), 4 + BLOCK_LEN * blocks.len())?;
        body[..4].copy_from_slice(&ssrc.0.to_be_bytes());
        write_blocks(&mut body[4..], blocks);
        Ok(())
    }

    /// Adds a description of one source with one item each of the given.
    pub fn source_description(
        &mut self,
        ssrc: Ssrc,
        items: &[(SdesItem, &[u8])],
    ) -> Result<(), RtcpError> {
        if let Some((_, text)) = items.iter().find(|(_, text)| text.len() > 255) {
            return Err(RtcpError::TooMany(text.len()));
        }
        let len: usize = items.iter().map(|(_, text)| 2 + text.len()).sum();
        let body = self.packet(SOURCE_DESCRIPTION, 1, (4 + len + 4) & !3)?;
        body.fill(0);
        body[..4].copy_from_slice(&ssrc.0.to_be_bytes());
        let mut at = 4;
        for (kind, text) in items {
            body[at] = kind.0;
            body[at + 1] = text.len() as u8;
            body[at + 2..at + 2 + text.len()].copy_from_slice(text);
            at += 2 + text.len();
        }
        Ok(())
    }

    /// Adds a farewell of `sources`; an empty reason is left out.
    pub fn bye(&mut self, sources: &[Ssrc], reason: &[u8]) -> Result<(), RtcpError> {
        if reason.len() > 255 {
            return Err(RtcpError::TooMany(reason.len()));
        }
        let text = if reason.is_empty() {
            0
        } else {
            (1 + reason.len() + 3) & !3
        };
        let body = self.packet(BYE, sources.len(), 4 * sources.len() + text)?;
        body.fill(0);
        for (octets, ssrc) in body.chunks_exact_mut(4).zip(sources) {
            octets.copy_from_slice(&ssrc.0.to_be_bytes());
        }
        if let Some((len, text)) = body[4 * sources.len()..].split_first_mut() {
            *len = reason.len() as u8;
            text[..reason.len()].copy_from_slice(reason);
        }
        Ok(())
    }

    /// Adds a packet of an application; its data are filled to a multiple of four octets.
    pub fn app(&mut self, app: &App<'_>) -> Result<(), RtcpError> {
        let body = self.packet(APP, usize::from(app.subtype), (8 + app.data.len() + 3) & !3)?;
        body.fill(0);
        body[..4].copy_from_slice(&app.ssrc.0.to_be_bytes());
        body[4..8].copy_from_slice(&app.name);
        body[8..8 + app.data.len()].copy_from_slice(app.data);
        Ok(())
    }

    /// Octets written.
    pub fn finish(self) -> usize {
        self.len
    }

    /// What is left of the buffer.
    pub(super) fn rest(&mut self) -> &mut [u8] {
        &mut self.buffer[self.len..]
    }

    /// Octets written so far.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// What is written from `start` on.
    pub(super) fn written(&mut self, start: usize) -> &mut [u8] {
        &mut self.buffer[start..self.len]
    }

    /// Lengthens the compound by `count` octets, which stand as they were in the buffer.
    pub(super) fn take(&mut self, count: usize) -> Result<&mut [u8], RtcpError> {
        let (start, len) = (self.len, self.buffer.len());
        let need = start + count;
        let octets = self
            .buffer
            .get_mut(start..need)
            .ok_or(RtcpError::BufferTooSmall { len, need })?;
        self.len = need;
        Ok(octets)
    }

    /// Starts a packet of `body_len` octets, a multiple of four; gives its body as it stands in the buffer.
    pub(super) fn packet(
        &mut self,
        packet_type: u8,
        count: usize,
        body_len: usize,
    ) -> Result<&mut [u8], RtcpError> {
        if count > COUNT_MAX {
            return Err(RtcpError::TooMany(count));
        }
        let words = u16::try_from(body_len / 4).map_err(|_| RtcpError::TooMany(body_len))?;
        let (header, body) = self.take(HEADER_LEN + body_len)?.split_at_mut(HEADER_LEN);
        header[0] = 0x80 | count as u8;
        header[1] = packet_type;
        header[2..].copy_from_slice(&words.to_be_bytes());
        Ok(body)
    }
}

fn write_blocks(target: &mut [u8], blocks: &[ReportBlock]) {
    for (octets, block) in target.chunks_exact_mut(BLOCK_LEN).zip(blocks) {
        block.write(octets);
    }
}
