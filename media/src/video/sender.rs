//! Sender of pictures: a coded picture in, its packets out one by one.
//!
//! RFC 3550 §5.1, RFC 6184 §5.1 (marker on a picture's last packet, one timestamp for all of it).

use std::time::Duration;

use super::CLOCK_RATE_HZ;
use super::h264::{AccessUnit, Packetizer};
use super::repair::Repair;
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

    /// Makes the picture's next packet, kept for repair before it is protected; gives its length in [`Sender::packet`].
    /// Nothing when the picture is over.
    #[inline]
    pub(super) fn next(
        &mut self,
        picture: &AccessUnit,
        mut repair: Option<&mut Repair>,
    ) -> Option<usize> {
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
            let len = self.write_header(header, piece.len);
            if let Some(repair) = &mut repair {
                repair.keep(&self.buffer[..len]);
            }
            match self.finish(len) {
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

    /// Protects a packet in `buffer[..len]` that is sent once more; gives its length, nothing if it cannot be sent.
    ///
    /// As a packet of our source it counts once more: reports count all that was transmitted (RFC 3550 §6.4.1). One of a
    /// source of its own (`is_apart`) is not in the reports of ours.
    pub(super) fn send_again(
        &mut self,
        buffer: &mut [u8],
        len: usize,
        is_apart: bool,
    ) -> Option<usize> {
        let protected = match &mut self.outbound {
            // A packet of our source that was protected before is a replay, and refused here.
            Some(outbound) => outbound.protect(buffer, len),
            None => Ok(len),
        };
        match protected {
            Ok(_) if is_apart => {}
            Ok(_) => {
                self.statistics.packets += 1;
                self.statistics.octets += len.saturating_sub(FIXED_HEADER_LEN) as u64;
            }
            Err(_) => self.statistics.failed += 1,
        }
        protected.ok()
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
    fn write_header(&mut self, header: Header, payload_len: usize) -> usize {
        let header_octets = self
            .buffer
            .first_chunk_mut()
            .expect("the buffer is longer than a header");
        header.write(header_octets);
        FIXED_HEADER_LEN + payload_len
    }

    /// Protects the packet of `len` octets and counts it.
    #[inline]
    fn finish(&mut self, len: usize) -> Result<usize, SrtpError> {
        let protected = match &mut self.outbound {
            Some(outbound) => outbound.protect(&mut self.buffer, len)?,
            None => len,
        };
        self.statistics.packets += 1;
        self.statistics.octets += (len - FIXED_HEADER_LEN) as u64;
        Ok(protected)
    }
}
