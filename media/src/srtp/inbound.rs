//! Lets in what the other side sent: authentic, new, and decrypted in place.
//!
//! RFC 3711 §3.3 (processing), §3.3.2 (replay).

use std::mem::offset_of;

use super::source::{Known, Sources};
use super::transform::Transform;
use super::{RTCP_CLEAR_LEN, SdesKey, SrtpError, derivation};
use crate::rtp::{self, Ssrc};

/// Lets in what the other side protected under one master key.
///
/// What every packet touches stands first, and `repr(C)` leaves it there: see [`crate::near`].
#[derive(Debug)]
#[repr(C)]
pub struct Inbound {
    pub(super) rtp_sources: Sources,
    rtp: Transform,
    rtcp: Transform,
    rtcp_sources: Sources,
}

impl Inbound {
    /// Derives the session keys.
    pub fn new(key: &SdesKey) -> Inbound {
        let (rtp, rtcp) = derivation::session(key);
        Inbound {
            rtp,
            rtcp,
            rtp_sources: Sources::new(),
            rtcp_sources: Sources::new(),
        }
    }

    /// See [`crate::near`]: octets from the beginning that hold what is known of sources, and the session keys for RTP.
    pub(crate) const HEAD: usize = offset_of!(Inbound, rtcp);

    /// See [`crate::near`]: what is known of the source.
    #[inline]
    pub(crate) fn fetch(&self) {
        self.rtp_sources.fetch();
    }

    /// Checks and decrypts the SRTP packet; gives the length of the RTP packet that now stands at its start.
    ///
    /// On an error the context is unchanged; the octets must not be used.
    #[inline]
    pub fn unprotect(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let header_len = rtp::header_len(packet)?;
        let sequence = u16::from_be_bytes([packet[2], packet[3]]);
        let ssrc = Ssrc(rtp::read_u32(packet, 8));
        let known = self.rtp_sources.look_up(ssrc);
        let index = match known {
            Known::At(place) => {
                let index = self.rtp_sources.window(place).estimate(sequence)?;
                self.rtp_sources.window(place).check(index)?;
                index
            }
            Known::Not => u64::from(sequence),
        };
        let len = self.rtp.unprotect(ssrc, index, packet, header_len)?;
        let place = self.rtp_sources.admit(ssrc, known)?;
        self.rtp_sources.accept(place, index);
        Ok(len)
    }

    /// Checks and decrypts the SRTCP packet; gives the length of the compound packet that now stands at its start.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let need = RTCP_CLEAR_LEN + self.rtcp.rtcp_overhead();
        if packet.len() < need {
            return Err(SrtpError::TooShort {
                len: packet.len(),
                need,
            });
        }
        let ssrc = Ssrc(rtp::read_u32(packet, 4));
        let word = self.rtcp.rtcp_index_word(packet);
        let index = u64::from(word & 0x7fff_ffff);
        let known = self.rtcp_sources.look_up(ssrc);
        if let Known::At(place) = known {
            self.rtcp_sources.window(place).check(index)?;
        }
        let len = self.rtcp.unprotect_rtcp(ssrc, word, packet)?;
        let place = self.rtcp_sources.admit(ssrc, known)?;
        self.rtcp_sources.accept(place, index);
        Ok(len)
    }

    /// [`Inbound::unprotect`] on a vector, which is cut to the packet.
    pub fn unprotect_vec(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        let len = self.unprotect(packet)?;
        packet.truncate(len);
        Ok(())
    }

    /// [`Inbound::unprotect_rtcp`] on a vector, which is cut to the packet.
    pub fn unprotect_rtcp_vec(&mut self, packet: &mut Vec<u8>) -> Result<(), SrtpError> {
        let len = self.unprotect_rtcp(packet)?;
        packet.truncate(len);
        Ok(())
    }
}

/// The state that a context reaches after a long life.
#[cfg(test)]
impl Inbound {
    pub(super) fn begin_at(&mut self, ssrc: Ssrc, index: u64) {
        let place = self.rtp_sources.find(ssrc).expect("there is room");
        self.rtp_sources.accept(place, index);
    }
}
