//! Sender of pictures: a coded picture in, its packets out one by one.
//!
//! RFC 3550 §5.1, RFC 6184 §5.1 (marker on a picture's last packet, one timestamp for all of it).

use std::time::Duration;

use super::CLOCK_RATE_HZ;
use super::h264::{AccessUnit, Packetizer};
use crate::clock::ticks;
use crate::rtp::{FIXED_HEADER_LEN, Header, Ssrc};
use crate::sender::{Identity, SenderStatistics};
use crate::srtp::{OVERHEAD_MAX, Outbound, SdesKey, SrtpError};

/// Octets of a payload: with RTP, the longest tag, UDP and IPv6 within 1280, which every path of IPv6 carries.
pub(super) const PAYLOAD_MAX: usize = 1_200;

/// Sends one stream of pictures.
#[derive(Debug)]
pub(super) struct Sender {
    ssrc: Ssrc,
    payload_type: u8,
    sequence: u16,
    /// Timestamp of the moment zero.
    origin: u32,
    timestamp: u32,
    packetizer: Packetizer,
    outbound: Option<Outbound>,
    /// Octets that protection added to the packet made last.
    overhead: usize,
    statistics: SenderStatistics,
    buffer: Box<[u8]>,
}

impl Sender {
    pub(super) fn new(identity: &Identity, payload_type: u8, key: Option<&SdesKey>) -> Sender {
        Sender {
            ssrc: identity.ssrc,
            payload_type,
            sequence: identity.sequence,
            origin: identity.timestamp,
            timestamp: identity.timestamp,
            packetizer: Packetizer::new(PAYLOAD_MAX),
            outbound: key.map(Outbound::new),
            overhead: 0,
            statistics: SenderStatistics::default(),
            buffer: vec![0; FIXED_HEADER_LEN + PAYLOAD_MAX + OVERHEAD_MAX].into(),
        }
    }

    pub(super) fn set_key(&mut self, key: Option<&SdesKey>) {
        self.outbound = key.map(Outbound::new);
    }

    pub(super) fn set_payload_type(&mut self, payload_type: u8) {
        self.payload_type = payload_type;
    }

    /// Starts a picture that was captured at this moment.
    pub(super) fn begin(&mut self, at: Duration) {
        self.timestamp = self.timestamp_at(at);
        self.packetizer.begin();
    }

    /// Makes the picture's next packet; gives its length in [`Sender::packet`]. Nothing when the picture is over.
    #[inline]
    pub(super) fn next(&mut self, picture: &AccessUnit) -> Option<usize> {
        loop {
            let payload = &mut self.buffer[FIXED_HEADER_LEN..];
            let piece = self.packetizer.next(picture, payload)?;
            let header = Header {
                marker: piece.is_last,
                payload_type: self.payload_type,
                sequence: self.sequence,
                timestamp: self.timestamp,
                ssrc: self.ssrc,
            };
            self.sequence = self.sequence.wrapping_add(1);
            match self.finish(header, piece.len) {
                Ok(len) => return Some(len),
                Err(_) => self.statistics.failed += 1,
            }
        }
    }

    /// The packet that [`Sender::next`] made.
    #[inline]
    pub(super) fn packet(&self, len: usize) -> &[u8] {
        &self.buffer[..len]
    }

    /// Counts a packet of so many octets that is sent once more. RFC 3550 §6.4.1: reports count all that was transmitted.
    pub(super) fn count_again(&mut self, len: usize) {
        let around = FIXED_HEADER_LEN + self.overhead;
        self.statistics.packets += 1;
        self.statistics.octets += len.saturating_sub(around) as u64;
    }

    pub(super) fn protect_rtcp(
        &mut self,
        buffer: &mut [u8],
        len: usize,
    ) -> Result<usize, SrtpError> {
        match &mut self.outbound {
            Some(outbound) => outbound.protect_rtcp(buffer, len),
            None => Ok(len),
        }
    }

    pub(super) fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// The RTP timestamp of a moment.
    pub(super) fn timestamp_at(&self, now: Duration) -> u32 {
        self.origin.wrapping_add(ticks(now, CLOCK_RATE_HZ) as u32)
    }

    pub(super) fn statistics(&self) -> SenderStatistics {
        self.statistics
    }

    #[inline]
    fn finish(&mut self, header: Header, payload_len: usize) -> Result<usize, SrtpError> {
        let header_octets = self
            .buffer
            .first_chunk_mut()
            .expect("the buffer is longer than a header");
        header.write(header_octets);
        let mut len = FIXED_HEADER_LEN + payload_len;
        if let Some(outbound) = &mut self.outbound {
            len = outbound.protect(&mut self.buffer, len)?;
        }
        self.overhead = len - FIXED_HEADER_LEN - payload_len;
        self.statistics.packets += 1;
        self.statistics.octets += payload_len as u64;
        Ok(len)
    }
}
