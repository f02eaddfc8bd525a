//! Protects what we send: encrypts, signs, and never uses an index twice.
//!
//! RFC 3711 §3.3 (processing), §9.1 (a keystream is used once), §9.2 (lifetime).

use std::mem::offset_of;

use super::counter_mode::CounterMode;
use super::source::Sources;
use super::transform::Transform;
use super::{
    RTCP_CLEAR_LEN, RTCP_LIFETIME, RTP_LIFETIME, SdesKey, SrtpError, derivation, grown, too_small,
};
use crate::rtp::{self, Ssrc};

/// Protects what we send under one master key.
///
/// What every packet touches stands first, and `repr(C)` leaves it there: see [`crate::near`].
#[derive(Debug)]
#[repr(C)]
pub struct Outbound {
    /// Packets that the key may still protect.
    rtp_left: u64,
    rtp_sources: Sources,
    rtp: Transform,
    rtcp: Transform,
    rtcp_sources: Sources,
    rtcp_left: u64,
}

impl Outbound {
    /// Derives the session keys.
    pub fn new(key: &SdesKey) -> Outbound {
        let (rtp, rtcp) = derivation::session(key);
        Outbound {
            rtp,
            rtcp,
            rtp_sources: Sources::new(),
            rtcp_sources: Sources::new(),
            rtp_left: RTP_LIFETIME,
            rtcp_left: RTCP_LIFETIME,
        }
    }

    /// See [`crate::near`]: octets from the beginning that hold what is known of sources, and the session keys for RTP.
    pub(crate) const HEAD: usize = offset_of!(Outbound, rtcp);

    /// See [`crate::near`]: what is known of the source.
    #[inline]
    pub(crate) fn fetch(&self) {
        self.rtp_sources.fetch();
    }

    /// RTP packets that the key may still protect; long before none is left, a new one should be negotiated.
    pub fn packets_left(&self) -> u64 {
        self.rtp_left
    }

    /// RTCP packets that the key may still protect.
    pub fn reports_left(&self) -> u64 {
        self.rtcp_left
    }

    /// Protects the RTP packet in `buffer[..len]`; gives its new length, at most [`OVERHEAD_MAX`] more.
    ///
    /// A packet whose index was used before is refused: the same keystream would cover both.
    #[inline]
    pub fn protect(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        let packet = self.place(buffer, len)?;
        let (ssrc, index) = (packet.ssrc, packet.index);
        let len = self
            .rtp
            .protect(ssrc, index, buffer, packet.header_len, len)?;
        self.accept(&packet);
        Ok(len)
    }

    /// Finds source and index of the packet in `buffer[..len]`, and that it may be sent.
    #[inline]
    pub(super) fn place(&mut self, buffer: &[u8], len: usize) -> Result<Placed, SrtpError> {
        let packet = buffer.get(..len).ok_or(too_small(buffer, len))?;
        let header_len = rtp::header_len(packet)?;
        let sequence = u16::from_be_bytes([packet[2], packet[3]]);
        let ssrc = Ssrc(rtp::read_u32(packet, 8));
        if self.rtp_left == 0 {
            return Err(SrtpError::KeyExhausted);
        }
        let source = self.rtp_sources.find(ssrc)?;
        let window = self.rtp_sources.window(source);
        let index = window.estimate(sequence)?;
        window.check(index)?;
        Ok(Placed {
            ssrc,
            source,
            index,
            header_len,
        })
    }

    /// Notes that a packet was protected.
    #[inline]
    pub(super) fn accept(&mut self, packet: &Placed) {
        self.rtp_sources.accept(packet.source, packet.index);
        self.rtp_left -= 1;
    }

    /// The session keys, if they are of counter mode.
    #[inline]
    pub(super) fn counter_mode(&self) -> Option<&CounterMode> {
        match &self.rtp {
            Transform::Counter(keys) => Some(keys),
            Transform::Galois(_) => None,
        }
    }

    /// Protects the compound RTCP packet in `buffer[..len]`; gives its new length.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        if len < RTCP_CLEAR_LEN {
            return Err(SrtpError::TooShort {
                len,
                need: RTCP_CLEAR_LEN,
            });
        }
        if buffer.len() < len {
            return Err(too_small(buffer, len));
        }
        let ssrc = Ssrc(rtp::read_u32(buffer, 4));
        let place = self.rtcp_sources.find(ssrc)?;
        let index = self.rtcp_sources.window(place).following();
        if index >= RTCP_LIFETIME || self.rtcp_left == 0 {
            return Err(SrtpError::KeyExhausted);
        }
        let len = self.rtcp.protect_rtcp(ssrc, index as u32, buffer, len)?;
        self.rtcp_sources.accept(place, index);
        self.rtcp_left -= 1;
        Ok(len)
    }

    /// [`Outbound::protect`] on a vector that grows by the tag.
    pub fn protect_vec(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        grown(packet, |buffer, len| self.protect(buffer, len))
    }

    /// [`Outbound::protect_rtcp`] on a vector that grows by tag and index.
    pub fn protect_rtcp_vec(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        grown(packet, |buffer, len| self.protect_rtcp(buffer, len))
    }
}

/// A packet that may be sent: where it stands in the life of its source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) ssrc: Ssrc,
    source: usize,
    pub(super) index: u64,
    pub(super) header_len: usize,
}

/// The state that a context reaches after a long life.
#[cfg(test)]
impl Outbound {
    pub(super) fn set_left(&mut self, rtp: u64, rtcp: u64) {
        (self.rtp_left, self.rtcp_left) = (rtp, rtcp);
    }

    pub(super) fn begin_at(&mut self, ssrc: Ssrc, index: u64) {
        let place = self.rtp_sources.find(ssrc).expect("there is room");
        self.rtp_sources.accept(place, index);
    }
}
